"""Where contribution claims are found: the pages and the API of both sides."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from attribution.claims import queries, rules, service, showing
from attribution.claims.lists import CLAIMS
from attribution.claims.queries import ClaimRecord
from attribution.claims.rules import ClaimFacts
from attribution.claims.schemas import REDRAWS, ClaimBody, ClaimForm, MoveBody, MoveForm
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest, is_htmx

FOLDER: Final = "attribution/claims/pages"
SHOW: Final = f"{FOLDER}/show.html"
FORM: Final = f"{FOLDER}/form.html"

navigation.register(
    "claims", label=N_("Claims"), icon="thumb-up", href="/claims", order=35, permission=Permission.CLAIMS_READ,
    count=queries.waiting_count,
)  # fmt: skip

SAID: Final[Mapping[str, str]] = {
    "submit": N_("Submitted. The vendor will look at it."),
    "answer": N_("Your answer is with the vendor."),
    "take": N_("The review is yours."),
    "approve": N_("Approved. It counts from now on."),
    "ask": N_("The partner is asked."),
    "reject": N_("Rejected. The partner reads why."),
    "withdraw": N_("Withdrawn."),
}


class ClaimPages(Controller):
    """Contribution claims, for partners and the vendor."""

    path = "/claims"

    @get("/", needs=Permission.CLAIMS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        listing = await list_page(CLAIMS, actor, request.query_params, now=clock.now())
        return Page(f"{FOLDER}/list.html", listing=listing)

    @get("/export/{file_type:str}", needs=Permission.CLAIMS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(CLAIMS, actor, request.query_params, file_type, now=clock.now())

    @get("/new", needs=Permission.CLAIMS_WRITE)
    async def show_new(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """An empty claim; htmx asks for the customers like the typed one."""
        names = ("customer", "card", "deal_number")
        form = empty_form(ClaimForm, **{name: request.query_params.get(name, "") for name in names})
        if is_htmx(request.scope):
            return Page(FORM, "found", **await showing.found_context(actor, form))
        return await _draw(actor, form, None)

    @post("/new", needs=Permission.CLAIMS_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Claim a contribution, or keep it as a draft."""
        form = typed_form(request, ClaimForm)
        if form.value("do") == REDRAWS:
            return await _redraw(actor, form, None)
        with form.refusals():
            facts = await _facts(actor, form)
            submits = form.data.do == "submit"
            command = service.submit_new if submits else service.create_draft
            try:
                claim_id = await command(actor, facts, now=clock.now())
            except Conflict as refusal:
                form.errors[""] = refusal.message
            else:
                said = _said("submit") if submits else _("Kept as a draft. Nobody else sees it yet.")
                return Redirect(f"/claims/{claim_id}", said=said)
        return await _draw(actor, form, None, status_code=422)

    @get("/{claim_id:uuid}", needs=Permission.CLAIMS_READ)
    async def show(self, actor: NamedDependency[Actor], claim_id: FromPath[UUID]) -> Page:
        """One claim."""
        record = await queries.get_record(actor, claim_id)
        return Page(SHOW, errors={}, trouble="", **await showing.show_context(actor, record))

    @get("/{claim_id:uuid}/edit", needs=Permission.CLAIMS_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], claim_id: FromPath[UUID]) -> Page | Redirect:
        """The draft with what stands in it; what was submitted is read, not edited."""
        record = await _own_record(actor, claim_id)
        if record.state != rules.ClaimState.DRAFT:
            return Redirect(f"/claims/{claim_id}")
        return await _draw(actor, empty_form(ClaimForm, **showing.initial_values(record)), record)

    @post("/{claim_id:uuid}/edit", needs=Permission.CLAIMS_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], claim_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Save the draft; it may be submitted with it."""
        record = await _own_record(actor, claim_id)
        form = typed_form(request, ClaimForm)
        if form.value("do") == REDRAWS:
            return await _redraw(actor, form, record)
        with form.refusals():
            facts = await _facts(actor, form)
            try:
                await service.edit_claim(actor, claim_id, facts, now=clock.now(), version=form.data.version)
                if form.data.do == "submit":
                    await service.move_claim(actor, claim_id, "submit", now=clock.now())
            except Conflict as refusal:
                form.errors[""] = refusal.message
            else:
                said = _said("submit") if form.data.do == "submit" else _("Saved.")
                return Redirect(f"/claims/{claim_id}", said=said)
        return await _draw(actor, form, record, status_code=422)

    @post("/{claim_id:uuid}/moves", needs=rules.FLOW.permissions)
    async def move(
        self, request: AnyRequest, actor: NamedDependency[Actor], claim_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Whatever the flow allows; the service asks for the exact right."""
        await queries.get_claim(actor, claim_id)
        data = typed_form(request, MoveForm).data
        try:
            await service.move_claim(
                actor, claim_id, data.verb, said=data.said(), version=data.version, now=clock.now()
            )
        except (Conflict, Invalid) as refusal:
            return await _refused(actor, claim_id, refusal)
        return Redirect(f"/claims/{claim_id}", said=_said(data.verb))


