"""Where answers are found: the vendor's desk, a partner's own, the list of both, and the API."""

from typing import Any, Final

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from partners.response import queries, showing
from partners.response.lists import RESPONSES
from portal.core import clock
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest

DESK: Final = "partners/response/pages/desk.html"
OWN: Final = "partners/response/pages/own.html"
LIST: Final = "partners/response/pages/list.html"

navigation.register(
    "response", label=N_("Answers"), icon="clock", href="/partners/response", order=32,
    permission=Permission.DEALS_READ, under="deals",
)  # fmt: skip


class ResponsePages(Controller):
    """How fast the vendor answers, and what waits."""

    path = "/partners/response"

    @get("/", needs=Permission.DEALS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> Page:
        """The vendor's desk; for a partner what waits of its own, and how fast answers are."""
        now = clock.now()
        if actor.is_partner:
            own = await queries.get_own_answers(actor, now)
            return Page(OWN, own=own, hours=showing.working_words, href=showing.href)
        return Page(DESK, **showing.desk_context(await queries.get_desk(actor, now)))

    @get("/clocks", needs=Permission.DEALS_READ)
    async def clocks(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The rows behind the numbers."""
        return Page(LIST, listing=await list_page(RESPONSES, actor, request.query_params, now=clock.now()))

    @get("/clocks/export/{file_type:str}", needs=Permission.DEALS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(RESPONSES, actor, request.query_params, file_type, now=clock.now())


class ResponseApi(Controller):
    """Answers as JSON."""

    path = "/api/v1/partners/response"
    tags = ("deals",)

    @get("/", needs=Permission.DEALS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """What waits, and how fast registrations are answered; minutes of working time. `figure` may be null.

        For a partner what waits of its own; for the vendor everybody's, by who has to answer and by week.
        """
        now = clock.now()
        if actor.is_partner:
            own = await queries.get_own_answers(actor, now)
            return {"open": own.open, "late": own.late, "paused": own.paused,
                    "figure": showing.public_figure(own.figure)}  # fmt: skip
        desk = await queries.get_desk(actor, now)
        return {
            "open": sum(desk.total(name) for name in ("late", "soon", "running")),
            "late": desk.total("late"),
            "paused": desk.total("paused"),
            "held": desk.total("held"),
            "figure": showing.public_figure(desk.figure),
            "by_person": [
                {"membership": one.membership_id, "name": one.name, "late": one.late, "soon": one.soon,
                 "running": one.running, "paused": one.paused, "answered": one.answered,
                 "median_minutes": one.median_minutes}
                for one in desk.loads
            ],
            "weeks": [
                {"monday": one.monday, "answered": one.answered, "late": one.late,
                 "median_minutes": one.median_minutes, "high_minutes": one.high_minutes,
                 "allowed_minutes": one.allowed_minutes}
                for one in desk.weeks
            ],
        }  # fmt: skip

    @get("/clocks", needs=Permission.DEALS_READ, operation_class=list_operation(RESPONSES))
    async def clocks(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of clocks, and the cursor of the next."""
        return await list_items(RESPONSES, actor, request.query_params, now=clock.now())
