"""What is stored of the forecast: how open deals stood on days gone by."""

from piccolo.columns import UUID, BigInt, ForeignKey, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.deals.states import Stage
from partners.deals.tables import Deal
from portal.core.tenancy import PartnerScoped, one_of


class Snapshot(Table, tablename="partners_forecast_snapshot"):
    """That a snapshot was taken on a day of the vendor's. Nothing else: everybody may know of it. Insert-only."""

    id = UUID(primary_key=True)
    taken_on = DateColumn(default=None, unique=True)
    taken_at = Timestamptz(default=None)


class SnapshotDeal(PartnerScoped, Table, tablename="partners_forecast_deal"):
    """An open deal as it stood in a snapshot. Insert-only."""

    id = UUID(primary_key=True)
    snapshot = ForeignKey(Snapshot, null=False, default=None, on_delete=OnDelete.restrict, index=False)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    stage = Varchar(length=12, default=None)
    currency = Varchar(length=3, default=None)
    amount_minor = BigInt(default=None)
    weighted_minor = BigInt(default=None)
    """The amount times the stage's probability of that day."""
    expected_close_on = DateColumn(null=True, default=None)

    forecast_stage_is_open = Check("stage NOT IN ('won', 'lost')")
    known_forecast_stage = Check(one_of("stage", Stage))
    forecast_not_negative = Check("amount_minor >= 0 AND weighted_minor >= 0")
