"""Where exchange rates are found: the vendor's list and API. They come in by imports only."""

from typing import Final

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from portal.core import clock
from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest
from portal.rates.importing import IMPORTER
from portal.rates.lists import RATES

LIST: Final = "portal/rates/pages/list.html"


class RatePages(Controller):
    """What one euro was worth on which day."""

    path = "/settings/rates"

    @get("/", needs=Permission.REVENUE_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        listing = await list_page(RATES, actor, request.query_params, now=clock.now())
        return Page(LIST, listing=listing, may_import=actor.may(IMPORTER.permission))

    @get("/export/{file_type:str}", needs=Permission.REVENUE_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(RATES, actor, request.query_params, file_type, now=clock.now())


class RateApi(Controller):
    """Exchange rates as JSON."""

    path = "/api/v1/settings/rates"
    tags = ("rates",)

    @get("/", needs=Permission.REVENUE_READ, operation_class=list_operation(RATES))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of rates and the cursor of the next."""
        return await list_items(RATES, actor, request.query_params, now=clock.now())
