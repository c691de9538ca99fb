"""Where approvals are found: the desk, one request with exactly its content, the decision, and the API."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from portal.approvals import queries, service
from portal.approvals.queries import Content
from portal.approvals.rules import Decision
from portal.approvals.schemas import DecisionBody, DecisionForm
from portal.core import clock
from portal.core.actor import Actor
from portal.core.asking import ask_together
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.forms import empty_form, typed_form
from portal.core.web.pages import Page, Redirect
from portal.history import queries as history
from portal.history.queries import Wording, tells

AnyRequest = Request[Any, Any, Any]
INDEX: Final = "portal/approvals/pages/index.html"
SHOW: Final = "portal/approvals/pages/show.html"

DECISIONS: Final = {
    Decision.PENDING: ("us", "hourglass", N_("Waits")),
    Decision.APPROVED: ("good", "circle-check", N_("Approved")),
    Decision.REJECTED: ("bad", "circle-x", N_("Rejected")),
    Decision.VOID: ("draft", "circle-minus", N_("Withdrawn")),
}
"""Tone, icon and word of a decision."""

tells(approval__requested=Wording(N_("asked for a second person"), "hourglass", "us"))
navigation.register(
    "approvals", label=N_("Approvals"), icon="checklist", href="/approvals", order=70,
    permission=Permission.APPROVALS_READ, side=Side.STAFF, count=queries.pending_count,
)  # fmt: skip


async def _record(actor: Actor, request_id: UUID) -> dict[str, Any]:
    """All that the page of a request shows. Raises NotFound."""
    subject = "SELECT subject_id FROM approvals_request WHERE id = $1"
    asked, staff, timeline = await ask_together(
        actor,
        queries.request_of(actor, request_id), queries.STAFF, history.timeline_behind(subject, request_id),
    )  # fmt: skip
    if asked is None:
        raise NotFound
    content = await queries.get_content(actor, asked)
    barred = content.barred | {asked.requested_by}
    is_same = content.sha256 == asked.content_sha256
    return {
        "asked": asked,
        "title": queries.title_of(asked),
        "shown": content,
        "is_same": is_same,
        "is_own": actor.membership_id in barred,
        "may_decide": is_same and actor.membership_id not in barred and queries.may_decide(actor, asked),
        "deciders": queries.deciders_among(staff, asked.needs, barred),
        "decisions": DECISIONS,
        "timeline": timeline,
    }


class ApprovalPages(Controller):
    """The desk of whoever decides what somebody else asked for."""

    path = "/approvals"

    @get("/", needs=Permission.APPROVALS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> Page:
        """What one may decide, what waits for others, what was decided."""
        return Page(
            INDEX, mine=await queries.list_pending(actor), waiting=await queries.list_waiting(actor),
            decided=await queries.list_decided(actor), title_of=queries.title_of, decisions=DECISIONS,
        )  # fmt: skip

    @get("/{request_id:uuid}", needs=Permission.APPROVALS_READ)
    async def show(self, actor: NamedDependency[Actor], request_id: FromPath[UUID]) -> Page:
        """Exactly what is to be approved."""
        return Page(SHOW, form=empty_form(DecisionForm), **await _record(actor, request_id))

    @post("/{request_id:uuid}", needs=Permission.APPROVALS_DECIDE)
    async def decide(
        self, request: AnyRequest, actor: NamedDependency[Actor], request_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Approve or reject the content that was shown."""
        form = typed_form(request, DecisionForm)
        with form.refusals():
            data = form.data
            await service.decide(
                actor, request_id, approve=data.verb == "approve", content_sha256=data.content_sha256, note=data.note,
                now=clock.now(),
            )  # fmt: skip
            said = _("Approved.") if data.verb == "approve" else _("Rejected. Its author reads your words.")
            return Redirect("/approvals", said=said)
        return Page(SHOW, form=form, status_code=422, **await _record(actor, request_id))


class ApprovalApi(Controller):
    """Approvals as JSON."""

    path = "/api/v1/approvals"
    tags = ("approvals",)

    @get("/", needs=Permission.APPROVALS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """What one may decide, what waits for others, what was decided."""
        return {
            "to_decide": [_public(one) for one in await queries.list_pending(actor)],
            "waiting": [_public(one) for one in await queries.list_waiting(actor)],
            "decided": [_public(one) for one in await queries.list_decided(actor)],
        }

    @get("/{request_id:uuid}", needs=Permission.APPROVALS_READ)
    async def show(self, actor: NamedDependency[Actor], request_id: FromPath[UUID]) -> dict[str, Any]:
        """One request, where its subject is, and the hash of what stands there now."""
        asked = await queries.get_request(actor, request_id)
        content: Content = await queries.get_content(actor, asked)
        return _public(asked) | {"subject_path": content.href, "current_sha256": content.sha256}

    @post("/{request_id:uuid}/decision", needs=Permission.APPROVALS_DECIDE, status_code=200)
    async def decide(
        self, actor: NamedDependency[Actor], request_id: FromPath[UUID], data: JSONBody[DecisionBody]
    ) -> dict[str, Any]:
        """Approve or reject the content with this hash."""
        await service.decide(
            actor, request_id, approve=data.verb == "approve", content_sha256=data.content_sha256, note=data.note,
            now=clock.now(),
        )  # fmt: skip
        return _public(await queries.get_request(actor, request_id))


def _public(asked: queries.Request) -> dict[str, Any]:
    return {
        "id": asked.id,
        "title": queries.title_of(asked),
        "subject_type": asked.subject_type,
        "subject_id": asked.subject_id,
        "verb": asked.verb,
        "content_sha256": asked.content_sha256,
        "requested_by": asked.requester,
        "requested_at": asked.requested_at,
        "decision": asked.decision,
        "decided_by": asked.decider or None,
        "decided_at": asked.decided_at,
        "note": asked.note,
    }
