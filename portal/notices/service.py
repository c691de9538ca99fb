"""What is done about notices: telling somebody, in the portal and by mail; marking as read; choosing what is mailed."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.absences.queries import find_acting_cover
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotFound
from portal.core.events import Recorded
from portal.core.i18n import LOCALES, SOURCE, using
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission, Role, permissions_of
from portal.mail import service as mail
from portal.notices import acting
from portal.notices.acting import Offer
from portal.notices.kinds import kind_of, kinds_for
from portal.notices.rules import LONGEST_TITLE, Mail

Compose = Callable[[], tuple[str, list[str]]]
"""Gives title and lines in the language that is current when it is called; empty lines are left out."""


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who is told: a live membership, and what it chose."""

    to: mail.Recipient
    partner_id: UUID | None
    permissions: frozenset[Permission]
    chosen: str | None


async def tell(
    event: Recorded, membership_id: UUID, path: str, compose: Compose, *, kind: str, offers: Sequence[Offer] = ()
) -> None:
    """Tell the person behind a membership about an event: a notice, and a mail as that person chose.

    Runs on the open unit of a reaction or job, once for each event and membership; nobody is told whose membership has
    ended. `path` is where it leads; `offers` is what the mail lets its reader do by a link, if it goes out at once and
    the reader may. Whoever did it has seen the subject: what that person was told of it before is read. Whoever covers
    for somebody away is told the same, with a line that says so.
    """
    await db.sql(
        "UPDATE notices_notice SET read_at = $3 WHERE membership = $1 AND subject_id = $2 AND read_at IS NULL"
        " AND made_at <= $3",
        event.actor_id, event.subject_id, event.at,
    )  # fmt: skip
    reader = await _reader(membership_id, kind)
    if reader is None:
        return
    await _tell(event, membership_id, reader, path, compose, kind=kind, offers=offers)
    cover = None if reader.partner_id else await find_acting_cover(membership_id, event.at)
    covering = await _reader(cover, kind) if cover else None
    if cover is None or covering is None:
        return

    def compose_for_cover() -> tuple[str, list[str]]:
        title, lines = compose()
        return title, [_("You cover for %(name)s, who is away.") % {"name": reader.to.name}, *lines]

    await _tell(event, cover, covering, path, compose_for_cover, kind=kind, offers=offers)


async def asks_no_more(event: Recorded, kind: str, *, but: Collection[UUID] = ()) -> None:
    """Mark as read what of this kind was told of the event's subject: somebody else did it, or nobody needs to.

    `but` are the memberships that it still asks. Runs on the open unit of a reaction or job.
    """
    await db.sql(
        "UPDATE notices_notice SET read_at = $3 WHERE kind = $1 AND subject_id = $2 AND read_at IS NULL"
        " AND made_at <= $3 AND membership <> ALL($4::uuid[])",
        kind, event.subject_id, event.at, list(but),
    )  # fmt: skip


async def _tell(
    event: Recorded,
    membership_id: UUID,
    reader: _Reader,
    path: str,
    compose: Compose,
    *,
    kind: str,
    offers: Sequence[Offer],
) -> None:
    """One notice, and its mail if it goes out at once."""
    words = {locale: _composed(compose, locale) for locale in LOCALES}
    wanted = kind_of(kind).mail(reader.chosen)
    notice_id = await db.sql_value(
        "INSERT INTO notices_notice (id, membership, partner_id, kind, subject_type, subject_id, path, words,"
        " dedupe_key, made_at, mail, mailed_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)"
        " ON CONFLICT (membership, dedupe_key) DO NOTHING RETURNING id",
        new_id(), membership_id, reader.partner_id, kind, event.subject_type, event.subject_id, path,
        json.dumps(words, ensure_ascii=False), f"{kind}:{event.id}", event.at, wanted.value,
        event.at if wanted == Mail.NOW else None,
    )  # fmt: skip
    if notice_id is None or wanted != Mail.NOW:
        return
    offered = [
        await acting.offer_line(offer, membership_id, reader.partner_id, reader.to.locale, event.at)
        for offer in offers
        if acting.action_of(offer).permission in reader.permissions
    ]
    if offered:
        with using(reader.to.locale):
            offered.append(_("Or look at it in the portal:"))
    told = words.get(reader.to.locale) or words[SOURCE]
    await mail.queue(
        reader.to, subject=told["title"], lines=[*told["lines"], *offered], dedupe_key=f"notice:{notice_id}",
        now=event.at, link=mail.link_to(path),
    )  # fmt: skip


