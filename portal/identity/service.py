"""What can be done about people: invite, reset, change roles, end a membership."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db, events
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.i18n import gettext as _
from portal.core.i18n import known_locale, using
from portal.core.ids import new_id
from portal.core.permissions import Permission, Role, Side
from portal.core.types import Audience
from portal.identity import links, rules
from portal.identity.handover import move_everything
from portal.identity.rules import LinkPurpose
from portal.mail import service as mail

MEMBER: Final = "membership"


@dataclass(frozen=True, slots=True)
class Invitation:
    """Whom to invite, where to and as what."""

    email: str
    name: str
    roles: frozenset[Role]
    locale: str = "en"
    partner_id: UUID | None = None
    """None for the vendor's own side."""

    @property
    def side(self) -> Side:
        """The side they will stand on."""
        return Side.STAFF if self.partner_id is None else Side.PARTNER


def require_people(actor: Actor, partner_id: UUID | None) -> None:
    """Raise NotAllowed unless the actor may change people of this company (None: of the vendor)."""
    if actor.is_partner:
        actor.require(Permission.COLLEAGUES_WRITE)
        if partner_id != actor.partner_id:
            raise NotAllowed(_("Your role does not include this."), code="permission")
        return
    actor.require(Permission.PEOPLE_WRITE)


def _checked(invitation: Invitation) -> str:
    """The folded address. Raises Invalid for a bad address, an empty name or roles of the other side."""
    problems = {}
    try:
        email = rules.fold_email(invitation.email)
    except ValueError:
        email = ""
        problems["email"] = _("This is not an e-mail address.")
    if not invitation.name.strip():
        problems["name"] = _("Say who it is.")
    if not invitation.roles or any(role.side != invitation.side for role in invitation.roles):
        problems["roles"] = _("Choose at least one role.")
    if problems:
        raise Invalid(problems)
    return email


async def invite(actor: Actor, invitation: Invitation, *, now: datetime) -> UUID:
    """Give a person a membership and mail them a link; the membership's id.

    Inviting somebody who is a member already sends a new link. The answer never tells whether the address is known
    elsewhere. Raises NotAllowed, Invalid.
    """
    require_people(actor, invitation.partner_id)
    email = _checked(invitation)
    async with db.detached(), db.auth_transaction():
        person_id = await _person(email, invitation, now)
        membership_id, fresh = await _membership(person_id, invitation, now)
        await _mail_link(person_id, LinkPurpose.INVITE, now)
        if fresh:
            await events.record(
                actor, "membership.invited", MEMBER, membership_id, now=now, partner_id=invitation.partner_id,
                changes={"roles": [None, sorted(invitation.roles)]},
            )  # fmt: skip
    return membership_id


async def _person(email: str, invitation: Invitation, now: datetime) -> UUID:
    found = await db.sql_value("SELECT id FROM identity_person WHERE email = $1", email)
    if isinstance(found, UUID):
        return found
    person_id = new_id()
    await db.sql(
        "INSERT INTO identity_person (id, email, name, locale, created_at) VALUES ($1, $2, $3, $4, $5)",
        person_id, email, invitation.name.strip()[:120], known_locale(invitation.locale), now,
    )  # fmt: skip
    return person_id


async def _membership(person_id: UUID, invitation: Invitation, now: datetime) -> tuple[UUID, bool]:
    found = await db.sql_value(
        "SELECT id FROM identity_membership WHERE person = $1 AND partner_id IS NOT DISTINCT FROM $2"
        " AND ended_at IS NULL",
        person_id, invitation.partner_id,
    )  # fmt: skip
    if isinstance(found, UUID):
        return found, False
    membership_id = new_id()
    await db.sql(
        "INSERT INTO identity_membership (id, person, side, partner_id, roles, created_at, sessions_since)"
        " VALUES ($1, $2, $3, $4, $5, $6, $6)",
        membership_id, person_id, invitation.side.value, invitation.partner_id, sorted(invitation.roles), now,
    )  # fmt: skip
    return membership_id, True


async def request_reset(email: str, *, now: datetime) -> None:
    """Mail a reset link if the address belongs to somebody. Says and takes the same either way."""
    async with db.auth_transaction():
        person_id = await db.sql_value(
            "SELECT p.id FROM identity_person p WHERE p.email = $1 AND EXISTS (SELECT FROM identity_membership m"
            " WHERE m.person = p.id AND m.ended_at IS NULL)"
            " AND NOT EXISTS (SELECT FROM identity_one_time_link l WHERE l.person = p.id AND l.created_at > $2)",
            email.strip().lower(), now - LinkPurpose.RESET.lasts / 60,
        )  # fmt: skip
        if isinstance(person_id, UUID):
            await _mail_link(person_id, LinkPurpose.RESET, now)


