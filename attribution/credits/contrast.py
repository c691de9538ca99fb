"""Two runs side by side: what moved by key, and what changed in settings and inputs."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from attribution.credits import queries, store
from attribution.credits.comparing import Difference, Inputs, compare_inputs
from attribution.credits.queries import KeyFigure, RunView
from attribution.credits.rules import MODEL_LABELS, Dimension, RunState, partner_of
from attribution.credits.schemas import CompareQuery
from attribution.credits.settings import lines
from attribution.credits.showing import name_of
from attribution.credits.wording import EVENT_CHANGES, SHORT_CHANGES, TOUCH_CHANGES
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.policies.rules import Change, Compared, compare


@dataclass(frozen=True, slots=True)
class Moved:
    """What one key has in both runs, and what happened to its touches."""

    key: str
    name: str
    href: str
    before: Money
    after: Money
    difference: Money
    why: str


async def compare_runs(
    actor: Actor, before: RunView, after: RunView, model: str, by: Dimension
) -> tuple[list[Moved], Difference]:
    """What moved under a model, the greatest movement first, and what changed in the inputs.

    Nothing is said of movement where the currencies differ. Raises NotAllowed, Conflict where a frozen file is missing.
    """
    try:
        inputs = [Inputs(store.place(one.touches_sha256), store.place(one.events_sha256)) for one in (before, after)]
    except store.MissingFile as missing:
        raise Conflict(_("A frozen file is missing. Restore the data directory."), code="missing_file") from missing
    difference = await asyncio.to_thread(compare_inputs, *inputs)
    if before.currency != after.currency:
        return [], difference
    async with db.transaction(actor):
        figures = await db.ask_together([queries.figures_of(actor, run.id, by) for run in (before, after)])
    sides = [{one.key: one for one in found if one.model == model} for found in figures]
    rows = [_moved(key, sides, after.currency, difference, by) for key in {**sides[0], **sides[1]}]
    return sorted(rows, key=lambda row: (-abs(row.difference.minor), row.name)), difference


def _moved(
    key: str, sides: Sequence[Mapping[str, KeyFigure]], currency: str, difference: Difference, by: Dimension
) -> Moved:
    figures = [side.get(key) for side in sides]
    one, other = (Money(figure.value_minor if figure else 0, currency) for figure in figures)
    known = figures[1] or figures[0]
    changes = difference.keys.get(key, {}) if by is Dimension.PARTY else {}
    why = [_(SHORT_CHANGES[what]) % {"count": formats.number(count)} for what, count in changes.items()]
    href = f"/partners/companies/{key}" if partner_of(key) else ""
    return Moved(key, name_of(known) if known else key, href, one, other, other - one, _(", ").join(why))


async def comparison_context(actor: Actor, run_id: UUID, query: CompareQuery) -> dict[str, Any]:
    """All that the page of two runs shows; without a choice it is the sealed run before.

    Raises NotFound, Conflict unless both are sealed.
    """
    after = await queries.get_run(actor, run_id)
    others = [one for one in await queries.list_runs(actor, sealed=True) if one.id != run_id]
    before = await _before(actor, after, others, query)
    shared = [name for name in after.models if name in before.models]
    model = query.model if query.model in shared else after.paying_model
    rows, difference = await compare_runs(actor, before, after, model, query.by)
    said = [one for one in compare(lines(before.settings), lines(after.settings)) if one.change is not Change.SAME]
    return {
        "before": before,
        "after": after,
        "others": [(str(one.id), one.number) for one in others],
        "models": [(name, _(MODEL_LABELS[name])) for name in shared],
        "model": model,
        "by": query.by,
        "rows": rows,
        "settings_changes": said,
        "difference": difference,
        "changes": change_words(difference, after.currency),
        "same_currency": before.currency == after.currency,
    }


async def _before(actor: Actor, after: RunView, others: Sequence[RunView], query: CompareQuery) -> RunView:
    if query.to is not None:
        before = await queries.get_run(actor, query.to)
    else:
        earlier = [one for one in others if one.requested_at <= after.requested_at] or list(others)
        if not earlier:
            raise NotFound
        before = earlier[0]
    if after.state is not RunState.SEALED or before.state is not RunState.SEALED:
        raise Conflict(_("Only sealed runs can be compared."), code="flow")
    return before


def change_words(difference: Difference, currency: str) -> list[str]:
    """What changed in the inputs, a line for each."""
    found = [(TOUCH_CHANGES[what], rows, 0) for what, rows in difference.touches.items()]
    found += [(EVENT_CHANGES[what], *change) for what, change in difference.events.items()]
    told = []
    for label, rows, minor in found:
        worth = f" ({formats.money(Money(minor, currency))})" if minor else ""
        told.append(_("%(what)s: %(count)s") % {"what": _(label), "count": formats.number(rows)} + worth)
    return told


def comparison_json(context: Mapping[str, Any]) -> dict[str, Any]:
    """The same for programs."""
    difference: Difference = context["difference"]
    said: Sequence[Compared] = context["settings_changes"]
    rows: Sequence[Moved] = context["rows"]
    return {
        "before": context["before"].number,
        "after": context["after"].number,
        "model": context["model"],
        "by": context["by"],
        "currency": context["after"].currency,
        "moved": [
            {"key": row.key, "name": row.name, "before_minor": row.before.minor, "after_minor": row.after.minor}
            for row in rows
        ],
        "settings": [asdict(one) for one in said],
        "touches": difference.touches,
        "events": {what: change._asdict() for what, change in difference.events.items()},
    }
