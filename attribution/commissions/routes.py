"""Where commissions are found: a partner's earnings, the vendor's commissions and months, and the API."""

import json
import re
from datetime import date
from typing import Any, Final
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.response import Stream

from attribution.commissions import queries, quoted, quotes, service, showing
from attribution.commissions.lists import COMMISSIONS, EARNINGS
from attribution.commissions.schemas import AdoptForm, CloseBody, CloseForm
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.errors import NotAllowed, NotFound
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, csv_response, export_list, xlsx_response
from portal.core.web.forms import typed_form
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from portal.ledger import service as ledger

EARNED: Final = "attribution/commissions/pages/earnings.html"
LIST: Final = "attribution/commissions/pages/list.html"
SHOW: Final = "attribution/commissions/pages/show.html"
ADOPT: Final = "attribution/commissions/pages/adopt.html"
MONTHS: Final = "attribution/commissions/pages/months.html"
MONTH: Final = "attribution/commissions/pages/month.html"
_MONTH: Final = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")

navigation.register(
    "earnings", label=N_("Earnings"), icon="coins", href="/earnings", order=60,
    permission=Permission.COMMISSIONS_READ, side=Side.PARTNER,
)  # fmt: skip
navigation.register(
    "commissions", label=N_("Commissions"), icon="coins", href="/commissions", order=60,
    permission=Permission.COMMISSIONS_READ, side=Side.STAFF,
)  # fmt: skip


def own_partner(actor: Actor) -> UUID:
    """The partner whose earnings are shown. Raises NotAllowed for the vendor's people, who have /commissions."""
    if actor.partner_id is None:
        raise NotAllowed(_("Earnings are a partner's page. The vendor's side has Commissions."), code="side")
    return actor.partner_id


def require_vendor(actor: Actor) -> None:
    """Raise NotAllowed for partners, who have /earnings."""
    if actor.is_partner:
        raise NotAllowed(_("This page is the vendor's. Yours is Earnings."), code="side")


def read_month(text: str) -> date:
    """The first day of `2026-11`. Raises NotFound for anything else."""
    found = _MONTH.fullmatch(text)
    if found is None or found[1] == "0000":
        raise NotFound(_("There is no such month."))
    return date(int(found[1]), int(found[2]), 1)


