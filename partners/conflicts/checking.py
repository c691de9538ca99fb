"""The check: brings the conflicts of a customer in line with who claims it now. Running it twice changes nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.conflicts import rules
from partners.conflicts.evidence import Evidence, Live, as_claim, gather, list_live
from partners.conflicts.rules import ClaimKind, CloseReason, ConflictState, LeftReason, Result
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.events import record
from portal.core.ids import new_id
from portal.core.text import fold

CONFLICT: Final = "conflict"
_LONGEST_SEARCH: Final = 500
Key = tuple[ClaimKind, UUID]
"""Which registration or opportunity."""
_LEFT_BY_STATE: Final[Mapping[str, LeftReason]] = {
    "withdrawn": LeftReason.WITHDRAWN,
    "rejected": LeftReason.REJECTED,
    "expired": LeftReason.EXPIRED,
    "revoked": LeftReason.REJECTED,
}


@dataclass(frozen=True, slots=True)
class _Kept:
    """A claim that waits in a conflict."""

    id: UUID
    conflict: UUID
    key: Key
    label: str


async def check_account(account_id: UUID, *, now: datetime) -> None:
    """Open, extend, reopen, join and close the conflicts of the customer that this account is.

    Two that run at once for the same customer do so one after the other.
    """
    async with db.transaction(SYSTEM):
        head = await canonical_of(account_id)
        heads = await _heads(head)
        for one in heads:
            await lock_customer(one)
        accounts = await _accounts_of(heads)
        live = {(one.kind, one.subject): one for one in await list_live(accounts, now)}
        groups = rules.conflicts_among([as_claim(one) for one in live.values()])
        waiting = await _waiting(accounts, live)
        members: dict[UUID, set[Key]] = {}
        for group in groups:
            keys = {(claim.kind, claim.id) for claim in group}
            members.setdefault(await _conflict_for(keys, waiting, head, now), set()).update(keys)
        for conflict, keys in members.items():
            await _join(conflict, [live[key] for key in sorted(keys)], waiting, accounts, now)
        alive = set().union(*members.values())
        await _prune(waiting, alive, now)
        await _release([subject for kind, subject in set(live) - alive if kind == ClaimKind.REGISTRATION], now)


async def lock_customer(account_id: UUID) -> None:
    """Have whoever checks or decides conflicts of this customer wait for each other until the end of the unit."""
    await db.lock_subject(f"conflicts of {account_id}")


async def canonical_of(account_id: UUID) -> UUID:
    """Under which account the customer is found now."""
    found: UUID = await db.sql_value("SELECT partners_canonical_account($1)", account_id)
    return found


async def _heads(head: UUID) -> list[UUID]:
    """The account itself and those whose merge with it waits, in order.

    A merge waits because of protected deals of both: which of them stays is what the conflict decides.
    """
    rows = await db.sql(
        "SELECT DISTINCT x.head FROM partners_merge_request r CROSS JOIN LATERAL (VALUES"
        " (partners_canonical_account(r.account)), (partners_canonical_account(r.merged_into))) AS x (head)"
        " WHERE r.state = 'waiting' AND $1 IN (partners_canonical_account(r.account),"
        " partners_canonical_account(r.merged_into))",
        head,
    )
    return sorted({head, *(row["head"] for row in rows)})


async def _accounts_of(heads: Sequence[UUID]) -> list[UUID]:
    rows = await db.sql("SELECT DISTINCT unnest(partners_accounts_of(h)) AS id FROM unnest($1::uuid[]) AS u (h)", heads)
    return sorted(row["id"] for row in rows)


async def _waiting(accounts: Sequence[UUID], live: Iterable[Key]) -> dict[Key, _Kept]:
    """The claims that wait in the conflicts of these accounts, or beside one of those that are live here."""
    rows = await db.sql(
        "SELECT k.id, k.conflict, k.kind, k.subject, k.label FROM partners_conflict_claim k"
        " JOIN partners_conflict c ON c.id = k.conflict WHERE k.result = 'waiting' AND (c.account = any($1::uuid[])"
        " OR EXISTS (SELECT FROM partners_conflict_claim o WHERE o.conflict = c.id AND o.result = 'waiting'"
        " AND o.subject = any($2::uuid[]))) ORDER BY c.found_at, c.id, k.joined_at, k.id",
        list(accounts), [subject for _kind, subject in live],
    )  # fmt: skip
    kept = [_Kept(r["id"], r["conflict"], (ClaimKind(r["kind"]), r["subject"]), r["label"]) for r in rows]
    return {one.key: one for one in kept}


async def _conflict_for(keys: set[Key], waiting: dict[Key, _Kept], account: UUID, now: datetime) -> UUID:
    """The conflict that these claims are in: the oldest of theirs, one that an appeal reopens, or a new one."""
    known = list(dict.fromkeys(one.conflict for key, one in waiting.items() if key in keys))
    if known:
        for other in known[1:]:
            await _join_the_older(other, waiting, now)
        return known[0]
    appealed = await db.sql_value(
        "SELECT c.id FROM partners_conflict c JOIN partners_conflict_claim k ON k.conflict = c.id"
        " WHERE c.state = 'decided' AND c.appealed_at IS NULL AND k.result = 'lost' AND k.kind = 'registration'"
        " AND k.subject = any($1::uuid[]) ORDER BY c.found_at DESC LIMIT 1",
        [subject for kind, subject in keys if kind == ClaimKind.REGISTRATION],
    )
    if isinstance(appealed, UUID):
        await db.sql(
            "UPDATE partners_conflict SET state = 'appealed', appealed_at = $2, changed_at = $2,"
            " version = version + 1 WHERE id = $1",
            appealed, now,
        )  # fmt: skip
        await _record("conflict.reopened", appealed, {"state": [ConflictState.DECIDED, ConflictState.APPEALED]}, now)
        return appealed
    return await _insert(account, now)


async def _insert(account: UUID, now: datetime) -> UUID:
    conflict = new_id()
    name = await db.sql_value("SELECT legal_name FROM partners_account WHERE id = $1", account)
    await db.sql(
        "INSERT INTO partners_conflict (id, account, account_name, product_groups, state, is_direct, choice_words,"
        " choice_evidence, ground, found_at, close_reason, search, changed_at, version)"
        " VALUES ($1, $2, $3, '{}', 'open', false, '', '', '', $4, '', $5, $4, 1)",
        conflict, account, name, now, fold(name),
    )  # fmt: skip
    await _record("conflict.found", conflict, {"state": [None, ConflictState.OPEN]}, now)
    return conflict


async def _join(
    conflict: UUID, claims: Sequence[Live], waiting: dict[Key, _Kept], accounts: Sequence[UUID], now: datetime
) -> None:
    """Take in those that are not in it yet, with their evidence of today; those that a decision had ended, anew."""
    fresh = [one for one in claims if (one.kind, one.subject) not in waiting]
    facts = await gather(accounts, fresh, now) if fresh else {}
    for one in fresh:
        key = one.kind, one.subject
        waiting[key] = _Kept(await _insert_claim(conflict, one, facts[key], now), conflict, key, one.label)
    groups = sorted(rules.contended_groups([as_claim(one) for one in claims]))
    is_direct = any(one.kind == ClaimKind.OPPORTUNITY for one in claims)
    before = await db.sql_one(
        "SELECT c.product_groups, c.is_direct, c.account_name, (SELECT string_agg(concat_ws(' ', k.label,"
        " p.legal_name), ' ' ORDER BY k.label) FROM partners_conflict_claim k LEFT JOIN partners_company p"
        " ON p.id = k.partner_id WHERE k.conflict = c.id) AS words FROM partners_conflict c WHERE c.id = $1",
        conflict,
    )
    if before is None or (not fresh and before["product_groups"] == groups and before["is_direct"] == is_direct):
        return
    await db.sql(
        "UPDATE partners_conflict SET product_groups = $2, is_direct = $3, search = $4, changed_at = $5,"
        " version = version + 1 WHERE id = $1",
        conflict, groups, is_direct, fold(f"{before['account_name']} {before['words']}")[:_LONGEST_SEARCH], now,
    )  # fmt: skip
    await _record("conflict.changed", conflict, {"claims": [None, [one.label for one in claims]]}, now)


async def _insert_claim(conflict: UUID, one: Live, found: Evidence, now: datetime) -> UUID:
    """The claim's row; one that was in this conflict before waits again, with the evidence that was kept then."""
    claim_id: UUID = await db.sql_value(
        "INSERT INTO partners_conflict_claim (id, conflict, kind, subject, partner_id, label, role, account,"
        " product_groups, owner, amount_minor, currency, stood, claimed_at, first_touch, first_touch_at,"
        " touch_days, of_record, of_record_until, protected_until, joined_at, result, left_reason)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,"
        " 'waiting', '') ON CONFLICT (conflict, kind, subject) DO UPDATE SET result = 'waiting', left_reason = '',"
        " part_percent = NULL, product_groups = excluded.product_groups, owner = excluded.owner,"
        " stood = excluded.stood, protected_until = excluded.protected_until RETURNING id",
        new_id(), conflict, one.kind.value, one.subject, one.partner_id, one.label, one.role, one.account,
        list(one.groups), one.owner, one.amount_minor, one.currency, one.stood, one.claimed_at, found.first_touch,
        found.first_touch_at, list(found.touch_days), found.of_record, found.of_record_until, one.protected_until,
        now,
    )  # fmt: skip
    return claim_id


