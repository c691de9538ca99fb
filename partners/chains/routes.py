"""Where steps of an approval are decided: from the page of the deal, and as JSON."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import Stream

from partners.chains import queries, service, showing, trying
from partners.chains.lists import STEPS
from partners.chains.schemas import StepBody, StepForm
from partners.deals.queries import get_deal, get_record
from partners.deals.routes import SHOW
from partners.deals.showing import show_context
from partners.deals.states import DealState
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed
from portal.core.i18n import N_
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import typed_form
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest

TRIAL: Final = "partners/chains/pages/trial.html"
LIST: Final = "partners/chains/pages/list.html"

navigation.register(
    "steps", label=N_("Approval steps"), icon="users", href="/partners/steps", order=31,
    permission=Permission.DEAL_STEPS_DECIDE, side=Side.STAFF, under="deals", count=queries.waiting_count,
)  # fmt: skip


class ChainPages(Controller):
    """Steps of the approval of a deal."""

    path = "/partners/deals"

    @post("/{deal_id:uuid}/steps", needs=Permission.DEAL_STEPS_DECIDE)
    async def decide(
        self, request: AnyRequest, actor: NamedDependency[Actor], deal_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Agree to the step whose turn it is for the actor, or reject the deal by it."""
        await get_deal(actor, deal_id)
        data = typed_form(request, StepForm).data
        try:
            deal = await service.decide_step(
                actor, deal_id, data.verb, said=data.said(), version=data.version, now=clock.now()
            )
        except (Conflict, Invalid, NotAllowed) as refusal:
            return await _refused(actor, deal_id, refusal)
        return Redirect(f"/partners/deals/{deal_id}", said=showing.said_after(DealState(deal.state)))


async def _refused(actor: Actor, deal_id: UUID, refusal: Conflict | Invalid | NotAllowed) -> Page:
    """The deal as it is, with why the step was refused."""
    errors = refusal.errors if isinstance(refusal, Invalid) else {}
    context = await show_context(actor, await get_record(actor, deal_id), now=clock.now())
    trouble = "" if errors else refusal.message
    status = 422 if errors else 403 if isinstance(refusal, NotAllowed) else 409
    return Page(SHOW, errors=errors, trouble=trouble, status_code=status, **context)


class StepPages(Controller):
    """Approvals in steps, of all deals."""

    path = "/partners/steps"

    @get("/", needs=Permission.DEAL_STEPS_DECIDE)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """What waits for a step of the actor, what else is under way, and what was."""
        return Page(LIST, listing=await list_page(STEPS, actor, request.query_params, now=clock.now()))

    @get("/export/{file_type:str}", needs=Permission.DEAL_STEPS_DECIDE)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(STEPS, actor, request.query_params, file_type, now=clock.now())


class StepsApi(Controller):
    """The same as JSON."""

    path = "/api/v1/partners/steps"
    tags = ("deals",)

    @get("/", needs=Permission.DEAL_STEPS_DECIDE, operation_class=list_operation(STEPS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of approvals in steps, and the cursor of the next."""
        return await list_items(STEPS, actor, request.query_params, now=clock.now())


class TrialPages(Controller):
    """The policy of approvals held against the past."""

    path = "/settings/approval-trial"

    @get("/", needs=Permission.POLICIES_READ)
    async def show(self, actor: NamedDependency[Actor], version: FromQuery[UUID | None] = None) -> Page:
        """What the last three whole months would have needed under a version, or under what is in force."""
        trial = await trying.run_trial(actor, version, now=clock.now())
        return Page(TRIAL, **showing.trial_context(trial))


class TrialApi(Controller):
    """The same as JSON."""

    path = "/api/v1/settings/approval-trial"
    tags = ("policies",)

    @get("/", needs=Permission.POLICIES_READ)
    async def show(self, actor: NamedDependency[Actor], version: FromQuery[UUID | None] = None) -> dict[str, Any]:
        """What the last three whole months would have needed under a version, or under what is in force."""
        trial = await trying.run_trial(actor, version, now=clock.now())
        return {
            "version": trial.version.id if trial.version else None,
            "since": trial.since,
            "until": trial.until,
            "deals": len(trial.deals),
            "with_steps": len(trial.asked),
            "by_rule": dict(trial.by_rule),
            "by_approver": dict(trial.by_approver),
        }


class ChainApi(Controller):
    """Steps of the approval of a deal, as JSON."""

    path = "/api/v1/partners/deals"
    tags = ("deals",)

    @get("/{deal_id:uuid}/steps", needs=Permission.DEALS_READ)
    async def show(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> dict[str, Any]:
        """How far it is; for the vendor with every step."""
        await get_deal(actor, deal_id)
        return await _shown(actor, deal_id)

    @post("/{deal_id:uuid}/steps", needs=Permission.DEAL_STEPS_DECIDE, status_code=200)
    async def decide(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[StepBody]
    ) -> dict[str, Any]:
        """Agree to the step whose turn it is for the actor, or reject the deal by it."""
        await service.decide_step(actor, deal_id, data.verb, said=data.said(), version=data.version, now=clock.now())
        return await _shown(actor, deal_id)


async def _shown(actor: Actor, deal_id: UUID) -> dict[str, Any]:
    progress = await queries.find_progress(actor, deal_id)
    if progress is None:
        return {"outcome": None, "done": 0, "asks": []}
    found: dict[str, Any] = {
        "outcome": progress.outcome,
        "done": progress.done,
        "asks": [{"step": number, "approver": approver} for number, approver in progress.asks],
    }
    chain = await queries.find_chain(actor, deal_id, clock.now())
    if chain is not None:
        found["policy_version"] = chain.version_id
        found["steps"] = [
            {
                "step": one.number, "who": one.who, "agreed_by": one.by or None, "agreed_at": one.at,
                "note": one.note, "rules": list(step.rules),
            }
            for one, step in zip(showing.shown_steps(actor, chain), chain.steps, strict=True)
        ]  # fmt: skip
        turn = chain.turn_of(actor)
        found["your_turn"] = turn.step.number if turn else None
    return found
