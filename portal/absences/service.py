"""What can be done about absences: note one with its cover, and end it."""

from datetime import datetime
from typing import Final
from uuid import UUID

import asyncpg

from portal.absences import queries, rules
from portal.absences.rules import Absence
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotAllowed
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.identity.handover import hands_over

MEMBER: Final = "membership"
_FIELDS: Final = {
    "self": "cover",
    "cover": "cover",
    "order": "last",
    "long": "last",
    "past": "last",
    "overlap": "since",
}


def may_note_for_others(actor: Actor) -> bool:
    """Whether it may say that somebody else is away: administrators and partner managers."""
    return actor.may(Permission.PEOPLE_WRITE) or actor.may(Permission.DEALS_DECIDE)


async def note_absence(actor: Actor, wanted: Absence, *, now: datetime) -> UUID:
    """Somebody is away on these days, and somebody else acts meanwhile. Raises NotAllowed, Invalid."""
    _may_change(actor, wanted.membership)
    async with db.transaction(actor):
        await db.lock_subject(f"absences of {wanted.membership}")
        roles = {one: theirs for one, _name, theirs in await queries.list_staff(actor)}
        known = [
            one.absence
            for one in await queries.list_absences(actor, now)
            if one.absence.membership == wanted.membership
        ]
        if problem := rules.problem_of(wanted, known, roles, queries.day_of(now)):
            raise Invalid({_FIELDS[problem]: _sentence(problem)})
        absence_id = new_id()
        try:
            await db.sql(
                "INSERT INTO absences_absence (id, membership, cover, since, until, noted_by, noted_at)"
                " VALUES ($1, $2, $3, $4, $5, $6, $7)",
                absence_id, wanted.membership, wanted.cover, wanted.since, wanted.until, actor.membership_id, now,
            )  # fmt: skip
        except asyncpg.ExclusionViolationError as error:
            raise Invalid({"since": _sentence("overlap")}) from error
        await record(
            actor, "absence.noted", MEMBER, wanted.membership, now=now,
            changes={"since": [None, wanted.since], "until": [None, wanted.until], "cover": [None, wanted.cover]},
        )  # fmt: skip
    return absence_id


async def end_absence(actor: Actor, absence_id: UUID, *, now: datetime) -> None:
    """Somebody is back today, or does not go: what has passed stays. Raises NotFound, NotAllowed."""
    async with db.transaction(actor):
        noted = await queries.get_absence(actor, absence_id)
        _may_change(actor, noted.absence.membership)
        left = rules.ended_on(noted.absence, queries.day_of(now))
        if left is None:
            await db.sql("UPDATE absences_absence SET cancelled_at = $2 WHERE id = $1", absence_id, now)
        else:
            await db.sql("UPDATE absences_absence SET until = $2 WHERE id = $1", absence_id, left.until)
        await record(
            actor, "absence.ended", MEMBER, noted.absence.membership, now=now,
            changes={"until": [noted.absence.until, left.until if left else None]},
        )  # fmt: skip


def _may_change(actor: Actor, membership: UUID) -> None:
    actor.require(Permission.ABSENCES_WRITE)
    if membership != actor.membership_id and not may_note_for_others(actor):
        raise NotAllowed(_("You can say when you are away yourself; for others a manager or administrator does."))


def _sentence(problem: str) -> str:
    sentences = {
        "self": _("Choose somebody else as the cover."),
        "order": _("The last day is before the first."),
        "long": _("Give at most a year."),
        "past": _("These days are over."),
        "overlap": _("Some of these days are noted as an absence already."),
        "cover": _("Choose a cover who has a role in common, so that it may do what waits."),
    }
    return sentences[problem]


@hands_over("absences")
async def hand_over_covers(actor: Actor, leaver: UUID, successor: UUID, now: datetime) -> int:
    """Have the successor cover for whom the leaver covers; the leaver's own absences end. How many covers moved.

    Only the vendor's people are away here, and when a partner ends an access, none of them leaves.
    """
    if actor.is_partner:
        return 0
    await db.sql(
        "UPDATE absences_absence SET cancelled_at = $2 WHERE cancelled_at IS NULL AND until > $3"
        " AND (membership = $1 OR (cover = $1 AND membership = $4))",
        leaver, now, queries.day_of(now), successor,
    )  # fmt: skip
    rows = await db.sql(
        "UPDATE absences_absence SET cover = $2 WHERE cover = $1 AND cancelled_at IS NULL AND until > $3 RETURNING id",
        leaver, successor, queries.day_of(now),
    )  # fmt: skip
    return len(rows)
