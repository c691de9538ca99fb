"""Where visits come in and visitors are found: the page tag with its address, the vendor's pages and API."""

import dataclasses
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream
from pydantic import ValidationError

from attribution.touchpoints.rules import TOUCH_KIND_LABELS
from attribution.visits import queries, service
from attribution.visits.lists import STATES, VISITORS
from attribution.visits.rules import RULE_LABELS, RateLimit, sender_of
from attribution.visits.schemas import LARGEST_MESSAGE, AttachBody, AttachForm, Message
from partners.customers.queries import search_accounts
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.bodies import is_too_deep
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import typed_form
from portal.core.web.guard import PUBLIC
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.site import site_of
from portal.core.web.static import read_static
from portal.core.web.visit import AnyRequest, header

FOLDER: Final = "attribution/visits/pages"
TAG: Final = "js/tag.js"
_DEEPEST: Final = 4
_ELSEWHERE: Final = {"Cross-Origin-Resource-Policy": "cross-origin"}
"""Pages of other sites load the tag and send to the address; they can read nothing of the answer."""
LIMIT: Final = RateLimit()

navigation.register(
    "visits", label=N_("Visitors"), icon="world", href="/visits", order=57,
    permission=Permission.TOUCHPOINTS_READ, side=Side.STAFF, under="reports",
)  # fmt: skip


@get("/tag.js", needs=PUBLIC, unit=False, include_in_schema=False, media_type="text/javascript")
async def tag() -> Response[bytes]:
    """The page tag, the same for everybody."""
    headers = {"Cache-Control": "public, max-age=3600", **_ELSEWHERE}
    return Response(read_static(TAG).body, media_type="text/javascript", headers=headers)


@post(
    "/visits", needs=PUBLIC, unit=False, other_sites=True, include_in_schema=False, status_code=204,
    request_max_body_size=LARGEST_MESSAGE,
)  # fmt: skip
async def take(request: AnyRequest) -> Response[None]:
    """What a page of the vendor's site tells. The answer is always the same, whatever became of it."""
    message, now = _message(await request.body()), clock.now()
    sender = sender_of(request.client.host if request.client else "")
    if message is not None and LIMIT.allows(sender, max(1, len(message.events)), now):
        origin = header(request.scope, b"origin")
        if origin and origin in await queries.sites(now):
            await service.take_message(message, now=now)
    return Response(None, status_code=204, headers=_ELSEWHERE)


def _message(body: bytes) -> Message | None:
    """The message, or None for what is none."""
    if is_too_deep(body, _DEEPEST):
        return None
    try:
        return Message.model_validate_json(body)
    except ValidationError:
        return None


class VisitorPages(Controller):
    """Visitors of the vendor's own site."""

    path = "/visits"

    @get("/", needs=Permission.TOUCHPOINTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list, and what to put on a site."""
        listing = await list_page(VISITORS, actor, request.query_params, now=clock.now())
        return Page(f"{FOLDER}/list.html", listing=listing, snippet=_snippet(request))

    @get("/export/{file_type:str}", needs=Permission.TOUCHPOINTS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(VISITORS, actor, request.query_params, file_type, now=clock.now())

    @get("/{visitor_id:uuid}", needs=Permission.TOUCHPOINTS_READ)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor], visitor_id: FromPath[UUID]) -> Page:
        """One visitor; for who may attach it also the accounts that were searched for."""
        return await _draw(actor, visitor_id, typed=request.query_params.get("q", ""))

    @post("/{visitor_id:uuid}/attach", needs=Permission.VISITORS_WRITE)
    async def attach(
        self, request: AnyRequest, actor: NamedDependency[Actor], visitor_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Say which customer it is."""
        data = typed_form(request, AttachForm).data
        try:
            await service.attach(actor, visitor_id, data.account, now=clock.now())
        except Conflict as refusal:
            return await _draw(actor, visitor_id, trouble=refusal.message)
        return Redirect(f"/visits/{visitor_id}", said=_("Attached. Its touches count for this customer."))

    @post("/{visitor_id:uuid}/detach", needs=Permission.VISITORS_WRITE)
    async def detach(self, actor: NamedDependency[Actor], visitor_id: FromPath[UUID]) -> Page | Redirect:
        """Undo that."""
        try:
            await service.detach(actor, visitor_id, now=clock.now())
        except Conflict as refusal:
            return await _draw(actor, visitor_id, trouble=refusal.message)
        return Redirect(f"/visits/{visitor_id}", said=_("Undone. Its touches are nobody's again."))


class VisitorApi(Controller):
    """Visitors as JSON."""

    path = "/api/v1/visits"
    tags = ("visits",)

    @get("/", needs=Permission.TOUCHPOINTS_READ, operation_class=list_operation(VISITORS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of visitors and the cursor of the next."""
        return await list_items(VISITORS, actor, request.query_params, now=clock.now())

    @get("/{visitor_id:uuid}", needs=Permission.TOUCHPOINTS_READ)
    async def show(self, actor: NamedDependency[Actor], visitor_id: FromPath[UUID]) -> dict[str, Any]:
        """One visitor with its latest touches and whom it was taken for, newest first."""
        return dataclasses.asdict(await queries.get_visitor(actor, visitor_id))

    @put("/{visitor_id:uuid}/account", needs=Permission.VISITORS_WRITE)
    async def attach(
        self, actor: NamedDependency[Actor], visitor_id: FromPath[UUID], data: JSONBody[AttachBody]
    ) -> dict[str, Any]:
        """Say which customer it is."""
        await service.attach(actor, visitor_id, data.account, now=clock.now())
        return dataclasses.asdict(await queries.get_visitor(actor, visitor_id))

    @delete("/{visitor_id:uuid}/account", needs=Permission.VISITORS_WRITE)
    async def detach(self, actor: NamedDependency[Actor], visitor_id: FromPath[UUID]) -> None:
        """Undo that."""
        await service.detach(actor, visitor_id, now=clock.now())


async def _draw(actor: Actor, visitor_id: UUID, *, typed: str = "", trouble: str = "") -> Page:
    """The page of a visitor; with `trouble` what was asked was refused."""
    visitor = await queries.get_visitor(actor, visitor_id)
    found = await search_accounts(actor, typed) if typed and actor.may(Permission.VISITORS_WRITE) else []
    state = "forgotten" if visitor.withdrawn_at else "attached" if visitor.link else "unknown"
    return Page(
        f"{FOLDER}/show.html", status_code=409 if trouble else 200, visitor=visitor, shown=STATES[state],
        kinds=TOUCH_KIND_LABELS, rules=RULE_LABELS, typed=typed, found=found, trouble=trouble,
    )  # fmt: skip


def _snippet(request: AnyRequest) -> str:
    """What is put on every page of the vendor's site."""
    site = site_of(request)
    standard = {"http": 80, "https": 443}[site.scheme]
    port = "" if site.port == standard else f":{site.port}"
    return f'<script async src="{site.scheme}://{site.host}{port}/tag.js"></script>'
