"""Where revenue is found: the vendor's pages and API. Lines come in by imports only."""

import dataclasses
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from attribution.revenue import queries
from attribution.revenue.lists import KINDS, REVENUE
from attribution.revenue.queries import RevenueLineView
from portal.core import clock
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest

LIST: Final = "attribution/revenue/pages/list.html"
SHOW: Final = "attribution/revenue/pages/show.html"

navigation.register(
    "revenue", label=N_("Revenue"), icon="cash", href="/revenue", order=61,
    permission=Permission.REVENUE_READ, side=Side.STAFF, under="commissions",
)  # fmt: skip


class RevenuePages(Controller):
    """Revenue as it was imported."""

    path = "/revenue"

    @get("/", needs=Permission.REVENUE_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        return Page(LIST, listing=await list_page(REVENUE, actor, request.query_params, now=clock.now()))

    @get("/export/{file_type:str}", needs=Permission.REVENUE_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(REVENUE, actor, request.query_params, file_type, now=clock.now())

    @get("/{line_id:uuid}", needs=Permission.REVENUE_READ)
    async def show(self, actor: NamedDependency[Actor], line_id: FromPath[UUID]) -> Page:
        """One line, with what was paid, refunded and credited on its invoice line."""
        line, others = await queries.get_line(actor, line_id)
        return Page(SHOW, line=line, others=others, kinds=KINDS)


class RevenueApi(Controller):
    """Revenue as JSON."""

    path = "/api/v1/revenue"
    tags = ("revenue",)

    @get("/", needs=Permission.REVENUE_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of lines and the cursor of the next."""
        return await list_items(REVENUE, actor, request.query_params, now=clock.now())

    @get("/{line_id:uuid}", needs=Permission.REVENUE_READ)
    async def show(self, actor: NamedDependency[Actor], line_id: FromPath[UUID]) -> dict[str, Any]:
        """One line and the others of its invoice line."""
        line, others = await queries.get_line(actor, line_id)
        return {**_public(line), "others": [_public(one) for one in others]}


def _public(line: RevenueLineView) -> dict[str, Any]:
    """A line for programs; amounts in whole minor units with their currency."""
    plain = {field.name: getattr(line, field.name) for field in dataclasses.fields(line)}
    net: Money = plain.pop("net")
    cost: Money | None = plain.pop("cost")
    return {
        **plain,
        "kind": line.kind.value,
        "net_minor": net.minor,
        "cost_minor": cost.minor if cost else None,
        "currency": net.currency,
    }
