"""Where calendars are found: the vendor's pages and API."""

from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Controller, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from portal.calendars import queries, service
from portal.calendars.names import name_of
from portal.calendars.published import is_known, places, published
from portal.calendars.queries import Kept
from portal.calendars.rules import OFFICE_WEEK, WEEKDAY_LABELS
from portal.calendars.schemas import (
    DAY_NAMES,
    CalendarBody,
    CalendarForm,
    DayBody,
    DayForm,
    NewCalendarBody,
    NewCalendarForm,
    initial_week,
)
from portal.calendars.service import Wanted
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from portal.history import queries as history
from portal.history.queries import Subject, Wording, knows, tells

PATH: Final = "/settings/calendars"
LIST: Final = "portal/calendars/pages/list.html"
SHOW: Final = "portal/calendars/pages/show.html"
FORM: Final = "portal/calendars/pages/form.html"
AHEAD: Final = 120
"""Days ahead whose special days are shown."""

tells(
    calendar__created=Wording(N_("made the calendar"), "plus", "good"),
    calendar__changed=Wording(N_("changed the hours"), "pencil"),
    calendar__days_set=Wording(N_("changed days"), "calendar-due"),
    calendar__day_removed=Wording(N_("took back a changed day"), "trash"),
)
knows(
    calendar=Subject(
        N_("Calendars"),
        f"{PATH}/{{id}}",
        frozenset({Permission.POLICIES_READ}),
        "calendar",
        table="calendars_calendar",
        name="name",
        is_vendors=True,
        fields={
            "name": N_("Name of the calendar"),
            "country": N_("Public holidays of"),
            "zone": N_("Time zone"),
            "week": N_("Hours"),
            "day": N_("Day"),
            "until": N_("Through"),
            "works": N_("Worked"),
            "note": N_("Note"),
        },
    ),
)
COUNTRY_LABELS: Final = {
    "AT": N_("Austria"),
    "AU": N_("Australia"),
    "CA": N_("Canada"),
    "CH": N_("Switzerland"),
    "CN": N_("China"),
    "DE": N_("Germany"),
    "FR": N_("France"),
    "GB": N_("England and Wales"),
    "JP": N_("Japan"),
    "US": N_("United States"),
}
REGION_OF: Final = {"GB": N_("United Kingdom")}
"""What stands before a region where the country's own label says less."""


def _today() -> date:
    return clock.day_of(clock.now(), formats.time_zone().key)


def _wanted(data: CalendarForm | CalendarBody) -> Wanted:
    return Wanted(data.name, data.country, data.zone, data.week())


def _form_page(form: Typed[Any], kept: Kept | None, status_code: int = 200) -> Page:
    return Page(
        FORM, form=form, kept=kept, status_code=status_code, vendor_zone=formats.time_zone().key,
        days=list(zip(DAY_NAMES, [_(label) for label in WEEKDAY_LABELS], strict=True)),
        places=[(place, _place(place)) for place in places()],
    )  # fmt: skip


def special_days(kept: Kept, today: date) -> list[tuple[date, bool, str]]:
    """The days soon that are other than their weekday: whether they are worked, and why."""
    days = [today + timedelta(days=count) for count in range(AHEAD)]
    calendar, notes = kept.calendar, {one.day: one.note for one in kept.changes}
    return [
        (day, works, notes[day] if day in notes else _reason(kept.country, day))
        for day in days
        if (works := calendar.works_on(day)) != bool(calendar.week[day.weekday()])
    ]


def _reason(place: str, day: date) -> str:
    year = published(place, day.year)
    return _("Worked in exchange for a day off") if day in year.working else name_of(year.holidays[day])


async def _show(actor: Actor, calendar_id: UUID, form: Typed[DayForm], status_code: int = 200) -> Page:
    kept, today = await queries.get_calendar(actor, calendar_id), _today()
    return Page(
        SHOW, kept=kept, form=form, status_code=status_code, country=kept.country and _place(kept.country),
        week=[(_(label), hours) for label, hours in zip(WEEKDAY_LABELS, kept.calendar.week, strict=True)],
        special=[(day, _(WEEKDAY_LABELS[day.weekday()]), *rest) for day, *rest in special_days(kept, today)],
        unknown=_unknown_year(kept, today), timeline=await history.timeline(actor, calendar_id),
        may_write=actor.may(Permission.POLICIES_WRITE),
    )  # fmt: skip


def _place(place: str) -> str:
    """A country in the reader's language; a region after it, as it calls itself."""
    country, _hyphen, region = place.partition("-")
    if not region:
        return _(COUNTRY_LABELS[country])
    return f"{_(REGION_OF.get(country, COUNTRY_LABELS[country]))} · {places()[place]}"


def _unknown_year(kept: Kept, today: date) -> int | None:
    """The first year soon of whose public holidays not all are known."""
    years = (today.year, (today + timedelta(days=AHEAD)).year)
    return next((year for year in years if kept.country and not is_known(kept.country, year)), None)


