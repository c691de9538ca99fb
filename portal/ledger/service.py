"""What can be done in the ledger: write entries, undo them by others, close a month."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID, uuid5

from portal.core import clock, db, events, formats
from portal.core.actor import Actor
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.types import Audience
from portal.history.queries import Wording, tells
from portal.ledger.queries import find_last_closed, find_next_to_close
from portal.ledger.rules import OF_PARTNER, REVERSAL, AccountCode, NewEntry, Posting, first_open, mirror

tells(
    period__closed=Wording(
        N_("closed %(month)s"), "lock", "safe",
        lambda changes: {"month": formats.month(date.fromisoformat(changes["period"][1]))},
    )
)  # fmt: skip

_PERIODS_LOCK: Final = 7_210_533_119
"""Any number: writers of entries share it, closing a month holds it alone."""
_PERIOD_IDS: Final = UUID("6d1f6a6e-31cf-4d6c-9a4e-3b1c9a0e7a55")
_CHUNK: Final = 2_000

_AccountKey = tuple[str, UUID | None, str]


async def hold_periods() -> date | None:
    """The last closed month; no other is closed until the end of the unit. For `first_open` over many days."""
    await db.sql("SELECT pg_advisory_xact_lock_shared($1)", _PERIODS_LOCK)
    return await find_last_closed()


async def open_period_for(day: date) -> date:
    """The month that takes what happened on `day`; it stays open until the end of the unit."""
    return first_open(day, await hold_periods())


async def post_entry(
    actor: Actor,
    partner_id: UUID,
    cause_type: str,
    cause_id: UUID,
    kind: str,
    period: date,
    postings: Iterable[Posting],
    *,
    now: datetime,
) -> UUID:
    """Write one entry; its id. `period` comes from `open_period_for`, in the same unit.

    Raises asyncpg's UniqueViolationError when this cause has an entry of this kind, and RestrictViolationError
    for a closed period: both are mistakes of the caller, held by the database.
    """
    entry = NewEntry(partner_id, cause_type, cause_id, kind, period, tuple(postings))
    return (await post_entries(actor, [entry], now=now))[0]


async def post_entries(actor: Actor, entries: Sequence[NewEntry], *, now: datetime) -> list[UUID]:
    """Write many entries in a few statements; their ids in order. Raises as `post_entry` does.

    The command that calls it asks for the right; the database lets no partner write here.
    """
    async with db.transaction(actor):
        ids = [new_id() for _entry in entries]
        for start in range(0, len(entries), _CHUNK):
            part = slice(start, start + _CHUNK)
            await _write(entries[part], ids[part], now)
    return ids


async def reverse_entry(
    actor: Actor,
    entry_id: UUID,
    *,
    day: date,
    now: datetime,
    cause_type: str = "ledger_entry",
    cause_id: UUID | None = None,
) -> UUID:
    """Undo an entry in full by one that mirrors it, in the open period of `day`; the new entry's id.

    The cause is the entry itself unless another is named. Raises NotFound, and Conflict when it was undone
    before.
    """
    async with db.transaction(actor):
        await db.lock_subject(entry_id)
        found = await db.sql_one(
            "SELECT partner_id, EXISTS (SELECT FROM ledger_entry r WHERE r.reverses = e.id) AS undone"
            " FROM ledger_entry e WHERE id = $1",
            entry_id,
        )
        if found is None:
            raise NotFound(_("This ledger entry does not exist."))
        if found["undone"]:
            raise Conflict(_("This ledger entry was reversed before."), code="reversed")
        postings = mirror(await _postings_of(entry_id))
        period = await open_period_for(day)
        entry = NewEntry(
            found["partner_id"], cause_type, cause_id or entry_id, REVERSAL, period, postings, reverses=entry_id
        )
        new = await post_entries(actor, [entry], now=now)
    return new[0]


async def _postings_of(entry_id: UUID) -> list[Posting]:
    rows = await db.sql(
        "SELECT d.code AS debit, c.code AS credit, p.amount_minor AS minor, p.currency FROM ledger_posting p"
        " JOIN ledger_account d ON d.id = p.debit_account JOIN ledger_account c ON c.id = p.credit_account"
        " WHERE p.entry = $1 ORDER BY p.id",
        entry_id,
    )
    return [
        Posting(AccountCode(row["debit"]), AccountCode(row["credit"]), Money(row["minor"], row["currency"]))
        for row in rows
    ]


async def _write(entries: Sequence[NewEntry], ids: Sequence[UUID], now: datetime) -> None:
    """One statement for the entries, one for their postings, and a look at their accounts."""
    await db.sql(
        "INSERT INTO ledger_entry (id, at, partner_id, period, cause_type, cause_id, kind, reverses)"
        " SELECT e.id, $1, e.partner_id, e.period, e.cause_type, e.cause_id, e.kind, e.reverses"
        " FROM unnest($2::uuid[], $3::uuid[], $4::date[], $5::text[], $6::uuid[], $7::text[], $8::uuid[])"
        " AS e (id, partner_id, period, cause_type, cause_id, kind, reverses)",
        now, list(ids),
        [entry.partner_id for entry in entries], [entry.period for entry in entries],
        [entry.cause_type for entry in entries], [entry.cause_id for entry in entries],
        [entry.kind for entry in entries], [entry.reverses for entry in entries],
    )  # fmt: skip
    moves = [
        (id_, entry.partner_id, _key(posting.debit, entry, posting), _key(posting.credit, entry, posting), posting)
        for id_, entry in zip(ids, entries, strict=True)
        for posting in entry.postings
    ]
    accounts = await _accounts({key for _id, _partner, *keys, _posting in moves for key in keys})
    await db.sql(
        "INSERT INTO ledger_posting (entry, partner_id, debit_account, credit_account, amount_minor,"
        " currency) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[],"
        " $6::text[])",
        [id_ for id_, *_rest in moves],
        [partner for _id, partner, *_rest in moves],
        [accounts[debit] for _id, _partner, debit, _credit, _posting in moves],
        [accounts[credit] for _id, _partner, _debit, credit, _posting in moves],
        [posting.amount.minor for *_rest, posting in moves],
        [posting.amount.currency for *_rest, posting in moves],
    )


def _key(code: AccountCode, entry: NewEntry, posting: Posting) -> _AccountKey:
    return code.value, entry.partner_id if code in OF_PARTNER else None, posting.amount.currency


async def _accounts(keys: set[_AccountKey]) -> dict[_AccountKey, int]:
    """The accounts' ids; those that are missing are opened."""
    found = await _find_accounts(keys)
    missing = sorted(keys - found.keys(), key=str)
    if missing:
        await db.sql(
            "INSERT INTO ledger_account (code, partner_id, currency)"
            " SELECT * FROM unnest($1::text[], $2::uuid[], $3::text[]) ON CONFLICT DO NOTHING",
            *(list(column) for column in zip(*missing, strict=True)),
        )
        found = await _find_accounts(keys)
    return found


