"""Where policies are found: what is in force, versions and how they differ, drafting and submitting."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from portal.approvals import queries as approvals
from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Invalid
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.forms import Typed, empty_form
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import visit_of
from portal.policies import queries, service
from portal.policies.kinds import PolicyKind
from portal.policies.queries import Version
from portal.policies.rules import VersionState
from portal.policies.schemas import (
    VersionForm,
    change_rows,
    filled,
    posted,
    raw_values,
    version_form,
    without_blanks,
)
from portal.policies.showing import PATH, STANDINGS, comparison_of, find_kind, record_of, start_of, today

AnyRequest = Request[Any, Any, Any]
SETTINGS: Final = "portal/policies/pages/settings.html"
INDEX: Final = "portal/policies/pages/index.html"
KIND: Final = "portal/policies/pages/kind.html"
COMPARE: Final = "portal/policies/pages/compare.html"
SHOW: Final = "portal/policies/pages/show.html"
EDIT: Final = "portal/policies/pages/edit.html"
WRITES: Final = frozenset({Permission.POLICIES_WRITE, Permission.MONEY_POLICIES_WRITE})

navigation.register(
    "settings", label=N_("Settings"), icon="settings", href="/settings", order=95,
    permission=Permission.POLICIES_READ, side=Side.STAFF,
)  # fmt: skip


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
        choices=await kind.choices(actor), deciders=await approvals.list_deciders(actor, kind.writes, barred),
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
        return Page(INDEX, overviews=await queries.list_kinds(actor, today()), standings=STANDINGS, path=PATH)

    @get("/{key:str}", needs=Permission.POLICIES_READ)
    async def show_kind(self, actor: NamedDependency[Actor], key: FromPath[str]) -> Page:
        """All versions of one policy, newest first."""
        kind = find_kind(key)
        versions = await queries.list_versions(actor, key)
        overview = queries.overview(kind, versions, today())
        newest = versions[0] if versions else None
        older = [one for one in (overview.current, *versions[1:2]) if one and one is not newest]
        drafts = [one for one in overview.open if one.state == VersionState.DRAFT]
        drafts.sort(key=lambda one: one.author != actor.membership_id)
        return Page(
            KIND, policy=kind, versions=versions, overview=overview,
            standing_of=queries.standings_of(versions, today()),
            standings=STANDINGS, may_write=actor.may(kind.writes), path=PATH, after=newest,
            before=older[0] if older else None, draft=drafts[0] if drafts else None,
            deciders=await approvals.list_deciders(actor, kind.writes, frozenset()),
        )  # fmt: skip

    @get("/{key:str}/compare", needs=Permission.POLICIES_READ)
    async def compare(self, request: AnyRequest, actor: NamedDependency[Actor], key: FromPath[str]) -> Page:
        """Two versions side by side."""
        return Page(COMPARE, **await comparison_of(actor, key, request.query_params), path=PATH)

    @get("/{key:str}/new", needs=WRITES)
    async def show_new(self, request: AnyRequest, actor: NamedDependency[Actor], key: FromPath[str]) -> Page:
        """A new draft, filled with what is in force or with the version named in the address."""
        kind = find_kind(key)
        actor.require(kind.writes)
        start = await start_of(actor, kind, request.query_params.get("from"))
        form = empty_form(VersionForm, effective_from=clock.next_month(today()).isoformat())
        return await _edit_page(actor, kind, None, start, form)

    @post("/{key:str}/new", needs=WRITES)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor], key: FromPath[str]) -> Page | Redirect:
        """Keep the draft, or change the rows of its form."""
        kind = find_kind(key)
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
        return Page(SHOW, errors={}, **await record_of(actor, version_id))

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
            await service.submit(actor, version_id, today=today(), now=clock.now())
        except Invalid as refusal:
            return Page(SHOW, status_code=422, errors=refusal.errors, **await record_of(actor, version_id))
        return Redirect(f"{PATH}/versions/{version_id}", said=_("It waits for somebody else to approve it."))

    @post("/versions/{version_id:uuid}/take-back", needs=WRITES)
    async def take_back(self, actor: NamedDependency[Actor], version_id: FromPath[UUID]) -> Redirect:
        """Make it a draft again."""
        await service.take_back(actor, version_id, now=clock.now())
        return Redirect(f"{PATH}/versions/{version_id}", said=_("It is a draft again."))