class CalendarPages(Controller):
    """Calendars, for the vendor."""

    path = PATH

    @get("/", needs=Permission.POLICIES_READ)
    async def index(self, actor: NamedDependency[Actor]) -> Page:
        """All of them."""
        found = await queries.list_calendars(actor)
        return Page(
            LIST, calendars=[(one, one.country and _place(one.country)) for one in found],
            vendor_zone=formats.time_zone().key, may_write=actor.may(Permission.POLICIES_WRITE),
        )  # fmt: skip

    @get("/new", needs=Permission.POLICIES_WRITE)
    async def show_new(self) -> Page:
        """A calendar to fill in, which begins with an office week."""
        return _form_page(empty_form(NewCalendarForm, **initial_week(OFFICE_WEEK)), None)

    @post("/new", needs=Permission.POLICIES_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Make it."""
        form = typed_form(request, NewCalendarForm)
        with form.refusals():
            made = await service.create_calendar(actor, form.data.code, _wanted(form.data), now=clock.now())
            return Redirect(f"{PATH}/{made}", said=_("Saved."))
        return _form_page(form, None, 422)

    @get("/{calendar_id:uuid}", needs=Permission.POLICIES_READ)
    async def show(self, actor: NamedDependency[Actor], calendar_id: FromPath[UUID]) -> Page:
        """One calendar: its week, and its special days."""
        return await _show(actor, calendar_id, empty_form(DayForm))

    @get("/{calendar_id:uuid}/edit", needs=Permission.POLICIES_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], calendar_id: FromPath[UUID]) -> Page:
        """Its fields."""
        kept = await queries.get_calendar(actor, calendar_id)
        week = initial_week(kept.calendar.week)
        return _form_page(empty_form(CalendarForm, name=kept.name, country=kept.country, zone=kept.zone, **week), kept)

    @post("/{calendar_id:uuid}/edit", needs=Permission.POLICIES_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], calendar_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Save them."""
        kept = await queries.get_calendar(actor, calendar_id)
        form = typed_form(request, CalendarForm)
        with form.refusals():
            await service.change_calendar(actor, calendar_id, _wanted(form.data), now=clock.now())
            return Redirect(f"{PATH}/{calendar_id}", said=_("Saved."))
        return _form_page(form, kept, 422)

    @post("/{calendar_id:uuid}/days", needs=Permission.POLICIES_WRITE)
    async def set_days(
        self, request: AnyRequest, actor: NamedDependency[Actor], calendar_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Say that days are worked or off."""
        form = typed_form(request, DayForm)
        with form.refusals():
            data = form.data
            await service.set_days(
                actor, calendar_id, data.day, data.until, works=data.works, note=data.note, now=clock.now()
            )
            return Redirect(f"{PATH}/{calendar_id}", said=_("Saved."))
        return await _show(actor, calendar_id, form, 422)

    @post("/days/{day_id:uuid}/remove", needs=Permission.POLICIES_WRITE)
    async def remove_day(self, actor: NamedDependency[Actor], day_id: FromPath[UUID]) -> Redirect:
        """Take back what was said of a day."""
        calendar_id = await service.remove_day(actor, day_id, now=clock.now())
        return Redirect(f"{PATH}/{calendar_id}", said=_("Removed."))


class CalendarApi(Controller):
    """Calendars as JSON."""

    path = f"/api/v1{PATH}"
    tags = ("calendars",)

    @get("/", needs=Permission.POLICIES_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """All calendars."""
        return {"items": [_public(one) for one in await queries.list_calendars(actor)]}

    @post("/", needs=Permission.POLICIES_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[NewCalendarBody]) -> dict[str, Any]:
        """A new calendar."""
        made = await service.create_calendar(actor, data.code, _wanted(data), now=clock.now())
        return _public(await queries.get_calendar(actor, made))

    @get("/{calendar_id:uuid}", needs=Permission.POLICIES_READ)
    async def show(self, actor: NamedDependency[Actor], calendar_id: FromPath[UUID]) -> dict[str, Any]:
        """One calendar."""
        return _public(await queries.get_calendar(actor, calendar_id))

    @put("/{calendar_id:uuid}", needs=Permission.POLICIES_WRITE)
    async def change(
        self, actor: NamedDependency[Actor], calendar_id: FromPath[UUID], data: JSONBody[CalendarBody]
    ) -> dict[str, Any]:
        """Make it be this."""
        await service.change_calendar(actor, calendar_id, _wanted(data), now=clock.now())
        return _public(await queries.get_calendar(actor, calendar_id))

    @post("/{calendar_id:uuid}/days", needs=Permission.POLICIES_WRITE)
    async def set_days(
        self, actor: NamedDependency[Actor], calendar_id: FromPath[UUID], data: JSONBody[DayBody]
    ) -> dict[str, Any]:
        """Say that days are worked or off."""
        await service.set_days(
            actor, calendar_id, data.day, data.until, works=data.works, note=data.note, now=clock.now()
        )
        return _public(await queries.get_calendar(actor, calendar_id))

    @delete("/days/{day_id:uuid}", needs=Permission.POLICIES_WRITE, status_code=200)
    async def remove_day(self, actor: NamedDependency[Actor], day_id: FromPath[UUID]) -> dict[str, Any]:
        """Take back what was said of a day."""
        calendar_id = await service.remove_day(actor, day_id, now=clock.now())
        return _public(await queries.get_calendar(actor, calendar_id))


def _public(kept: Kept) -> dict[str, Any]:
    return {
        "id": kept.id,
        "code": kept.code,
        "name": kept.name,
        "country": kept.country or None,
        "zone": kept.calendar.zone,
        "version": kept.version,
        "sha256": kept.calendar.sha256,
        **initial_week(kept.calendar.week),
        "days": [{"id": one.id, "day": one.day, "works": one.is_working, "note": one.note} for one in kept.changes],
    }