async def _mail_link(person_id: UUID, purpose: LinkPurpose, now: datetime) -> None:
    person = await db.sql_one("SELECT email, name, locale FROM identity_person WHERE id = $1", person_id)
    if person is None:
        raise NotFound
    token = await links.make_link(person_id, purpose, now)
    to = mail.Recipient(person["email"], person["name"], person["locale"])
    with using(to.locale):
        if purpose == LinkPurpose.INVITE:
            subject = _("You are invited to the partner portal")
            lines = [_("Choose a password and you are in. The link works once, for seven days.")]
        else:
            subject = _("Choose a new password")
            lines = [
                _("Somebody asked to reset your password. The link works once, for one hour."),
                _("If it was not you, do nothing: your password stays as it is."),
            ]
    await mail.queue(
        to, subject=subject, lines=lines, link=mail.link_to(f"/welcome/{token}"),
        dedupe_key=f"link:{new_id()}", now=now,
    )  # fmt: skip


async def _membership_to_change(actor: Actor, membership_id: UUID) -> dict[str, Any]:
    """The live membership, locked. Raises NotFound when unseen, NotAllowed when not the actor's to change."""
    row = await db.sql_one(
        "SELECT id, person, side, partner_id, roles FROM identity_membership"
        " WHERE id = $1 AND ended_at IS NULL AND ($2::uuid IS NULL OR partner_id = $2) FOR UPDATE",
        membership_id, actor.partner_id,
    )  # fmt: skip
    if row is None:
        raise NotFound
    require_people(actor, row["partner_id"])
    return row


async def change_roles(actor: Actor, membership_id: UUID, roles: frozenset[Role], *, now: datetime) -> None:
    """Give other roles; every session of the membership ends. Raises NotFound, NotAllowed, Invalid, Conflict."""
    async with db.transaction(actor):
        row = await _membership_to_change(actor, membership_id)
        side = Side(row["side"])
        if not roles or any(role.side != side for role in roles):
            raise Invalid({"roles": _("Choose at least one role.")})
        if membership_id == actor.membership_id:
            raise Conflict(_("You cannot change your own roles; ask a colleague."), code="own_roles")
        await db.sql(
            "UPDATE identity_membership SET roles = $2, sessions_since = $3 WHERE id = $1",
            membership_id, sorted(roles), now,
        )  # fmt: skip
        await events.record(
            actor, "membership.roles_changed", MEMBER, membership_id, now=now, partner_id=row["partner_id"],
            changes={"roles": [row["roles"], sorted(roles)]},
        )  # fmt: skip


async def end_membership(actor: Actor, membership_id: UUID, successor_id: UUID, *, now: datetime) -> dict[str, int]:
    """End a person's access at once and move all open work to the successor; how many things of each kind moved.

    Raises NotFound, NotAllowed, Invalid (a successor who is not a live colleague), Conflict (oneself).
    """
    async with db.transaction(actor):
        row = await _membership_to_change(actor, membership_id)
        if membership_id == actor.membership_id:
            raise Conflict(_("You cannot end your own access; ask a colleague."), code="own_access")
        successor = await db.sql_one(
            "SELECT id FROM identity_membership WHERE id = $1 AND id <> $2 AND ended_at IS NULL AND side = $3"
            " AND partner_id IS NOT DISTINCT FROM $4",
            successor_id, membership_id, row["side"], row["partner_id"],
        )  # fmt: skip
        if successor is None:
            raise Invalid({"successor": _("Choose a colleague who takes over the open work.")})
        moved = await move_everything(actor, membership_id, successor_id, now)
        await db.sql(
            "UPDATE identity_membership SET ended_at = $2, sessions_since = $2, successor = $3 WHERE id = $1",
            membership_id, now, successor_id,
        )  # fmt: skip
        await events.record(
            actor, "membership.ended", MEMBER, membership_id, now=now, partner_id=row["partner_id"],
            changes={"successor": [None, str(successor_id)], **{k: [v, 0] for k, v in moved.items() if v}},
        )  # fmt: skip
    return moved


async def save_profile(actor: Actor, *, name: str, locale: str, now: datetime) -> None:
    """Change one's own name and language. Raises Invalid for an empty name."""
    actor.require(Permission.PROFILE_WRITE)
    if not name.strip():
        raise Invalid({"name": _("Say who you are.")})
    async with db.transaction(actor):
        await db.sql(
            "UPDATE identity_person SET name = $2, locale = $3 WHERE id = $1",
            actor.person_id, name.strip()[:120], known_locale(locale),
        )  # fmt: skip
        await events.record(
            actor, "profile.changed", "person", actor.person_id, now=now, partner_id=actor.partner_id,
            audience=Audience.PARTNER,
        )  # fmt: skip


async def remember_locale(actor: Actor, locale: str) -> None:
    """Store the language somebody switched to; no event, it is a preference like a column width."""
    await db.sql("UPDATE identity_person SET locale = $2 WHERE id = $1", actor.person_id, known_locale(locale))