async def _join_the_older(younger: UUID, waiting: dict[Key, _Kept], now: datetime) -> None:
    """Close the younger one, whose claims are taken into the older then."""
    for key in [key for key, one in waiting.items() if one.conflict == younger]:
        await _leave(waiting.pop(key), LeftReason.JOINED)
    await _close(younger, CloseReason.JOINED, now)


async def _prune(waiting: Mapping[Key, _Kept], alive: set[Key], now: datetime) -> None:
    """Let those leave that stand in nobody's way any more; close what has nothing left to decide."""
    by_conflict: dict[UUID, list[_Kept]] = {}
    for one in waiting.values():
        by_conflict.setdefault(one.conflict, []).append(one)
    for conflict, kept in by_conflict.items():
        gone = [one for one in kept if one.key not in alive]
        if not gone:
            continue
        ended = await _ends(gone)
        for one in gone:
            reason = ended.get(one.key)
            await (_leave(one, reason) if reason else _free(one))
        await _move_on(conflict, now)
        await _record("conflict.changed", conflict, {"claims": [[one.label for one in gone], None]}, now)
        if len(gone) == len(kept):
            await _close(conflict, CloseReason.ONE_LEFT, now)


async def _release(deals: Sequence[UUID], now: datetime) -> None:
    """Free those that lost and came back by an appeal when nobody is in their way any more."""
    rows = await db.sql(
        "UPDATE partners_conflict_claim SET result = 'free' WHERE kind = 'registration' AND result = 'lost'"
        " AND subject = any($1::uuid[]) RETURNING conflict, label",
        list(deals),
    )
    for row in rows:
        await _move_on(row["conflict"], now)
        await _record("conflict.changed", row["conflict"], {"claims": [[row["label"]], None]}, now)