class ClaimApi(Controller):
    """Contribution claims as JSON."""

    path = "/api/v1/claims"
    tags = ("claims",)

    @get("/", needs=Permission.CLAIMS_READ, operation_class=list_operation(CLAIMS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of claims and the cursor of the next."""
        return await list_items(CLAIMS, actor, request.query_params, now=clock.now())

    @post("/", needs=Permission.CLAIMS_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[ClaimBody]) -> dict[str, Any]:
        """Write a draft, or claim at once with `submit`."""
        command = service.submit_new if data.submit else service.create_draft
        return await _shown(actor, await command(actor, data.facts(), now=clock.now()))

    @get("/{claim_id:uuid}", needs=Permission.CLAIMS_READ)
    async def show(self, actor: NamedDependency[Actor], claim_id: FromPath[UUID]) -> dict[str, Any]:
        """One claim, with what may be done with it now."""
        return await _shown(actor, claim_id)

    @put("/{claim_id:uuid}", needs=Permission.CLAIMS_WRITE)
    async def change(
        self, actor: NamedDependency[Actor], claim_id: FromPath[UUID], data: JSONBody[ClaimBody]
    ) -> dict[str, Any]:
        """Write a draft anew."""
        await service.edit_claim(actor, claim_id, data.facts(), version=data.version, now=clock.now())
        if data.submit:
            await service.move_claim(actor, claim_id, "submit", now=clock.now())
        return await _shown(actor, claim_id)

    @post("/{claim_id:uuid}/moves", needs=rules.FLOW.permissions, status_code=200)
    async def move(
        self, actor: NamedDependency[Actor], claim_id: FromPath[UUID], data: JSONBody[MoveBody]
    ) -> dict[str, Any]:
        """Move the claim."""
        await service.move_claim(actor, claim_id, data.verb, said=data.said(), version=data.version, now=clock.now())
        return await _shown(actor, claim_id)


def _said(verb: str) -> str:
    """What is said after a move, in the person's language."""
    sentence = SAID[verb]
    return _(sentence)


async def _shown(actor: Actor, claim_id: UUID) -> dict[str, Any]:
    """The claim for whoever asks, and its moves."""
    record = await queries.get_record(actor, claim_id)
    moves = service.available_moves(record.state, record.partner_id, actor)
    return dataclasses.asdict(record) | {"moves": [move.verb for move in moves]}


async def _own_record(actor: Actor, claim_id: UUID) -> ClaimRecord:
    """The claim to edit. Raises NotFound, and NotAllowed for the claim of a partner below: it is read, not changed."""
    record = await queries.get_record(actor, claim_id)
    if actor.partner_id != record.partner_id:
        raise NotAllowed(_("This claim belongs to another company; you can read it."), code="other_company")
    return record


async def _facts(actor: Actor, form: Typed[Any]) -> ClaimFacts:
    """What was typed, with customer and deal found. Raises Invalid with what is not clear."""
    data = form.data
    card, deal = await showing.choose_customer(actor, data.customer, data.card, data.deal_number)
    facts: ClaimFacts = data.facts(card, deal)
    return facts


async def _draw(actor: Actor, form: Typed[Any], record: ClaimRecord | None, *, status_code: int = 200) -> Page:
    return Page(FORM, status_code=status_code, **await showing.form_context(actor, form, record))


async def _redraw(actor: Actor, form: Typed[Any], record: ClaimRecord | None) -> Page:
    """The form again with everything typed, and nothing marked: nobody has sent it yet."""
    form.errors.clear()
    return await _draw(actor, form, record)


async def _refused(actor: Actor, claim_id: UUID, refusal: Conflict | Invalid) -> Page:
    """The claim as it is, with why the move was refused."""
    record = await queries.get_record(actor, claim_id)
    errors = refusal.errors if isinstance(refusal, Invalid) else {}
    trouble = "" if errors else refusal.message
    context = await showing.show_context(actor, record)
    return Page(SHOW, errors=errors, trouble=trouble, status_code=422 if errors else 409, **context)
