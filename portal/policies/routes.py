"""Where policies are found: what is in force, versions and how they differ, drafting and submitting, and the API."""

from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from portal.approvals import queries as approvals
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.errors import Invalid, NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.forms import Typed, empty_form
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import visit_of
from portal.history import queries as history
from portal.history.queries import Subject, Wording, knows, tells
from portal.policies import queries, rules, service
from portal.policies.kinds import Document, PolicyKind, kind_of
from portal.policies.queries import Version
from portal.policies.rules import Standing, VersionState
from portal.policies.schemas import (
    CompareQuery,
    VersionBody,
    VersionForm,
    change_rows,
    filled,
    posted,
    raw_values,
    version_form,
    without_blanks,
)

AnyRequest = Request[Any, Any, Any]
SETTINGS: Final = "portal/policies/pages/settings.html"
INDEX: Final = "portal/policies/pages/index.html"
KIND: Final = "portal/policies/pages/kind.html"
COMPARE: Final = "portal/policies/pages/compare.html"
SHOW: Final = "portal/policies/pages/show.html"
EDIT: Final = "portal/policies/pages/edit.html"
WRITES: Final = frozenset({Permission.POLICIES_WRITE, Permission.MONEY_POLICIES_WRITE})
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
        N_("Policy"),
        f"{PATH}/versions/{{id}}",
        frozenset({Permission.POLICIES_READ}),
        "scale",
        table="policies_version",
        name="(SELECT p.kind FROM policies_policy p WHERE p.id = policy) || ' ' || number",
        fields={
            "effective_from": N_("Holds from"),
            "body_sha256": N_("Fingerprint"),
            "number": N_("Version"),
            "kind": N_("Policy"),
        },
    ),
)
navigation.register(
    "settings", label=N_("Settings"), icon="settings", href="/settings", order=95,
    permission=Permission.POLICIES_READ, side=Side.STAFF,
)  # fmt: skip


def _today() -> date:
    return clock.day_of(clock.now(), formats.time_zone().key)


def _kind(key: str) -> PolicyKind:
    try:
        return kind_of(key)
    except KeyError as error:
        raise NotFound from error


