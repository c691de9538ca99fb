"""What is stored about value: valuations with their parameters, and figures by customer and by party. Vendor-only."""

from piccolo.columns import JSONB, UUID, BigInt, BigSerial, ForeignKey, Integer, Numeric, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.credits.tables import Run
from attribution.value.rules import FitState
from partners.customers.tables import Account
from portal.core.tenancy import one_of


class Valuation(Table, tablename="attribution_valuation"):
    """One reckoning of all customers' value from a run's frozen events. Kept for ever; it never changes."""

    id = UUID(primary_key=True)
    run = ForeignKey(Run, null=False, default=None, on_delete=OnDelete.restrict, unique=True)
    state = Varchar(length=8, default=None)
    settings = JSONB(default="{}")
    settings_version = UUID(null=True, default=None)
    observed_until = DateColumn(default=None)
    currency = Varchar(length=3, default=None)
    customers = Integer(default=0)
    net_minor = BigInt(default=0)
    """Of all customers to date: the margin of their revenue."""
    expected_minor = BigInt(null=True, default=None)
    low_minor = BigInt(null=True, default=None)
    high_minor = BigInt(null=True, default=None)
    """What all are expected to bring, discounted, with the interval of the sum."""
    parameters = JSONB(default="{}")
    """Estimates with their errors and likelihood, as the engine writes them."""
    curve = JSONB(default="[]")
    """By week: repeat purchases that were, and that the model expects."""
    comparison = JSONB(default="{}")
    """Customers that partners touched beside like ones that none did; or why they cannot be compared."""
    failure = Varchar(length=400, default="")
    made_at = Timestamptz(default=None)

    known_fit_state = Check(one_of("state", FitState))
    expected_has_interval = Check(
        "(state = 'fitted') = (expected_minor IS NOT NULL) AND (expected_minor IS NULL) = (low_minor IS NULL)"
        " AND (low_minor IS NULL) = (high_minor IS NULL)"
    )


class CustomerValue(Table, tablename="attribution_customer_value"):
    """What one customer brought and is expected to bring."""

    id = UUID(primary_key=True)
    valuation = ForeignKey(Valuation, null=False, default=None, on_delete=OnDelete.restrict)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    orders = Integer(default=None)
    first_on = DateColumn(default=None)
    last_on = DateColumn(default=None)
    net_minor = BigInt(default=None)
    expected_minor = BigInt(null=True, default=None)
    low_minor = BigInt(null=True, default=None)
    high_minor = BigInt(null=True, default=None)
    alive = Numeric(digits=(20, 10), null=True, default=None)
    """The probability that it is still a customer."""
    value_minor = BigInt(default=None)
    """Net to date and, where it is known, what is expected."""
    partner_ppb = BigInt(default=0)
    """The part of its revenue to date that the paying model gives to partners, of 1,000,000,000."""


class PartyValue(Table, tablename="attribution_party_value"):
    """A party's part of customers' value: its share of each one's credit, of what that one brought and will bring."""

    id = BigSerial(primary_key=True)
    valuation = ForeignKey(Valuation, null=False, default=None, on_delete=OnDelete.restrict)
    key = Varchar(length=200, default=None)
    partner = UUID(null=True, default=None)
    customers = Integer(default=None)
    net_minor = BigInt(default=None)
    expected_minor = BigInt(null=True, default=None)
    alive = Numeric(digits=(20, 10), null=True, default=None)
    """Of its customers on average."""
