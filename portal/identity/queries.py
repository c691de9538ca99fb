"""Reading people: colleagues for a partner, everybody for the vendor."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.permissions import Permission, Role, Side
from portal.core.questions import Question, rows_of
from portal.identity.devices import device_name

ROLE_LABELS: Final = {
    Role.PARTNER_ADMIN: N_("Partner administrator"),
    Role.PARTNER_SALES: N_("Partner sales"),
    Role.PARTNER_MARKETING: N_("Partner marketing"),
    Role.PARTNER_FINANCE: N_("Partner finance"),
    Role.PARTNER_MANAGER: N_("Partner manager"),
    Role.SALES: N_("Key account manager"),
    Role.CUSTOMER_SUCCESS: N_("Customer success"),
    Role.MARKETING: N_("Marketing"),
    Role.FINANCE: N_("Finance"),
    Role.AUDITOR: N_("Auditor"),
    Role.ADMIN: N_("Administrator"),
}

_MEMBER: Final = (
    "SELECT m.id, m.side, m.partner_id, m.roles, m.created_at, m.ended_at, m.successor, p.name, p.email, p.locale"
    " FROM identity_membership m JOIN identity_person p ON p.id = m.person"
)


def may_read(actor: Actor) -> None:
    """Raise NotAllowed unless the actor may see people at all."""
    actor.require(Permission.COLLEAGUES_READ if actor.is_partner else Permission.PEOPLE_READ)


async def get_member(actor: Actor, membership_id: UUID) -> dict[str, Any]:
    """One membership with its person. Raises NotFound when it is not there or of another company."""
    may_read(actor)
    async with db.transaction(actor):
        row = await db.sql_one(
            f"{_MEMBER} WHERE m.id = $1 AND ($2::uuid IS NULL OR m.partner_id = $2)", membership_id, actor.partner_id
        )
    if row is None:
        raise NotFound
    return row


async def list_members(actor: Actor, partner_id: UUID | None) -> list[dict[str, Any]]:
    """Live memberships of a company, or of the vendor for None, by name. A partner asks for its own only."""
    found: list[dict[str, Any]] = await db.ask_alone(actor, members_of(actor, partner_id))
    return found


def members_of(actor: Actor, partner_id: UUID | None) -> Question:
    """The question of `list_members`, for asking beside others."""
    return rows_of(
        f"{_MEMBER} WHERE m.ended_at IS NULL AND m.partner_id IS NOT DISTINCT FROM $1"
        " AND ($2::uuid IS NULL OR m.partner_id = $2) ORDER BY p.name, m.id",
        partner_id, actor.partner_id,
        **dict.fromkeys(("id", "partner_id", "successor"), UUID),
        **dict.fromkeys(("created_at", "ended_at"), datetime.fromisoformat),
    )  # fmt: skip


def name_behind(membership_id: UUID | None) -> Question:
    """The name behind a membership, an ended one too; None without one."""
    return Question(
        "SELECT p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person WHERE m.id = $1",
        (membership_id,),
    )


async def names_of(actor: Actor, membership_ids: set[UUID]) -> dict[UUID, str]:
    """Names behind memberships, ended ones too: for timelines."""
    if not membership_ids:
        return {}
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT m.id, p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person"
            " WHERE m.id = any($1)",
            list(membership_ids),
        )
    return {row["id"]: row["name"] for row in rows}


async def colleagues(actor: Actor, membership_id: UUID) -> list[tuple[UUID, str]]:
    """Who could take over from a membership: live ones of the same company, without it."""
    row = await get_member(actor, membership_id)
    return [
        (one["id"], one["name"]) for one in await list_members(actor, row["partner_id"]) if one["id"] != membership_id
    ]


async def sessions_of(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """One's own open sessions, newest first: id, created_at, last_seen_at, device."""
    async with db.detached(), db.auth_transaction():
        rows = await db.sql(
            "SELECT s.id, s.created_at, s.last_seen_at, s.device FROM identity_session s"
            " JOIN identity_membership m ON m.id = s.membership WHERE m.person = $1 AND s.ended_at IS NULL"
            " AND s.expires_at > $2 AND s.created_at >= m.sessions_since ORDER BY s.last_seen_at DESC",
            actor.person_id, now,
        )  # fmt: skip
    return [{**row, "device": device_name(row["device"])} for row in rows]


def roles_text(roles: list[str], translate: Any) -> str:
    """Roles in words."""
    return ", ".join(translate(ROLE_LABELS[Role(role)]) for role in roles)


def side_of(row: dict[str, Any]) -> Side:
    """The side of a membership's row."""
    return Side(row["side"])
