"""What is stored about exchange rates: one row per day and currency. Vendor-only."""

from piccolo.columns import UUID, Numeric, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.constraints import Check
from piccolo.table import Table


class Rate(Table, tablename="rates_rate"):
    """How much of a currency one euro was worth on a day."""

    id = UUID(primary_key=True)
    day = DateColumn(default=None)
    currency = Varchar(length=3, default=None)
    per_euro = Numeric(digits=(20, 10), default=None)
    source = Varchar(length=40, default=None)
    """The system that it was imported from."""
    changed_at = Timestamptz(default=None)

    rate_is_positive = Check("per_euro > 0")
    rate_is_not_of_the_euro = Check("currency <> 'EUR'")
