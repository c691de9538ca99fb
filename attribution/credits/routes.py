"""Where runs are found: the vendor's pages and API."""

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from attribution.credits import contrast, queries, service, showing
from attribution.credits.lists import RUNS
from attribution.credits.rules import OPEN, Dimension
from attribution.credits.schemas import AgainBody, AgainForm, CompareQuery, RunBody, RunForm
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, csv_response, export_list, xlsx_response
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest

LIST: Final = "attribution/credits/pages/list.html"
SHOW: Final = "attribution/credits/pages/show.html"
COMPARE: Final = "attribution/credits/pages/compare.html"

navigation.register(
    "runs", label=N_("Attribution runs"), icon="hierarchy", href="/runs", order=59,
    permission=Permission.RUNS_READ, side=Side.STAFF, under="reports",
)  # fmt: skip


def _end_of(day: Any) -> datetime | None:
    """The last instant of a day, or None."""
    if day is None:
        return None
    return clock.start_of(day + timedelta(days=1), formats.time_zone().key) - timedelta(microseconds=1)


async def _list(request: AnyRequest, actor: Actor, form: Typed[RunForm], status_code: int = 200) -> Page:
    return Page(
        LIST, status_code=status_code, form=form, may_write=actor.may(Permission.RUNS_WRITE),
        listing=await list_page(RUNS, actor, request.query_params, now=clock.now()),
    )  # fmt: skip


class RunPages(Controller):
    """Who brought which revenue, run by run."""

    path = "/runs"

    @get("/", needs=Permission.RUNS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        return await _list(request, actor, empty_form(RunForm))

    @post("/", needs=Permission.RUNS_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Ask for a run."""
        form = typed_form(request, RunForm)
        with form.refusals():
            until = _end_of(form.data.observed_until)
            run_id = await service.request_run(actor, now=clock.now(), observed_until=until)
            return Redirect(f"/runs/{run_id}")
        return await _list(request, actor, form, 422)

    @get("/export/{file_type:str}", needs=Permission.RUNS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(RUNS, actor, request.query_params, file_type, now=clock.now())

    @get("/{run_id:uuid}", needs=Permission.RUNS_READ)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor], run_id: FromPath[UUID]) -> Page:
        """One run: its progress while it works, what it says after."""
        run = await queries.get_run(actor, run_id)
        asked = CompareQuery.model_validate({"by": request.query_params.get("by", Dimension.PARTY)})
        works = run.state in OPEN
        return Page(
            SHOW,
            "progress" if works else None,
            headers={} if works else {"HX-Refresh": "true"},
            **await showing.run_context(actor, run, asked.by),
        )

    @get("/{run_id:uuid}/results/{file_type:str}", needs=Permission.RUNS_READ)
    async def results(
        self, request: AnyRequest, actor: NamedDependency[Actor], run_id: FromPath[UUID], file_type: FromPath[FileType]
    ) -> Stream:
        """What every model says of every key, as a file."""
        run = await queries.get_run(actor, run_id)
        asked = CompareQuery.model_validate({"by": request.query_params.get("by", Dimension.PARTY)})
        rows = showing.result_rows(run, await queries.list_figures(actor, run_id, asked.by))
        if file_type == "csv":
            return await csv_response(run.number, showing.result_fields(run), rows, now=clock.now())
        return await xlsx_response(run.number, run.number, showing.result_fields(run), rows, now=clock.now())

    @post("/{run_id:uuid}/reproduce", needs=Permission.RUNS_WRITE)
    async def reproduce(self, request: AnyRequest, actor: NamedDependency[Actor], run_id: FromPath[UUID]) -> Redirect:
        """Reckon it again from its frozen inputs."""
        _asked = typed_form(request, AgainForm).data
        await service.request_reproduction(actor, run_id, now=clock.now())
        return Redirect(f"/runs/{run_id}", said=_("It is being reckoned again. What came of it will stand below."))

    @get("/{run_id:uuid}/compare", needs=Permission.RUNS_READ)
    async def compare(self, request: AnyRequest, actor: NamedDependency[Actor], run_id: FromPath[UUID]) -> Page:
        """Two runs: what moved, and why."""
        query = CompareQuery.model_validate(dict(request.query_params))
        return Page(COMPARE, **await contrast.comparison_context(actor, run_id, query))


class RunApi(Controller):
    """Runs as JSON."""

    path = "/api/v1/runs"
    tags = ("runs",)

    @get("/", needs=Permission.RUNS_READ, operation_class=list_operation(RUNS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of runs and the cursor of the next."""
        return await list_items(RUNS, actor, request.query_params, now=clock.now())

    @post("/", needs=Permission.RUNS_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[RunBody]) -> dict[str, Any]:
        """Ask for a run."""
        run_id = await service.request_run(actor, now=clock.now(), observed_until=_end_of(data.observed_until))
        return showing.run_json(await queries.get_run(actor, run_id))

    @get("/{run_id:uuid}", needs=Permission.RUNS_READ)
    async def show(self, actor: NamedDependency[Actor], run_id: FromPath[UUID]) -> dict[str, Any]:
        """One run: how far it is, what it was made of, its hashes."""
        return showing.run_json(await queries.get_run(actor, run_id))

    @get("/{run_id:uuid}/results", needs=Permission.RUNS_READ)
    async def results(
        self, request: AnyRequest, actor: NamedDependency[Actor], run_id: FromPath[UUID]
    ) -> list[dict[str, Any]]:
        """What every model says of every key; `by` is `party` or `channel`. Values in whole minor units."""
        run = await queries.get_run(actor, run_id)
        asked = CompareQuery.model_validate({"by": request.query_params.get("by", Dimension.PARTY)})
        return [showing.figure_json(one, run.currency) for one in await queries.list_figures(actor, run_id, asked.by)]

    @post("/{run_id:uuid}/reproduce", needs=Permission.RUNS_WRITE, status_code=200)
    async def reproduce(
        self,
        actor: NamedDependency[Actor],
        run_id: FromPath[UUID],
        data: JSONBody[AgainBody],  # noqa: ARG002 -- refuses anything in it
    ) -> dict[str, Any]:
        """Reckon it again from its frozen inputs, in the background; its history says what came of it."""
        await service.request_reproduction(actor, run_id, now=clock.now())
        return showing.run_json(await queries.get_run(actor, run_id))

    @get("/{run_id:uuid}/compare", needs=Permission.RUNS_READ)
    async def compare(
        self, request: AnyRequest, actor: NamedDependency[Actor], run_id: FromPath[UUID]
    ) -> dict[str, Any]:
        """What moved from the run `to` to this one under `model`, and what changed in inputs and settings."""
        query = CompareQuery.model_validate(dict(request.query_params))
        return contrast.comparison_json(await contrast.comparison_context(actor, run_id, query))
