"""What can be done about commissions: accrue what cash has come in, and reckon a sale again when its facts changed."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from attribution.commissions.due import (
    ADOPTED,
    count_changed_by,
    find_adopted,
    find_changed_by,
    find_credited_beside,
    find_pending,
    find_runs,
    find_uncovered,
)
from attribution.commissions.gathering import gather
from attribution.commissions.reckoning import NewCommission, Reckoning
from attribution.commissions.rules import Outcome
from attribution.credits.queries import get_run
from attribution.credits.rules import RunState
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.text import fold
from portal.core.types import Audience
from portal.ledger.rules import AccountCode, NewEntry, movement
from portal.ledger.service import hold_periods, post_entries

CAUSE: Final = "commission"
"""What ledger entries name as their cause."""
_CHUNK: Final = 1_000
"""Invoice lines at a time: bounds memory; the transaction is one."""
_BUCKETS: Final = 64
_LOCKS: Final = 7_210_600_000
"""Any number; the buckets count on from it."""


async def accrue(actor: Actor, revenue_ids: Sequence[UUID] | None = None, *, now: datetime) -> Counter[Outcome]:
    """Reckon all cash that has no result yet, or only that of these lines of revenue; how many of each outcome.

    Each payment and refund gets one result per partner concerned, with its trace and, unless it is nothing, its
    ledger entry in the open period of its day. Running it again does nothing. Raises NotAllowed.
    """
    actor.require(Permission.REVENUE_WRITE)
    counts: Counter[Outcome] = Counter()
    async with db.transaction(actor):
        invoices = await find_pending(revenue_ids)
        await _lock(invoices)
        for start in range(0, len(invoices), _CHUNK):
            counts += await _accrue_some(actor, invoices[start : start + _CHUNK], now)
    return counts


async def reckon_again(
    actor: Actor, invoice_ids: Iterable[UUID], *, now: datetime, run_id: UUID | None = None
) -> Counter[Outcome]:
    """Undo what stands of these invoice lines and reckon their cash anew, by the facts of today.

    Nothing stored changes: the mirror and the new result are added, in the open period. What was paid by a run stays
    with that run unless another is named. Raises NotAllowed.
    """
    actor.require(Permission.REVENUE_WRITE)
    counts: Counter[Outcome] = Counter()
    async with db.transaction(actor):
        invoices = list(dict.fromkeys(invoice_ids))
        await _lock(invoices)
        for start in range(0, len(invoices), _CHUNK):
            chunk = invoices[start : start + _CHUNK]
            runs = dict.fromkeys(chunk, run_id) if run_id else await find_runs(chunk)
            await _store(actor, list((await _begin(actor, chunk, now, runs)).undone()), now)
            counts += await _accrue_some(actor, chunk, now, runs)
    return counts


async def accrue_covered(actor: Actor, *, now: datetime) -> Counter[Outcome]:
    """Reckon what sealed runs have made due: sales that waited for one, and whoever is credited and has no result yet.

    What was paid by an earlier run, or for a registration, stays as it is. Running it again does nothing. Raises
    NotAllowed.
    """
    actor.require(Permission.REVENUE_WRITE)
    async with db.transaction(actor):
        counts = await reckon_again(actor, await find_uncovered(), now=now)
        invoices = await find_credited_beside(actor)
        await _lock(invoices)
        for start in range(0, len(invoices), _CHUNK):
            counts += await _accrue_some(actor, invoices[start : start + _CHUNK], now)
    return counts


async def adopt_run(actor: Actor, run_id: UUID, *, now: datetime) -> int:
    """Have this sealed run pay what other runs pay now; how many invoice lines will be reckoned anew, as a reaction.

    Raises NotAllowed, NotFound, and Conflict for a run that is not sealed.
    """
    actor.require(Permission.PERIODS_CLOSE)
    async with db.transaction(actor):
        run = await get_run(actor, run_id)
        if run.state != RunState.SEALED:
            raise Conflict(_("Commissions are paid by sealed runs only. Wait until it is sealed."))
        lines, _by_run = await count_changed_by(run_id)
        await record(
            actor, ADOPTED, "run", run_id, audience=Audience.VENDOR, now=now, changes={"lines": [None, lines]}
        )  # fmt: skip
    return lines


async def reckon_adopted(actor: Actor, run_id: UUID, *, now: datetime) -> Counter[Outcome]:
    """Undo what other runs pay of the lines that this one covers, and reckon it by this one, in the open period.

    Only for the run that was adopted last: of two, whichever is reckoned first, the later one pays. Running it again
    does nothing. Raises NotAllowed.
    """
    actor.require(Permission.REVENUE_WRITE)
    async with db.transaction(actor):
        await db.lock_subject("the adopted run")
        if await find_adopted() != run_id:
            return Counter()
        return await reckon_again(actor, await find_changed_by(run_id), now=now, run_id=run_id)


async def _lock(invoice_ids: Iterable[UUID]) -> None:
    """One at a time per invoice line; by bucket, since a lock for each would exhaust the server's table of locks."""
    buckets = sorted({_LOCKS + id_.int % _BUCKETS for id_ in invoice_ids})
    await db.sql("SELECT pg_advisory_xact_lock(bucket) FROM unnest($1::bigint[]) AS bucket", buckets)


