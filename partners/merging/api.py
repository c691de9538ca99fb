"""Accounts that are one customer, as JSON: what the pages do."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from partners.merging import pairs, queries, service
from partners.merging.schemas import MergeBody, PairBody, RequestBody
from partners.merging.service import Merged
from portal.core import clock
from portal.core.actor import Actor
from portal.core.permissions import Permission

_AT_ONCE = 100


class MergingApi(Controller):
    """Accounts that are one customer. The vendor's alone."""

    path = "/api/v1/partners/accounts"
    tags = ("customers",)

    @get("/review", needs=Permission.DEALS_DECIDE)
    async def review(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """What a person has to decide: merges that wait with the deals in their way, and pairs that may be one."""
        waiting = await queries.list_waiting(actor, now=clock.now())
        found = await queries.list_pairs(actor, limit=_AT_ONCE)
        return {"merges": [asdict(one) for one in waiting], "pairs": [asdict(one) for one in found]}

    @post("/review/{pair_id:uuid}", needs=Permission.DEALS_DECIDE)
    async def decide(
        self, actor: NamedDependency[Actor], pair_id: FromPath[UUID], data: JSONBody[PairBody]
    ) -> dict[str, Any]:
        """Say what a pair is."""
        return _merged(await pairs.decide_pair(actor, pair_id, data.verb, note=data.note, now=clock.now()))

    @post("/merge-requests/{request_id:uuid}", needs=Permission.DEALS_DECIDE)
    async def decide_request(
        self, actor: NamedDependency[Actor], request_id: FromPath[UUID], data: JSONBody[RequestBody]
    ) -> dict[str, Any]:
        """Try a waiting merge again, or leave the accounts apart."""
        return _merged(await service.decide_request(actor, request_id, data.verb, now=clock.now()))

    @get("/{account_id:uuid}/merges", needs=Permission.ACCOUNTS_READ)
    async def merges(self, actor: NamedDependency[Actor], account_id: FromPath[UUID]) -> dict[str, Any]:
        """Under which account this one is found, and which were merged into that one."""
        canonical = await queries.get_canonical(actor, account_id)
        return {"canonical": canonical, "merged": [asdict(one) for one in await queries.list_names(actor, canonical)]}

    @post("/{account_id:uuid}/merges", needs=Permission.DEALS_DECIDE)
    async def merge(
        self, actor: NamedDependency[Actor], account_id: FromPath[UUID], data: JSONBody[MergeBody]
    ) -> dict[str, Any]:
        """Merge another account into this one; with a request instead of an alias when deals keep it waiting."""
        return _merged(await service.merge_accounts(actor, data.account, account_id, note=data.note, now=clock.now()))

    @post("/merges/{alias_id:uuid}/undo", needs=Permission.DEALS_DECIDE)
    async def undo(self, actor: NamedDependency[Actor], alias_id: FromPath[UUID]) -> dict[str, Any]:
        """Make an account its own again."""
        return {"account": await service.undo_merge(actor, alias_id, now=clock.now())}


def _merged(done: Merged | None) -> dict[str, Any]:
    return {"alias": done.alias_id if done else None, "request": done.request_id if done else None}
