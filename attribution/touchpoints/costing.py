"""Costs as an import: what each source cost in which time, changed when its system changes it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from attribution.touchpoints.importing import SOURCE_FIELDS, texts, told_source
from attribution.touchpoints.rules import COST_KIND_LABELS, PROBLEMS, CostKind, Told
from attribution.touchpoints.sources import place_sources
from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import storing
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.storing import Told as ToldRow

tells(costs__imported=Wording(N_("brought costs"), "file-import", "good"))

_ONE_DAY: Final = timedelta(days=1)

KIND: Final = ImportKind(
    name="costs",
    label=N_("Costs"),
    source_id="source_id",
    fields=(
        Field(
            "source_id", ValueKind.TEXT, N_("Id in the source system"), required=True, longest=120,
            synonyms=("Cost ID", "Booking ID", "Spend ID", "Campaign ID", "费用编号", "活动编号", *words.SOURCE_ID),
        ),
        *SOURCE_FIELDS,
        Field(
            "kind", ValueKind.CHOICE, N_("Planned or actual"), synonyms=("Type", "Cost Type", "费用类型"),
            choices=(
                Choice(CostKind.ACTUAL, (COST_KIND_LABELS[CostKind.ACTUAL], "spent", "booked", "实际")),
                Choice(CostKind.PLANNED, (COST_KIND_LABELS[CostKind.PLANNED], "budget", "plan", "计划", "预算")),
            ),
        ),
        Field("starts_on", ValueKind.DATE, N_("First day"), required=True, synonyms=("Date", "Day", *words.TERM_START)),
        Field(
            "ends_on", ValueKind.DATE, N_("Last day"), synonyms=words.TERM_END,
            help=N_("Without it, the cost is that of one day."),
        ),
        Field(
            "amount", ValueKind.MONEY, N_("Amount"), required=True, currency="currency",
            synonyms=("Spend", "Cost", "Amount Spent", "Total Cost", "Actual Cost", "花费", "费用", "成本", "金额"),
        ),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=words.CURRENCY),
        Field("note", ValueKind.TEXT, N_("Note"), synonyms=words.NOTES, longest=500),
    ),
)  # fmt: skip


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
    """Rows without errors into cost records. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.COSTS_WRITE)
    async with db.transaction(actor):
        sources = [told_source(texts(row.values)) for row in rows]
        nodes = await place_sources((one for one in sources if any(one[:3])), now=now)
        told = [_told(row, source, nodes, source_system) for row, source in zip(rows, sources, strict=True)]
        return await storing.store_rows(KIND.name, "attribution_cost", source_system, told, now=now)


def _told(row: Parsed, source: Told, nodes: Mapping[Told, UUID], source_system: str) -> ToldRow:
    """The columns of a cost record, or what is wrong with the row."""
    values, said = row.values, texts(row.values)
    amount, starts, ends = values["amount"], values["starts_on"], values.get("ends_on")
    if not isinstance(amount, Money) or not isinstance(starts, date):
        message = f"a parsed row has an amount and a day, not {amount!r} and {starts!r}"
        raise TypeError(message)
    last = ends if isinstance(ends, date) else starts
    wrong = (
        (source not in nodes, "no_source", "channel"),
        (last < starts, "ends_before", "ends_on"),
        (amount.minor < 0, "negative_cost", "amount"),
    )
    problems = [CellError(code, "", {}, name) for is_wrong, code, name in wrong if is_wrong]
    columns: dict[str, Any] = {
        "node": nodes.get(source),
        "kind": said.get("kind", CostKind.ACTUAL.value),
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "starts_on": starts,
        "before": last + _ONE_DAY,
        "note": said.get("note", ""),
        "number": said.get("source_id", ""),
        "source_system": source_system,
    }
    return ToldRow(row.number, said.get("source_id", ""), columns, problems)


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.COSTS_WRITE, event="costs.imported", order=65,
        about=N_("What a channel, platform or campaign cost from a day to a day, planned or actual."), href="/costs",
        problems={**storing.PROBLEMS, **PROBLEMS},
    )
)  # fmt: skip
