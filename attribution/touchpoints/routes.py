"""Where touchpoints and costs are found: the vendor's pages and API. They come in by imports only."""

import dataclasses
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from attribution.touchpoints import queries
from attribution.touchpoints.lists import COST_KINDS, COSTS, TOUCHPOINTS, cost_list, touchpoint_list
from attribution.touchpoints.rules import MOTION_LABELS, TOUCH_KIND_LABELS
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

FOLDER: Final = "attribution/touchpoints/pages"

navigation.register(
    "touchpoints", label=N_("Touchpoints"), icon="route", href="/touchpoints", order=52,
    permission=Permission.TOUCHPOINTS_READ, side=Side.STAFF,
)  # fmt: skip
navigation.register(
    "costs", label=N_("Costs"), icon="receipt", href="/costs", order=58,
    permission=Permission.COSTS_READ, side=Side.STAFF,
)  # fmt: skip


class TouchpointPages(Controller):
    """Who met a customer, when and how."""

    path = "/touchpoints"

    @get("/", needs=Permission.TOUCHPOINTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        listing = await list_page(touchpoint_list(), actor, request.query_params, now=clock.now())
        return Page(f"{FOLDER}/list.html", listing=listing)

    @get("/export/{file_type:str}", needs=Permission.TOUCHPOINTS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(touchpoint_list(), actor, request.query_params, file_type, now=clock.now())

    @get("/{touchpoint_id:uuid}", needs=Permission.TOUCHPOINTS_READ)
    async def show(self, actor: NamedDependency[Actor], touchpoint_id: FromPath[UUID]) -> Page:
        """One touch."""
        touch = await queries.get_touchpoint(actor, touchpoint_id)
        return Page(f"{FOLDER}/show.html", touch=touch, kinds=TOUCH_KIND_LABELS, motions=MOTION_LABELS)


class TouchpointApi(Controller):
    """Touches as JSON, and the vocabulary of their sources."""

    path = "/api/v1/touchpoints"
    tags = ("touchpoints",)

    @get("/", needs=Permission.TOUCHPOINTS_READ, operation_class=list_operation(TOUCHPOINTS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of touches and the cursor of the next."""
        return await list_items(TOUCHPOINTS, actor, request.query_params, now=clock.now())

    @get("/sources", needs=Permission.TOUCHPOINTS_READ)
    async def sources(self, actor: NamedDependency[Actor]) -> dict[str, list[dict[str, Any]]]:
        """Origins, channels and platforms, each after the one above it."""
        return {"items": [dataclasses.asdict(node) for node in await queries.list_vocabulary(actor)]}

    @get("/{touchpoint_id:uuid}", needs=Permission.TOUCHPOINTS_READ)
    async def show(self, actor: NamedDependency[Actor], touchpoint_id: FromPath[UUID]) -> dict[str, Any]:
        """One touch; what it cost in whole minor units with the currency."""
        plain = dataclasses.asdict(await queries.get_touchpoint(actor, touchpoint_id))
        cost = plain.pop("cost") or {"minor": None, "currency": None}
        return plain | {"cost_minor": cost["minor"], "currency": cost["currency"]}


class CostPages(Controller):
    """What sources cost."""

    path = "/costs"

    @get("/", needs=Permission.COSTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        listing = await list_page(cost_list(), actor, request.query_params, now=clock.now())
        return Page(f"{FOLDER}/costs.html", listing=listing)

    @get("/export/{file_type:str}", needs=Permission.COSTS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(cost_list(), actor, request.query_params, file_type, now=clock.now())

    @get("/{cost_id:uuid}", needs=Permission.COSTS_READ)
    async def show(self, actor: NamedDependency[Actor], cost_id: FromPath[UUID]) -> Page:
        """One cost."""
        return Page(f"{FOLDER}/cost.html", cost=await queries.get_cost(actor, cost_id), kinds=COST_KINDS)


class CostApi(Controller):
    """Costs as JSON."""

    path = "/api/v1/costs"
    tags = ("costs",)

    @get("/", needs=Permission.COSTS_READ, operation_class=list_operation(COSTS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of costs and the cursor of the next."""
        return await list_items(COSTS, actor, request.query_params, now=clock.now())

    @get("/{cost_id:uuid}", needs=Permission.COSTS_READ)
    async def show(self, actor: NamedDependency[Actor], cost_id: FromPath[UUID]) -> dict[str, Any]:
        """One cost in whole minor units with its currency; `before` is the first day that is no more in it."""
        plain = dataclasses.asdict(await queries.get_cost(actor, cost_id))
        amount = plain.pop("amount")
        return plain | {"amount_minor": amount["minor"], "currency": amount["currency"]}