@approvals.presents(service.SUBJECT, service.APPROVE, lambda summary: title_of(*summary.split(" ", 1)))
async def _content(actor: Actor, version_id: UUID) -> approvals.Content:
    """A version as the one who approves it sees it: what changes, then the whole."""
    version = await queries.get_version(actor, version_id)
    return approvals.Content(
        sha256=service.content_hash(version),
        template="portal/policies/pages/approval.html",
        context=await _shown(actor, version),
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


async def _shown(actor: Actor, version: Version) -> dict[str, Any]:
    """A version, what it takes over from, and what differs."""
    before = await queries.get_predecessor(actor, version, _today())
    lines = version.kind.lines
    compared = rules.compare(lines(before.document) if before else [], lines(version.document))
    return {"version": version, "before": before, "compared": compared, "today": _today()}


async def _record(actor: Actor, version_id: UUID) -> dict[str, Any]:
    """All that the page of a version shows. Raises NotFound."""
    version = await queries.get_version(actor, version_id)
    versions = await queries.list_versions(actor, version.kind.key, version.scope)
    asked = await approvals.find_pending(actor, version_id, service.APPROVE)
    barred = frozenset({version.author, asked.requested_by if asked else actor.membership_id})
    undecided = version.state in {VersionState.DRAFT, VersionState.SUBMITTED}
    return {
        **await _shown(actor, version),
        "title": title_of(version.kind.key, version.number),
        "standing": queries.standings_of(versions, _today())[version_id],
        "standings": STANDINGS,
        "may_write": actor.may(version.kind.writes),
        "asked": asked,
        "may_decide": asked is not None and actor.membership_id not in barred and approvals.may_decide(actor, asked),
        "deciders": await approvals.list_deciders(actor, version.kind.writes, barred) if undecided else [],
        "lint": version.kind.lint(version.document) if undecided else [],
        "timeline": await history.timeline(actor, version_id),
        "path": PATH,
    }


async def _edit_page(
    actor: Actor,
    kind: PolicyKind,
    version: Version | None,
    values: dict[str, Any],
    form: Typed[VersionForm],
    status_code: int = 200,
) -> Page:
    """The form of a draft, with exactly these values in it."""
    barred = frozenset({actor.membership_id})
    return Page(
        EDIT, status_code=status_code, policy=kind, version=version, values=values, form=form, path=PATH,
        deciders=await approvals.list_deciders(actor, kind.writes, barred), today=_today(),
    )  # fmt: skip


class SettingsPages(Controller):
    """What can be set up, by whoever may."""

    path = "/settings"

    @get("/", needs=Permission.POLICIES_READ)
    async def index(self) -> Page:
        """The way to everything that can be set up."""
        return Page(SETTINGS)


class PolicyPages(Controller):
    """Policies, their versions and drafts."""

    path = PATH

    @get("/", needs=Permission.POLICIES_READ)
    async def index(self, actor: NamedDependency[Actor]) -> Page:
        """Every kind with what is in force and what comes next."""
        return Page(INDEX, overviews=await queries.list_kinds(actor, _today()), standings=STANDINGS, path=PATH)

    @get("/{key:str}", needs=Permission.POLICIES_READ)
    async def show_kind(self, actor: NamedDependency[Actor], key: FromPath[str]) -> Page:
        """All versions of one policy, newest first."""
        kind = _kind(key)
        versions = await queries.list_versions(actor, key)
        overview = queries.overview(kind, versions, _today())
        newest = versions[0] if versions else None
        older = [one for one in (overview.current, *versions[1:2]) if one and one is not newest]
        drafts = [one for one in overview.open if one.state == VersionState.DRAFT]
        drafts.sort(key=lambda one: one.author != actor.membership_id)
        return Page(
            KIND, policy=kind, versions=versions, overview=overview,
            standing_of=queries.standings_of(versions, _today()),
            standings=STANDINGS, may_write=actor.may(kind.writes), path=PATH, after=newest,
            before=older[0] if older else None, draft=drafts[0] if drafts else None,
            deciders=await approvals.list_deciders(actor, kind.writes, frozenset()),
        )  # fmt: skip

    @get("/{key:str}/compare", needs=Permission.POLICIES_READ)
    async def compare(self, request: AnyRequest, actor: NamedDependency[Actor], key: FromPath[str]) -> Page:
        """Two versions side by side."""
        return Page(COMPARE, **await _comparison(actor, key, request), path=PATH)

    @get("/{key:str}/new", needs=WRITES)
    async def show_new(self, request: AnyRequest, actor: NamedDependency[Actor], key: FromPath[str]) -> Page:
        """A new draft, filled with what is in force or with the version named in the address."""
        kind = _kind(key)
        actor.require(kind.writes)
        start = await _start(actor, kind, request.query_params.get("from"))
        form = empty_form(VersionForm, effective_from=clock.next_month(_today()).isoformat())
        return await _edit_page(actor, kind, None, start, form)

    @post("/{key:str}/new", needs=WRITES)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor], key: FromPath[str]) -> Page | Redirect:
        """Keep the draft, or change the rows of its form."""
        kind = _kind(key)
        actor.require(kind.writes)
        fields = visit_of(request.scope).fields
        values, form = raw_values(kind, posted(fields)), version_form(fields)
        if change_rows(kind, values, dict(fields).get("do", "")):
            return await _edit_page(actor, kind, None, values, form)
        form.errors |= service.problems_of(kind, without_blanks(values))
        with form.refusals():
            version_id = await service.create_draft(
                actor, key, without_blanks(values), effective_from=form.data.effective_from, note=form.data.note,
                now=clock.now(),
            )  # fmt: skip
            return Redirect(f"{PATH}/versions/{version_id}", said=_("The draft is kept. Nothing changes yet."))
        return await _edit_page(actor, kind, None, values, form, 422)

    @get("/versions/{version_id:uuid}", needs=Permission.POLICIES_READ)
    async def show(self, actor: NamedDependency[Actor], version_id: FromPath[UUID]) -> Page:
        """One version."""
        return Page(SHOW, errors={}, **await _record(actor, version_id))

    @get("/versions/{version_id:uuid}/edit", needs=WRITES)
    async def show_edit(self, actor: NamedDependency[Actor], version_id: FromPath[UUID]) -> Page:
        """The form of a draft with what stands in it."""
        version = await queries.get_version(actor, version_id)
        service.may_change(actor, version)
        values = filled(version.kind.model, version.document.model_dump(mode="json"))
        day = version.effective_from.isoformat() if version.effective_from else ""
        form = empty_form(VersionForm, effective_from=day, note=version.note)
        return await _edit_page(actor, version.kind, version, values, form)

    @post("/versions/{version_id:uuid}/edit", needs=WRITES)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], version_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Write the draft anew, or change the rows of its form."""
        version = await queries.get_version(actor, version_id)
        service.may_change(actor, version)
        fields = visit_of(request.scope).fields
        values, form = raw_values(version.kind, posted(fields)), version_form(fields)
        if change_rows(version.kind, values, dict(fields).get("do", "")):
            return await _edit_page(actor, version.kind, version, values, form)
        form.errors |= service.problems_of(version.kind, without_blanks(values))
        with form.refusals():
            await service.change_draft(
                actor, version_id, without_blanks(values), effective_from=form.data.effective_from,
                note=form.data.note, now=clock.now(),
            )  # fmt: skip
            return Redirect(f"{PATH}/versions/{version_id}", said=_("The draft is kept. Nothing changes yet."))
        return await _edit_page(actor, version.kind, version, values, form, 422)

    @post("/versions/{version_id:uuid}/submit", needs=WRITES)
    async def submit(self, actor: NamedDependency[Actor], version_id: FromPath[UUID]) -> Page | Redirect:
        """Ask a second person."""
        try:
            await service.submit(actor, version_id, today=_today(), now=clock.now())
        except Invalid as refusal:
            return Page(SHOW, status_code=422, errors=refusal.errors, **await _record(actor, version_id))
        return Redirect(f"{PATH}/versions/{version_id}", said=_("It waits for somebody else to approve it."))

    @post("/versions/{version_id:uuid}/take-back", needs=WRITES)
    async def take_back(self, actor: NamedDependency[Actor], version_id: FromPath[UUID]) -> Redirect:
        """Make it a draft again."""
        await service.take_back(actor, version_id, now=clock.now())
        return Redirect(f"{PATH}/versions/{version_id}", said=_("It is a draft again."))


async def _start(actor: Actor, kind: PolicyKind, asked: str | None) -> dict[str, Any]:
    """What a new draft begins with: the version asked for, else what is in force, else the kind's own first."""
    if asked:
        try:
            version = await queries.get_version(actor, UUID(asked))
        except ValueError as error:
            raise NotFound from error
        if version.kind.key != kind.key:
            raise NotFound
        return filled(kind.model, version.document.model_dump(mode="json"))
    current = await queries.in_force(actor, kind.key, _today())
    document: Document | None = current.body if current else kind.first
    return filled(kind.model, document.model_dump(mode="json") if document is not None else {})


