"""Where lifecycle is found: the vendor's pages and API. Events are derived, targets come in by imports."""

import dataclasses
from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from attribution.lifecycle import queries, showing
from attribution.lifecycle.importing import quarter_name, read_quarter
from attribution.lifecycle.lists import DORMANT, EVENTS, STATES
from attribution.lifecycle.rules import LOSSES
from attribution.revenue.lists import KINDS as LINE_KINDS
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest

FOLDER: Final = "attribution/lifecycle/pages"

navigation.register(
    "lifecycle", label=N_("Lifecycle"), icon="rotate", href="/lifecycle", order=54,
    permission=Permission.REVENUE_READ, side=Side.STAFF, under="customers",
)  # fmt: skip


def _today() -> date:
    return clock.day_of(clock.now(), formats.time_zone().key)


def _quarter(request: AnyRequest) -> date | None:
    """The quarter that the address asks for. Raises NotFound for what is none."""
    told = request.query_params.get("quarter", "")
    found = read_quarter(told)
    if told and found is None:
        raise NotFound(_("There is no such quarter."))
    return found


class LifecyclePages(Controller):
    """What happened in customers' lives."""

    path = "/lifecycle"

    @get("/", needs=Permission.REVENUE_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list of events, with how many of each kind there were by month."""
        listing = await list_page(EVENTS, actor, request.query_params, now=clock.now())
        return Page(f"{FOLDER}/list.html", listing=listing, chart=await showing.chart_context(actor, _today()))

    @get("/export/{file_type:str}", needs=Permission.REVENUE_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(EVENTS, actor, request.query_params, file_type, now=clock.now())

    @get("/{event_id:uuid}", needs=Permission.REVENUE_READ)
    async def show(self, actor: NamedDependency[Actor], event_id: FromPath[UUID]) -> Page:
        """One event: why it is one, what it is worth, and its lines."""
        event = await queries.get_event(actor, event_id)
        return Page(
            f"{FOLDER}/show.html", event=event, look=STATES[event.kind], reason=showing.reason_words(event),
            is_loss=event.kind in LOSSES, line_kinds=LINE_KINDS, most=queries.MOST_LINES,
        )  # fmt: skip

    @get("/dormant", needs=Permission.REVENUE_READ)
    async def dormant(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """Customers who pay nothing any more, and those who soon will be such."""
        listing = await list_page(DORMANT, actor, request.query_params, now=clock.now())
        return Page(f"{FOLDER}/dormant.html", listing=listing)

    @get("/dormant/export/{file_type:str}", needs=Permission.REVENUE_READ)
    async def export_dormant(
        self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]
    ) -> Stream:
        """What that list shows, all of it, as a file."""
        return await export_list(DORMANT, actor, request.query_params, file_type, now=clock.now())

    @get("/targets", needs=Permission.REVENUE_READ)
    async def targets(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The targets of a quarter beside what happened."""
        context = await showing.targets_context(actor, _quarter(request), _today())
        return Page(f"{FOLDER}/targets.html", looks=STATES, **context)


class LifecycleApi(Controller):
    """Lifecycle as JSON."""

    path = "/api/v1/lifecycle"
    tags = ("lifecycle",)

    @get("/", needs=Permission.REVENUE_READ, operation_class=list_operation(EVENTS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of events and the cursor of the next."""
        return await list_items(EVENTS, actor, request.query_params, now=clock.now())

    @get("/{event_id:uuid}", needs=Permission.REVENUE_READ)
    async def show(self, actor: NamedDependency[Actor], event_id: FromPath[UUID]) -> dict[str, Any]:
        """One event with its reason and lines; amounts in whole minor units with their currency."""
        event = await queries.get_event(actor, event_id)
        lines = [_plain(one, "net") for one in event.lines]
        return {**_plain(event, "value"), "why": showing.reason_words(event), "lines": lines}

    @get("/dormant", needs=Permission.REVENUE_READ, operation_class=list_operation(DORMANT))
    async def dormant(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of dormant customers and the cursor of the next."""
        return await list_items(DORMANT, actor, request.query_params, now=clock.now())

    @get("/targets", needs=Permission.REVENUE_READ)
    async def targets(self, request: AnyRequest, actor: NamedDependency[Actor]) -> dict[str, list[dict[str, Any]]]:
        """Targets beside what happened, of one quarter (`?quarter=2026-Q4`) or all."""
        chosen = _quarter(request)
        found = await queries.list_targets(actor, [chosen] if chosen else await queries.list_quarters(actor))
        return {"items": [_target_json(one) for one in found]}


def _plain(one: Any, amount: str) -> dict[str, Any]:
    """Its fields for programs, the amount apart from its currency."""
    plain = {field.name: getattr(one, field.name) for field in dataclasses.fields(one) if field.name != "lines"}
    money: Money = plain.pop(amount)
    return {**plain, f"{amount}_minor": money.minor, "currency": money.currency}


def _target_json(one: queries.Target) -> dict[str, Any]:
    return {
        "id": one.id,
        "kind": one.kind.value,
        "country": one.country,
        "quarter": quarter_name(one.quarter),
        "value_minor": None if one.value is None else one.value.minor,
        "currency": None if one.value is None else one.value.currency,
        "events": one.events,
        "actual_minor": None if one.actual is None else one.actual.minor,
        "actual_events": one.actual_events,
    }
