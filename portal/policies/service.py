"""What can be done about policies: draft, change, submit, and what a second person's decision does."""

import json
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg
from pydantic import ValidationError

from portal.approvals import service as approvals
from portal.core import clock, db, events, formats
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.web.messages import field_of, message_of
from portal.policies import queries, rules
from portal.policies.kinds import Document, PolicyKind, kind_of
from portal.policies.rules import VersionState

SUBJECT: Final = "policy_version"
APPROVE: Final = "approve"
LONGEST_NOTE: Final = 500


async def create_draft(
    actor: Actor,
    kind_key: str,
    body: dict[str, Any],
    *,
    scope: str = "",
    effective_from: date | None = None,
    note: str = "",
    now: datetime,
) -> UUID:
    """A new draft, numbered next in its policy, which is made when it is the first. Raises NotAllowed, Invalid."""
    kind = _kind(kind_key)
    actor.require(kind.writes)
    stored = _stored(kind, body)
    digest = rules.body_hash(stored, effective_from)
    async with db.transaction(actor):
        policy_id = await _policy(actor, kind_key, scope)
        await db.lock_subject(policy_id)
        number = await db.sql_value(
            "SELECT coalesce(max(number), 0) + 1 FROM policies_version WHERE policy = $1", policy_id
        )
        version_id = new_id()
        await db.sql(
            "INSERT INTO policies_version (id, policy, number, state, body, schema_version, body_sha256, author,"
            " created_at, effective_from, note) VALUES ($1, $2, $3, 'draft', $4, $5, $6, $7, $8, $9, $10)",
            version_id, policy_id, number, json.dumps(stored), kind.schema_version, digest, actor.membership_id, now,
            effective_from, _short(note),
        )  # fmt: skip
        facts = {"kind": [None, kind_key], "number": [None, number], "body_sha256": [None, digest]}
        await events.record(actor, "policy.drafted", SUBJECT, version_id, now=now, changes=facts)
    return version_id


async def change_draft(
    actor: Actor, version_id: UUID, body: dict[str, Any], *, effective_from: date | None, note: str, now: datetime
) -> None:
    """Write a draft anew. A submitted one goes back to draft and its request is void. Raises Conflict once decided."""
    async with db.transaction(actor):
        version = await queries.get_version(actor, version_id, lock=True)
        may_change(actor, version)
        stored = _stored(version.kind, body)
        digest = rules.body_hash(stored, effective_from)
        await approvals.withdraw(actor, version_id, APPROVE)
        await db.sql(
            "UPDATE policies_version SET state = 'draft', body = $2, schema_version = $3, body_sha256 = $4,"
            " effective_from = $5, note = $6, author = $7 WHERE id = $1",
            version_id, json.dumps(stored), version.kind.schema_version, digest, effective_from, _short(note),
            actor.membership_id,
        )  # fmt: skip
        changes: dict[str, Any] = {"body_sha256": [version.sha256, digest]}
        if effective_from != version.effective_from:
            changes["effective_from"] = [version.effective_from, effective_from]
        await events.record(actor, "policy.changed", SUBJECT, version_id, now=now, changes=changes)


async def take_back(actor: Actor, version_id: UUID, *, now: datetime) -> None:
    """Make a submitted version a draft again; its request is void. Raises Conflict unless it is submitted."""
    async with db.transaction(actor):
        version = await queries.get_version(actor, version_id, lock=True)
        actor.require(version.kind.writes)
        if version.state != VersionState.SUBMITTED:
            raise Conflict(_("Only what waits for a decision can be taken back."), code="flow")
        await approvals.withdraw(actor, version_id, APPROVE)
        await db.sql("UPDATE policies_version SET state = 'draft' WHERE id = $1", version_id)
        await events.record(actor, "policy.taken_back", SUBJECT, version_id, now=now)


async def submit(actor: Actor, version_id: UUID, *, today: date, now: datetime) -> UUID:
    """Ask a second person to approve exactly this content from its day on; the request's id.

    Raises Invalid for what the kind's lint finds or a day that cannot be, Conflict unless it is a draft.
    """
    async with db.transaction(actor):
        version = await queries.get_version(actor, version_id, lock=True)
        actor.require(version.kind.writes)
        if version.state != VersionState.DRAFT:
            raise Conflict(_("Only a draft can be submitted."), code="flow")
        found = [*version.kind.lint(version.document), *await version.kind.look(actor, version.document)]
        problems = {"": " ".join(found)} if found else {}
        if problem := rules.day_problem(version.effective_from, today, await _latest_day(version.policy_id)):
            problems["effective_from"] = _day_sentence(problem)
        if problems:
            raise Invalid(problems)
        await db.sql("UPDATE policies_version SET state = 'submitted' WHERE id = $1", version_id)
        summary = f"{version.kind.key} {version.number}"
        return await approvals.request(
            actor, SUBJECT, version_id, APPROVE, content_sha256=version.sha256, summary=summary,
            needs=version.kind.writes, now=now,
        )  # fmt: skip


