"""What is done about accounts that are one customer: merge them, undo it, decide a merge that waits."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from partners.customers.linking import ACCOUNT
from partners.merging import queries
from partners.merging.rules import LONGEST_NOTE, Registered, RequestState, differently_registered
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission, Side

LOCK: Final = "merged accounts"
"""What the database's own triggers wait for too (the migration of the guards)."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What became of a merge: done, or kept waiting because of deals. One of the two is None."""

    alias_id: UUID | None
    request_id: UUID | None


@dataclass(frozen=True, slots=True)
class _Side:
    """An account as a merge sees it: the one under which it is found, and all registry ids found there."""

    id: UUID
    legal_name: str
    registered: tuple[Registered, ...]


async def merge_accounts(actor: Actor, account_id: UUID, into_id: UUID, *, note: str = "", now: datetime) -> Merged:
    """Say that one account is the other. Nothing that was recorded is changed; reads find all under the other one.

    A merge that would put two protected deals on one customer is kept waiting for a person. Raises NotFound,
    NotAllowed, Conflict for one and the same account, Invalid without a reason where registry ids differ.
    """
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        await db.lock_subject(LOCK)
        one, into = await _side(account_id), await _side(into_id)
        if one.id == into.id:
            raise Conflict(_("These are one account already."), code="merged")
        words = _reason(actor, one, into, note)
        if await _move_protections(one.id, into.id, now):
            return Merged(await _insert_alias(actor, one, into, words, now), None)
        return Merged(None, await _keep_waiting(actor, one, into, words, now))


async def undo_merge(actor: Actor, alias_id: UUID, *, now: datetime) -> UUID:
    """Make an account its own again, with all that was merged into it; its id. Everything is where it was recorded.

    Raises NotFound, NotAllowed, and Conflict when it was undone before.
    """
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        await db.lock_subject(LOCK)
        row = await db.sql_one(
            "SELECT m.account, m.canonical, m.undone_at, a.legal_name FROM partners_account_alias m"
            " JOIN partners_account a ON a.id = m.account WHERE m.id = $1",
            alias_id,
        )
        if row is None:
            raise NotFound
        if row["undone_at"] is not None:
            raise Conflict(_("This was undone already."), code="undone")
        account: UUID = row["account"]
        below = await _below(account)
        await db.sql(
            "UPDATE partners_account_alias SET undone_by = $2, undone_at = $3 WHERE id = $1",
            alias_id, actor.membership_id, now,
        )  # fmt: skip
        await db.sql(
            "UPDATE partners_account_alias SET canonical = $1 WHERE undone_at IS NULL AND account = any($2::uuid[])",
            account, below,
        )  # fmt: skip
        # Never refused: these were apart from each other under the common account, and take no others with them.
        await _place(account, "account = any($3::uuid[])", now, [account, *below])
        await _record(actor, "account.merge_undone", row["canonical"], account, row["legal_name"], "", now)
    return account


async def decide_request(actor: Actor, request_id: UUID, verb: str, *, now: datetime) -> Merged | None:
    """Try a waiting merge again (`again`) or leave the accounts apart (`refuse`, None).

    Raises NotFound, NotAllowed, Invalid for another verb, and Conflict when it was decided or cannot be done yet.
    """
    actor.require(Permission.DEALS_DECIDE)
    if verb not in {"again", "refuse"}:
        raise Invalid({"verb": _("Choose one of the values offered.")})
    async with db.transaction(actor):
        await db.lock_subject(LOCK)
        row = await db.sql_one("SELECT * FROM partners_merge_request WHERE id = $1", request_id)
        if row is None:
            raise NotFound
        if row["state"] != RequestState.WAITING:
            raise Conflict(_("This was decided already."), code="decided")
        one, into = await _side(row["account"]), await _side(row["merged_into"])
        if verb == "refuse" or one.id == into.id:
            await _close_request(actor, request_id, RequestState.REFUSED, now)
            await _record(actor, "account.merge_refused", into.id, row["account"], one.legal_name, "", now)
            return None
        if not await _move_protections(one.id, into.id, now):
            raise Conflict(_rivals_sentence(await queries.list_rivals(one.id, into.id, now)), code="protected")
        await _close_request(actor, request_id, RequestState.MERGED, now)
        return Merged(await _insert_alias(actor, one, into, row["note"], now), None)


async def _side(account_id: UUID) -> _Side:
    """Raises NotFound."""
    rows = await db.sql(
        "SELECT a.id, a.legal_name, a.registry_id, a.country, partners_canonical_account(a.id) = a.id AS is_canonical"
        " FROM partners_account a WHERE a.id = any(partners_accounts_of($1)) ORDER BY a.id",
        account_id,
    )
    head = next((row for row in rows if row["is_canonical"]), None)
    if head is None:
        raise NotFound
    registered = tuple(Registered(row["registry_id"], row["country"]) for row in rows)
    return _Side(head["id"], head["legal_name"], registered)


