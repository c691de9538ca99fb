"""What is stored about lifecycle: events with their lines, where each customer stands, targets. Vendor-only."""

from piccolo.columns import JSONB, UUID, BigInt, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.lifecycle.rules import LOSSES, EventKind, Reason
from attribution.revenue.tables import RevenueLine
from attribution.terms.tables import Term
from partners.companies.tables import Company
from partners.customers.tables import Account
from partners.products.tables import ProductGroup
from portal.core.tenancy import one_of

_LOSSES = ", ".join(f"'{kind.value}'" for kind in sorted(LOSSES))


class LifecycleEvent(Table, tablename="attribution_lifecycle_event"):
    """What happened in a customer's life. Derived: made anew from revenue and contracts, an unchanged one kept."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    """The one under which the customer was found when it was derived."""
    kind = Varchar(length=20, default=None)
    occurred_at = Timestamptz(default=None)
    """The start of the day, on the vendor's clock."""
    occurred_on = DateColumn(default=None)
    product_group = ForeignKey(ProductGroup, null=True, default=None, on_delete=OnDelete.restrict)
    """Null on churn, which is of the whole customer."""
    value_minor = BigInt(default=None)
    """Of its lines for gains; an estimate of what is lost a year, below zero, for losses."""
    currency = Varchar(length=3, default=None)
    reason = Varchar(length=40, default=None)
    facts = JSONB(default="{}")
    """What fills the sentence of the reason."""
    partner = ForeignKey(Company, null=True, default=None, on_delete=OnDelete.restrict)
    """Who invoiced most of it, or the partner of record; null for the vendor itself."""
    term = ForeignKey(Term, null=True, default=None, on_delete=OnDelete.restrict)
    derived_at = Timestamptz(default=None)

    known_lifecycle_kind = Check(one_of("kind", EventKind))
    known_lifecycle_reason = Check(one_of("reason", Reason))
    losses_are_below_zero = Check(f"CASE WHEN kind IN ({_LOSSES}) THEN value_minor <= 0 ELSE value_minor >= 0 END")


class LifecycleLine(Table, tablename="attribution_lifecycle_line"):
    """To which event a line of revenue belongs: each to exactly one."""

    line = ForeignKey(RevenueLine, primary_key=True, default=None, on_delete=OnDelete.restrict)
    event = ForeignKey(LifecycleEvent, null=False, default=None, on_delete=OnDelete.restrict, index=True)


class LifecycleStanding(Table, tablename="attribution_lifecycle_standing"):
    """Where a customer is in its life, as it was derived last."""

    id = UUID(primary_key=True)
    """That of the account."""
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    first_on = DateColumn(null=True, default=None)
    """Its first order; null for one that has contracts only."""
    last_on = DateColumn(null=True, default=None)
    """Its last payment or order."""
    asleep_on = DateColumn(default=None)
    """The day from which it is dormant, gone by or to come."""
    due_on = DateColumn(null=True, default=None, index=True)
    """The next day on which time alone makes an event."""
    terms_mark = BigInt(default=0)
    """Of the contracts that were looked at: another one means that some came, changed or went."""
    policy_version = UUID(null=True, default=None)
    derived_at = Timestamptz(default=None)

    standing_is_the_accounts = Check("id = account")


class LifecycleTarget(Table, tablename="attribution_lifecycle_target"):
    """What the vendor wants of one kind of event, in one country or all, in one quarter."""

    id = UUID(primary_key=True)
    kind = Varchar(length=20, default=None)
    country = Varchar(length=2, default="")
    """Empty for all countries."""
    quarter = DateColumn(default=None)
    """Its first day."""
    value_minor = BigInt(null=True, default=None)
    currency = Varchar(length=3, default="")
    """Empty where only a number of events is wanted."""
    events = Integer(null=True, default=None)
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    known_target_kind = Check(one_of("kind", EventKind))
    target_wants_something = Check("value_minor IS NOT NULL OR events IS NOT NULL")
    target_value_has_currency = Check("(value_minor IS NULL) = (currency = '')")
    target_quarter_begins = Check("quarter = date_trunc('quarter', quarter)::date")
