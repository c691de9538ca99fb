"""Where touchpoints, the words of their sources and costs are found: the vendor's pages and API."""

import dataclasses
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from attribution.touchpoints import queries, vocabulary
from attribution.touchpoints.lists import COST_KINDS, COSTS, DECISIONS, TOUCHPOINTS, cost_list, touchpoint_list
from attribution.touchpoints.rules import (
    DECIDED_BY_LABELS,
    DECISION_LABELS,
    MEANING_LABELS,
    MOTION_LABELS,
    TOUCH_KIND_LABELS,
    UNDECIDED,
)
from attribution.touchpoints.schemas import MapBody, MapForm, UnmapBody, UnmapForm
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.i18n import N_, current_locale, ngettext
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import Form, Typed, empty_form, typed_form
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest

FOLDER: Final = "attribution/touchpoints/pages"

navigation.register(
    "touchpoints", label=N_("Touchpoints"), icon="route", href="/touchpoints", order=56,
    permission=Permission.TOUCHPOINTS_READ, side=Side.STAFF, count=vocabulary.waiting_count, under="reports",
)  # fmt: skip
navigation.register(
    "costs", label=N_("Costs"), icon="receipt", href="/costs", order=58,
    permission=Permission.COSTS_READ, side=Side.STAFF, under="reports",
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
        return Page(
            f"{FOLDER}/show.html", touch=touch, kinds=TOUCH_KIND_LABELS, motions=MOTION_LABELS,
            decisions=DECISION_LABELS, reasons=DECIDED_BY_LABELS,
            standing=DECISIONS[touch.decisions[0].state if touch.decisions else UNDECIDED],
        )  # fmt: skip


async def _draw_words(actor: Actor, form: Typed[Any], *, mapped: bool, status_code: int = 200) -> Page:
    """The words that wait, or those that were mapped, with what can be done about them."""
    chinese = current_locale() == "zh_CN"
    targets = [] if mapped else await vocabulary.list_targets(actor)
    return Page(
        f"{FOLDER}/unmapped.html", status_code=status_code, mapped=mapped, form=form,
        words=await vocabulary.list_words(actor, mapped=mapped),
        targets=[(str(one.id), one.path_zh if chinese else one.path) for one in targets],
        kinds=[(key, _(label)) for key, label in MEANING_LABELS.items()],
    )  # fmt: skip


class UnmappedPages(Controller):
    """Words that no vocabulary knows, until somebody says what they mean."""

    path = "/touchpoints/unmapped"

    @get("/", needs=Permission.TOUCHPOINTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """Those that wait, or those that were mapped."""
        return await _draw_words(actor, empty_form(Form), mapped=request.query_params.get("shown") == "mapped")

    @post("/", needs=Permission.SOURCES_WRITE)
    async def map(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Say what the chosen words mean."""
        form = typed_form(request, MapForm)
        with form.refusals():
            data = form.data
            try:
                count = await vocabulary.map_words(actor, data.words, data.target, data.meaning, now=clock.now())
            except Conflict as refusal:
                form.errors[""] = refusal.message
                return await _draw_words(actor, form, mapped=False, status_code=409)
            words = ngettext("%(count)s source mapped.", "%(count)s sources mapped.", count)
            return Redirect(self.path, said=words % {"count": count})
        return await _draw_words(actor, form, mapped=False, status_code=422)

    @post("/undo", needs=Permission.SOURCES_WRITE)
    async def unmap(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Have the chosen words wait again."""
        form = typed_form(request, UnmapForm)
        with form.refusals():
            try:
                count = await vocabulary.unmap_words(actor, form.data.words, now=clock.now())
            except Conflict as refusal:
                form.errors[""] = refusal.message
                return await _draw_words(actor, form, mapped=True, status_code=409)
            words = ngettext("%(count)s source waits again.", "%(count)s sources wait again.", count)
            return Redirect(self.path, said=words % {"count": count})
        return await _draw_words(actor, form, mapped=True, status_code=422)


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


class UnmappedApi(Controller):
    """Words that no vocabulary knows, as JSON."""

    path = "/api/v1/touchpoints/unmapped"
    tags = ("touchpoints",)

    @get("/", needs=Permission.TOUCHPOINTS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, list[dict[str, Any]]]:
        """Those that wait, and the nodes that they can be mapped to."""
        words = await vocabulary.list_words(actor)
        targets = await vocabulary.list_targets(actor)
        return {
            "items": [dataclasses.asdict(one) for one in words],
            "targets": [dataclasses.asdict(one) for one in targets],
        }

    @post("/", needs=Permission.SOURCES_WRITE, status_code=200)
    async def map(self, actor: NamedDependency[Actor], data: JSONBody[MapBody]) -> dict[str, int]:
        """Say what words mean; how many were mapped."""
        return {"mapped": await vocabulary.map_words(actor, data.words, data.target, data.meaning, now=clock.now())}

    @post("/undo", needs=Permission.SOURCES_WRITE, status_code=200)
    async def unmap(self, actor: NamedDependency[Actor], data: JSONBody[UnmapBody]) -> dict[str, int]:
        """Have words wait again; how many."""
        return {"waiting": await vocabulary.unmap_words(actor, data.words, now=clock.now())}


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
