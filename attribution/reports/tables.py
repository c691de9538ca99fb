"""What is stored about reports: figures of a sealed run for the vendor, and what each partner may read of it."""

from piccolo.columns import JSONB, UUID, BigInt, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.credits.tables import Run
from attribution.lifecycle.rules import EventKind
from portal.core.tenancy import PartnerScoped, one_of


class Report(Table, tablename="attribution_report"):
    """Figures over all journeys of a run, as `computing.compute` writes them. Vendor-only."""

    id = UUID(primary_key=True)
    run = ForeignKey(Run, null=False, default=None, on_delete=OnDelete.restrict, unique=True)
    body = JSONB(default="{}")
    made_at = Timestamptz(default=None)


class PartnerCredit(PartnerScoped, Table, tablename="attribution_partner_credit"):
    """What one run's paying model credits to one partner, by month and kind of event: its own to read."""

    id = UUID(primary_key=True)
    run = UUID(default=None)
    sealed_at = Timestamptz(default=None)
    period = DateColumn(default=None)
    event_kind = Varchar(length=20, default=None)
    events = Integer(default=None)
    """How many events it has a part in."""
    value_minor = BigInt(default=None)
    currency = Varchar(length=3, default=None)

    known_credited_kind = Check(one_of("event_kind", EventKind))
