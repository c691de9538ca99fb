"""What is stored about commissions: a result with its trace per cash event, clause and partner; quotes of deals."""

from piccolo.columns import JSONB, UUID, BigInt, BigSerial, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.commissions.rules import Outcome
from partners.deals.tables import Deal
from portal.core.tenancy import PartnerScoped, one_of


class Commission(PartnerScoped, Table, tablename="attribution_commission"):
    """What one payment or refund earned (or took back from) one partner, and how. Never overwritten."""

    id = UUID(primary_key=True)
    seq = BigSerial(index=True)
    source_id = UUID(default=None, index=True)
    """The revenue line (payment or refund) that caused it."""
    invoice_id = UUID(default=None, index=True)
    """The invoice line that the cash belongs to."""
    deal_id = UUID(null=True, default=None, index=True)
    clause = Varchar(length=40, default=None)
    role = Varchar(length=12, default="sell")
    outcome = Varchar(length=10, default=None)
    reason = Varchar(length=30, default="")
    """Why not paid, as a code; empty when something was accrued."""
    policy_version = UUID(null=True, default=None)
    period = DateColumn(default=None, index=True)
    occurred_at = Timestamptz(default=None)
    accrued_at = Timestamptz(default=None)
    cash_minor = BigInt(default=None)
    amount_minor = BigInt(default=None)
    currency = Varchar(length=3, default=None)
    customer_name = Varchar(length=200, default="")
    """As the partner knows the customer: from its own card, or the account's when it invoiced itself."""
    product_name = Varchar(length=160, default="")
    trace = JSONB(default="{}")
    trace_sha256 = Varchar(length=64, default=None)
    entry_id = UUID(null=True, default=None)
    reverses = UUID(null=True, default=None)
    """The result that this one undoes in full, before the same cash is reckoned anew."""
    generation = Integer(default=0)
    """Counts the times this cash was reckoned anew; the newest is the one in force."""
    search = Varchar(length=500, default="")

    known_commission_outcome = Check(one_of("outcome", Outcome))
    accrued_has_entry = Check("(amount_minor <> 0) = (entry_id IS NOT NULL)")


class DealQuote(PartnerScoped, Table, tablename="attribution_quote"):
    """What a deal will earn by the plan in force on a day. Insert-only: a later one stands beside it."""

    id = UUID(primary_key=True)
    seq = BigSerial(index=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    event = UUID(null=True, default=None, unique=True)
    """The event that asked for it; none where deals without one were quoted together."""
    cause = Varchar(length=30, default=None)
    """The name of that event, or `imported`."""
    made_at = Timestamptz(default=None)
    policy_version = UUID(null=True, default=None)
    """The version of the plan in force on the day; none where none was."""
    reason = Varchar(length=30, default="")
    """Why nothing is quoted, as a code; empty when a clause pays."""
    amount_minor = BigInt(default=None)
    currency = Varchar(length=3, default=None)
    document = JSONB(default="{}")
    sha256 = Varchar(length=64, default=None)

    quote_not_negative = Check("amount_minor >= 0")
    quote_pays_or_says_why = Check("reason <> '' OR policy_version IS NOT NULL")
