"""The policy `response`: how fast the vendor answers, by which calendar, and what happens when it does not."""

import re
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from partners.companies.rules import TIER_LABELS, Tier
from partners.response.queries import find_staff
from partners.response.rules import WHAT_LABELS, What
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.policies.kinds import Document, Line, PolicyKind, register_kind

KEY: Final = "response"
MOST_HOURS: Final = 1_000
MOST_STEPS: Final = 8
_ADDRESS: Final = re.compile(r"[^\s@,]{1,64}@[^\s@,]{1,190}")

DOES_LABELS: Final = {
    "escalate": N_("Tell somebody"),
    "approve": N_("Approve the registration"),
    "extend": N_("Protect it longer by the delay"),
}
"""What may happen when an answer is late."""
TO_LABELS: Final = {
    "manager": N_("The partner's manager"),
    "partner_manager": N_("All partner managers"),
    "sales": N_("All key account managers"),
    "admin": N_("All administrators"),
}
"""Who may be told."""


def _upper(text: str) -> str:
    return text.upper()


class TierHours(Document):
    """In how many working hours partners of a tier are answered."""

    tier: Tier
    registration: int = Field(ge=1, le=MOST_HOURS)
    appeal: int = Field(ge=1, le=MOST_HOURS)
    extension: int = Field(ge=1, le=MOST_HOURS)
    amendment: int = Field(ge=1, le=MOST_HOURS)


class CountryCalendar(Document):
    """Which calendar counts for partners of a country."""

    country: Annotated[str, AfterValidator(_upper), Field(pattern=r"^[A-Za-z]{2}$")]
    calendar: str = Field(min_length=1, max_length=20)
    """Its code."""


