"""Where the vendor's own opportunities are found: pages and API."""

import dataclasses
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from partners.deals.states import Stage
from partners.opportunities import queries, service, showing
from partners.opportunities.lists import OPPORTUNITIES, STAGES
from partners.opportunities.queries import Opportunity
from partners.opportunities.schemas import CloseBody, CloseForm, OpportunityBody, OpportunityForm
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from portal.history.queries import timeline

LIST: Final = "partners/opportunities/pages/list.html"
SHOW: Final = "partners/opportunities/pages/show.html"
FORM: Final = "partners/opportunities/pages/form.html"

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

    @get("/new", needs=Permission.OPPORTUNITIES_WRITE)
    async def show_new(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """An empty one, for the account that a link names."""
        values = await showing.first_values(actor, request.query_params.get("account", ""))
        return await _draw(actor, empty_form(OpportunityForm, **values), None)

    @post("/new", needs=Permission.OPPORTUNITIES_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Record one."""
        form = typed_form(request, OpportunityForm)
        with form.refusals():
            facts = await showing.read_facts(actor, form.data)
            made = await service.record_opportunity(actor, facts, now=clock.now())
            return Redirect(f"/partners/opportunities/{made}", said=_("Recorded. It is yours."))
        return await _draw(actor, form, None, status_code=422)

    @get("/{opportunity_id:uuid}", needs=Permission.ACCOUNTS_READ)
    async def show(self, actor: NamedDependency[Actor], opportunity_id: FromPath[UUID]) -> Page:
        """One opportunity."""
        return await _show(actor, opportunity_id)

    @get("/{opportunity_id:uuid}/edit", needs=Permission.OPPORTUNITIES_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], opportunity_id: FromPath[UUID]) -> Page | Redirect:
        """What stands in it; a closed one is read, not edited."""
        one = await queries.get_opportunity(actor, opportunity_id)
        if one.closed_at is not None:
            return Redirect(f"/partners/opportunities/{opportunity_id}")
        return await _draw(actor, empty_form(OpportunityForm, **showing.initial_values(one)), one)

    @post("/{opportunity_id:uuid}/edit", needs=Permission.OPPORTUNITIES_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], opportunity_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Save it."""
        one = await queries.get_opportunity(actor, opportunity_id)
        form = typed_form(request, OpportunityForm)
        with form.refusals():
            try:
                facts = await showing.read_facts(actor, form.data)
                await service.change_opportunity(actor, opportunity_id, facts, seen=form.data.seen, now=clock.now())
            except Conflict as refusal:
                form.errors[""] = refusal.message
            else:
                return Redirect(f"/partners/opportunities/{opportunity_id}", said=_("Saved."))
        return await _draw(actor, form, one, status_code=422)

    @post("/{opportunity_id:uuid}/close", needs=Permission.OPPORTUNITIES_WRITE)
    async def close(
        self, request: AnyRequest, actor: NamedDependency[Actor], opportunity_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Say how it ended."""
        await queries.get_opportunity(actor, opportunity_id)
        data = typed_form(request, CloseForm).data
        try:
            await service.close_opportunity(actor, opportunity_id, Stage(data.verb), note=data.note, now=clock.now())
        except Conflict as refusal:
            return await _show(actor, opportunity_id, trouble=refusal.message)
        return Redirect(f"/partners/opportunities/{opportunity_id}", said=_("Closed."))


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
        return await _shown(actor, opportunity_id)

    @post("/", needs=Permission.OPPORTUNITIES_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[OpportunityBody]) -> dict[str, Any]:
        """Record one, owned by who asks."""
        return await _shown(actor, await service.record_opportunity(actor, data.facts(), now=clock.now()))

    @put("/{opportunity_id:uuid}", needs=Permission.OPPORTUNITIES_WRITE)
    async def change(
        self, actor: NamedDependency[Actor], opportunity_id: FromPath[UUID], data: JSONBody[OpportunityBody]
    ) -> dict[str, Any]:
        """Write an open one anew."""
        await service.change_opportunity(actor, opportunity_id, data.facts(), seen=data.seen, now=clock.now())
        return await _shown(actor, opportunity_id)

    @post("/{opportunity_id:uuid}/close", needs=Permission.OPPORTUNITIES_WRITE, status_code=200)
    async def close(
        self, actor: NamedDependency[Actor], opportunity_id: FromPath[UUID], data: JSONBody[CloseBody]
    ) -> dict[str, Any]:
        """Say how it ended."""
        await service.close_opportunity(actor, opportunity_id, Stage(data.verb), note=data.note, now=clock.now())
        return await _shown(actor, opportunity_id)


async def _shown(actor: Actor, opportunity_id: UUID) -> dict[str, Any]:
    plain = dataclasses.asdict(await queries.get_opportunity(actor, opportunity_id))
    amount = plain.pop("amount")
    return plain | {"amount_minor": amount["minor"], "currency": amount["currency"]}


async def _show(actor: Actor, opportunity_id: UUID, *, trouble: str = "") -> Page:
    one = await queries.get_opportunity(actor, opportunity_id)
    happened = await timeline(actor, opportunity_id)
    return Page(
        SHOW, status_code=409 if trouble else 200, opportunity=one, stage=STAGES[one.stage.value], trouble=trouble,
        timeline=happened,
    )  # fmt: skip


async def _draw(actor: Actor, form: Typed[Any], one: Opportunity | None, *, status_code: int = 200) -> Page:
    return Page(FORM, status_code=status_code, form=form, opportunity=one, **await showing.form_choices(actor))