async def _begin(
    actor: Actor, invoice_ids: Sequence[UUID], now: datetime, runs: Mapping[UUID, UUID] | None = None
) -> Reckoning:
    return Reckoning(await gather(actor, invoice_ids, runs), await hold_periods(), formats.time_zone().key, now)


async def _accrue_some(
    actor: Actor, invoice_ids: Sequence[UUID], now: datetime, runs: Mapping[UUID, UUID] | None = None
) -> Counter[Outcome]:
    results = list((await _begin(actor, invoice_ids, now, runs)).results())
    await _store(actor, results, now)
    return Counter(one.outcome for one in results)


def _entry(one: NewCommission) -> NewEntry:
    """What the vendor owes more, or less."""
    posting = movement(AccountCode.COMMISSION_EXPENSE, AccountCode.PARTNER_PAYABLE, one.amount)
    return NewEntry(one.partner_id, CAUSE, one.id, one.outcome.value, one.period, (posting,), one.reverses_entry)


async def _store(actor: Actor, results: Sequence[NewCommission], now: datetime) -> None:
    """Ledger entries first, then the results with their entries: a few statements for all."""
    moving = [one for one in results if one.amount]
    ids = await post_entries(actor, [_entry(one) for one in moving], now=now)
    entries = dict(zip((one.id for one in moving), ids, strict=True))
    await db.sql(
        "INSERT INTO attribution_commission (accrued_at, id, partner_id, source_id, invoice_id, deal_id, clause,"
        " outcome, reason, policy_version, period, occurred_at, cash_minor, amount_minor, currency, customer_name,"
        " product_name, trace, trace_sha256, entry_id, reverses, generation, search, role)"
        " SELECT $1, c.id, c.partner_id, c.source_id, c.invoice_id, c.deal_id, c.clause, c.outcome, c.reason,"
        " c.policy_version, c.period, c.occurred_at, c.cash, c.amount, c.currency, c.customer, c.product,"
        " c.trace::jsonb, c.seal, c.entry_id, c.reverses, c.generation, c.search, c.role"
        " FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::uuid[], $7::text[], $8::text[],"
        " $9::text[], $10::uuid[], $11::date[], $12::timestamptz[], $13::bigint[], $14::bigint[], $15::text[],"
        " $16::text[], $17::text[], $18::text[], $19::text[], $20::uuid[], $21::uuid[], $22::int[], $23::text[],"
        " $24::text[])"
        " WITH ORDINALITY AS c (id, partner_id, source_id, invoice_id, deal_id, clause, outcome, reason,"
        " policy_version, period, occurred_at, cash, amount, currency, customer, product, trace, seal, entry_id,"
        " reverses, generation, search, role, place) ORDER BY c.place",
        now,
        [one.id for one in results],
        [one.partner_id for one in results],
        [one.source_id for one in results],
        [one.invoice_id for one in results],
        [one.deal_id for one in results],
        [one.clause for one in results],
        [one.outcome.value for one in results],
        [one.reason for one in results],
        [one.policy_version for one in results],
        [one.period for one in results],
        [one.occurred_at for one in results],
        [one.cash_minor for one in results],
        [one.amount.minor for one in results],
        [one.amount.currency for one in results],
        [one.customer_name for one in results],
        [one.product_name for one in results],
        [one.trace for one in results],
        [one.trace_sha256 for one in results],
        [entries.get(one.id) for one in results],
        [one.reverses for one in results],
        [one.generation for one in results],
        [_search(one) for one in results],
        [one.role.value for one in results],
    )


def _search(one: NewCommission) -> str:
    words = (one.customer_name, one.product_name, one.invoice_source_id, one.deal_number)
    return fold(" ".join(words))[:500]