def _composed(compose: Compose, locale: str) -> dict[str, Any]:
    with using(locale):
        title, lines = compose()
    return {"title": title[:LONGEST_TITLE], "lines": [line for line in lines if line]}


async def _reader(membership_id: UUID, kind: str) -> _Reader | None:
    row = await db.sql_one(
        "SELECT p.email, p.name, p.locale, m.partner_id, m.roles, c.mail FROM identity_membership m"
        " JOIN identity_person p ON p.id = m.person LEFT JOIN notices_choice c ON c.membership = m.id AND c.kind = $2"
        " WHERE m.id = $1 AND m.ended_at IS NULL",
        membership_id, kind,
    )  # fmt: skip
    if row is None:
        return None
    permissions = permissions_of(frozenset(Role(role) for role in row["roles"]))
    to = mail.Recipient(row["email"], row["name"], row["locale"])
    return _Reader(to, row["partner_id"], permissions, row["mail"])


async def mark_read(actor: Actor, notice_id: UUID, *, now: datetime) -> str:
    """Mark one notice of the actor's as read, and give where it leads. Raises NotFound for another's, NotAllowed."""
    actor.require(Permission.PROFILE_WRITE)
    async with db.transaction(actor):
        path: str | None = await db.sql_value(
            "UPDATE notices_notice SET read_at = coalesce(read_at, $3) WHERE membership = $2 AND id = $1"
            " RETURNING path",
            notice_id, actor.membership_id, now,
        )  # fmt: skip
    if path is None:
        raise NotFound
    return path


async def mark_many_read(actor: Actor, notice_ids: Sequence[UUID], *, now: datetime) -> int:
    """Mark these as read, as far as they are the actor's own; how many were not yet. Raises NotAllowed."""
    actor.require(Permission.PROFILE_WRITE)
    async with db.transaction(actor):
        rows = await db.sql(
            "UPDATE notices_notice SET read_at = $3 WHERE membership = $1 AND read_at IS NULL AND id = any($2::uuid[])"
            " RETURNING id",
            actor.membership_id, list(notice_ids), now,
        )  # fmt: skip
    return len(rows)


async def choose(actor: Actor, wanted: Mapping[str, Mail], *, now: datetime) -> None:
    """Have these kinds come by mail like this from now on.

    Raises NotAllowed, and Invalid for a kind that the actor does not get or that cannot be turned off.
    """
    actor.require(Permission.PROFILE_WRITE)
    open_kinds = {kind.key for kind in kinds_for(actor) if not kind.fixed}
    if set(wanted) - open_kinds:
        raise Invalid({"choice": _("Choose one of the values offered.")})
    async with db.transaction(actor):
        for kind, chosen in wanted.items():
            await db.sql(
                "INSERT INTO notices_choice (id, membership, partner_id, kind, mail, changed_at)"
                " VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (membership, kind) DO UPDATE"
                " SET mail = excluded.mail, changed_at = excluded.changed_at",
                new_id(), actor.membership_id, actor.partner_id, kind, chosen.value, now,
            )  # fmt: skip


async def choose_what_asks(actor: Actor, *, now: datetime) -> None:
    """The one quick choice: a mail at once for what the actor has to act on, none for the rest. Raises NotAllowed."""
    wanted = {kind.key: Mail.NOW if kind.asks else Mail.NONE for kind in kinds_for(actor) if not kind.fixed}
    await choose(actor, wanted, now=now)
