"""What is stored in the ledger: accounts, entries, postings, closed periods. Insert-only."""

from piccolo.columns import UUID, BigInt, BigSerial, ForeignKey, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from portal.core.tenancy import one_of
from portal.ledger.rules import AccountCode


class LedgerAccount(Table, tablename="ledger_account"):
    """Where money stands: one per code, partner and currency."""

    id = BigSerial(primary_key=True)
    code = Varchar(length=30, default=None)
    partner_id = UUID(null=True, default=None, index=True)
    """Null for the vendor's own accounts."""
    currency = Varchar(length=3, default=None)

    known_account_code = Check(one_of("code", AccountCode))


class LedgerEntry(Table, tablename="ledger_entry"):
    """Why money moved, once: the cause, and the period it belongs to."""

    id = UUID(primary_key=True)
    partner_id = UUID(default=None, index=True)
    at = Timestamptz(default=None)
    period = DateColumn(default=None, index=True)
    """The first day of its month."""
    cause_type = Varchar(length=40, default=None)
    cause_id = UUID(default=None)
    kind = Varchar(length=30, default=None)
    reverses = UUID(null=True, default=None)
    """The entry that this one undoes, in full and the other way round."""

    period_is_a_month = Check("period = date_trunc('month', period)::date")


class LedgerPosting(Table, tablename="ledger_posting"):
    """One movement: out of the credited account into the debited one. Balanced by construction."""

    id = BigSerial(primary_key=True)
    entry = ForeignKey(LedgerEntry, null=False, default=None, on_delete=OnDelete.restrict)
    partner_id = UUID(default=None, index=True)
    debit_account = ForeignKey(LedgerAccount, null=False, default=None, on_delete=OnDelete.restrict)
    credit_account = ForeignKey(LedgerAccount, null=False, default=None, on_delete=OnDelete.restrict)
    amount_minor = BigInt(default=None)
    currency = Varchar(length=3, default=None)

    posting_amount_positive = Check("amount_minor > 0")
    posting_between_two = Check("debit_account <> credit_account")


class LedgerPeriod(Table, tablename="ledger_period"):
    """A month that finance has closed: nothing is posted into it any more."""

    period = DateColumn(primary_key=True)
    closed_at = Timestamptz(default=None)
    closed_by = UUID(default=None)
