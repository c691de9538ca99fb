"""Sessions: signing in and out, and who a cookie stands for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Invalid, TooMany
from portal.core.i18n import gettext as _
from portal.core.ids import new_id, new_token, token_hash
from portal.core.permissions import Role, Side
from portal.identity import rules
from portal.identity.affiliation import affiliation_source
from portal.identity.passwords import check_password

_COLUMNS = "m.id AS membership_id, m.side, m.roles, m.partner_id, p.id AS person_id, p.name, p.email, p.locale, a.*"


def _with_company(day: str) -> str:
    """The join that brings a membership's company, if it has one; `day` is SQL."""
    sql = affiliation_source().sql.format(partner="m.partner_id", day=day)
    return f" LEFT JOIN LATERAL ({sql}) a ON true"


def _members(day: str = "$1") -> str:
    """Live memberships with their person and company; the day is the statement's first value."""
    return (
        f"SELECT {_COLUMNS} FROM identity_membership m JOIN identity_person p ON p.id = m.person"
        f"{_with_company(f'{day}::date')} WHERE m.ended_at IS NULL"
    )


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A fresh session: its secret, shown once to the browser, and who it is."""

    token: str
    session_id: UUID
    actor: Actor


async def resolve(token: str, now: datetime) -> tuple[Actor, UUID] | None:
    """The actor and session of a cookie; None for one that is unknown, over, or whose rights have ended."""
    row = await db.glance(
        f"SELECT s.id AS session_id, s.created_at, s.last_seen_at, {_COLUMNS}"
        " FROM identity_session s JOIN identity_membership m ON m.id = s.membership"
        f" JOIN identity_person p ON p.id = m.person{_with_company('$3::date')}"
        " WHERE s.token_hash = $1 AND s.ended_at IS NULL AND s.expires_at > $2 AND m.ended_at IS NULL"
        " AND s.created_at >= m.sessions_since",
        token_hash(token), now, now.date(),
    )  # fmt: skip
    actor = _actor(row) if row else None
    if row is None or actor is None:
        return None
    if now - row["last_seen_at"] > rules.SEEN_EVERY:
        async with db.auth_transaction():
            await db.sql(
                "UPDATE identity_session SET last_seen_at = $2, expires_at = $3 WHERE id = $1",
                row["session_id"], now, rules.session_ends(row["created_at"], now),
            )  # fmt: skip
    return actor, row["session_id"]


async def sign_in(email: str, password: str, *, network: str, device: str, now: datetime) -> SignedIn:
    """Open a session. Raises Invalid with one and the same answer for all that is wrong, TooMany past the limits."""
    key = hashlib.sha256(email.strip().lower().encode()).digest()
    async with db.auth_transaction():
        await _refuse_too_many(key, network, now)
        person = await db.sql_one(
            "SELECT id, password_hash FROM identity_person WHERE email = $1", email.strip().lower()
        )
    right = await check_password(person["password_hash"] if person else None, password)
    async with db.auth_transaction():
        actor = await _first_live_actor(person["id"], now) if person and right else None
        await db.sql(
            "INSERT INTO identity_sign_in_attempt (account_key, network, at, succeeded) VALUES ($1, $2, $3, $4)",
            key, network, now, actor is not None,
        )  # fmt: skip
        opened = await open_session(actor, device=device, now=now) if actor else None
    if opened is None:
        raise Invalid({"": _("E-mail and password do not match, or this account is no longer active.")}, code="sign_in")
    return opened


async def _refuse_too_many(key: bytes, network: str, now: datetime) -> None:
    since = now - rules.ATTEMPT_WINDOW
    for column, value, allowed in (
        ("account_key", key, rules.FAILURES_PER_ACCOUNT),
        ("network", network, rules.FAILURES_PER_NETWORK),
    ):
        row = await db.sql_one(
            f"SELECT count(*) AS failures, min(at) AS oldest FROM identity_sign_in_attempt"
            f" WHERE {column} = $1 AND at > $2 AND NOT succeeded",
            value, since,
        )  # fmt: skip
        failures, oldest = (row["failures"], row["oldest"]) if row else (0, None)
        wait = rules.wait_seconds(failures, allowed, oldest, now)
        if wait:
            raise TooMany(_("Too many tries. Wait a few minutes, or reset your password."), retry_after=wait)


async def open_session(actor: Actor, *, device: str, now: datetime) -> SignedIn:
    """A new session with a new secret, on the open authentication unit."""
    token, session_id = new_token(), new_id()
    await db.sql(
        "INSERT INTO identity_session (id, token_hash, membership, created_at, last_seen_at, expires_at, device)"
        " VALUES ($1, $2, $3, $4, $4, $5, $6)",
        session_id, token_hash(token), actor.membership_id, now, rules.session_ends(now, now), device[:200],
    )  # fmt: skip
    return SignedIn(token, session_id, actor)


async def sign_out(session_id: UUID, now: datetime) -> None:
    """End one session."""
    async with db.auth_transaction():
        await db.sql("UPDATE identity_session SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL", session_id, now)


async def sign_out_everywhere(actor: Actor, now: datetime) -> None:
    """End every session of this person, on all devices and for all memberships."""
    async with db.auth_transaction():
        await db.sql("UPDATE identity_membership SET sessions_since = $2 WHERE person = $1", actor.person_id, now)


async def switch_membership(
    actor: Actor, session_id: UUID, membership_id: UUID, *, device: str, now: datetime
) -> SignedIn | None:
    """Act for another of one's own memberships: the old session ends, a new one begins. None if it is not one's own."""
    async with db.auth_transaction():
        row = await db.sql_one(
            f"{_members()} AND m.id = $2 AND m.person = $3", now.date(), membership_id, actor.person_id
        )
        other = _actor(row) if row else None
        if other is None:
            return None
        await db.sql("UPDATE identity_session SET ended_at = $2 WHERE id = $1", session_id, now)
        return await open_session(other, device=device, now=now)


async def memberships_of(actor: Actor, now: datetime) -> list[Actor]:
    """All that this person can act as, oldest first."""
    async with db.auth_transaction():
        rows = await db.sql(f"{_members()} AND m.person = $2 ORDER BY m.created_at, m.id", now.date(), actor.person_id)
        return [one for row in rows if (one := _actor(row))]


async def actor_of(membership_id: UUID, now: datetime) -> Actor | None:
    """The actor of a live membership: for jobs that act for somebody, and the command line."""
    async with db.auth_transaction():
        row = await db.sql_one(f"{_members()} AND m.id = $2", now.date(), membership_id)
        return _actor(row) if row else None


async def find_actor(email: str, now: datetime) -> Actor | None:
    """The actor that signing in with this address gives: for the command line."""
    async with db.auth_transaction():
        person = await db.sql_value("SELECT id FROM identity_person WHERE email = $1", email.strip().lower())
        return await _first_live_actor(person, now) if person else None


async def _first_live_actor(person_id: UUID, now: datetime) -> Actor | None:
    rows = await db.sql(f"{_members()} AND m.person = $2 ORDER BY m.created_at, m.id", now.date(), person_id)
    return next((actor for row in rows if (actor := _actor(row))), None)


def _actor(row: dict[str, Any]) -> Actor | None:
    """The actor of a membership's row; None when its company has no access."""
    company = None
    if row["partner_id"] is not None:
        company = affiliation_source().read(row) if row["company_status"] is not None else None
        if company is None or not company.active:
            return None
    return Actor(
        person_id=row["person_id"],
        membership_id=row["membership_id"],
        name=row["name"],
        email=row["email"],
        side=Side(row["side"]),
        roles=frozenset(Role(role) for role in row["roles"]),
        partner_id=row["partner_id"],
        reads=company.reads if company else frozenset(),
        locale=row["locale"],
        company_name=company.name if company else None,
    )
