"""Where journeys are found: the vendor's page and API."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from attribution.lifecycle.rules import KIND_LABELS
from attribution.reports import contribution, queries
from attribution.reports.overview import find_overview
from attribution.reports.rules import LANE, LEFT, WIDTH
from attribution.reports.showing import count_words, show
from partners.customers.rules import country_name
from portal.core import formats
from portal.core.actor import Actor
from portal.core.errors import NotAllowed
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.pages import Page

CONTRIBUTION: Final = "attribution/reports/pages/contribution.html"
OVERVIEW: Final = "attribution/reports/pages/overview.html"
JOURNEY: Final = "attribution/reports/pages/journey.html"


navigation.register(
    "contribution", label=N_("Contribution"), icon="route", href="/contribution", order=62,
    permission=Permission.COMMISSIONS_READ, side=Side.PARTNER,
)  # fmt: skip
navigation.register(
    "reports", label=N_("Attribution"), icon="chart-bar", href="/reports", order=55,
    permission=Permission.RUNS_READ, side=Side.STAFF,
)  # fmt: skip


class ReportPages(Controller):
    """Who brought what, by the newest sealed run."""

    path = "/reports"

    @get("/", needs=Permission.RUNS_READ)
    async def index(self, actor: NamedDependency[Actor], model: FromQuery[str] = "") -> Page:
        """All charts, under the paying model or the one that is asked for."""
        return Page(OVERVIEW, overview=await find_overview(actor, model))


class ContributionPages(Controller):
    """What a partner is credited with."""

    path = "/contribution"

    @get("/", needs=Permission.COMMISSIONS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> Page:
        """Its own credit by month."""
        require_partner(actor)
        found = await contribution.find_contribution(actor)
        return Page(CONTRIBUTION, found=found, chart=contribution.chart(found) if found else None)


class ContributionApi(Controller):
    """A partner's own credit as JSON."""

    path = "/api/v1/contribution"
    tags = ("attribution",)

    @get("/", needs=Permission.COMMISSIONS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """By month and kind of event, in whole minor units; empty before any run."""
        require_partner(actor)
        found = await contribution.find_contribution(actor)
        rows = found.rows if found else []
        return {
            "as_of": found.as_of if found else None,
            "items": [
                {"month": one.month.isoformat(), "kind": one.kind, "events": one.events,
                 "value_minor": one.value.minor, "currency": one.value.currency}
                for one in rows
            ],
        }  # fmt: skip


def require_partner(actor: Actor) -> None:
    """Raise NotAllowed for the vendor's people, who have /reports."""
    if not actor.is_partner:
        raise NotAllowed(_("This page is a partner's. The vendor's side has Attribution."), code="side")


class JourneyPages(Controller):
    """The touches that led to one lifecycle event, and what each model gives whom."""

    path = "/journeys"

    @get("/{event_id:uuid}", needs=Permission.TOUCHPOINTS_READ)
    async def show(
        self, actor: NamedDependency[Actor], event_id: FromPath[UUID], run: FromQuery[UUID | None] = None
    ) -> Page:
        """As the newest sealed run has frozen it, or the run that is asked for."""
        journey = await queries.get_journey(actor, event_id, run)
        shown = show(journey)
        event = journey.event
        return Page(
            JOURNEY,
            journey=journey,
            shown=shown,
            label=KIND_LABELS[event.kind],
            place=", ".join(filter(None, (event.city, country_name(event.country)))),
            counts=count_words(shown),
            width=WIDTH,
            left=LEFT,
            lane=LANE,
            month_short=formats.month_short,
        )


class JourneyApi(Controller):
    """Journeys as JSON."""

    path = "/api/v1/journeys"
    tags = ("attribution",)

    @get("/{event_id:uuid}", needs=Permission.TOUCHPOINTS_READ)
    async def show(
        self, actor: NamedDependency[Actor], event_id: FromPath[UUID], run: FromQuery[UUID | None] = None
    ) -> dict[str, Any]:
        """The event, its touches in order, and each credit: shares in parts of 1,000,000,000, values in minor units."""
        journey = await queries.get_journey(actor, event_id, run)
        event = journey.event
        return {
            "event": {
                "id": event.id,
                "kind": event.kind,
                "occurred_at": event.occurred_at,
                "account": event.account_id,
                "value_minor": event.value.minor,
                "currency": event.value.currency,
            },
            "run": None
            if journey.run is None
            else {"id": journey.run.id, "number": journey.run.number, "paying_model": journey.run.paying_model,
                  "currency": journey.run.currency},
            "touches": [
                {"id": one.id, "occurred_at": one.occurred_at, "kind": one.kind, "partner": one.partner_id,
                 "contact": one.contact_id, "persona": one.persona, "source": one.source}
                for one in journey.touches
            ],
            "credits": [
                {"touchpoint": one.touchpoint_id, "key": one.key, "model": one.model, "share_ppb": one.share_ppb,
                 "value_minor": one.value_minor}
                for one in journey.credits
            ],
        }  # fmt: skip