async def _move_on(conflict: UUID, now: datetime) -> None:
    """A page that was opened before decides nothing: the claims were others."""
    await db.sql("UPDATE partners_conflict SET changed_at = $2, version = version + 1 WHERE id = $1", conflict, now)


async def _ends(gone: Sequence[_Kept]) -> dict[Key, LeftReason]:
    """Why each of them ended, of those that did."""
    deals = [subject for kind, subject in (one.key for one in gone) if kind == ClaimKind.REGISTRATION]
    direct = [subject for kind, subject in (one.key for one in gone) if kind == ClaimKind.OPPORTUNITY]
    found: dict[Key, LeftReason] = {}
    rows = await db.sql("SELECT id, state, stage, role FROM partners_deal WHERE id = any($1::uuid[])", deals)
    for row in rows:
        reason = LeftReason.LOST if row["stage"] == "lost" else _LEFT_BY_STATE.get(row["state"])
        if reason is not None:
            found[ClaimKind.REGISTRATION, row["id"]] = reason
    rows = await db.sql(
        "SELECT id FROM partners_opportunity WHERE id = any($1::uuid[]) AND closed_at IS NOT NULL", direct
    )
    return found | {(ClaimKind.OPPORTUNITY, row["id"]): LeftReason.CLOSED for row in rows}


async def _leave(one: _Kept, reason: LeftReason) -> None:
    await db.sql(
        "UPDATE partners_conflict_claim SET result = 'left', left_reason = $2 WHERE id = $1", one.id, reason.value
    )


async def _free(one: _Kept) -> None:
    await db.sql("UPDATE partners_conflict_claim SET result = $2 WHERE id = $1", one.id, Result.FREE.value)


async def _close(conflict: UUID, reason: CloseReason, now: datetime) -> None:
    await db.sql(
        "UPDATE partners_conflict SET state = 'closed', closed_at = $2, close_reason = $3, changed_at = $2,"
        " version = version + 1 WHERE id = $1",
        conflict, now, reason.value,
    )  # fmt: skip
    await _record("conflict.closed", conflict, {"close_reason": ["", reason.value]}, now)


async def _record(name: str, conflict: UUID, changes: dict[str, Any], now: datetime) -> None:
    """For the vendor only: no partner is named."""
    await record(SYSTEM, name, CONFLICT, conflict, changes=changes, now=now)
