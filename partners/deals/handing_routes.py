"""Where a running deal is handed over: the form that asks for it, and the same as JSON."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from partners.deals import handed, handing, queries, rules, taking_over
from partners.deals.api import shown
from partners.deals.handed import Taker
from partners.deals.handing import Wish
from partners.deals.schemas import HandoverBody, HandoverForm
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest

FORM: Final = "partners/deals/pages/hand_over.html"


class HandingPages(Controller):
    """Asking a second person to hand a deal over."""

    path = "/partners/deals"

    @get("/{deal_id:uuid}/handover", needs=Permission.DEALS_DECIDE)
    async def show_handover(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> Page:
        """The form, with what is asked already."""
        await handing.check(actor, deal_id, now=clock.now())
        values = await handed.initial_values(actor, deal_id)
        return await _draw(actor, empty_form(HandoverForm, **values), deal_id)

    @post("/{deal_id:uuid}/handover", needs=Permission.DEALS_DECIDE)
    async def request_handover(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Ask for it, find who works at the partner that was typed, or ask no longer."""
        now, back = clock.now(), f"/partners/deals/{deal_id}"
        await queries.get_deal(actor, deal_id)
        form = typed_form(request, HandoverForm)
        if form.value("do") == "find":
            form.errors.clear()
            return await _draw(actor, form, deal_id)
        with form.refusals():
            try:
                if form.value("do") == "take_back":
                    await handing.take_back(actor, deal_id, now=now)
                    return Redirect(back, said=_("Taken back. The deal stays as it is."))
                wish = await _wish(actor, form.data)
                await handing.request_handover(actor, deal_id, wish, version=form.data.version, now=now)
                return Redirect(back, said=_("Somebody else has to agree. Until then nothing changes."))
            except Conflict as refusal:
                form.errors[""] = refusal.message
        return await _draw(actor, form, deal_id, status_code=422)


class HandingApi(Controller):
    """The same as JSON."""

    path = "/api/v1/partners/deals"
    tags = ("deals",)

    @post("/{deal_id:uuid}/handover", needs=Permission.DEALS_DECIDE, status_code=200)
    async def request_handover(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[HandoverBody]
    ) -> dict[str, Any]:
        """Ask a second person to hand the deal over to `taker`; the request waits among the approvals."""
        await handing.request_handover(actor, deal_id, data.wish(), version=data.version, now=clock.now())
        return await shown(actor, deal_id)


async def _draw(actor: Actor, form: Typed[HandoverForm], deal_id: UUID, *, status_code: int = 200) -> Page:
    """The form: people are offered once it is clear which partner is meant."""
    deal, content = await handing.look(actor, deal_id)
    taker, people = None, []
    if form.value("taker") or form.value("taker_text"):
        try:
            taker = await _taker(actor, form.value("taker"), form.value("taker_text"))
        except Invalid as unclear:
            form.errors.setdefault("taker", unclear.errors["taker"])
        else:
            people = await handing.look_for_people(actor, taker.id, content)
            if not people:
                form.errors.setdefault("taker", handed.nobody_there())
    return Page(
        FORM, status_code=status_code, form=form, deal=deal, people=people, taker=taker,
        version=form.value("version") or deal.version, pending=await handed.find_pending(actor, deal.id),
        bundle=handed.bundle_of(content) if taking_over.is_one_deal(content) else None,
        reasons=[(str(key), _(label)) for key, label in rules.HANDOVER_LABELS.items()],
    )  # fmt: skip


async def _wish(actor: Actor, data: HandoverForm) -> Wish:
    """What is wished, with the partner and its person found. Raises Invalid."""
    taker = await _taker(actor, data.taker, data.taker_text)
    try:
        owner = UUID(data.owner) if data.owner else None
    except ValueError:
        raise Invalid({"owner": _("Choose one of the values offered.")}) from None
    return Wish(taker.id, data.reason, data.giver_words, data.taker_words, data.note, owner)


async def _taker(actor: Actor, chosen: str, typed: str) -> Taker:
    """The partner that was chosen, unless another was typed since: then the only one with that name. Raises Invalid."""
    found = await handed.find_takers(actor, typed, chosen)
    same = [one for one in found if str(one.id) == chosen and one.is_called(typed)]
    same = same or [one for one in found if one.is_called(typed)] or found
    if len(same) != 1:
        raise Invalid({"taker": _("Choose the partner: type its name until it is offered.")})
    return same[0]
