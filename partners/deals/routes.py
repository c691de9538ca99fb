"""Where deals are found: the pages of both sides."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from partners.deals import choosing, continuing, queries, rules, service, showing
from partners.deals.choosing import TypedCustomer
from partners.deals.lists import DEALS
from partners.deals.locks import DealField, locks, open_parts
from partners.deals.queries import DealRecord
from partners.deals.rules import Registration
from partners.deals.schemas import DealForm, MoveForm, named_as_fields
from partners.deals.states import DealState
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.lists import list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest, is_htmx

LIST: Final = "partners/deals/pages/list.html"
SHOW: Final = "partners/deals/pages/show.html"
FORM: Final = "partners/deals/pages/form.html"
REDRAWS: Final = frozenset({"find", "add"})
"""Buttons that only draw the form again: a search step and another line, for browsers without a script."""

navigation.register(
    "deals", label=N_("Deals"), icon="briefcase", href="/partners/deals", order=30,
    permission=Permission.DEALS_READ, count=queries.waiting_count,
)  # fmt: skip

SAID: Final[Mapping[str, str]] = {
    "submit": N_("Submitted. The vendor will look at it."),
    "answer": N_("Your answer is with the vendor."),
    "take": N_("The review is yours."),
    "approve": N_("Approved. The partner is told."),
    "ask": N_("The partner is asked."),
    "reject": N_("Rejected. The partner is told why."),
    "appeal": N_("Your appeal is with the vendor. Somebody else than before decides it, where there is somebody."),
    "withdraw": N_("Withdrawn."),
    "win": N_("Won. Congratulations!"),
    "lose": N_("Lost, and noted why."),
}
_SAVED: Final = N_("Saved.")


class DealPages(Controller):
    """Deals, for partners and the vendor."""

    path = "/partners/deals"

    @get("/", needs=Permission.DEALS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        return Page(LIST, listing=await list_page(DEALS, actor, request.query_params, now=clock.now()))

    @get("/export/{file_type:str}", needs=Permission.DEALS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(DEALS, actor, request.query_params, file_type, now=clock.now())

    @get("/new", needs=Permission.DEALS_WRITE)
    async def show_new(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """An empty registration; htmx asks for the customers like the typed one."""
        typed = {name: request.query_params.get(name, "") for name in ("customer", "card")}
        form = empty_form(DealForm, **typed)
        if earlier := request.query_params.get("from"):
            record = await continuing.get_to_continue(actor, earlier)
            form = empty_form(DealForm, **showing.initial_values(record) | continuing.copied(record))
        if is_htmx(request.scope):
            return Page(FORM, "found", **await showing.found_context(actor, form))
        return await _draw(actor, form, None, clock.now())

    @post("/new", needs=Permission.DEALS_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Register a deal, or keep it as a draft."""
        now = clock.now()
        form = typed_form(request, DealForm)
        if form.value("do") in REDRAWS:
            return await _redraw(actor, form, None, now)
        with refusals(form):
            wanted = await _registration(actor, form)
            if form.data.do == "draft":
                deal_id = await service.create_draft(actor, wanted, now=now)
                return Redirect(f"/partners/deals/{deal_id}", said=_("Kept as a draft. Nobody else acts on it yet."))
            deal_id = await service.register_deal(actor, wanted, now=now)
            return Redirect(f"/partners/deals/{deal_id}", said=_said("submit"))
        return await _draw(actor, form, None, now, status_code=422)

    @get("/{deal_id:uuid}", needs=Permission.DEALS_READ)
    async def show(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> Page:
        """One deal."""
        record = await queries.get_record(actor, deal_id)
        return Page(SHOW, errors={}, trouble="", **await showing.show_context(actor, record, now=clock.now()))

    @get("/{deal_id:uuid}/edit", needs=Permission.DEALS_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> Page:
        """The registration with what stands in it; what is locked says why."""
        record = await _own_record(actor, deal_id)
        form = empty_form(DealForm, **showing.initial_values(record))
        return await _draw(actor, form, record, clock.now())

    @post("/{deal_id:uuid}/edit", needs=Permission.DEALS_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Save what is open; a draft may be submitted with it."""
        now = clock.now()
        record = await _own_record(actor, deal_id)
        form = typed_form(request, DealForm)
        if form.value("do") in REDRAWS:
            return await _redraw(actor, form, record, now)
        with refusals(form):
            wanted = await _changed(actor, form, record)
            await service.edit_deal(actor, deal_id, wanted, now=now, version=form.data.version)
            if form.data.do == "submit" and record.state == DealState.DRAFT:
                await service.move_deal(actor, deal_id, "submit", now=now)
                return Redirect(f"/partners/deals/{deal_id}", said=_said("submit"))
            return Redirect(f"/partners/deals/{deal_id}", said=_(_SAVED))
        return await _draw(actor, form, record, now, status_code=422)

    @post("/{deal_id:uuid}/moves", needs=rules.FLOW.permissions)
    async def move(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Whatever the registration's flow allows; the service asks for the exact right."""
        await queries.get_deal(actor, deal_id)
        data = typed_form(request, MoveForm).data
        try:
            await service.move_deal(actor, deal_id, data.verb, said=data.said(), version=data.version, now=clock.now())
        except (Conflict, Invalid) as refusal:
            return await refused(actor, deal_id, refusal)
        return Redirect(f"/partners/deals/{deal_id}", said=_said(data.verb))

    @post("/{deal_id:uuid}/stage", needs=rules.STAGES.permissions)
    async def set_stage(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Move the sale."""
        await queries.get_deal(actor, deal_id)
        data = typed_form(request, MoveForm).data
        try:
            await service.set_stage(actor, deal_id, data.verb, said=data.said(), version=data.version, now=clock.now())
        except (Conflict, Invalid) as refusal:
            return await refused(actor, deal_id, refusal)
        return Redirect(f"/partners/deals/{deal_id}", said=_said(data.verb))


async def _own_record(actor: Actor, deal_id: UUID) -> DealRecord:
    """The deal to edit. Raises NotFound, and NotAllowed for the deal of a partner below: it is read, not changed."""
    record = await queries.get_record(actor, deal_id)
    if not actor.is_partner or not rules.is_own(record.partner_id, actor):
        raise NotAllowed(_("This deal belongs to another company; you can read it."), code="other_company")
    return record


def _said(verb: str) -> str:
    """What is said after a move, in the person's language."""
    sentence = SAID.get(verb, _SAVED)
    return _(sentence)


async def _draw(
    actor: Actor,
    form: Typed[Any],
    deal: DealRecord | None,
    now: datetime,
    *,
    status_code: int = 200,
    more_rows: int = 0,
) -> Page:
    context = await showing.form_context(actor, form, deal=deal, now=now, more_rows=more_rows)
    return Page(FORM, status_code=status_code, **context)


async def _redraw(actor: Actor, form: Typed[Any], deal: DealRecord | None, now: datetime) -> Page:
    """The form again with everything typed, and nothing marked: nobody has sent it yet."""
    form.errors.clear()
    return await _draw(actor, form, deal, now, more_rows=2 if form.value("do") == "add" else 0)


@contextmanager
def refusals(form: Typed[Any]) -> Iterator[None]:
    """Put what the service refuses beside the fields of this form; a Conflict is about the whole of it."""
    try:
        yield
    except Invalid as refusal:
        rows = [] if form.errors else form.data.line_rows()
        form.errors.update(named_as_fields(refusal.errors, rows) or {"": refusal.message})
    except Conflict as refusal:
        form.errors[""] = refusal.message


async def _registration(actor: Actor, form: Typed[Any]) -> Registration:
    """What was typed, with customer and products found. Raises Invalid with all that is not clear."""
    data = form.data
    customer = await choosing.choose_customer(actor, TypedCustomer(data.customer, data.card, data.country))
    products = await choosing.choose_products(actor, data.typed_products())
    registration: Registration = data.registration(customer, products)
    return registration


async def _changed(actor: Actor, form: Typed[Any], record: DealRecord) -> Registration:
    """What was typed where the deal is open, what is stored where it is locked."""
    data = form.data
    why = locks(record.state, record.partner_id, actor, record.asked_fields)
    customer: Any = record.card_id
    if not why[DealField.CUSTOMER]:
        customer = await choosing.choose_customer(actor, TypedCustomer(data.customer, data.card, data.country))
    products = None if why[DealField.LINES] else await choosing.choose_products(actor, data.typed_products())
    return open_parts(data.registration(customer, products), record.registration, why)


async def refused(actor: Actor, deal_id: UUID, refusal: Conflict | Invalid) -> Page:
    """The deal as it is, with why the move was refused."""
    record = await queries.get_record(actor, deal_id)
    errors = refusal.errors if isinstance(refusal, Invalid) else {}
    trouble = "" if errors else refusal.message
    context = await showing.show_context(actor, record, now=clock.now())
    return Page(SHOW, errors=errors, trouble=trouble, status_code=422 if errors else 409, **context)
