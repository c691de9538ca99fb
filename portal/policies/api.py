"""Policies as JSON: everything the pages do."""

from typing import Any
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from portal.core import clock
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.visit import AnyRequest
from portal.policies import queries, service
from portal.policies.queries import Version
from portal.policies.routes import WRITES
from portal.policies.schemas import VersionBody
from portal.policies.showing import PATH, comparison_of, find_kind, today


class PolicyApi(Controller):
    """Policies as JSON."""

    path = f"/api/v1{PATH}"
    tags = ("policies",)

    @get("/", needs=Permission.POLICIES_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """Every kind with what is in force and what comes next."""
        found = await queries.list_kinds(actor, today())
        return {
            "items": [
                {
                    "kind": one.kind.key,
                    "title": _(one.kind.title),
                    "about": _(one.kind.about),
                    "in_force": _public(one.current) if one.current else None,
                    "to_come": _public(one.to_come) if one.to_come else None,
                }
                for one in found
            ]
        }

    @get("/{key:str}", needs=Permission.POLICIES_READ)
    async def versions(self, actor: NamedDependency[Actor], key: FromPath[str]) -> dict[str, Any]:
        """All versions of one policy, newest first."""
        return {"items": [_public(one) for one in await queries.list_versions(actor, find_kind(key).key)]}

    @get("/{key:str}/compare", needs=Permission.POLICIES_READ)
    async def compare(self, request: AnyRequest, actor: NamedDependency[Actor], key: FromPath[str]) -> dict[str, Any]:
        """Line by line what two versions say."""
        found = await comparison_of(actor, key, request.query_params)
        return {"items": found["compared"]}

    @post("/{key:str}", needs=WRITES)
    async def create(
        self, actor: NamedDependency[Actor], key: FromPath[str], data: JSONBody[VersionBody]
    ) -> dict[str, Any]:
        """A new draft."""
        version_id = await service.create_draft(
            actor, find_kind(key).key, data.body, effective_from=data.effective_from, note=data.note, now=clock.now()
        )
        return _public(await queries.get_version(actor, version_id))

    @get("/versions/{version_id:uuid}", needs=Permission.POLICIES_READ)
    async def show(self, actor: NamedDependency[Actor], version_id: FromPath[UUID]) -> dict[str, Any]:
        """One version with its document."""
        return _public(await queries.get_version(actor, version_id))

    @put("/versions/{version_id:uuid}", needs=WRITES)
    async def change(
        self, actor: NamedDependency[Actor], version_id: FromPath[UUID], data: JSONBody[VersionBody]
    ) -> dict[str, Any]:
        """Write a draft anew."""
        await service.change_draft(
            actor, version_id, data.body, effective_from=data.effective_from, note=data.note, now=clock.now()
        )
        return _public(await queries.get_version(actor, version_id))

    @post("/versions/{version_id:uuid}/submit", needs=WRITES, status_code=200)
    async def submit(self, actor: NamedDependency[Actor], version_id: FromPath[UUID]) -> dict[str, Any]:
        """Ask a second person; the id of the request."""
        return {"request": await service.submit(actor, version_id, today=today(), now=clock.now())}

    @post("/versions/{version_id:uuid}/take-back", needs=WRITES, status_code=200)
    async def take_back(self, actor: NamedDependency[Actor], version_id: FromPath[UUID]) -> dict[str, Any]:
        """Make it a draft again."""
        await service.take_back(actor, version_id, now=clock.now())
        return _public(await queries.get_version(actor, version_id))


def _public(version: Version) -> dict[str, Any]:
    return {
        "id": version.id,
        "kind": version.kind.key,
        "number": version.number,
        "state": version.state,
        "effective_from": version.effective_from,
        "note": version.note,
        "author": version.author_name,
        "created_at": version.created_at,
        "approver": version.approver_name or None,
        "approved_at": version.approved_at,
        "sha256": version.sha256,
        "body": version.document.model_dump(mode="json"),
    }