async def _comparison(actor: Actor, key: str, request: AnyRequest) -> dict[str, Any]:
    """Two versions of a policy that the address names, with all that differs. Raises NotFound, Invalid."""
    kind = _kind(key)
    query = CompareQuery.model_validate(dict(request.query_params))
    versions = await queries.list_versions(actor, key)
    by_id = {one.id: one for one in versions}
    if query.before not in by_id or query.after not in by_id:
        raise NotFound
    before, after = by_id[query.before], by_id[query.after]
    compared = rules.compare(kind.lines(before.document), kind.lines(after.document))
    return {"policy": kind, "before": before, "after": after, "compared": compared, "versions": versions}


class PolicyApi(Controller):
    """Policies as JSON."""

    path = f"/api/v1{PATH}"
    tags = ("policies",)

    @get("/", needs=Permission.POLICIES_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """Every kind with what is in force and what comes next."""
        found = await queries.list_kinds(actor, _today())
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
        return {"items": [_public(one) for one in await queries.list_versions(actor, _kind(key).key)]}

    @get("/{key:str}/compare", needs=Permission.POLICIES_READ)
    async def compare(self, request: AnyRequest, actor: NamedDependency[Actor], key: FromPath[str]) -> dict[str, Any]:
        """Line by line what two versions say."""
        found = await _comparison(actor, key, request)
        return {"items": found["compared"]}

    @post("/{key:str}", needs=WRITES)
    async def create(
        self, actor: NamedDependency[Actor], key: FromPath[str], data: JSONBody[VersionBody]
    ) -> dict[str, Any]:
        """A new draft."""
        version_id = await service.create_draft(
            actor, _kind(key).key, data.body, effective_from=data.effective_from, note=data.note, now=clock.now()
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
        return {"request": await service.submit(actor, version_id, today=_today(), now=clock.now())}

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