def _reason(actor: Actor, one: _Side, into: _Side, note: str) -> str:
    """The words that are kept. Raises Invalid when they are too long, or needed and missing."""
    words = note.strip()
    if len(words) > LONGEST_NOTE:
        raise Invalid({"note": _("Write at most %(max_length)s characters.") % {"max_length": LONGEST_NOTE}})
    if not differently_registered(one.registered, into.registered):
        return words
    if actor.side == Side.SYSTEM:
        raise Conflict(_("Accounts with different registry ids are merged by a person only."), code="registry")
    if not words:
        raise Invalid({"note": _("Their registry ids differ: say why they are one customer all the same.")})
    return words


async def _move_protections(account: UUID, into: UUID, now: datetime) -> bool:
    """Have the protections of one account count under the other; False, and nothing moved, when two would meet."""
    try:
        async with db.savepoint():
            await _place(into, "canonical_account = $3", now, account)
    except asyncpg.ExclusionViolationError:
        return False
    return True


async def _place(under: UUID, which: str, now: datetime, value: Any) -> None:
    """From now on these protections count under this account. What two accounts had before stays as it was."""
    await db.sql(
        "UPDATE partners_deal_protection SET canonical_account = $1,"
        f" canonical_from = greatest(canonical_from, $2::timestamptz) WHERE {which}",
        under, now, value,
    )  # fmt: skip


async def _insert_alias(actor: Actor, one: _Side, into: _Side, note: str, now: datetime) -> UUID:
    """The row that says so; what was merged into the one is found under the other from now on."""
    await db.sql(
        "UPDATE partners_account_alias SET canonical = $2 WHERE canonical = $1 AND undone_at IS NULL", one.id, into.id
    )
    alias_id = new_id()
    await db.sql(
        "INSERT INTO partners_account_alias (id, account, merged_into, canonical, note, decided_by, decided_at)"
        " VALUES ($1, $2, $3, $3, $4, $5, $6)",
        alias_id, one.id, into.id, note, actor.membership_id, now,
    )  # fmt: skip
    await _record(actor, "account.merged", into.id, one.id, one.legal_name, note, now)
    return alias_id


async def _keep_waiting(actor: Actor, one: _Side, into: _Side, note: str, now: datetime) -> UUID:
    """The request of these two; the one that waits already, if there is one."""
    waiting = await db.sql_value(
        "SELECT id FROM partners_merge_request WHERE state = 'waiting' AND account = $1 AND merged_into = $2",
        one.id, into.id,
    )  # fmt: skip
    if isinstance(waiting, UUID):
        return waiting
    request_id = new_id()
    await db.sql(
        "INSERT INTO partners_merge_request (id, account, merged_into, note, state, requested_by, requested_at)"
        " VALUES ($1, $2, $3, $4, 'waiting', $5, $6)",
        request_id, one.id, into.id, note, actor.membership_id, now,
    )  # fmt: skip
    await _record(actor, "account.merge_waits", into.id, one.id, one.legal_name, note, now)
    return request_id


async def _close_request(actor: Actor, request_id: UUID, state: RequestState, now: datetime) -> None:
    await db.sql(
        "UPDATE partners_merge_request SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1",
        request_id, state.value, actor.membership_id, now,
    )  # fmt: skip


async def _below(account: UUID) -> list[UUID]:
    """All accounts that were merged into this one, by whatever way."""
    rows = await db.sql(
        "WITH RECURSIVE below (account) AS ("
        " SELECT m.account FROM partners_account_alias m WHERE m.merged_into = $1 AND m.undone_at IS NULL"
        " UNION SELECT m.account FROM partners_account_alias m JOIN below b ON b.account = m.merged_into"
        " WHERE m.undone_at IS NULL) SELECT account FROM below",
        account,
    )
    return [row["account"] for row in rows]


async def _record(
    actor: Actor, name: str, subject: UUID, account: UUID, account_name: str, note: str, now: datetime
) -> None:
    """One event, on the account that stays; for the vendor only, since no partner is named."""
    undone = name == "account.merge_undone"
    changes = {"merged": [str(account), None] if undone else [None, str(account)], "name": [None, account_name]}
    await record(actor, name, ACCOUNT, subject, changes=changes, note=note, now=now)


def _rivals_sentence(rivals: tuple[queries.Rivals, ...]) -> str:
    """Which deals stand in the way."""
    each = [
        _("%(group)s is protected by %(one)s (%(partner)s) and by %(other)s (%(rival)s).")
        % {
            "group": one.group_name,
            "one": one.number,
            "partner": one.partner_name,
            "other": one.other_number,
            "rival": one.other_partner_name,
        }
        for one in rivals
    ]
    return " ".join([*each, _("It can be done when one of them has ended.")])