def _address_list(text: str) -> str:
    """Addresses as `ann@vendor.example, bo@vendor.example`, written evenly. Raises ValueError."""
    found = list(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    if not all(_ADDRESS.fullmatch(one) for one in found):
        raise ValueError(_("Write e-mail addresses, separated by commas."))
    return ", ".join(found)


class LateStep(Document):
    """What happens so many working hours after an answer was due."""

    does: Literal["escalate", "approve", "extend"] = "escalate"
    after_hours: int = Field(default=0, ge=0, le=MOST_HOURS)
    to: Literal["manager", "partner_manager", "sales", "admin"] = "manager"
    """Whom `escalate` tells where nobody is named, or somebody named has left."""
    people: Annotated[str, Field(max_length=1_000), AfterValidator(_address_list)] = ""
    """Addresses of the vendor's people whom `escalate` tells."""

    def addresses(self) -> list[str]:
        """Who is named, in order."""
        return [one for one in self.people.split(", ") if one]


class AnswerTimes(Document):
    """How fast the vendor answers."""

    tiers: tuple[TierHours, ...]
    default_calendar: str = Field(default="", max_length=20)
    """The code of the calendar of all other countries; empty for Monday to Friday, nine to five."""
    calendars: Annotated[tuple[CountryCalendar, ...], Field(max_length=100)] = ()
    warn_percent: int = Field(default=75, ge=1, le=99)
    """Of the time; then whoever has to answer is reminded."""
    least_hours: int = Field(default=8, ge=1, le=MOST_HOURS)
    """Working hours after which a registration may be approved by the clock at the earliest."""
    steps: Annotated[tuple[LateStep, ...], Field(max_length=MOST_STEPS)] = ()

    def hours_for(self, tier: str, what: What) -> int:
        """In how many working hours. Raises KeyError for a tier that is not in it."""
        for one in self.tiers:
            if one.tier == tier:
                return int(getattr(one, what.value))
        raise KeyError(tier)

    def calendar_for(self, country: str) -> str:
        """The code of the calendar for partners of this country; empty for office hours."""
        return next((one.calendar for one in self.calendars if one.country == country), self.default_calendar)

    @property
    def lengthens(self) -> bool:
        """Whether a late answer makes the protection longer."""
        return any(step.does == "extend" for step in self.steps)


DEFAULT: Final = AnswerTimes(
    tiers=(
        TierHours(tier=Tier.REGISTERED, registration=40, appeal=40, extension=40, amendment=40),
        TierHours(tier=Tier.SILVER, registration=24, appeal=40, extension=24, amendment=24),
        TierHours(tier=Tier.GOLD, registration=16, appeal=24, extension=16, amendment=16),
        TierHours(tier=Tier.PLATINUM, registration=16, appeal=24, extension=16, amendment=16),
    ),
    steps=(LateStep(does="escalate", after_hours=8, to="admin"), LateStep(does="extend")),
)
"""What holds until a version is approved, and what the first draft begins with."""


def with_amendments(body: dict[str, Any]) -> dict[str, Any]:
    """A body of before amendments had a clock: they are answered as fast as extensions."""
    return {**body, "tiers": [{**one, "amendment": one["extension"]} for one in body["tiers"]]}


def lint(document: AnswerTimes) -> list[str]:
    """Every tier and country once, nothing twice, and no approval by the clock before its least time."""
    found = []
    if sorted(one.tier for one in document.tiers) != sorted(Tier):
        found.append(_("Every tier must stand in it exactly once."))
    countries = [one.country for one in document.calendars]
    if len(set(countries)) != len(countries):
        found.append(_("A country has one calendar."))
    does = [step.does for step in document.steps]
    if does.count("approve") > 1 or does.count("extend") > 1:
        found.append(_("Approving and protecting longer can each happen once."))
    for step in document.steps:
        soonest = min((one.registration for one in document.tiers), default=0) + step.after_hours
        if step.does == "approve" and soonest < document.least_hours:
            found.append(
                _("It would be approved after %(hours)s hours, before the least time of %(least)s.")
                % {"hours": soonest, "least": document.least_hours}
            )
    return found


def hours_words(count: int) -> str:
    """`16 working hours`."""
    return ngettext("%(count)s working hour", "%(count)s working hours", count) % {"count": formats.number(count)}


def step_words(step: LateStep) -> str:
    """What happens, and when."""
    words = _(DOES_LABELS[step.does])
    if step.does == "escalate":
        words = _("Tell: %(whom)s") % {"whom": step.people or _(TO_LABELS[step.to])}
        if step.people:
            words = _("%(tell)s; for who has left: %(whom)s") % {"tell": words, "whom": _(TO_LABELS[step.to])}
    if step.does == "extend":
        return words
    if not step.after_hours:
        return _("%(what)s, at once") % {"what": words}
    return _("%(what)s, after %(hours)s more") % {"what": words, "hours": hours_words(step.after_hours)}


def lines(document: AnswerTimes) -> list[Line]:
    """What it says, one line a thing."""
    found = [
        Line(f"{one.tier}.{what}", _(TIER_LABELS[one.tier]), _(WHAT_LABELS[what]), hours_words(getattr(one, what)))
        for one in document.tiers
        for what in What
    ]
    found.append(Line("default_calendar", "", _("Calendar of all other countries"), document.default_calendar or "–"))
    found += [Line(f"calendars.{one.country}", one.country, _("Calendar"), one.calendar) for one in document.calendars]
    found.append(Line("warn_percent", "", _("Reminder after"), f"{document.warn_percent}%"))
    found.append(Line("least_hours", "", _("Approved by the clock never before"), hours_words(document.least_hours)))
    late = _("When it is late")
    found += [Line(f"steps.{place}", late, str(place), step_words(one)) for place, one in enumerate(document.steps, 1)]
    return found


async def look(actor: Actor, document: AnswerTimes) -> list[str]:
    """People who are named and have no access."""
    named = sorted({address for step in document.steps for address in step.addresses()})
    async with db.transaction(actor):
        known = await find_staff(named)
    return [
        _("%(email)s cannot be told: nobody of ours has access with this address.") % {"email": address}
        for address in named
        if address not in known
    ]


POLICY: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Answer times"),
        about=N_("In how many working hours partners are answered, and what happens when they are not."),
        model=AnswerTimes,
        template="partners/response/pages/policy.html",
        lines=lines,
        lint=lint,
        look=look,
        first=DEFAULT,
        schema_version=2,
        up_casters={1: with_amendments},
    )
)
