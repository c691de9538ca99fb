"""Where health is found: the vendor's pages and API. It is reckoned by itself; signals come in by imports."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from attribution.health import queries, showing
from attribution.health.lists import HEALTH
from attribution.health.rules import SEVERITY_LABELS
from attribution.health.settings import settings_of
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.asking import ask_together
from portal.core.i18n import N_
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest

FOLDER: Final = "attribution/health/pages"

navigation.register(
    "health", label=N_("Customer health"), icon="thumb-up", href="/customer-health", order=55,
    permission=Permission.HEALTH_READ, side=Side.STAFF, under="customers",
)  # fmt: skip


class HealthPages(Controller):
    """How likely customers are to stay."""

    path = "/customer-health"

    @get("/", needs=Permission.HEALTH_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list, those in the worst state first."""
        listing = await list_page(HEALTH, actor, request.query_params, now=clock.now())
        return Page(f"{FOLDER}/list.html", listing=listing)

    @get("/export/{file_type:str}", needs=Permission.HEALTH_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(HEALTH, actor, request.query_params, file_type, now=clock.now())

    @get("/{account_id:uuid}", needs=Permission.HEALTH_READ)
    async def show(self, actor: NamedDependency[Actor], account_id: FromPath[UUID]) -> Page:
        """One customer: its score, what it is made of, how it went, and the signals."""
        health = await queries.get_health(actor, account_id)
        months, chosen, signals = await ask_together(
            actor,
            queries.months_of(actor, account_id), settings_of(clock.day_of(clock.now(), formats.time_zone().key)),
            queries.signals_of(actor, account_id),
        )  # fmt: skip
        return Page(
            f"{FOLDER}/show.html",
            shown=showing.show(health, chosen.settings),
            history=showing.history_chart(months),
            signals=signals,
            severities=SEVERITY_LABELS,
        )


class HealthApi(Controller):
    """Health as JSON."""

    path = "/api/v1/customer-health"
    tags = ("health",)

    @get("/", needs=Permission.HEALTH_READ, operation_class=list_operation(HEALTH))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of customers by health and the cursor of the next."""
        return await list_items(HEALTH, actor, request.query_params, now=clock.now())

    @get("/{account_id:uuid}", needs=Permission.HEALTH_READ)
    async def show(self, actor: NamedDependency[Actor], account_id: FromPath[UUID]) -> Mapping[str, object]:
        """One customer's score with its terms, facts and months; what is not known is null."""
        health = await queries.get_health(actor, account_id)
        return showing.as_json(health, await queries.list_months(actor, account_id))
