"""Where value is found: the vendor's pages and API."""

import dataclasses
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from attribution.value import queries, showing
from attribution.value.lists import CUSTOMERS, GROUPS
from attribution.value.rules import ASSOCIATION, Dimension
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest

SHOW: Final = "attribution/value/pages/show.html"
LIST: Final = "attribution/value/pages/customers.html"
GROUP_LIST: Final = "attribution/value/pages/groups.html"

navigation.register(
    "value", label=N_("Customer value"), icon="chart-line", href="/value", order=55,
    permission=Permission.REVENUE_READ, side=Side.STAFF, under="customers",
)  # fmt: skip


class ValuePages(Controller):
    """What customers are worth."""

    path = "/value"

    @get("/", needs=Permission.REVENUE_READ)
    async def index(self, actor: NamedDependency[Actor]) -> Page:
        """The newest valuation."""
        newest = await queries.find_newest(actor)
        return Page(SHOW, valuation=None) if newest is None else await _page(actor, newest)

    @get("/{valuation_id:uuid}", needs=Permission.REVENUE_READ)
    async def show(self, actor: NamedDependency[Actor], valuation_id: FromPath[UUID]) -> Page:
        """An older one."""
        return await _page(actor, await queries.get_valuation(actor, valuation_id))

    @get("/customers", needs=Permission.REVENUE_READ)
    async def customers(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """All customers by value, by the newest valuation."""
        return Page(LIST, listing=await list_page(CUSTOMERS, actor, request.query_params, now=clock.now()))

    @get("/customers/export/{file_type:str}", needs=Permission.REVENUE_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(CUSTOMERS, actor, request.query_params, file_type, now=clock.now())

    @get("/groups", needs=Permission.REVENUE_READ)
    async def groups(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """Value and retention by who touched customers before their first purchase: by partner, or as the tab says."""
        listing = await list_page(GROUPS, actor, request.query_params, now=clock.now())
        newest = await queries.find_newest(actor)
        chosen = Dimension(next(tab.key for tab in listing.tabs if tab.active))
        found = await queries.list_groups(actor, newest, chosen) if newest else []
        if newest is None or not found:
            return Page(GROUP_LIST, listing=listing, valuation=newest, whole=None)
        whole, *groups = found
        drawn = [*groups, whole]
        return Page(
            GROUP_LIST,
            listing=listing,
            valuation=newest,
            whole=whole,
            worth=showing.worth_chart(newest, drawn),
            kept=showing.kept_chart(drawn),
            association=ASSOCIATION,
        )

    @get("/groups/export/{file_type:str}", needs=Permission.REVENUE_READ)
    async def export_groups(
        self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]
    ) -> Stream:
        """What the list of groups shows, all of it, as a file."""
        return await export_list(GROUPS, actor, request.query_params, file_type, now=clock.now())


async def _page(actor: Actor, valuation: queries.ValuationView) -> Page:
    parties = await queries.list_parties(actor, valuation)
    return Page(
        SHOW,
        valuation=valuation,
        parties=showing.parties_chart(valuation, parties),
        fit=showing.fit_chart(valuation),
        compared=showing.compared(valuation),
        association=ASSOCIATION,
        words=showing.estimates_words,
    )


class ValueApi(Controller):
    """Value as JSON."""

    path = "/api/v1/value"
    tags = ("attribution",)

    @get("/", needs=Permission.REVENUE_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """The newest valuation with its largest parties; amounts in whole minor units. 404 before the first."""
        newest = await queries.find_newest(actor)
        if newest is None:
            raise NotFound
        plain = dataclasses.asdict(newest)
        parties = [dataclasses.asdict(one) for one in await queries.list_parties(actor, newest)]
        return plain | {"settings": newest.settings.model_dump(mode="json"), "parties": parties}

    @get("/customers", needs=Permission.REVENUE_READ, operation_class=list_operation(CUSTOMERS))
    async def customers(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of customers by value and the cursor of the next."""
        return await list_items(CUSTOMERS, actor, request.query_params, now=clock.now())

    @get("/groups", needs=Permission.REVENUE_READ, operation_class=list_operation(GROUPS))
    async def groups(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of groups of customers by who touched them before their first purchase; `tab` says by what."""
        return await list_items(GROUPS, actor, request.query_params, now=clock.now())
