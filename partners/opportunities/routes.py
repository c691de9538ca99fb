"""Where the vendor's own opportunities are found: pages and API. They come in by imports."""

import dataclasses
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from partners.opportunities import queries
from partners.opportunities.lists import OPPORTUNITIES, STAGES
from portal.core import clock
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest

LIST: Final = "partners/opportunities/pages/list.html"
SHOW: Final = "partners/opportunities/pages/show.html"

navigation.register(
    "opportunities", label=N_("Opportunities"), icon="target-arrow", href="/partners/opportunities", order=51,
    permission=Permission.ACCOUNTS_READ, side=Side.STAFF, under="customers",
)  # fmt: skip


class OpportunityPages(Controller):
    """What the vendor sells itself."""

    path = "/partners/opportunities"

    @get("/", needs=Permission.ACCOUNTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        return Page(LIST, listing=await list_page(OPPORTUNITIES, actor, request.query_params, now=clock.now()))

    @get("/export/{file_type:str}", needs=Permission.ACCOUNTS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(OPPORTUNITIES, actor, request.query_params, file_type, now=clock.now())

    @get("/{opportunity_id:uuid}", needs=Permission.ACCOUNTS_READ)
    async def show(self, actor: NamedDependency[Actor], opportunity_id: FromPath[UUID]) -> Page:
        """One opportunity."""
        one = await queries.get_opportunity(actor, opportunity_id)
        return Page(SHOW, opportunity=one, stage=STAGES[one.stage.value])


class OpportunityApi(Controller):
    """Opportunities as JSON."""

    path = "/api/v1/partners/opportunities"
    tags = ("opportunities",)

    @get("/", needs=Permission.ACCOUNTS_READ, operation_class=list_operation(OPPORTUNITIES))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of opportunities and the cursor of the next."""
        return await list_items(OPPORTUNITIES, actor, request.query_params, now=clock.now())

    @get("/{opportunity_id:uuid}", needs=Permission.ACCOUNTS_READ)
    async def show(self, actor: NamedDependency[Actor], opportunity_id: FromPath[UUID]) -> dict[str, Any]:
        """One opportunity; its value in whole minor units with the currency."""
        plain = dataclasses.asdict(await queries.get_opportunity(actor, opportunity_id))
        amount = plain.pop("amount")
        return plain | {"amount_minor": amount["minor"], "currency": amount["currency"]}
