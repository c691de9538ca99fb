"""Calendars of the demo's countries, and the clocks of its registrations as they would have run."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from partners import public as partners
from partners.public import DealState
from portal.calendars import service as calendars
from portal.calendars.rules import OFFICE_WEEK, Span
from portal.calendars.service import Wanted
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.demo.approving import CHAINS
from portal.demo.seeded import Seeded
from portal.policies.kinds import Document, PolicyKind

_LUNCH: Final = (*((Span(9 * 60, 12 * 60), Span(13 * 60, 18 * 60)),) * 5, (), ())
"""Nine to six with an hour off."""
_CALENDARS: Final = (
    ("de", "DE", Wanted("Germany, head office", "DE", "Europe/Berlin", OFFICE_WEEK)),
    ("fr", "FR", Wanted("France", "FR", "Europe/Paris", _LUNCH)),
    ("gb", "GB", Wanted("Great Britain", "GB", "Europe/London", OFFICE_WEEK)),
    ("us", "US", Wanted("North America", "US", "America/New_York", OFFICE_WEEK)),
    ("ca", "CA", Wanted("Canada", "CA", "America/Toronto", OFFICE_WEEK)),
    ("au", "AU", Wanted("Australia", "AU", "Australia/Sydney", OFFICE_WEEK)),
    ("cn", "CN", Wanted("中国 (Shanghai)", "CN", "Asia/Shanghai", _LUNCH)),
)
_ASKED_AFTER: Final = timedelta(hours=3)
_WAITING: Final = frozenset({DealState.SUBMITTED, DealState.IN_REVIEW})
_LATE_PERCENT: Final = 20
_BACK_SINCE: Final = (2, 60)
"""Hours before the day of the demo."""
_WITHDRAWN_AFTER: Final = timedelta(days=3)
"""A withdrawal tells no time of its own; the forecast's snapshots take the same."""


async def write_calendars(actor: Actor, *, now: datetime) -> None:
    """One for each country; those that are there are left alone."""
    async with db.transaction(SYSTEM):
        known = {row["code"] for row in await db.sql("SELECT code FROM calendars_calendar")}
    for code, _country, wanted in _CALENDARS:
        if code not in known:
            await calendars.create_calendar(actor, code, wanted, now=now)


def first_of(kind: PolicyKind) -> Document | None:
    """What the demo's first version of a policy says: the kind's own, with the demo's calendars and chains."""
    if isinstance(kind.first, partners.Chains):
        return CHAINS
    if kind.key != partners.ANSWER_TIMES.key or kind.first is None:
        return kind.first
    named = tuple({"country": country, "calendar": code} for code, country, _wanted in _CALENDARS)
    return kind.model.model_validate(kind.first.model_dump() | {"calendars": named, "default_calendar": "de"})


async def write_clocks(seeded: Seeded, today: datetime) -> None:
    """A clock for each registration that came in; those that have one keep it.

    Most that wait now rested until lately, while their partners had to answer; the others are late.
    """
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT d.id, d.number, d.partner_id, c.tier, c.country, d.state, d.submitted_at, d.taken_at, d.decided_at"
            " FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id WHERE d.submitted_at IS NOT NULL"
            " ORDER BY d.submitted_at, d.id"
        )
    await partners.keep_past_clocks([_past(row, seeded, today) for row in rows])


def _past(row: Mapping[str, Any], seeded: Seeded, today: datetime) -> partners.PastAnswer:
    asked = row["state"] == DealState.INFO_REQUESTED
    withdrawn = row["submitted_at"] + _WITHDRAWN_AFTER if row["state"] == DealState.WITHDRAWN else None
    rest = None
    if row["state"] in _WAITING and not seeded.chance(_LATE_PERCENT, "answer late", row["number"]):
        back = today - timedelta(hours=seeded.between(*_BACK_SINCE, "answered", row["number"]))
        begun = row["submitted_at"] + _ASKED_AFTER
        rest = partners.AnswerPause(begun, back) if begun < back else None
    return partners.PastAnswer(
        deal_id=row["id"],
        partner_id=row["partner_id"],
        tier=row["tier"],
        country=row["country"],
        started_at=row["submitted_at"],
        rest=rest,
        paused_at=(row["taken_at"] or row["submitted_at"]) + _ASKED_AFTER if asked else None,
        answered_at=None if withdrawn else row["decided_at"],
        ended_at=withdrawn or row["decided_at"],
    )
