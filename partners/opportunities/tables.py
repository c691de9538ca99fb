"""What is stored about the vendor's own opportunities. Partners have no right on this table."""

from piccolo.columns import UUID, BigInt, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.customers.tables import Account
from partners.deals.states import Stage
from partners.products.tables import Product
from portal.core.tenancy import one_of


class Opportunity(Table, tablename="partners_opportunity"):
    """A sale that somebody of the vendor works directly."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    name = Varchar(length=200, default=None)
    owner = UUID(default=None, index=True)
    """The membership of the vendor's person that works it."""
    product = ForeignKey(Product, null=True, default=None, on_delete=OnDelete.restrict)
    """What is sold, as far as it is known: a registration of the same group stands in its way."""
    stage = Varchar(length=12, default=Stage.PROSPECT)
    amount_minor = BigInt(default=0)
    currency = Varchar(length=3, default=None)
    expected_close_on = DateColumn(null=True, default=None)
    opened_at = Timestamptz(default=None)
    closed_at = Timestamptz(null=True, default=None)
    """When it was won or lost; null while it is open, which is when it counts against registrations."""
    source = Varchar(length=120, default="")
    notes = Text(default="")
    search = Varchar(length=500, default="")
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    known_opportunity_stage = Check(one_of("stage", Stage))
    opportunity_amount_not_negative = Check("amount_minor >= 0")
    opportunity_closed_when_ended = Check("(stage IN ('won', 'lost')) = (closed_at IS NOT NULL)")
