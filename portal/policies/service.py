"""What can be done about policies: draft, change, submit, and what a second person's decision does."""

import json
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import ValidationError

from portal.approvals import service as approvals
from portal.core import db, events
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.policies import queries, rules
from portal.policies.kinds import Document, PolicyKind, kind_of
from portal.policies.rules import VersionState

SUBJECT: Final = "policy_version"
APPROVE: Final = "approve"


async def create_draft(actor: Actor, kind_key: str, body: dict[str, Any], *, scope: str = "", now: datetime) -> UUID:
    """A new draft, numbered next in its policy, which is made when it is the first. Raises NotAllowed, Invalid."""
    kind = kind_of(kind_key)
    actor.require(kind.writes)
    document = _document(kind, body)
    async with db.transaction(actor):
        policy_id = await _policy(actor, kind_key, scope)
        await db.lock_subject(policy_id)
        number = await db.sql_value(
            "SELECT coalesce(max(number), 0) + 1 FROM policies_version WHERE policy = $1", policy_id
        )
        version_id = new_id()
        stored = document.model_dump(mode="json")
        await db.sql(
            "INSERT INTO policies_version (id, policy, number, state, body, schema_version, body_sha256, author,"
            " created_at) VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, $8)",
            version_id, policy_id, number, json.dumps(stored), kind.schema_version, rules.body_hash(stored, None),
            actor.membership_id, now,
        )  # fmt: skip
        await events.record(actor, "policy.drafted", SUBJECT, version_id, now=now, changes={"kind": [None, kind_key]})
    return version_id


async def change_draft(
    actor: Actor, version_id: UUID, body: dict[str, Any], *, effective_from: date | None, note: str, now: datetime
) -> None:
    """Write a draft anew. A submitted one goes back to draft and its request is void. Raises Conflict once decided."""
    async with db.transaction(actor):
        version = await queries.get_version(actor, version_id, lock=True)
        actor.require(version.kind.writes)
        if version.state not in (VersionState.DRAFT, VersionState.SUBMITTED):
            raise Conflict(_("A decided version never changes. Start a new draft from it."), code="immutable")
        document = _document(version.kind, body)
        stored = document.model_dump(mode="json")
        await approvals.withdraw(actor, version_id, APPROVE)
        await db.sql(
            "UPDATE policies_version SET state = 'draft', body = $2, schema_version = $3, body_sha256 = $4,"
            " effective_from = $5, note = $6, author = $7 WHERE id = $1",
            version_id, json.dumps(stored), version.kind.schema_version, rules.body_hash(stored, effective_from),
            effective_from, note[:500], actor.membership_id,
        )  # fmt: skip
        await events.record(
            actor, "policy.changed", SUBJECT, version_id, now=now,
            changes={"body_sha256": [version.sha256, rules.body_hash(stored, effective_from)]},
        )  # fmt: skip


async def submit(actor: Actor, version_id: UUID, *, today: date, now: datetime) -> UUID:
    """Ask a second person to approve exactly this content from its day on; the request's id.

    Raises Invalid for what the kind's lint finds or a day that cannot be, Conflict unless it is a draft.
    """
    async with db.transaction(actor):
        version = await queries.get_version(actor, version_id, lock=True)
        actor.require(version.kind.writes)
        if version.state != VersionState.DRAFT:
            raise Conflict(_("Only a draft can be submitted."), code="flow")
        latest = await db.sql_value(
            "SELECT max(effective_from) FROM policies_version WHERE policy = $1 AND state = 'approved'",
            version.policy_id,
        )
        found = version.kind.lint(version.document)
        problems = {"": " ".join(found)} if found else {}
        if problem := rules.day_problem(version.effective_from, today, latest):
            problems["effective_from"] = _day_sentence(problem)
        if problems:
            raise Invalid(problems)
        await db.sql("UPDATE policies_version SET state = 'submitted' WHERE id = $1", version_id)
        summary = f"{version.kind.key} {version.number}"
        return await approvals.request(
            actor, SUBJECT, version_id, APPROVE, content_sha256=version.sha256, summary=summary,
            needs=version.kind.writes, now=now,
        )  # fmt: skip


async def _current_hash(actor: Actor, version_id: UUID) -> str:
    return (await queries.get_version(actor, version_id, lock=True)).sha256


@approvals.decides(SUBJECT, APPROVE, _current_hash)
async def _decided(actor: Actor, asked: approvals.Request, approved: bool, note: str, now: datetime) -> None:  # noqa: FBT001 -- the shape of every handler
    if approved:
        await db.sql(
            "UPDATE policies_version SET state = 'approved', approver = $2, approved_at = $3 WHERE id = $1",
            asked.subject_id, actor.membership_id, now,
        )  # fmt: skip
    else:
        await db.sql("UPDATE policies_version SET state = 'rejected' WHERE id = $1", asked.subject_id)
    name = "policy.approved" if approved else "policy.rejected"
    await events.record(actor, name, SUBJECT, asked.subject_id, now=now, note=note)


async def _policy(actor: Actor, kind: str, scope: str) -> UUID:
    await db.sql(
        "INSERT INTO policies_policy (id, kind, scope) VALUES ($1, $2, $3) ON CONFLICT (kind, scope) DO NOTHING",
        new_id(), kind, scope,
    )  # fmt: skip
    found = await db.sql_value("SELECT id FROM policies_policy WHERE kind = $1 AND scope = $2", kind, scope)
    if not isinstance(found, UUID):
        message = f"{actor.db_role} cannot see the policy it just made"
        raise TypeError(message)
    return found


def _document(kind: PolicyKind, body: dict[str, Any]) -> Document:
    """The body as a document. Raises Invalid with one sentence per place."""
    try:
        return kind.read(body, kind.schema_version)
    except ValidationError as error:
        places = {".".join(str(part) for part in one["loc"]): one["msg"] for one in error.errors()}
        raise Invalid(places) from error


def _day_sentence(problem: str) -> str:
    sentences = {
        "missing": _("Say from which day it holds."),
        "past": _("It cannot hold from a day that has passed: something may have been decided by the version before."),
        "order": _("A version that holds from a later day is approved already."),
    }
    return sentences[problem]
