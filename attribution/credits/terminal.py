"""What the commands of `tributary attribution` do, on an open database."""

from collections.abc import Callable
from datetime import datetime

from attribution.credits import queries, running, service
from attribution.credits.command import CannotDo
from attribution.credits.contrast import change_words, compare_runs
from attribution.credits.queries import RunView
from attribution.credits.rules import Dimension, RunState
from attribution.credits.running import Reproduced
from attribution.credits.settings import lines
from portal.core import clock
from portal.core.actor import SYSTEM
from portal.core.errors import Invalid
from portal.policies.rules import Change
from portal.policies.rules import compare as compare_lines

Show = Callable[[str, int, int], None]
"""(step, parts done, parts in all)."""


async def run_now(moment: datetime | None, show: Show) -> RunView:
    """Ask for a run as the system and carry it out. Raises CannotDo for a time to come."""
    try:
        run_id = await service.request_run(SYSTEM, now=clock.now(), observed_until=moment, in_background=False)
    except Invalid as error:
        raise CannotDo(error.message) from error
    await running.carry_out(run_id, tell=lambda step, done, total: show(step.value, done, total))
    return await queries.get_run(SYSTEM, run_id)


async def reproduce(number: str, show: Show) -> Reproduced:
    """Reckon a sealed run again. Raises CannotDo."""
    run = await _sealed(number)
    return await running.reproduce(run.id, tell=lambda step, done, total: show(step.value, done, total))


async def list_newest() -> list[RunView]:
    """The newest runs first."""
    return await queries.list_runs(SYSTEM)


async def compare(a: str, b: str, by: str, most: int) -> list[str]:
    """What changed from one run to the other, then what moved, a line each. Raises CannotDo."""
    before, after = await _sealed(a), await _sealed(b)
    rows, difference = await compare_runs(SYSTEM, before, after, after.paying_model, Dimension(by))
    said = compare_lines(lines(before.settings), lines(after.settings))
    told = [
        f"{'/'.join(filter(None, (one.part, one.label)))}: {one.before} → {one.after}"
        for one in said
        if one.change is not Change.SAME
    ]
    found = [*told, *change_words(difference, after.currency)] or ["Same settings, same inputs."]
    if before.currency != after.currency:
        return [*found, "The runs are in two currencies: their values cannot be compared."]
    moved = [row for row in rows if row.difference]
    return found + [
        f"{row.before.decimal:>16,} {row.after.decimal:>16,} {row.difference.decimal:>+16,}  {row.name}  {row.why}"
        for row in moved[:most]
    ]


async def _sealed(number: str) -> RunView:
    run = await queries.find_run(SYSTEM, number)
    if run is None or run.state is not RunState.SEALED:
        message = f"There is no sealed run {number}."
        raise CannotDo(message)
    return run
