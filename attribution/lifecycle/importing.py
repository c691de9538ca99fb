"""Targets as an import: what is wanted of each kind of event by country and quarter, changed by the next file."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from attribution.lifecycle.rules import KIND_LABELS, LOSSES, EventKind
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
from portal.imports.registry import REPEATED, Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.storing import Told

tells(targets__imported=Wording(N_("brought targets"), "target-arrow", "good"))

_EVERY_SYSTEM: Final = ""
"""A target is one by its kind, country and quarter, whoever brings it: the next file changes it."""
_QUARTER: Final = re.compile(
    r"(?P<year>\d{4})\s*(?:年|[-/.])?\s*(?:Q|第)?(?P<quarter>[1-4一二三四])\s*(?:季度|季)?"
    r"|Q(?P<quarter_first>[1-4])\s*[-/.]?\s*(?P<year_last>\d{4})",
    re.IGNORECASE,
)
_CHINESE: Final = {"一": 1, "二": 2, "三": 3, "四": 4}
_MONTHS: Final = 3

_KIND_WORDS: Final[Mapping[EventKind, tuple[str, ...]]] = {
    EventKind.NEW_LOGO: ("new", "new logo", "new business", "acquisition", "新签", "新客户"),
    EventKind.CROSS_SELL: ("cross sell", "交叉销售"),
    EventKind.UPSELL: ("up-sell", "expansion", "增购"),
    EventKind.RENEWAL: ("renew", "renewals", "续约", "续费"),
    EventKind.REACTIVATION: ("win-back", "winback", "回流", "唤醒"),
    EventKind.CONTRACTION: ("downsell", "down-sell", "减购"),
    EventKind.CHURN: ("lost", "attrition", "流失"),
}

KIND: Final = ImportKind(
    name="targets",
    label=N_("Targets"),
    fields=(
        Field(
            "kind", ValueKind.CHOICE, N_("Kind of event"), required=True,
            synonyms=("Event", "Event Type", "Lifecycle Event", "Type", "事件类型", "类型"),
            choices=tuple(Choice(kind.value, (label, *_KIND_WORDS[kind])) for kind, label in KIND_LABELS.items()),
        ),
        Field(
            "country", ValueKind.COUNTRY, N_("Country"), synonyms=(*words.COUNTRY, "Region", "Market"),
            help=N_("Empty means all countries together."),
        ),
        Field(
            "quarter", ValueKind.TEXT, N_("Quarter"), required=True, longest=20,
            synonyms=("Period", "Fiscal Quarter", "季度", "期间"), help=N_("Such as 2026-Q4."),
        ),
        Field(
            "value", ValueKind.MONEY, N_("Value, net"), currency="currency",
            synonyms=("Target", "Target Value", "Goal", "Quota", "目标", "目标金额", *words.AMOUNT),
            help=N_("For contraction and churn: what may be lost at most."),
        ),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=words.CURRENCY),
        Field(
            "events", ValueKind.INTEGER, N_("Number of events"),
            synonyms=("Count", "Number", "Customers", "数量", "事件数", *words.QUANTITY),
        ),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    REPEATED: N_("Another row of this file is for the same kind of event, country and quarter."),
    "no_quarter": N_("“%(text)s” is no quarter. Write it as 2026-Q4."),
    "no_target": N_("A target is a value, a number of events, or both."),
    "negative_target": N_("A target is nothing or more. For contraction and churn it says what may be lost at most."),
}
"""A sentence for each reason why a row is refused."""


def read_quarter(text: str) -> date | None:
    """The first day of `2026-Q4`, `Q4 2026` or `2026年第四季度`; None for anything else."""
    found = _QUARTER.fullmatch(text.strip())
    if found is None:
        return None
    year = int(found["year"] or found["year_last"])
    told = found["quarter"] or found["quarter_first"]
    number = _CHINESE.get(told) or int(told)
    return date(year, (number - 1) * _MONTHS + 1, 1) if year else None


def quarter_name(day: date) -> str:
    """A quarter as files write it: `2026-Q4`."""
    return f"{day.year}-Q{(day.month - 1) // _MONTHS + 1}"


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:  # noqa: ARG001 -- targets are the same whoever brings them
    """Rows without errors into targets. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.REVENUE_WRITE)
    told = [_told(row) for row in rows]
    async with db.transaction(actor):
        return await storing.store_rows(KIND.name, "attribution_lifecycle_target", _EVERY_SYSTEM, told, now=now)


def _told(row: Parsed) -> Told:
    """The target's columns, or what is wrong with the row."""
    values = row.values
    kind, told, country = EventKind(str(values["kind"])), str(values["quarter"]), str(values.get("country") or "")
    quarter, worth, number = read_quarter(told), values.get("value"), values.get("events")
    minor = worth.minor if isinstance(worth, Money) else None
    count = number if isinstance(number, int) else None
    wrong = (
        (quarter is None, "no_quarter", "quarter", told),
        (minor is None and count is None, "no_target", "value", ""),
        ((minor or 0) < 0 or (count or 0) < 0, "negative_target", "value", ""),
    )
    problems = [CellError(code, "", {"text": what}, name) for is_wrong, code, name, what in wrong if is_wrong]
    columns: dict[str, Any] = {
        "kind": kind.value,
        "country": country,
        "quarter": quarter,
        "value_minor": -minor if minor is not None and kind in LOSSES else minor,
        "currency": worth.currency if isinstance(worth, Money) else "",
        "events": count,
    }
    key = f"{kind.value} {country or 'all'} {quarter_name(quarter)}" if quarter else f"row {row.number}"
    return Told(row.number, key, columns, problems)


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.REVENUE_WRITE, event="targets.imported", order=70,
        about=N_("What is wanted of each kind of lifecycle event by country and quarter: a value, a number, or both."),
        href="/lifecycle/targets", problems=PROBLEMS,
    )
)  # fmt: skip
