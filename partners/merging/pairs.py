"""Pairs that may be one customer: found when accounts and cards come in, decided by a person, never asked twice."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from partners.customers.linking import ACCOUNT, link_card
from partners.matching.accounts import Candidate, descriptions_of, find_candidates
from partners.matching.matcher import match
from partners.matching.records import Description
from partners.merging import service
from partners.merging.rules import PairState
from partners.merging.service import Merged
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission

TOGETHER: Final = 15_000
"""Accounts in all up to which many are compared in memory, in seconds; beyond, each is looked up by its keys."""
_MOST: Final = 5
"""Pairs kept of one account or card: more would be noise."""
_ACCOUNT: Final = "legal_name, local_name, domain, registry_id, country, city, address, postcode, phone"
_CARD: Final = "legal_name, local_name, domain, registry_id, country, city, '' AS address, '' AS postcode, '' AS phone"


@dataclass(frozen=True, slots=True)
class _Found:
    """A pair as it is stored: the account, and either another one or a card."""

    account: UUID
    other: UUID | None
    card: UUID | None
    candidate: Candidate


async def find_for_account(account_id: UUID, *, now: datetime) -> int:
    """Keep the accounts that may be the same customer as this one; how many. The system's own doing."""
    candidates = await _candidates("partners_account", _ACCOUNT, account_id)
    found = [
        _Found(min(account_id, one.account_id), max(account_id, one.account_id), None, one)
        for one in candidates
        if one.account_id != account_id
    ]
    return await _keep(found[:_MOST], now)


async def find_for_accounts(ids: Collection[UUID], *, now: datetime) -> int:
    """The same for many accounts at once, compared with all others in memory: for up to `TOGETHER` accounts in all."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(f"SELECT id, {_ACCOUNT} FROM partners_account ORDER BY id")
    described = [(row["id"], one) for row in rows for one in descriptions_of(row)]
    matches = await asyncio.to_thread(match, [one for _id, one in described])
    kept: Counter[UUID] = Counter()
    found: dict[tuple[UUID, UUID], _Found] = {}
    for pair in matches.pairs:
        one, other = sorted((described[pair.left][0], described[pair.right][0]))
        asked = [account for account in {one, other} if account in ids]
        # The surest pairs come first, and under a second name the same two may come again.
        if one == other or (one, other) in found or not asked or all(kept[account] >= _MOST for account in asked):
            continue
        kept.update(asked)
        found[one, other] = _Found(one, other, None, Candidate(other, pair.score, pair.reasons))
    return await _keep(found.values(), now)


async def find_for_card(card_id: UUID, *, now: datetime) -> int:
    """Keep the accounts that a card may be, while nobody has linked it; how many. The system's own doing."""
    async with db.transaction(SYSTEM):
        linked = await db.sql_value("SELECT EXISTS (SELECT FROM partners_card_link WHERE card = $1)", card_id)
    if linked:
        return 0
    candidates = await _candidates("partners_customer_card", _CARD, card_id)
    return await _keep([_Found(one.account_id, None, card_id, one) for one in candidates[:_MOST]], now)


async def decide_pair(actor: Actor, pair_id: UUID, verb: str, *, note: str = "", now: datetime) -> Merged | None:
    """Say `same`, `different` or `later` of a pair. Same merges the account that came later into the earlier one.

    A card that is the same is linked (None). Raises what merging and linking raise; NotFound, NotAllowed, Invalid
    for another verb, Conflict when the pair was decided already.
    """
    actor.require(Permission.DEALS_DECIDE)
    if verb not in {PairState.SAME, PairState.DIFFERENT, PairState.LATER}:
        raise Invalid({"verb": _("Choose one of the values offered.")})
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT t.account, t.other, t.card, t.state, a.created_at > b.created_at AS is_later"
            " FROM partners_account_pair t JOIN partners_account a ON a.id = t.account"
            " LEFT JOIN partners_account b ON b.id = t.other WHERE t.id = $1 FOR UPDATE OF t",
            pair_id,
        )
        if row is None:
            raise NotFound
        if row["state"] not in {PairState.OPEN, PairState.LATER}:
            raise Conflict(_("This was decided already."), code="decided")
        await db.sql(
            "UPDATE partners_account_pair SET state = $2, decided_by = $3, decided_at = $4 WHERE id = $1",
            pair_id, verb, actor.membership_id, now,
        )  # fmt: skip
        if verb != PairState.SAME:
            event = "account.told_apart" if verb == PairState.DIFFERENT else "account.put_off"
            changes = {"card" if row["card"] else "other": [None, str(row["card"] or row["other"])]}
            await record(actor, event, ACCOUNT, row["account"], changes=changes, note=note.strip(), now=now)
            return None
        if row["card"]:
            await link_card(actor, row["card"], row["account"], now=now)
            return None
        later, earlier = (row["account"], row["other"]) if row["is_later"] else (row["other"], row["account"])
        return await service.merge_accounts(actor, later, earlier, note=note, now=now)


async def _candidates(table: str, columns: str, row_id: UUID) -> Sequence[Candidate]:
    async with db.transaction(SYSTEM):
        row = await db.sql_one(f"SELECT {columns} FROM {table} WHERE id = $1", row_id)
    if row is None:
        return []
    local, name = row.pop("local_name"), row.pop("legal_name")
    return await find_candidates(SYSTEM, Description(name, **row), local_name=local)


async def _keep(found: Iterable[_Found], now: datetime) -> int:
    """Store pairs; of one that is here already the score, while nobody decided it."""
    rows = list(found)
    if not rows:
        return 0
    async with db.transaction(SYSTEM):
        kept = await db.sql(
            "WITH found AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::text[])"
            " AS f (id, account, other, card, score, reasons)), anew AS (UPDATE partners_account_pair t"
            " SET score = f.score, reasons = f.reasons FROM found f WHERE t.account = f.account"
            " AND t.other IS NOT DISTINCT FROM f.other AND t.card IS NOT DISTINCT FROM f.card"
            " AND t.state IN ('open', 'later') RETURNING t.id)"
            " INSERT INTO partners_account_pair (id, account, other, card, score, reasons, state, found_at)"
            " SELECT f.id, f.account, f.other, f.card, f.score, f.reasons, 'open', $7 FROM found f"
            " WHERE f.other IS NULL OR partners_canonical_account(f.account) <> partners_canonical_account(f.other)"
            " ON CONFLICT DO NOTHING RETURNING id",
            [new_id() for _one in rows],
            [one.account for one in rows],
            [one.other for one in rows],
            [one.card for one in rows],
            [round(one.candidate.score * 100) for one in rows],
            [",".join(one.candidate.reasons) for one in rows],
            now,
        )
    return len(kept)
