"""Where filters of lists are saved, shared and removed; the lists themselves show them."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from litestar import Controller, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from portal.core import clock
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.forms import typed_form
from portal.core.web.pages import Redirect
from portal.core.web.visit import AnyRequest
from portal.history import queries as history
from portal.segments import queries, service
from portal.segments.schemas import SegmentBody, SegmentForm, SharingBody, SharingForm

history.tells(
    segment__saved=history.Wording(N_("saved a segment"), "device-floppy"),
    segment__shared=history.Wording(N_("shared a segment with colleagues"), "users"),
    segment__unshared=history.Wording(N_("kept a segment to themselves again"), "lock"),
    segment__removed=history.Wording(N_("removed a segment"), "trash"),
)


class SegmentPages(Controller):
    """Segments, as the bar above a list sends them."""

    path = "/segments"

    @post("/", needs=Permission.PROFILE_WRITE)
    async def save(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Redirect:
        """Keep the filter of a list."""
        data = typed_form(request, SegmentForm).data
        segment_id = await service.save_segment(
            actor, data.list, data.name, data.query, shared=data.shared, now=clock.now()
        )
        saved = await queries.list_segments(actor, data.list)
        return Redirect(next(one.href for one in saved if one.id == segment_id), said=_("Saved."))

    @post("/{segment_id:uuid}/sharing", needs=Permission.PROFILE_WRITE)
    async def share(self, request: AnyRequest, actor: NamedDependency[Actor], segment_id: FromPath[UUID]) -> Redirect:
        """Share it, or keep it to oneself."""
        shared = typed_form(request, SharingForm).data.shared
        href = await service.share_segment(actor, segment_id, shared=shared, now=clock.now())
        return Redirect(href, said=_("Your colleagues see it too.") if shared else _("Only you see it now."))

    @post("/{segment_id:uuid}/remove", needs=Permission.PROFILE_WRITE)
    async def remove(self, actor: NamedDependency[Actor], segment_id: FromPath[UUID]) -> Redirect:
        """Forget it."""
        return Redirect(await service.remove_segment(actor, segment_id, now=clock.now()), said=_("Removed."))


class SegmentApi(Controller):
    """Segments as JSON."""

    path = "/api/v1/segments"
    tags = ("segments",)

    @get("/", needs=Permission.PROFILE_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """The segments of the list that `list` names: one's own, and those that colleagues share."""
        found = await queries.list_segments(actor, request.query_params.get("list", ""))
        return {"items": [asdict(one) for one in found]}

    @post("/", needs=Permission.PROFILE_WRITE)
    async def save(self, actor: NamedDependency[Actor], data: JSONBody[SegmentBody]) -> dict[str, Any]:
        """Keep the filter of a list."""
        segment_id = await service.save_segment(
            actor, data.list, data.name, data.query, shared=data.shared, now=clock.now()
        )
        return {"id": segment_id}

    @post("/{segment_id:uuid}/sharing", needs=Permission.PROFILE_WRITE)
    async def share(
        self, actor: NamedDependency[Actor], segment_id: FromPath[UUID], data: JSONBody[SharingBody]
    ) -> dict[str, Any]:
        """Share it, or keep it to oneself."""
        await service.share_segment(actor, segment_id, shared=data.shared, now=clock.now())
        return {"id": segment_id, "shared": data.shared}

    @delete("/{segment_id:uuid}", needs=Permission.PROFILE_WRITE, status_code=200)
    async def remove(self, actor: NamedDependency[Actor], segment_id: FromPath[UUID]) -> dict[str, Any]:
        """Forget it."""
        await service.remove_segment(actor, segment_id, now=clock.now())
        return {"id": segment_id}