def content_hash(version: queries.Version) -> str:
    """The hash of what stands in the version, reckoned from the content itself."""
    return rules.body_hash(version.body, version.effective_from)


async def _current_hash(actor: Actor, version_id: UUID) -> str:
    """The same of the row as it is now, which is held."""
    return content_hash(await queries.get_version(actor, version_id, lock=True))


@approvals.decides(SUBJECT, APPROVE, _current_hash)
async def _decided(actor: Actor, asked: approvals.Request, approved: bool, note: str, now: datetime) -> None:  # noqa: FBT001 -- the shape of every handler
    if approved:
        await _approve(actor, asked.subject_id, now)
    else:
        await db.sql("UPDATE policies_version SET state = 'rejected' WHERE id = $1", asked.subject_id)
    name = "policy.approved" if approved else "policy.rejected"
    await events.record(actor, name, SUBJECT, asked.subject_id, now=now, note=note)


async def _approve(actor: Actor, version_id: UUID, now: datetime) -> None:
    """Let it hold from its day on. Raises Conflict when that day can no longer be: time went on since it was asked."""
    version = await queries.get_version(actor, version_id)
    today = clock.day_of(now, formats.time_zone().key)
    if rules.day_problem(version.effective_from, today, await _latest_day(version.policy_id)):
        message = _(
            "The day from which it should hold can no longer be: it has passed, or a version for that day or a later"
            " one was approved meanwhile. Reject it, and ask for a new draft with a later day."
        )
        raise Conflict(message, code="day")
    try:
        await db.sql(
            "UPDATE policies_version SET state = 'approved', approver = $2, approved_at = $3 WHERE id = $1",
            version_id, actor.membership_id, now,
        )  # fmt: skip
    except asyncpg.CheckViolationError as error:
        message = _("Its author cannot approve it; somebody else has to decide.")
        raise NotAllowed(message, code="second_person") from error


async def _latest_day(policy_id: UUID) -> date | None:
    """The last day from which an approved version of the policy begins to hold."""
    await db.lock_subject(policy_id)
    found: date | None = await db.sql_value(
        "SELECT max(effective_from) FROM policies_version WHERE policy = $1 AND state = 'approved'", policy_id
    )
    return found


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


def _kind(key: str) -> PolicyKind:
    try:
        return kind_of(key)
    except KeyError as error:
        raise NotFound from error


def may_change(actor: Actor, version: queries.Version) -> None:
    """Raise NotAllowed without the right to write this kind, Conflict once the version is decided."""
    actor.require(version.kind.writes)
    if version.state not in (VersionState.DRAFT, VersionState.SUBMITTED):
        raise Conflict(_("A decided version never changes. Start a new draft from it."), code="immutable")


def _short(note: str) -> str:
    if len(note) > LONGEST_NOTE:
        raise Invalid({"note": _("Write at most %(most)s characters.") % {"most": LONGEST_NOTE}})
    return note


def problems_of(kind: PolicyKind, body: dict[str, Any]) -> dict[str, str]:
    """What keeps the body from being a document of this kind: one sentence per place, none when nothing does."""
    try:
        kind.read(body, kind.schema_version)
    except ValidationError as error:
        places: dict[str, str] = {}
        for one in error.errors(include_url=False, include_input=False):
            own = one["type"] == "value_error"  # raised by a document's validator, in the reader's language
            places.setdefault(field_of(one), str(one["ctx"]["error"]) if own else message_of(one))
        return places
    return {}


def _stored(kind: PolicyKind, body: dict[str, Any]) -> dict[str, Any]:
    """The body as its document writes it, to be kept. Raises Invalid."""
    if problems := problems_of(kind, body):
        raise Invalid(problems)
    document: Document = kind.read(body, kind.schema_version)
    return document.model_dump(mode="json")


def _day_sentence(problem: str) -> str:
    sentences = {
        "missing": _("Say from which day it holds."),
        "past": _("It cannot hold from a day that has passed: something may have been decided by the version before."),
        "order": _("A version that holds from that day or a later one is approved already."),
    }
    return sentences[problem]
