"""What is stored about calendars: their hours, and the days that the vendor says are worked or off."""

from piccolo.columns import JSONB, UUID, Boolean, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table


class BusinessCalendar(Table, tablename="calendars_calendar"):
    """Hours of a week, and whose public holidays hold. Policies name it by its code, which never changes."""

    id = UUID(primary_key=True)
    code = Varchar(length=20, default=None, unique=True)
    name = Varchar(length=80, default=None)
    country = Varchar(length=6, default="")
    """Whose public holidays hold, of a country (`DE`) or a region (`DE-BY`); empty for none."""
    zone = Varchar(length=40, default="")
    """Empty for the vendor's own time zone."""
    week = JSONB(default="[]")
    """Seven lists of [begin, end] in minutes of the day, Monday first."""
    version = Integer(default=1)
    """Counts every change of hours and of days."""
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    calendar_code = Check("code ~ '^[a-z0-9-]+$'")


class CalendarDay(Table, tablename="calendars_day"):
    """A day that is off although it is none elsewhere, or worked although it is a weekend or a holiday."""

    id = UUID(primary_key=True)
    calendar = ForeignKey(BusinessCalendar, null=False, default=None, on_delete=OnDelete.restrict, index=False)
    day = DateColumn(default=None)
    is_working = Boolean(default=False)
    note = Varchar(length=80, default="")