async def _find_accounts(keys: set[_AccountKey]) -> dict[_AccountKey, int]:
    rows = await db.sql(
        "SELECT id, code, partner_id, currency FROM ledger_account"
        " WHERE partner_id = any($1::uuid[]) OR partner_id IS NULL",
        list({partner for _code, partner, _currency in keys if partner}),
    )
    return {(row["code"], row["partner_id"], row["currency"]): row["id"] for row in rows}


def period_id(period: date) -> UUID:
    """The id under which a month stands in events: always the same for the same month."""
    return uuid5(_PERIOD_IDS, period.isoformat())


async def close_period(actor: Actor, period: date, *, now: datetime) -> None:
    """Close a month for ever: what comes later for it goes into the next one.

    Months close in order, and never the running one. Raises NotAllowed and Conflict.
    """
    actor.require(Permission.PERIODS_CLOSE)
    async with db.transaction(actor):
        await db.sql("SELECT pg_advisory_xact_lock($1)", _PERIODS_LOCK)
        last = await find_last_closed()
        if last is not None and period <= last:
            sentence = _("%(month)s is closed already.")
            raise Conflict(sentence % {"month": formats.month(period)}, code="closed")
        running = clock.month_of(clock.day_of(now, formats.time_zone().key))
        if period >= running:
            sentence = _("%(month)s is not over yet. A month can be closed once the next one has begun.")
            raise Conflict(sentence % {"month": formats.month(period)}, code="running")
        due = await find_next_to_close()
        if due is None:
            raise Conflict(_("There is nothing to close: the ledger has no entry yet."), code="empty")
        if period != due:
            sentence = _("Months are closed in order: %(month)s comes first.")
            raise Conflict(sentence % {"month": formats.month(due)}, code="order")
        await db.sql(
            "INSERT INTO ledger_period (period, closed_at, closed_by) VALUES ($1, $2, $3)",
            period, now, actor.membership_id,
        )  # fmt: skip
        await events.record(
            actor, "period.closed", "period", period_id(period), audience=Audience.VENDOR,
            changes={"period": [None, period.isoformat()]}, now=now,
        )  # fmt: skip