class EarningsPages(Controller):
    """What a partner earned, and why."""

    path = "/earnings"

    @get("/", needs=Permission.COMMISSIONS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """What is owed, what each month brought, and every result."""
        partner_id = own_partner(actor)
        listing = await list_page(EARNINGS, actor, request.query_params, now=clock.now())
        return Page(EARNED, listing=listing, **await showing.earnings_context(actor, partner_id))

    @get("/export/{file_type:str}", needs=Permission.COMMISSIONS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        own_partner(actor)
        return await export_list(EARNINGS, actor, request.query_params, file_type, now=clock.now())

    @get("/{commission_id:uuid}", needs=Permission.COMMISSIONS_READ)
    async def show(self, actor: NamedDependency[Actor], commission_id: FromPath[UUID]) -> Page:
        """How we got this amount."""
        own_partner(actor)
        view = await queries.get_commission(actor, commission_id)
        return Page(SHOW, **showing.commission_context(actor, view))

    @get("/{commission_id:uuid}/proof", needs=Permission.COMMISSIONS_READ)
    async def proof(self, actor: NamedDependency[Actor], commission_id: FromPath[UUID]) -> Response[bytes]:
        """The proof as a file whose SHA-256 is the seal."""
        own_partner(actor)
        return proof_file(await queries.get_commission(actor, commission_id))


class CommissionPages(Controller):
    """The vendor's view of all commissions, and the months of the ledger."""

    path = "/commissions"

    @get("/", needs=Permission.COMMISSIONS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list over all partners."""
        require_vendor(actor)
        return Page(LIST, listing=await list_page(COMMISSIONS, actor, request.query_params, now=clock.now()))

    @get("/export/{file_type:str}", needs=Permission.COMMISSIONS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        require_vendor(actor)
        return await export_list(COMMISSIONS, actor, request.query_params, file_type, now=clock.now())

    @get("/{commission_id:uuid}", needs=Permission.COMMISSIONS_READ)
    async def show(self, actor: NamedDependency[Actor], commission_id: FromPath[UUID]) -> Page:
        """How this amount came about."""
        require_vendor(actor)
        view = await queries.get_commission(actor, commission_id)
        return Page(SHOW, **showing.commission_context(actor, view))

    @get("/{commission_id:uuid}/proof", needs=Permission.COMMISSIONS_READ)
    async def proof(self, actor: NamedDependency[Actor], commission_id: FromPath[UUID]) -> Response[bytes]:
        """The proof as a file whose SHA-256 is the seal."""
        require_vendor(actor)
        return proof_file(await queries.get_commission(actor, commission_id))

    @get("/periods", needs=Permission.COMMISSION_REPORT_READ)
    async def months(self, actor: NamedDependency[Actor]) -> Page:
        """All months with their totals."""
        require_vendor(actor)
        return Page(MONTHS, **await showing.months_context(actor))

    @get("/periods/{month:str}", needs=Permission.COMMISSION_REPORT_READ)
    async def month(self, actor: NamedDependency[Actor], month: FromPath[str]) -> Page:
        """The report of a month, partner by partner."""
        require_vendor(actor)
        return Page(MONTH, **await showing.month_context(actor, read_month(month)))

    @get("/periods/{month:str}/export/{file_type:str}", needs=Permission.COMMISSION_REPORT_READ)
    async def report(
        self, actor: NamedDependency[Actor], month: FromPath[str], file_type: FromPath[FileType]
    ) -> Stream:
        """The commission report of a month: every result, and the total of each currency, which is the ledger's."""
        require_vendor(actor)
        period = read_month(month)
        name = f"commission report {period:%Y-%m}"
        rows = queries.stream_report(actor, period)
        if file_type == "csv":
            return await csv_response(name, showing.report_fields(), rows, now=clock.now())
        title = _("Commission report %(month)s") % {"month": formats.month(period)}
        return await xlsx_response(name, title, showing.report_fields(), rows, now=clock.now())

    @post("/periods/{month:str}/close", needs=Permission.PERIODS_CLOSE)
    async def close(self, request: AnyRequest, actor: NamedDependency[Actor], month: FromPath[str]) -> Redirect:
        """Close a month for ever."""
        period = read_month(month)
        _asked = typed_form(request, CloseForm).data
        await ledger.close_period(actor, period, now=clock.now())
        said = _("%(month)s is closed. What comes later for it goes into the next month.")
        return Redirect(f"/commissions/periods/{month}", said=said % {"month": formats.month(period)})

    @get("/runs/{run_id:uuid}", needs=Permission.PERIODS_CLOSE)
    async def adoption(self, actor: NamedDependency[Actor], run_id: FromPath[UUID]) -> Page:
        """What paying by a run would change."""
        return Page(ADOPT, adoption=await queries.get_adoption(actor, run_id))

    @post("/runs/{run_id:uuid}", needs=Permission.PERIODS_CLOSE)
    async def adopt(self, request: AnyRequest, actor: NamedDependency[Actor], run_id: FromPath[UUID]) -> Redirect:
        """Have a run pay what other runs had paid."""
        _asked = typed_form(request, AdoptForm).data
        await service.adopt_run(actor, run_id, now=clock.now())
        return Redirect(f"/commissions/runs/{run_id}", said=_("Commissions are being reckoned anew by this run."))


def proof_file(view: queries.CommissionView) -> Response[bytes]:
    """The proof to download, byte for byte what was sealed."""
    return Response(
        queries.proof_of(view).encode(),
        media_type="application/json",
        headers={
            "Content-Disposition": f'attachment; filename="proof-{view.id}.json"',
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "private, no-store",
        },
    )


class CommissionApi(Controller):
    """Commissions as JSON, for both sides: everybody gets what it may see."""

    path = "/api/v1/commissions"
    tags = ("commissions",)

    @get("/", needs=Permission.COMMISSIONS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of results and the cursor of the next."""
        spec = EARNINGS if actor.is_partner else COMMISSIONS
        return await list_items(spec, actor, request.query_params, now=clock.now())

    @get("/{commission_id:uuid}", needs=Permission.COMMISSIONS_READ)
    async def show(self, actor: NamedDependency[Actor], commission_id: FromPath[UUID]) -> dict[str, Any]:
        """One result: its seal, and the whole trace."""
        view = await queries.get_commission(actor, commission_id)
        return {
            "id": str(view.id),
            "sha256": view.seal,
            "entry_id": str(view.entry_id) if view.entry_id else None,
            "undone_by": str(view.undone_by) if view.undone_by else None,
            "trace": json.loads(view.trace.document),
        }

    @get("/quotes/{deal_id:uuid}", needs=Permission.COMMISSIONS_READ)
    async def quotes(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> dict[str, Any]:
        """What a deal was quoted, the newest first; what it would be today while there is none; what has accrued."""
        return quoted.quotes_json(await quotes.get_quotes(actor, deal_id, now=clock.now()))

    @post("/runs/{run_id:uuid}", needs=Permission.PERIODS_CLOSE)
    async def adopt(
        self,
        actor: NamedDependency[Actor],
        run_id: FromPath[UUID],
        data: JSONBody[CloseBody],  # noqa: ARG002 -- refuses anything in it
    ) -> dict[str, int]:
        """Have a run pay what other runs had paid; how many invoice lines will be reckoned anew."""
        return {"lines": await service.adopt_run(actor, run_id, now=clock.now())}

    @get("/periods", needs=Permission.COMMISSION_REPORT_READ)
    async def months(self, actor: NamedDependency[Actor]) -> list[dict[str, Any]]:
        """All months with their totals, by commissions and by the ledger."""
        require_vendor(actor)
        context = await showing.months_context(actor)
        return [showing.month_json(month) for month in context["months"]]

    @get("/periods/{month:str}", needs=Permission.COMMISSION_REPORT_READ)
    async def month(self, actor: NamedDependency[Actor], month: FromPath[str]) -> dict[str, Any]:
        """A month, partner by partner."""
        require_vendor(actor)
        context = await showing.month_context(actor, read_month(month))
        return showing.month_json(context["month"], context["partners"])

    @post("/periods/{month:str}/close", needs=Permission.PERIODS_CLOSE)
    async def close(
        self,
        actor: NamedDependency[Actor],
        month: FromPath[str],
        data: JSONBody[CloseBody],  # noqa: ARG002 -- refuses anything in it
    ) -> dict[str, Any]:
        """Close a month for ever."""
        period = read_month(month)
        await ledger.close_period(actor, period, now=clock.now())
        context = await showing.month_context(actor, period)
        return showing.month_json(context["month"], context["partners"])
