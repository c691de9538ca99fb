"""What is stored about value: valuations with their parameters, and figures by customer and by party. Vendor-only."""

from piccolo.columns import JSONB, UUID, Array, BigInt, BigSerial, ForeignKey, Integer, Numeric, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.credits.tables import Run
from attribution.value.rules import Dimension, FitState
from partners.companies.tables import Company
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
    groups = Array(base_column=Varchar(length=80), default=list)
    """Those of `GroupValue` that it is in, and each partner even where it has too few: `tier:gold`, `partner:3f2a…`.

    Empty in valuations older than groups.
    """


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


class GroupValue(Table, tablename="attribution_group_value"):
    """What customers are worth by who touched them before their first purchase; money is one customer's on average."""

    id = UUID(primary_key=True)
    valuation = ForeignKey(Valuation, null=False, default=None, on_delete=OnDelete.restrict)
    dimension = Varchar(length=10, default=None)
    key = Varchar(length=40, default=None)
    partner = ForeignKey(Company, null=True, default=None, on_delete=OnDelete.restrict)
    folded = Integer(default=0)
    """How many groups of too few customers are in it together; 0 for one of its own."""
    customers = Integer(default=None)
    net_minor = BigInt(default=None)
    median_minor = BigInt(default=None)
    """Of what each brought so far."""
    expected_minor = BigInt(null=True, default=None)
    low_minor = BigInt(null=True, default=None)
    high_minor = BigInt(null=True, default=None)
    value_minor = BigInt(default=None)
    """Net to date and, where it is known, what is expected."""
    due = Integer(default=None)
    """Customers whose first purchase is long enough ago to have bought again in time."""
    kept = Numeric(digits=(20, 10), null=True, default=None)
    kept_low = Numeric(digits=(20, 10), null=True, default=None)
    kept_high = Numeric(digits=(20, 10), null=True, default=None)
    """The part of these that did, with its interval of 95 %; null where they are too few to say."""

    known_group_dimension = Check(one_of("dimension", Dimension))
    group_has_customers = Check("customers > 0 AND due BETWEEN 0 AND customers")
    kept_has_interval = Check(
        "(kept IS NULL) = (kept_low IS NULL) AND (kept IS NULL) = (kept_high IS NULL)"
        " AND coalesce(kept_low <= kept AND kept <= kept_high, true)"
    )
