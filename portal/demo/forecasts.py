"""Snapshots of the forecast as they would have been taken, week by week, from what is known of each deal's life."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any, Final, NamedTuple

from partners import public as partners
from partners.public import OPEN_STAGES, DealState, Stage, Stood
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.money import round_half_away
from portal.demo.seeded import Seeded

WEEKS: Final = 32
"""Enough for each of the last six months to have one of four weeks before it began."""
_HOURS: Final = 6
"""After the beginning of the Monday."""
_WITHDRAWN_AFTER: Final = timedelta(days=3)
_SLIPPED_PERCENT: Final = 25
_SLIP: Final = timedelta(days=30)
_REVALUED_PERCENT: Final = 15
_VALUED_BEFORE: Final = Fraction(9, 10)


class Life(NamedTuple):
    """From when to when a deal was forecast, and how it stood at the end of that."""

    deal: Mapping[str, Any]
    begin: datetime
    end: datetime
    last: int
    """The place in OPEN_STAGES that it had reached."""


def life_of(deal: Mapping[str, Any], seeded: Seeded, today: datetime) -> Life:
    """What is told of a registration in its times; a withdrawal tells none, so it is three days after the start."""
    begin, stage = deal["submitted_at"], Stage(deal["stage"])
    ends = {
        DealState.EXPIRED: deal["protected_until"],
        DealState.REJECTED: deal["decided_at"],
        DealState.WITHDRAWN: begin + _WITHDRAWN_AFTER,
        DealState.REVOKED: deal["revoked_at"],
    }
    known = [at for at in (deal["closed_at"], ends.get(DealState(deal["state"]))) if at is not None]
    if stage is Stage.LOST:
        last = seeded.between(1, len(OPEN_STAGES) - 1, "lost from", deal["number"])
    else:
        last = len(OPEN_STAGES) - 1 if stage is Stage.WON else OPEN_STAGES.index(stage)
    return Life(deal, begin, min([*known, today]), last)


def stood_at(life: Life, at: datetime, seeded: Seeded) -> Stood | None:
    """How the deal stood; None before and after its life.

    It went through the stages evenly. Some were expected a month sooner at first, or thought to be worth less.
    """
    if not life.begin <= at < life.end:
        return None
    deal, passed = life.deal, Fraction(_microseconds(at - life.begin), _microseconds(life.end - life.begin))
    amount, expected = deal["amount_minor"], deal["expected_close_on"]
    if passed < Fraction(1, 2) and expected and seeded.chance(_SLIPPED_PERCENT, "slipped", deal["number"]):
        expected -= _SLIP
    if passed < Fraction(1, 3) and seeded.chance(_REVALUED_PERCENT, "revalued", deal["number"]):
        amount = round_half_away(amount * _VALUED_BEFORE)
    place = min(life.last, int(passed * (life.last + 1)))
    return Stood(deal["id"], deal["partner_id"], OPEN_STAGES[place], deal["currency"], amount, expected)


def _microseconds(time: timedelta) -> int:
    return time // timedelta(microseconds=1)


async def write_snapshots(today: date, zone: str, seeded: Seeded) -> None:
    """Keep a snapshot of each Monday before today; days that have one already are left alone."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT id, partner_id, number, state, stage, amount_minor, currency, expected_close_on, submitted_at,"
            " decided_at, protected_until, revoked_at, closed_at FROM partners_deal"
            " WHERE submitted_at IS NOT NULL ORDER BY id"
        )
    lives = [life_of(row, seeded, clock.start_of(today, zone)) for row in rows]
    for at in mondays_before(today, zone):
        stood = [found for life in lives if (found := stood_at(life, at, seeded)) is not None]
        await partners.keep_past_snapshot(at, stood)


def mondays_before(today: date, zone: str) -> Iterable[datetime]:
    """When they were taken, the earliest first."""
    yesterday = today - timedelta(days=1)
    newest = yesterday - timedelta(days=yesterday.weekday())
    for weeks in range(WEEKS, -1, -1):
        yield clock.start_of(newest - timedelta(weeks=weeks), zone) + timedelta(hours=_HOURS)
