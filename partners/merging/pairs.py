"""Pairs that may be one customer: found when accounts and cards come in, decided by a person, never asked twice.

A card that is an account beyond doubt is linked to it without asking; accounts are never merged without.
"""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from partners.customers import queries as customers
from partners.customers.linking import ACCOUNT, link_card, lock_link
from partners.customers.queries import Card
from partners.customers.rules import described
from partners.matching.accounts import descriptions_of, find_candidates
from partners.matching.matcher import match
from partners.matching.scoring import Reason
from partners.merging import service
from partners.merging.rules import PairState, Registered, differently_registered
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
_IDENTIFYING: Final = "cards that are linked by themselves"
_ACCOUNT: Final = "legal_name, local_name, domain, registry_id, country, city, address, postcode, phone"


@dataclass(frozen=True, slots=True)
class _Found:
    """A pair as it is stored: the account, and either another one or a card."""

    account: UUID
    other: UUID | None
    card: UUID | None
    score: float
    reasons: tuple[Reason, ...]


async def find_for_account(account_id: UUID, *, now: datetime) -> int:
    """Keep the accounts that may be the same customer as this one; how many. The system's own doing."""
    async with db.transaction(SYSTEM):
        row = await db.sql_one(f"SELECT {_ACCOUNT} FROM partners_account WHERE id = $1", account_id)
    candidates = await find_candidates(SYSTEM, *descriptions_of(row)) if row else []
    found = [
        _Found(min(account_id, one.account_id), max(account_id, one.account_id), None, one.score, one.reasons)
        for one in candidates
        if one.account_id != account_id
    ]
    return await _keep(found[:_MOST], now)


async def find_for_accounts(ids: Collection[UUID], *, now: datetime) -> int:
    """The same for many accounts at once, compared with all others in memory: for up to `TOGETHER` accounts in all."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(f"SELECT id, {_ACCOUNT} FROM partners_account ORDER BY id")
    names = [(row["id"], one) for row in rows for one in descriptions_of(row)]
    matches = await asyncio.to_thread(match, [one for _id, one in names])
    kept: Counter[UUID] = Counter()
    found: dict[tuple[UUID, UUID], _Found] = {}
    for pair in matches.pairs:
        one, other = sorted((names[pair.left][0], names[pair.right][0]))
        asked = [account for account in {one, other} if account in ids]
        # The surest pairs come first, and under a second name the same two may come again.
        if one == other or (one, other) in found or not asked or all(kept[account] >= _MOST for account in asked):
            continue
        kept.update(asked)
        found[one, other] = _Found(one, other, None, pair.score, pair.reasons)
    return await _keep(found.values(), now)


async def identify_card(card_id: UUID, *, now: datetime) -> UUID | None:
    """Link a card to the account that it is, which is returned; else keep those that it may be for a person.

    Linked is only what reaches the threshold with one customer alone, brings no two registry ids together, and is no
    card of which a person has undone the link. The system's own doing, in silence: its partner learns nothing.
    """
    async with db.transaction(SYSTEM):
        # One after the other: two cards with two registry ids must not both find an account without any.
        await db.lock_subject(_IDENTIFYING)
        await lock_link(card_id)
        if await db.sql_value("SELECT EXISTS (SELECT FROM partners_card_link WHERE card = $1)", card_id):
            return None
        card = await customers.get_card(SYSTEM, card_id)
        answers = await db.sql(
            "SELECT partners_canonical_account(account) AS account, true AS is_unlink FROM partners_card_unlink"
            " WHERE card = $1 UNION ALL SELECT partners_canonical_account(account), false FROM partners_account_pair"
            " WHERE card = $1 AND state = 'different'",
            card_id,
        )
        others = {row["account"] for row in answers}
        found = await find_candidates(SYSTEM, *described(card.facts, [one.email for one in card.contacts]))
        candidates = [one for one in found if one.canonical not in others]
        sure = [one for one in candidates if one.joined]
        chain = bool(sure) and await _brings_registries_together(card, sure[0].canonical)
        is_alone = len({one.canonical for one in sure}) == 1
        if is_alone and not chain and not any(row["is_unlink"] for row in answers):
            await link_card(SYSTEM, card_id, sure[0].account_id, now=now, score=sure[0].percent)
            return sure[0].account_id
        why = (Reason.CHAIN,) if chain else ()
        kept = [_Found(one.account_id, None, card_id, one.score, (*one.reasons, *why)) for one in candidates[:_MOST]]
        await _keep(kept, now)
    return None


async def _brings_registries_together(card: Card, account_id: UUID) -> bool:
    """Whether the card's registry id differs from all that the customer has on its accounts and linked cards."""
    rows = await db.sql(
        "SELECT registry_id, country FROM partners_account WHERE id = any(partners_accounts_of($1)) UNION ALL"
        " SELECT c.registry_id, c.country FROM partners_card_link l JOIN partners_customer_card c ON c.id = l.card"
        " WHERE l.account = any(partners_accounts_of($1))",
        account_id,
    )
    mine = Registered(card.facts.registry_id, card.facts.country)
    return differently_registered([mine], [Registered(**row) for row in rows])


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
            [round(one.score * 100) for one in rows],
            [",".join(one.reasons) for one in rows],
            now,
        )
    return len(kept)
