"""What pages and programs are shown of policies: standings in words, names, what a version changes."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from portal.approvals import queries as approvals
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.history import queries as history
from portal.history.queries import Subject, Wording, knows, tells
from portal.policies import queries, rules, service
from portal.policies.kinds import Document, PolicyKind, kind_of
from portal.policies.queries import Version
from portal.policies.rules import Standing, VersionState
from portal.policies.schemas import CompareQuery, filled

PATH: Final = "/settings/policies"

STANDINGS: Final = {
    Standing.DRAFT: ("draft", "pencil", N_("Draft")),
    Standing.SUBMITTED: ("us", "hourglass", N_("Waits for approval")),
    Standing.REJECTED: ("bad", "circle-x", N_("Rejected")),
    Standing.TO_COME: ("safe", "calendar-due", N_("Approved, to come")),
    Standing.IN_FORCE: ("good", "circle-check", N_("In force")),
    Standing.PAST: ("draft", "history", N_("No longer in force")),
}
"""Tone, icon and word of what a version is."""

tells(
    policy__drafted=Wording(N_("began a draft"), "pencil"),
    policy__changed=Wording(N_("changed the draft"), "pencil"),
    policy__taken_back=Wording(N_("took it back from approval"), "arrow-back-up"),
    policy__approved=Wording(N_("approved it"), "circle-check", "good"),
    policy__rejected=Wording(N_("rejected it"), "circle-x", "bad"),
)
knows(
    policy_version=Subject(
        N_("Policies"),
        f"{PATH}/versions/{{id}}",
        frozenset({Permission.POLICIES_READ}),
        "scale",
        table="policies_version",
        name="(SELECT p.kind FROM policies_policy p WHERE p.id = policy) || ' ' || number",
        entitle=lambda name: title_of(*name.split(" ", 1)),
        fields={
            "effective_from": N_("Holds from"),
            "body_sha256": N_("Fingerprint"),
            "number": N_("Version"),
            "kind": N_("Policy"),
        },
    ),
)


def today() -> date:
    """The vendor's day."""
    return clock.day_of(clock.now(), formats.time_zone().key)


def find_kind(key: str) -> PolicyKind:
    """The kind with this key. Raises NotFound."""
    try:
        return kind_of(key)
    except KeyError as error:
        raise NotFound from error


@approvals.presents(service.SUBJECT, service.APPROVE, lambda summary: title_of(*summary.split(" ", 1)))
async def _content(actor: Actor, version_id: UUID) -> approvals.Content:
    """A version as the one who approves it sees it: what changes, then the whole. Raises NotFound."""
    versions = await db.ask_alone(actor, queries.versions_beside(actor, version_id))
    version = _among(versions, version_id)
    return approvals.Content(
        sha256=service.content_hash(version),
        template="portal/policies/pages/approval.html",
        context=_shown(version, versions),
        href=f"{PATH}/versions/{version_id}",
        barred=frozenset({version.author}),
    )


def title_of(kind_key: str, number: object) -> str:
    """A version's name in the reader's language."""
    try:
        kind = _(kind_of(kind_key).title)
    except KeyError:
        kind = kind_key
    return _("%(policy)s, version %(number)s") % {"policy": kind, "number": number}


def _among(versions: Sequence[Version], version_id: UUID) -> Version:
    """One of the versions. Raises NotFound."""
    for version in versions:
        if version.id == version_id:
            return version
    raise NotFound


def _shown(version: Version, versions: Sequence[Version]) -> dict[str, Any]:
    """A version, what it takes over from, and what differs."""
    before = queries.predecessor_of(version, versions, today())
    lines = version.kind.lines
    compared = rules.compare(lines(before.document) if before else [], lines(version.document))
    return {"version": version, "before": before, "compared": compared, "today": today()}


async def record_of(actor: Actor, version_id: UUID) -> dict[str, Any]:
    """All that the page of a version shows. Raises NotFound."""
    async with db.transaction(actor):
        versions, asked, staff, timeline = await db.ask_together([
            queries.versions_beside(actor, version_id), approvals.pending_about(actor, version_id, service.APPROVE),
            approvals.STAFF, history.timeline_of(version_id),
        ])  # fmt: skip
    version = _among(versions, version_id)
    barred = frozenset({version.author, asked.requested_by if asked else actor.membership_id})
    undecided = version.state in {VersionState.DRAFT, VersionState.SUBMITTED}
    return {
        **_shown(version, versions),
        "title": title_of(version.kind.key, version.number),
        "standing": queries.standings_of(versions, today())[version_id],
        "standings": STANDINGS,
        "may_write": actor.may(version.kind.writes),
        "asked": asked,
        "may_decide": asked is not None and actor.membership_id not in barred and approvals.may_decide(actor, asked),
        "deciders": approvals.deciders_among(staff, version.kind.writes, barred) if undecided else [],
        "lint": await _lint(actor, version) if undecided else [],
        "timeline": timeline,
        "path": PATH,
    }


async def _lint(actor: Actor, version: Version) -> list[str]:
    """What must be mended before it can be submitted."""
    return [*version.kind.lint(version.document), *await version.kind.look(actor, version.document)]


async def start_of(actor: Actor, kind: PolicyKind, asked: str | None) -> dict[str, Any]:
    """What a new draft begins with: the version asked for, else the last approved one, else the kind's own first."""
    if asked:
        try:
            version = await queries.get_version(actor, UUID(asked))
        except ValueError as error:
            raise NotFound from error
        if version.kind.key != kind.key:
            raise NotFound
        return filled(kind.model, version.document.model_dump(mode="json"))
    # A new version begins after all that are approved, so what it changes is the last of them.
    approved = await queries.approved_versions(actor, kind.key)
    document: Document | None = approved[-1].body if approved else kind.first
    return filled(kind.model, document.model_dump(mode="json") if document is not None else {})


async def comparison_of(actor: Actor, key: str, params: Mapping[str, str]) -> dict[str, Any]:
    """Two versions of a policy that the address names, with all that differs. Raises NotFound, Invalid."""
    kind = find_kind(key)
    query = CompareQuery.model_validate(dict(params))
    versions = await queries.list_versions(actor, key)
    by_id = {one.id: one for one in versions}
    if query.before not in by_id or query.after not in by_id:
        raise NotFound
    before, after = by_id[query.before], by_id[query.after]
    compared = rules.compare(kind.lines(before.document), kind.lines(after.document))
    return {"policy": kind, "before": before, "after": after, "compared": compared, "versions": versions}
