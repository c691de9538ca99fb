"""Pages and API of what is asked about running deals: each command, and the deal's page again when it is refused."""

from collections.abc import Awaitable
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from partners.deals import amending, choosing, extending, pricing, queries, revoking, showing
from partners.deals.amending import Proposal
from partners.deals.api import shown
from partners.deals.routes import refusals, refused
from partners.deals.rules import Line
from partners.deals.schemas import (
    AmendmentBody,
    AmendmentForm,
    AskedMoveBody,
    AskedMoveForm,
    ExtensionBody,
    ExtensionForm,
    ExtensionMoveBody,
    ExtensionMoveForm,
    RevocationBody,
    RevocationForm,
)
from partners.deals.windows import AMENDMENTS, EXTENSIONS
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.forms import empty_form, typed_form
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest

AMEND: Final = "partners/deals/pages/amend.html"


class AskingPages(Controller):
    """What is asked about a deal that runs."""

    path = "/partners/deals"

    @post("/{deal_id:uuid}/extension", needs=Permission.DEALS_WRITE)
    async def request_extension(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Ask for a longer protection."""
        await queries.get_deal(actor, deal_id)
        form = typed_form(request, ExtensionForm)
        if form.errors:
            return await refused(actor, deal_id, Invalid(form.errors))
        command = extending.request_extension(actor, deal_id, form.data.days, form.data.note, now=clock.now())
        return await _done(actor, deal_id, command, _("Asked. The vendor decides; until then the day stays as it is."))

    @post("/{deal_id:uuid}/extension/moves", needs=EXTENSIONS.permissions)
    async def move_extension(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Grant, refuse or take back what is asked."""
        await queries.get_deal(actor, deal_id)
        form = typed_form(request, ExtensionMoveForm)
        if form.errors:
            return await refused(actor, deal_id, Invalid(form.errors))
        data = form.data
        command = extending.decide_extension(
            actor, deal_id, data.verb, said=data.said(), version=data.version, now=clock.now()
        )
        return await _done(actor, deal_id, command, _("Saved."))

    @post("/{deal_id:uuid}/revocation", needs=Permission.DEALS_DECIDE)
    async def request_revocation(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Ask a second person to revoke the approval."""
        await queries.get_deal(actor, deal_id)
        data = typed_form(request, RevocationForm).data
        command = revoking.request_revocation(
            actor, deal_id, data.code, data.note, version=data.version, now=clock.now()
        )
        return await _done(actor, deal_id, command, _("Somebody else has to agree. Until then nothing changes."))

    @post("/{deal_id:uuid}/price-consent", needs=Permission.DEALS_DECIDE)
    async def request_consent(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> Page | Redirect:
        """Ask a second person to agree to prices far below the list."""
        await queries.get_deal(actor, deal_id)
        command = pricing.request_consent(actor, deal_id, now=clock.now())
        return await _done(actor, deal_id, command, _("Asked. Approve when somebody else has agreed."))

    @get("/{deal_id:uuid}/amendment", needs=Permission.DEALS_WRITE)
    async def show_amendment(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> Page:
        """The deal as it reads, to be written otherwise."""
        record = await amending.may_propose(actor, deal_id, clock.now())
        form = empty_form(AmendmentForm, **showing.initial_values(record))
        return Page(AMEND, **await showing.amend_context(actor, form, record))

    @post("/{deal_id:uuid}/amendment", needs=Permission.DEALS_WRITE)
    async def propose_amendment(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Propose how the deal should read."""
        now = clock.now()
        record = await amending.may_propose(actor, deal_id, now)
        form = typed_form(request, AmendmentForm)
        if form.value("do") == "add":
            form.errors.clear()
            return Page(AMEND, **await showing.amend_context(actor, form, record, 2))
        with refusals(form):
            data = form.data
            lines = data.typed_lines(await choosing.choose_products(actor, data.typed_products()))
            proposal = Proposal(lines, data.expected_close_on, data.note)
            await amending.propose_amendment(actor, deal_id, proposal, version=data.version, now=now)
            said = _("Proposed. Until the vendor accepts, the deal stays as it is.")
            return Redirect(f"/partners/deals/{deal_id}", said=said)
        return Page(AMEND, status_code=422, **await showing.amend_context(actor, form, record))

    @post("/{deal_id:uuid}/amendment/moves", needs=AMENDMENTS.permissions)
    async def move_amendment(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Accept, refuse or take back what is proposed."""
        await queries.get_deal(actor, deal_id)
        data = typed_form(request, AskedMoveForm).data
        command = amending.decide_amendment(
            actor, deal_id, data.verb, note=data.note, version=data.version, now=clock.now()
        )
        return await _done(actor, deal_id, command, _("Saved."))


class AskingApi(Controller):
    """The same as JSON."""

    path = "/api/v1/partners/deals"
    tags = ("deals",)

    @post("/{deal_id:uuid}/extension", needs=Permission.DEALS_WRITE, status_code=200)
    async def request_extension(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[ExtensionBody]
    ) -> dict[str, Any]:
        """Ask for so many further days of protection."""
        await extending.request_extension(actor, deal_id, data.days, data.note, now=clock.now())
        return await shown(actor, deal_id)

    @post("/{deal_id:uuid}/extension/moves", needs=EXTENSIONS.permissions, status_code=200)
    async def move_extension(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[ExtensionMoveBody]
    ) -> dict[str, Any]:
        """Grant (`days`, else as many as were asked for), refuse or take back."""
        await extending.decide_extension(
            actor, deal_id, data.verb, said=data.said(), version=data.version, now=clock.now()
        )
        return await shown(actor, deal_id)

    @post("/{deal_id:uuid}/revocation", needs=Permission.DEALS_DECIDE, status_code=200)
    async def request_revocation(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[RevocationBody]
    ) -> dict[str, Any]:
        """Ask a second person to revoke the approval; the request waits among the approvals."""
        await revoking.request_revocation(actor, deal_id, data.code, data.note, version=data.version, now=clock.now())
        return await shown(actor, deal_id)

    @post("/{deal_id:uuid}/price-consent", needs=Permission.DEALS_DECIDE, status_code=200)
    async def request_consent(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> dict[str, Any]:
        """Ask a second person to agree to prices far below the list; the request waits among the approvals."""
        await pricing.request_consent(actor, deal_id, now=clock.now())
        return await shown(actor, deal_id)

    @post("/{deal_id:uuid}/amendment", needs=Permission.DEALS_WRITE, status_code=200)
    async def propose_amendment(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[AmendmentBody]
    ) -> dict[str, Any]:
        """Propose how the deal should read."""
        lines = tuple(Line(one.product, one.quantity, one.unit_price_minor) for one in data.lines)
        proposal = Proposal(lines, data.expected_close_on, data.note)
        await amending.propose_amendment(actor, deal_id, proposal, version=data.version, now=clock.now())
        return await shown(actor, deal_id)

    @post("/{deal_id:uuid}/amendment/moves", needs=AMENDMENTS.permissions, status_code=200)
    async def move_amendment(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[AskedMoveBody]
    ) -> dict[str, Any]:
        """Accept, refuse or take back what is proposed."""
        await amending.decide_amendment(
            actor, deal_id, data.verb, note=data.note, version=data.version, now=clock.now()
        )
        return await shown(actor, deal_id)


async def _done(actor: Actor, deal_id: UUID, command: Awaitable[Any], said: str) -> Page | Redirect:
    """The deal after the command, or with why it was refused."""
    try:
        await command
    except (Conflict, Invalid) as refusal:
        return await refused(actor, deal_id, refusal)
    return Redirect(f"/partners/deals/{deal_id}", said=said)
