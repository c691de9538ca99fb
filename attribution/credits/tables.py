"""What is stored about runs: what they were made of, sums, effects, and the paying model's credits. Vendor-only."""

from piccolo.columns import (
    JSONB,
    UUID,
    Array,
    BigInt,
    BigSerial,
    ForeignKey,
    Integer,
    Numeric,
    Timestamptz,
    Varchar,
)
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.credits.rules import Dimension, RunState
from partners.companies.tables import Company
from portal.core.tenancy import one_of


class Run(Table, tablename="attribution_run"):
    """One reckoning on frozen inputs. Once sealed nothing of it changes."""

    id = UUID(primary_key=True)
    number = Varchar(length=20, default=None)
    """What people call it: `R-2026-11-12`."""
    state = Varchar(length=12, default=None)
    settings_version = UUID(null=True, default=None)
    """The policy's version; null while nobody has approved one."""
    settings = JSONB(default="{}")
    """The document itself, so that reproducing asks nobody."""
    observed_until = Timestamptz(default=None)
    """Nothing later than this is in it."""
    touchpoint_seq = BigInt(default=0)
    revenue_seq = BigInt(default=0)
    decision_seq = BigInt(default=0)
    """The newest row of each that existed when the inputs were frozen."""
    code_version = Varchar(length=40, default="")
    models = Array(base_column=Varchar(length=20), default=list)
    paying_model = Varchar(length=20, default=None)
    currency = Varchar(length=3, default=None)
    step = Varchar(length=12, default="")
    done = Integer(default=0)
    total = Integer(default=0)
    counts = JSONB(default="{}")
    """Touches, events and purchases; what was left out; what partners sourced and influenced."""
    value_minor = BigInt(default=0)
    """Of all events that gained something."""
    lost_minor = BigInt(default=0)
    """Of contraction and churn, never netted."""
    touches_sha256 = Varchar(length=64, default="")
    events_sha256 = Varchar(length=64, default="")
    inputs_sha256 = Varchar(length=64, default="")
    party_sha256 = Varchar(length=64, default="")
    channel_sha256 = Varchar(length=64, default="")
    """All credits under all models, of each dimension."""
    outputs_sha256 = Varchar(length=64, default="")
    requested_by = UUID(default=None)
    requested_at = Timestamptz(default=None)
    sealed_at = Timestamptz(null=True, default=None)
    failed_at = Timestamptz(null=True, default=None)
    failure = JSONB(default="{}")
    """Why it failed: a code and what fills its sentence."""

    known_run_state = Check(one_of("state", RunState))
    sealed_run_is_whole = Check(
        "(state = 'sealed') = (sealed_at IS NOT NULL) AND (state <> 'sealed' OR (length(inputs_sha256) = 64"
        " AND length(outputs_sha256) = 64))"
    )


class RunSum(Table, tablename="attribution_run_sum"):
    """Credit by key, kind of event and month, under one model."""

    id = BigSerial(primary_key=True)
    run = ForeignKey(Run, null=False, default=None, on_delete=OnDelete.restrict)
    dimension = Varchar(length=10, default=None)
    model = Varchar(length=20, default=None)
    key = Varchar(length=200, default=None)
    partner = ForeignKey(Company, null=True, default=None, on_delete=OnDelete.restrict)
    event_kind = Varchar(length=20, default=None)
    period = DateColumn(default=None)
    share_ppb = BigInt(default=None)
    value_minor = BigInt(default=None)
    events = Integer(default=None)
    """How many events have a part in it."""

    known_sum_dimension = Check(one_of("dimension", Dimension))


class RunEffect(Table, tablename="attribution_run_effect"):
    """What one model says of one key over all gains: value with interval, and what was measured."""

    id = BigSerial(primary_key=True)
    run = ForeignKey(Run, null=False, default=None, on_delete=OnDelete.restrict)
    dimension = Varchar(length=10, default=None)
    model = Varchar(length=20, default=None)
    key = Varchar(length=200, default=None)
    partner = ForeignKey(Company, null=True, default=None, on_delete=OnDelete.restrict)
    share_ppb = BigInt(default=None)
    value_minor = BigInt(default=None)
    removal_effect = Numeric(digits=(20, 10), null=True, default=None)
    low_minor = BigInt(null=True, default=None)
    high_minor = BigInt(null=True, default=None)
    """The interval of 95 % of the value, by drawing accounts again."""
    bought = Integer(null=True, default=None)
    touched = Integer(null=True, default=None)
    """Of the journeys that the key touched, how many ended in a purchase, and how many there were."""

    known_effect_dimension = Check(one_of("dimension", Dimension))


class RunCredit(Table, tablename="attribution_run_credit"):
    """What the paying model gives to one touch of one event, by party."""

    id = BigSerial(primary_key=True)
    run = ForeignKey(Run, null=False, default=None, on_delete=OnDelete.restrict)
    event = UUID(default=None)
    """The lifecycle event as it was frozen; it may have been derived anew since."""
    event_kind = Varchar(length=20, default=None)
    period = DateColumn(default=None)
    touchpoint = UUID(null=True, default=None)
    """Null where no touch was eligible."""
    key = Varchar(length=200, default=None)
    partner = UUID(null=True, default=None)
    share_ppb = BigInt(default=None)
    value_minor = BigInt(default=None)

    share_is_a_part = Check("share_ppb BETWEEN 0 AND 1000000000")
