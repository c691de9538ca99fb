"""What comes in about calendars: hours as people type them, and days one at a time or many in lines."""

import datetime as dt
import re
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field

from portal.calendars.published import places
from portal.calendars.rules import Hours, Week, read_hours
from portal.core.i18n import gettext as _
from portal.core.web.fields import TypedDate, refuse
from portal.core.web.forms import Body, Form

DAY_NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _hours(text: str) -> str:
    try:
        read_hours(text)
    except ValueError as error:
        raise refuse(
            _("Write the hours in order, such as 09:00-12:30, 13:30-18:00, or leave it empty for a day off.")
        ) from error
    return text


def _zone(name: str) -> str:
    if name:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise refuse(_("Write a time zone such as Europe/Berlin or Asia/Shanghai.")) from error
    return name


def _place(code: str) -> str:
    if code and code not in places():
        raise refuse(_("Choose one of the values offered."))
    return code


def _code(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9-]+", text):
        raise refuse(_("Use small letters a to z, digits and hyphens."))
    return text


HoursText = Annotated[str, Field(max_length=120), AfterValidator(_hours)]
ZoneName = Annotated[str, Field(max_length=40), AfterValidator(_zone)]
PlaceCode = Annotated[str, Field(max_length=6), AfterValidator(_place)]
Code = Annotated[str, Field(max_length=20), AfterValidator(_code)]
Name = Annotated[str, Field(min_length=1, max_length=80)]
Note = Annotated[str, Field(max_length=80)]


class _Weekly:
    """The working week of a form or a body."""

    mon: str
    tue: str
    wed: str
    thu: str
    fri: str
    sat: str
    sun: str

    def week(self) -> Week:
        """Its hours, Monday first."""
        return tuple(self._day(name) for name in DAY_NAMES)

    def _day(self, name: str) -> Hours:
        return read_hours(getattr(self, name))


class CalendarForm(_Weekly, Form):
    """A calendar: what it is called, whose holidays hold, and the hours of its week."""

    name: Name
    country: PlaceCode = ""
    zone: ZoneName = ""
    mon: HoursText = ""
    tue: HoursText = ""
    wed: HoursText = ""
    thu: HoursText = ""
    fri: HoursText = ""
    sat: HoursText = ""
    sun: HoursText = ""


class NewCalendarForm(CalendarForm):
    """The same with the code by which policies name it."""

    code: Code


class DayForm(Form):
    """A day, or a run of days, that is worked or off."""

    day: TypedDate
    until: TypedDate | None = None
    works: bool = False
    note: Note = ""


class CalendarBody(_Weekly, Body):
    """A calendar as JSON; hours as `09:00-12:30, 13:30-18:00`."""

    name: Name
    country: PlaceCode = ""
    zone: ZoneName = ""
    mon: HoursText = ""
    tue: HoursText = ""
    wed: HoursText = ""
    thu: HoursText = ""
    fri: HoursText = ""
    sat: HoursText = ""
    sun: HoursText = ""


class NewCalendarBody(CalendarBody):
    """The same with the code by which policies name it."""

    code: Code


class DayBody(Body):
    """A day, or a run of days, that is worked or off."""

    day: dt.date
    until: dt.date | None = None
    works: bool = False
    note: Note = ""


def initial_week(week: Week) -> dict[str, Any]:
    """What stands in the fields of a week at first."""
    return {name: ", ".join(str(span) for span in hours) for name, hours in zip(DAY_NAMES, week, strict=True)}
