"""Where conflicts are found: the list, the room, the numbers, and their API. Vendor-only."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import timedelta
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from partners.conflicts import announcing as announcing
from partners.conflicts import asking, figures, queries, service, showing
from partners.conflicts import invariants as invariants
from partners.conflicts import reactions as reactions
from partners.conflicts.lists import CONFLICTS
from partners.conflicts.rules import GROUND_LABELS
from partners.conflicts.schemas import (
    AGREED,
    OWN,
    AgreementBody,
    AgreementForm,
    ChoiceBody,
    ChoiceForm,
    DecisionBody,
    DecisionForm,
    own_names,
)
from partners.conflicts.showing import Forms
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.asking import ask_together
from portal.core.errors import Conflict, NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import Typed, typed_form
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from portal.history.queries import timeline_of

FOLDER: Final = "partners/conflicts/pages"
_DAY: Final = timedelta(days=1)
_ASKED: Final = N_("An approval would end by this, so a second person is asked. Nothing changes before it agrees.")

navigation.register(
    "conflicts", label=N_("Conflicts"), icon="gavel", href="/partners/conflicts", order=32,
    permission=Permission.CONFLICTS_READ, side=Side.STAFF, under="deals", count=queries.waiting_count,
)  # fmt: skip


class ConflictPages(Controller):
    """Who claims the same customer, and who goes on."""

    path = "/partners/conflicts"

    @get("/", needs=Permission.CONFLICTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        listing = await list_page(CONFLICTS, actor, request.query_params, now=clock.now())
        return Page(f"{FOLDER}/list.html", listing=listing)

    @get("/export/{file_type:str}", needs=Permission.CONFLICTS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(CONFLICTS, actor, request.query_params, file_type, now=clock.now())

    @get("/figures", needs=Permission.CONFLICTS_READ)
    async def figures(self, actor: NamedDependency[Actor]) -> Page:
        """What was decided, in numbers."""
        found = await figures.get_figures(actor)
        labels = {key: _(label) for key, label in GROUND_LABELS.items()}
        days = (
            formats.number(Fraction(found.median / _DAY).limit_denominator(1_000), 1)
            if found.median is not None
            else None
        )
        return Page(f"{FOLDER}/figures.html", found=found, grounds=labels, days=days)

    @get("/{conflict_id:uuid}", needs=Permission.CONFLICTS_READ)
    async def show(self, actor: NamedDependency[Actor], conflict_id: FromPath[UUID]) -> Page:
        """The room of one conflict."""
        return await _draw(actor, conflict_id)

    @post("/{conflict_id:uuid}/decision", needs=Permission.DEALS_DECIDE)
    async def decide(
        self, request: AnyRequest, actor: NamedDependency[Actor], conflict_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Let one go on."""
        form = typed_form(request, DecisionForm)
        with _refusals(form) as called:
            data = form.data
            called.update(own_names(data, OWN))
            asked = await service.decide(actor, conflict_id, data.award(), version=data.version, now=clock.now())
            return _back(conflict_id, _ASKED if asked else N_("Decided. Those who do not go on are told why."))
        return await _draw(actor, conflict_id, decision=form)

    @post("/{conflict_id:uuid}/agreement", needs=Permission.DEALS_DECIDE)
    async def agree(
        self, request: AnyRequest, actor: NamedDependency[Actor], conflict_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Let two partners go on together."""
        form = typed_form(request, AgreementForm)
        with _refusals(form) as called:
            called.update(note="agreed_note", words="agreed_words")
            data = form.data
            called.update(own_names(data, AGREED))
            asked = await service.agree(actor, conflict_id, data.agreement(), version=data.version, now=clock.now())
            kept = N_("Kept. One is protected once approved, the other joins as co-sell.")
            return _back(conflict_id, _ASKED if asked else kept)
        return await _draw(actor, conflict_id, agreement=form)

    @post("/{conflict_id:uuid}/choice", needs=Permission.DEALS_DECIDE)
    async def choose(
        self, request: AnyRequest, actor: NamedDependency[Actor], conflict_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Note whom the customer wants."""
        form = typed_form(request, ChoiceForm)
        with _refusals(form) as called:
            called["words"] = "said"
            data = form.data
            await service.record_choice(
                actor, conflict_id, data.claim, words=data.said, evidence=data.evidence, now=clock.now()
            )
            return _back(conflict_id, N_("Recorded. The rules ask it from now on."))
        return await _draw(actor, conflict_id, choice=form)

    @post("/{conflict_id:uuid}/withdrawal", needs=Permission.DEALS_DECIDE)
    async def withdraw(self, actor: NamedDependency[Actor], conflict_id: FromPath[UUID]) -> Redirect:
        """Take back what one asked a second person."""
        await asking.withdraw(actor, conflict_id, now=clock.now())
        return _back(conflict_id, N_("Taken back. It can be decided anew."))


class ConflictApi(Controller):
    """Conflicts as JSON."""

    path = "/api/v1/partners/conflicts"
    tags = ("conflicts",)

    @get("/", needs=Permission.CONFLICTS_READ, operation_class=list_operation(CONFLICTS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of conflicts and the cursor of the next."""
        return await list_items(CONFLICTS, actor, request.query_params, now=clock.now())

    @get("/figures", needs=Permission.CONFLICTS_READ)
    async def figures(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """What was decided, counted; the median in seconds."""
        found = await figures.get_figures(actor)
        return asdict(found) | {"median": found.median.total_seconds() if found.median is not None else None}

    @get("/{conflict_id:uuid}", needs=Permission.CONFLICTS_READ)
    async def show(self, actor: NamedDependency[Actor], conflict_id: FromPath[UUID]) -> dict[str, Any]:
        """One conflict with its claims, the evidence of each, its decisions, and what the rules propose."""
        return await _shown(actor, conflict_id)

    @post("/{conflict_id:uuid}/decision", needs=Permission.DEALS_DECIDE, status_code=200)
    async def decide(
        self, actor: NamedDependency[Actor], conflict_id: FromPath[UUID], data: JSONBody[DecisionBody]
    ) -> dict[str, Any]:
        """Let one go on; where an approval would end by it, `award` waits for a second person."""
        await service.decide(actor, conflict_id, data.award(), version=data.version, now=clock.now())
        return await _shown(actor, conflict_id)

    @post("/{conflict_id:uuid}/agreement", needs=Permission.DEALS_DECIDE, status_code=200)
    async def agree(
        self, actor: NamedDependency[Actor], conflict_id: FromPath[UUID], data: JSONBody[AgreementBody]
    ) -> dict[str, Any]:
        """Let two partners go on together; parts in whole percent."""
        await service.agree(actor, conflict_id, data.agreement(), version=data.version, now=clock.now())
        return await _shown(actor, conflict_id)

    @post("/{conflict_id:uuid}/choice", needs=Permission.DEALS_DECIDE, status_code=200)
    async def choose(
        self, actor: NamedDependency[Actor], conflict_id: FromPath[UUID], data: JSONBody[ChoiceBody]
    ) -> dict[str, Any]:
        """Note whom the customer wants."""
        await service.record_choice(
            actor, conflict_id, data.claim, words=data.words, evidence=data.evidence, now=clock.now()
        )
        return await _shown(actor, conflict_id)

    @post("/{conflict_id:uuid}/withdrawal", needs=Permission.DEALS_DECIDE, status_code=200)
    async def withdraw(self, actor: NamedDependency[Actor], conflict_id: FromPath[UUID]) -> dict[str, Any]:
        """Take back what one asked a second person."""
        await asking.withdraw(actor, conflict_id, now=clock.now())
        return await _shown(actor, conflict_id)


def _back(conflict_id: UUID, said: str) -> Redirect:
    return Redirect(f"/partners/conflicts/{conflict_id}", said=_(said))


@contextmanager
def _refusals(form: Typed[Any]) -> Iterator[dict[str, str]]:
    """Put what the service refuses beside the fields of this form; a Conflict is about the whole of it.

    Gives an empty table to fill: what a field is called on the page, where that is another name than the service's.
    """
    called: dict[str, str] = {}
    try:
        with form.refusals():
            yield called
    except Conflict as refusal:
        form.errors[""] = refusal.message
    for name, here in called.items():
        if name in form.errors:
            form.errors[here] = form.errors.pop(name)


async def _draw(
    actor: Actor,
    conflict_id: UUID,
    *,
    decision: Typed[Any] | None = None,
    agreement: Typed[Any] | None = None,
    choice: Typed[ChoiceForm] | None = None,
) -> Page:
    """The room, with the form that was refused as it was typed."""
    now = clock.now()
    room, in_force, told = await ask_together(
        actor,
        queries.room_of(actor, conflict_id), queries.rules_of(now), timeline_of(conflict_id),
    )  # fmt: skip
    if room is None:
        raise NotFound
    first = showing.first_forms(room, queries.proposal_of(room, in_force.document, now))
    forms = Forms(decision or first.decision, agreement or first.agreement, choice or first.choice)
    context = await showing.room_context(actor, room, in_force, told, now=now, forms=forms)
    refused = next((form for form in (decision, agreement, choice) if form), None)
    return Page(f"{FOLDER}/show.html", status_code=_status(refused), **context)


def _status(refused: Typed[Any] | None) -> int:
    """200 for a page that is only looked at, 409 for a state that forbids it, 422 for what has to be corrected."""
    if refused is None:
        return 200
    return 409 if set(refused.errors) == {""} else 422


async def _shown(actor: Actor, conflict_id: UUID) -> dict[str, Any]:
    now = clock.now()
    room = await queries.get_room(actor, conflict_id)
    return showing.as_json(room, await queries.find_rules(actor, now), now)
