"""What is stored about health: signals that are only ever added, where customers stand, and how it was by month."""

from typing import Any

from piccolo.columns import JSONB, UUID, BigInt, BigSerial, ForeignKey, Integer, Numeric, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.health.rules import MOST, UNKNOWN_RANK, Level, Severity
from partners.customers.tables import Account
from partners.products.tables import Product
from portal.core.tenancy import one_of

_SCORES = ("score", "recency", "usage", "engagement", "issues", "sentiment")
_IN_RANGE = " AND ".join(f"coalesce({name}, 0) BETWEEN 0 AND {MOST}" for name in _SCORES)
_KNOWN = f"(score IS NULL) = (level = '{Level.UNKNOWN}')"


class UsageReading(Table, tablename="attribution_usage"):
    """How much a customer used of a product, or of all, in the time that ends on a day."""

    id = UUID(primary_key=True)
    seq = BigSerial()
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    product = ForeignKey(Product, null=True, default=None, on_delete=OnDelete.restrict)
    """Null where the source does not tell products apart."""
    day = DateColumn(default=None)
    amount = BigInt(default=None)
    """Users or units, whatever the source counts; the same for all readings of one product."""
    licensed = BigInt(null=True, default=None)
    """How many of them were paid for then."""
    source_system = Varchar(length=40, default=None)
    source_id = Varchar(length=120, default=None)
    replaces: ForeignKey[Any] = ForeignKey("self", null=True, default=None, on_delete=OnDelete.restrict)
    """The row that said it before its source changed it."""
    recorded_at = Timestamptz(default=None)

    usage_not_negative = Check("amount >= 0")
    licence_is_positive = Check("licensed IS NULL OR licensed > 0")


class Ticket(Table, tablename="attribution_ticket"):
    """A case that a customer opened, as its source told it last or before."""

    id = UUID(primary_key=True)
    seq = BigSerial()
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    opened_on = DateColumn(default=None)
    closed_on = DateColumn(null=True, default=None)
    """Null while it is open."""
    severity = Varchar(length=10, default=None)
    source_system = Varchar(length=40, default=None)
    source_id = Varchar(length=120, default=None)
    replaces: ForeignKey[Any] = ForeignKey("self", null=True, default=None, on_delete=OnDelete.restrict)
    """The row that said it before: a ticket that is closed later is a row more."""
    recorded_at = Timestamptz(default=None)

    known_severity = Check(one_of("severity", Severity))
    ticket_order = Check("closed_on IS NULL OR closed_on >= opened_on")


class Survey(Table, tablename="attribution_survey"):
    """What somebody at a customer answered when asked how satisfied they are."""

    id = UUID(primary_key=True)
    seq = BigSerial()
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    answered_on = DateColumn(default=None)
    score = Numeric(digits=(7, 2), default=None)
    lowest = Integer(default=None)
    highest = Integer(default=None)
    """The ends of the scale on which it was given."""
    comment = Varchar(length=1000, default="")
    source_system = Varchar(length=40, default=None)
    source_id = Varchar(length=120, default=None)
    replaces: ForeignKey[Any] = ForeignKey("self", null=True, default=None, on_delete=OnDelete.restrict)
    """The row that said it before its source changed it."""
    recorded_at = Timestamptz(default=None)

    answer_is_on_its_scale = Check("lowest < highest AND score BETWEEN lowest AND highest")


class Health(Table, tablename="attribution_health"):
    """Where a customer stands, as it was reckoned last."""

    id = UUID(primary_key=True)
    """That of the account."""
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    score = Integer(null=True, default=None)
    """Whole, 0 to 100; null where not enough is known."""
    rank = Integer(default=None)
    """The score for sorting; customers of whom not enough is known come last."""
    level = Varchar(length=10, default=None)
    recency = Integer(null=True, default=None)
    usage = Integer(null=True, default=None)
    engagement = Integer(null=True, default=None)
    issues = Integer(null=True, default=None)
    sentiment = Integer(null=True, default=None)
    """The terms, each 0 to 100; null where it is not known."""
    facts = JSONB(default="{}")
    """What fills the sentence of each term."""
    as_of = DateColumn(default=None)
    policy_version = UUID(null=True, default=None)
    reckoned_at = Timestamptz(default=None)

    health_is_the_accounts = Check("id = account")
    known_health_level = Check(one_of("level", Level))
    health_in_range = Check(_IN_RANGE)
    scored_or_unknown = Check(_KNOWN)
    rank_follows_score = Check(f"rank = coalesce(score, {UNKNOWN_RANK})")


class HealthMonth(Table, tablename="attribution_health_month"):
    """How a customer stood at the end of a month; the running month's row changes until the month is over."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    month = DateColumn(default=None)
    """Its first day."""
    score = Integer(null=True, default=None)
    level = Varchar(length=10, default=None)
    recency = Integer(null=True, default=None)
    usage = Integer(null=True, default=None)
    engagement = Integer(null=True, default=None)
    issues = Integer(null=True, default=None)
    sentiment = Integer(null=True, default=None)
    as_of = DateColumn(default=None)
    """The last day that it knows of."""
    policy_version = UUID(null=True, default=None)
    reckoned_at = Timestamptz(default=None)

    known_month_level = Check(one_of("level", Level))
    month_in_range = Check(_IN_RANGE)
    month_scored_or_unknown = Check(_KNOWN)
    health_month_begins = Check("month = date_trunc('month', as_of)::date")
