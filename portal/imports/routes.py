"""Where imports are found: the list, bringing a file, its columns, its progress and report; and the API."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from portal.core import clock
from portal.core.actor import Actor
from portal.core.asking import ask_together
from portal.core.errors import Invalid
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.questions import Question, all_of
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.forms import Typed, empty_form, typed_form, uploaded_file
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import visit_of
from portal.history.queries import Wording, tells, timeline_of
from portal.identity.queries import name_behind
from portal.imports import queries, reports, running, screens, service
from portal.imports.encodings import ENCODINGS
from portal.imports.lists import IMPORTS, STATES
from portal.imports.queries import Job
from portal.imports.registry import importers_for
from portal.imports.schemas import MappingBody, NewImportForm, ReadingForm, TypedPlan, read_plan
from portal.imports.states import ImportState, RowOutcome

AnyRequest = Request[Any, Any, Any]
LIST: Final = "portal/imports/pages/list.html"
NEW: Final = "portal/imports/pages/new.html"
PLAN: Final = "portal/imports/pages/plan.html"
SHOW: Final = "portal/imports/pages/show.html"
BODY_BYTES: Final = service.FILE_BYTES + 1024 * 1024
"""The largest request that brings a file: the file, and what stands around it."""
CURRENCIES: Final = ("EUR", "USD", "CNY", "GBP", "CHF", "JPY", "AUD", "CAD", "HKD", "TWD", "SGD", "SEK", "NOK", "DKK")
"""Offered first; any other code can be typed."""

navigation.register(
    "imports", label=N_("Imports"), icon="file-import", href="/imports", order=85,
    permission=Permission.IMPORTS_READ, side=Side.STAFF,
)  # fmt: skip
tells(
    import__uploaded=Wording(N_("brought the file"), "upload"),
    import__read_anew=Wording(N_("had the file read in another way"), "refresh"),
    import__mapped=Wording(N_("said which column is which"), "table"),
    import__started=Wording(N_("started the import"), "player-play", "us"),
    import__resumed=Wording(N_("let the import go on"), "player-play", "us"),
    import__failed=Wording(N_("stopped the import"), "alert-triangle", "bad"),
)


async def _plan_page(
    actor: Actor, job: Job, typed: TypedPlan | None = None, errors: dict[str, str] | None = None, **more: Any
) -> Page:
    """The page of an import that has not begun."""
    kind = job.importer.kind.name
    saved, same_file, around = await ask_together(
        actor,
        queries.saved_of(actor, kind), queries.finished_of(actor, kind, job.source_system, job.file_sha256),
        _around(job),
    )  # fmt: skip
    return Page(
        PLAN,
        "plan",
        status_code=422 if errors else 200,
        screen=screens.plan_screen(job, typed, errors),
        saved=[(one.name, one.fits(job.shape.names)) for one in saved],
        saved_chosen=typed.saved if typed else "",
        save_as=typed.save_as if typed else "",
        same_file=same_file,
        reading=screens.reading_words(job),
        encodings=list(ENCODINGS.items()),
        sheets=[(name, name) for name in job.shape.sheets],
        currencies=CURRENCIES,
        may_start=actor.may(Permission.IMPORTS_WRITE) and actor.may(job.importer.permission),
        **around,
        **more,
    )


def _around(job: Job) -> Question:
    """What both pages of an import show of it."""
    shown = {"job": job, "state": STATES[job.state.value], "row_kinds": screens.row_kinds(job)}
    return all_of(name_behind(job.created_by), timeline_of(job.id)).then(
        lambda found: {**shown, "brought_by": found[0] or "", "timeline": found[1]}
    )


async def _report_page(actor: Actor, job: Job, asked: str, after: int) -> Page:
    """The page of an import that runs or is through."""
    refused = job.refused and job.state == ImportState.DONE
    chosen = next((one for one in RowOutcome if one.value == asked), RowOutcome.REFUSED if refused else None)
    outcome = None if asked == "all" else chosen
    rows = await queries.list_rows(actor, job, outcome, after=after, most=queries.PAGE_ROWS + 1)
    runs = job.state == ImportState.RUNNING
    [around] = await ask_together(actor, _around(job))
    return Page(
        SHOW,
        "progress" if runs else None,
        headers={} if runs else {"HX-Refresh": "true"},
        counts=screens.count_lines(job),
        outcome=outcome.value if outcome else "all",
        rows=screens.report_rows(job, rows[: queries.PAGE_ROWS]),
        next_after=rows[queries.PAGE_ROWS - 1].number if len(rows) > queries.PAGE_ROWS else None,
        after=after,
        problem=_(running.PROBLEMS[job.problem]) if job.problem else "",
        may_resume=actor.may(Permission.IMPORTS_WRITE) and actor.may(job.importer.permission),
        **around,
    )


class ImportPages(Controller):
    """The vendor's pages about imports."""

    path = "/imports"

    @get("/", needs=Permission.IMPORTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        listing = await list_page(IMPORTS, actor, request.query_params, now=clock.now())
        return Page(LIST, listing=listing)

    @get("/export/{file_type:str}", needs=Permission.IMPORTS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(IMPORTS, actor, request.query_params, file_type, now=clock.now())

    @get("/new", needs=Permission.IMPORTS_WRITE)
    async def show_new(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """Choose what is brought, and the file."""
        form = empty_form(NewImportForm, kind=request.query_params.get("kind", ""))
        return await _new_page(actor, form)

    @post("/new", needs=Permission.IMPORTS_WRITE, request_max_body_size=BODY_BYTES)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Keep the file and look at it."""
        form = typed_form(request, NewImportForm)
        with form.refusals():
            name, content = await _sent_file(request, form.data.text)
            job_id = await service.bring_file(
                actor, form.data.kind, name, content, source_system=form.data.source_system, now=clock.now()
            )
            return Redirect(f"/imports/{job_id}")
        return await _new_page(actor, form, status_code=422)

    @get("/{import_id:uuid}", needs=Permission.IMPORTS_READ)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor], import_id: FromPath[UUID]) -> Page:
        """One import: its columns before, its progress while it runs, its report after."""
        job = await queries.get_job(actor, import_id)
        if job.state in (ImportState.UPLOADED, ImportState.MAPPED):
            return await _plan_page(actor, job)
        asked, after = request.query_params.get("outcome", ""), request.query_params.get("after", "")
        return await _report_page(actor, job, asked, reports.read_cursor(after) or 0)

    @post("/{import_id:uuid}/mapping", needs=Permission.IMPORTS_WRITE, status_code=200)
    async def change_mapping(
        self, request: AnyRequest, actor: NamedDependency[Actor], import_id: FromPath[UUID]
    ) -> Page | Redirect:
        """The mapping's form: look again, start, use a saved mapping, or save this one."""
        job = await queries.get_job(actor, import_id)
        typed = read_plan(visit_of(request.scope).fields, job.importer.kind)
        try:
            return await _do(actor, job, typed)
        except Invalid as refusal:
            return await _plan_page(actor, job, typed, refusal.errors)

    @post("/{import_id:uuid}/reading", needs=Permission.IMPORTS_WRITE)
    async def change_reading(
        self, request: AnyRequest, actor: NamedDependency[Actor], import_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Read the file in another way."""
        job = await queries.get_job(actor, import_id)
        form = typed_form(request, ReadingForm)
        with form.refusals():
            await service.set_reading(actor, import_id, form.data.wanted(), now=clock.now())
            return Redirect(f"/imports/{import_id}", said=_("The file was read again."))
        return await _plan_page(actor, job, errors=form.errors, reading_form=form)

    @post("/{import_id:uuid}/resume", needs=Permission.IMPORTS_WRITE)
    async def resume(self, actor: NamedDependency[Actor], import_id: FromPath[UUID]) -> Redirect:
        """Let it go on where it stopped."""
        await service.resume(actor, import_id, now=clock.now())
        return Redirect(f"/imports/{import_id}", said=_("It goes on where it stopped."))

    @get("/{import_id:uuid}/refused/export/{file_type:str}", needs=Permission.IMPORTS_READ)
    async def export_refused(
        self, actor: NamedDependency[Actor], import_id: FromPath[UUID], file_type: FromPath[FileType]
    ) -> Stream:
        """The refused rows with the reason in front, to be corrected and sent again."""
        job = await queries.get_job(actor, import_id)
        return await reports.refused_file(actor, job, file_type, now=clock.now())

    @get("/{import_id:uuid}/report/export/{file_type:str}", needs=Permission.IMPORTS_READ)
    async def export_report(
        self, actor: NamedDependency[Actor], import_id: FromPath[UUID], file_type: FromPath[FileType]
    ) -> Stream:
        """What became of every row."""
        job = await queries.get_job(actor, import_id)
        return await reports.report_file(actor, job, file_type, now=clock.now())


async def _new_page(actor: Actor, form: Typed[NewImportForm], status_code: int = 200) -> Page:
    return Page(
        NEW,
        status_code=status_code,
        form=form,
        kinds=screens.kind_choices(importers_for(actor)),
        systems=await queries.list_source_systems(actor),
        most_mib=service.FILE_BYTES // 1024 // 1024,
    )


async def _sent_file(request: AnyRequest, text: str) -> tuple[str, bytes]:
    """The file that was chosen, else the text that was pasted. Raises Invalid when there is neither."""
    file = uploaded_file(request, "file")
    if file is not None:
        return file.filename, await file.read()
    if text.strip():
        return _("Pasted text"), text.encode()
    raise Invalid({"file": _("Choose a file, or paste rows below.")})


async def _do(actor: Actor, job: Job, typed: TypedPlan) -> Page | Redirect:
    """What the button of the mapping's form says. Raises Invalid."""
    now = clock.now()
    if typed.do == "use":
        return await _plan_page(actor, await service.use_saved(actor, job.id, typed.saved, now=now))
    if typed.do == "save":
        kind = job.importer.kind.name
        await service.save_mapping(actor, kind, typed.save_as, typed.mapping, typed.answers, now=now)
        job = await service.set_mapping(actor, job.id, typed.mapping, typed.answers, now=now)
        return await _plan_page(actor, job, said=_("The mapping is saved for the next file."))
    seen = (job.plan.mapping, dict(job.plan.answers)) == (typed.mapping, dict(typed.answers))
    job = await service.set_mapping(actor, job.id, typed.mapping, typed.answers, now=now)
    if typed.do != "start":
        return await _plan_page(actor, job, typed)
    if not seen:
        words = _("You changed something: look at the first rows again, then import.")
        return await _plan_page(actor, job, said=words, kind="warning")
    await service.start(actor, job.id, now=now)
    return Redirect(f"/imports/{job.id}")


class ImportApi(Controller):
    """Imports as JSON."""

    path = "/api/v1/imports"
    tags = ("imports",)

    @get("/", needs=Permission.IMPORTS_READ, operation_class=list_operation(IMPORTS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of imports and the cursor of the next."""
        return await list_items(IMPORTS, actor, request.query_params, now=clock.now())

    @get("/kinds", needs=Permission.IMPORTS_WRITE)
    async def kinds(self, actor: NamedDependency[Actor]) -> list[dict[str, Any]]:
        """What can be brought, with the fields of each kind."""
        return [reports.public_kind(one) for one in importers_for(actor)]

    @post("/", needs=Permission.IMPORTS_WRITE, request_max_body_size=BODY_BYTES)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """Bring a file as multipart form: `kind`, `source_system`, and `file` or `text`."""
        form = typed_form(request, NewImportForm)
        name, content = await _sent_file(request, form.data.text)
        job_id = await service.bring_file(
            actor, form.data.kind, name, content, source_system=form.data.source_system, now=clock.now()
        )
        return reports.public_job(await queries.get_job(actor, job_id))

    @get("/{import_id:uuid}", needs=Permission.IMPORTS_READ)
    async def show(self, actor: NamedDependency[Actor], import_id: FromPath[UUID]) -> dict[str, Any]:
        """How far it is, how it is mapped, what is asked, and what became of its rows."""
        return reports.public_job(await queries.get_job(actor, import_id))

    @put("/{import_id:uuid}/mapping", needs=Permission.IMPORTS_WRITE)
    async def change_mapping(
        self, actor: NamedDependency[Actor], import_id: FromPath[UUID], data: JSONBody[MappingBody]
    ) -> dict[str, Any]:
        """Say which column is which, and answer what is asked."""
        job = await service.set_mapping(actor, import_id, data.mapping(), data.answers, now=clock.now())
        return reports.public_job(job)

    @post("/{import_id:uuid}/start", needs=Permission.IMPORTS_WRITE, status_code=200)
    async def start(self, actor: NamedDependency[Actor], import_id: FromPath[UUID]) -> dict[str, Any]:
        """Let it run in the background."""
        await service.start(actor, import_id, now=clock.now())
        return reports.public_job(await queries.get_job(actor, import_id))

    @post("/{import_id:uuid}/resume", needs=Permission.IMPORTS_WRITE, status_code=200)
    async def resume(self, actor: NamedDependency[Actor], import_id: FromPath[UUID]) -> dict[str, Any]:
        """Let it go on where it stopped."""
        await service.resume(actor, import_id, now=clock.now())
        return reports.public_job(await queries.get_job(actor, import_id))

    @get("/{import_id:uuid}/rows", needs=Permission.IMPORTS_READ)
    async def rows(self, request: AnyRequest, actor: NamedDependency[Actor], import_id: FromPath[UUID]) -> ItemPage:
        """What became of its rows, of one `outcome` if asked, 100 at a time; `cursor` as the page before gave it."""
        job = await queries.get_job(actor, import_id)
        return await reports.rows_as_json(actor, job, request.query_params)
