"""Where forecasts are found: pages and API, for the vendor over all deals it sees, for a partner over its own."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from partners.forecast import showing
from partners.forecast.lists import KEPT, OPEN
from partners.forecast.rules import Move
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest

SHOW: Final = "partners/forecast/pages/show.html"
LIST: Final = "partners/forecast/pages/list.html"

navigation.register(
    "forecast", label=N_("Forecast"), icon="chart-line", href="/forecast", order=31,
    permission=Permission.DEALS_READ, under="deals",
)  # fmt: skip


def _today() -> date:
    return clock.day_of(clock.now(), formats.time_zone().key)


class ForecastPages(Controller):
    """What open deals will bring."""

    path = "/forecast"

    @get("/", needs=Permission.DEALS_READ)
    async def index(
        self,
        actor: NamedDependency[Actor],
        currency: FromQuery[str] = "",
        since: FromQuery[date | None] = None,
        partner: FromQuery[UUID | None] = None,
    ) -> Page:
        """By month, beside a snapshot; what moved since; how near earlier forecasts came."""
        found = await showing.find_forecast(actor, _today(), currency=currency, since=since, partner_id=partner)
        if found is None:
            return Page(SHOW, found=None)
        return Page(SHOW, off=showing.off_words, **showing.page_context(actor, found))

    @get("/open", needs=Permission.DEALS_READ)
    async def open_deals(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The deals that are forecast now."""
        return Page(LIST, listing=await list_page(OPEN, actor, request.query_params, now=clock.now()))

    @get("/open/export/{file_type:str}", needs=Permission.DEALS_READ)
    async def export_open(
        self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]
    ) -> Stream:
        """What that list shows, all of it, as a file."""
        return await export_list(OPEN, actor, request.query_params, file_type, now=clock.now())

    @get("/kept", needs=Permission.DEALS_READ)
    async def kept_deals(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """Deals as they stood in snapshots, beside how they stand now."""
        return Page(LIST, listing=await list_page(KEPT, actor, request.query_params, now=clock.now()))

    @get("/kept/export/{file_type:str}", needs=Permission.DEALS_READ)
    async def export_kept(
        self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]
    ) -> Stream:
        """What that list shows, all of it, as a file."""
        return await export_list(KEPT, actor, request.query_params, file_type, now=clock.now())


class ForecastApi(Controller):
    """Forecasts as JSON."""

    path = "/api/v1/forecast"
    tags = ("deals",)

    @get("/", needs=Permission.DEALS_READ)
    async def index(
        self,
        actor: NamedDependency[Actor],
        currency: FromQuery[str] = "",
        since: FromQuery[date | None] = None,
        partner: FromQuery[UUID | None] = None,
    ) -> dict[str, Any]:
        """What moved since a snapshot, by kind, and months gone by; amounts in whole minor units of one currency.

        Empty, with no currency, where there is no deal to forecast.
        """
        found = await showing.find_forecast(actor, _today(), currency=currency, since=since, partner_id=partner)
        if found is None:
            return {"currency": None, "since": None, "moves": {}, "months": []}
        return {
            "currency": found.asked.currency,
            "since": found.asked.since,
            "moves": {
                move.value: {"count": one.count, "amount_minor": one.amount_minor, "weighted_minor": one.weighted_minor}
                for move in Move
                for one in [found.moves[move]]
            },
            "months": [
                {"month": one.month, "taken_on": one.taken_on, "forecast_minor": one.forecast_minor,
                 "won_minor": one.won_minor}
                for one in found.months
            ],
        }  # fmt: skip

    @get("/open", needs=Permission.DEALS_READ, operation_class=list_operation(OPEN))
    async def open_deals(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of the deals that are forecast now, and the cursor of the next."""
        return await list_items(OPEN, actor, request.query_params, now=clock.now())

    @get("/kept", needs=Permission.DEALS_READ, operation_class=list_operation(KEPT))
    async def kept_deals(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of deals as they stood in snapshots, and the cursor of the next."""
        return await list_items(KEPT, actor, request.query_params, now=clock.now())
