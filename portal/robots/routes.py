"""Where robots are found: the vendor's settings and API."""

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from portal.core import clock
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.i18n import LOCALES, N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.forms import Typed, empty_form, typed_form
from portal.core.web.pages import Page, Redirect
from portal.core.web.visit import AnyRequest
from portal.robots import queries, sending, service
from portal.robots.doors import announced
from portal.robots.queries import RobotView
from portal.robots.rules import KIND_LABELS, PAUSES_AFTER, SIGNS
from portal.robots.schemas import MoveBody, MoveForm, RobotBody, RobotForm
from portal.robots.wording import problem_words

__all__ = ["RobotApi", "RobotPages", "sending"]
"""Importing `sending` lets the job run."""
LIST: Final = "portal/robots/pages/list.html"
SHOW: Final = "portal/robots/pages/show.html"
FORM: Final = "portal/robots/pages/form.html"
PATH: Final = "/settings/robots"
_SAID: Final = {
    "test": N_("The test is on its way. What became of it stands below in a moment."),
    "pause": N_("Paused. Nothing is told there until it is resumed."),
    "resume": N_("Resumed. What happened meanwhile is not told later."),
    "remove": N_("Removed, and its address forgotten."),
}


class RobotPages(Controller):
    """Groups that hear of what happens."""

    path = PATH

    @get("/", needs=Permission.ROBOTS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> Page:
        """All robots."""
        return Page(LIST, robots=await queries.list_robots(actor), **_words(actor))

    @get("/new", needs=Permission.ROBOTS_WRITE)
    async def show_new(self, actor: NamedDependency[Actor]) -> Page:
        """An empty form."""
        return await _form_page(actor, empty_form(RobotForm, locale=actor.locale), None)

    @post("/new", needs=Permission.ROBOTS_WRITE)
    async def create(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page | Redirect:
        """Register one."""
        form = typed_form(request, RobotForm)
        with form.refusals():
            robot_id = await service.register_robot(actor, form.data.wanted(), now=clock.now())
            return Redirect(f"{PATH}/{robot_id}", said=_("Saved. Send a test now. The address is not shown again."))
        return await _form_page(actor, form, None, status_code=422)

    @get("/{robot_id:uuid}", needs=Permission.ROBOTS_READ)
    async def show(self, actor: NamedDependency[Actor], robot_id: FromPath[UUID]) -> Page:
        """One robot, and what became of its messages."""
        robot = await queries.get_robot(actor, robot_id)
        return Page(SHOW, robot=robot, messages=await queries.list_messages(actor, robot_id), **_words(actor))

    @get("/{robot_id:uuid}/edit", needs=Permission.ROBOTS_WRITE)
    async def show_edit(self, actor: NamedDependency[Actor], robot_id: FromPath[UUID]) -> Page:
        """The form with what stands, without the address."""
        robot = await queries.get_robot(actor, robot_id)
        form = empty_form(
            RobotForm, name=robot.name, kind=robot.kind, events=list(robot.events), manager=robot.manager_id,
            locale=robot.locale,
        )  # fmt: skip
        return await _form_page(actor, form, robot)

    @post("/{robot_id:uuid}/edit", needs=Permission.ROBOTS_WRITE)
    async def change(
        self, request: AnyRequest, actor: NamedDependency[Actor], robot_id: FromPath[UUID]
    ) -> Page | Redirect:
        """Change it."""
        form = typed_form(request, RobotForm)
        with form.refusals():
            await service.change_robot(actor, robot_id, form.data.wanted(), now=clock.now())
            return Redirect(f"{PATH}/{robot_id}", said=_("Saved."))
        return await _form_page(actor, form, await queries.get_robot(actor, robot_id), status_code=422)

    @post("/{robot_id:uuid}/moves", needs=Permission.ROBOTS_WRITE)
    async def move(self, request: AnyRequest, actor: NamedDependency[Actor], robot_id: FromPath[UUID]) -> Redirect:
        """Test, pause, resume or remove it."""
        verb = typed_form(request, MoveForm).data.verb
        back = PATH if verb == "remove" else f"{PATH}/{robot_id}"
        try:
            await service.move_robot(actor, robot_id, verb, now=clock.now())
        except Conflict as refusal:
            return Redirect(back, said=refusal.message)
        return Redirect(back, said=_(_SAID[verb]))


def _words(actor: Actor) -> dict[str, Any]:
    """What the pages have in common."""
    return {
        "kind_labels": {kind: _(label) for kind, label in KIND_LABELS.items()},
        "event_labels": {name: _(one.label) for name, one in announced().items()},
        "languages": LOCALES,
        "may_write": actor.may(Permission.ROBOTS_WRITE),
        "problem_words": problem_words,
        "pauses_after": PAUSES_AFTER,
    }


async def _form_page(actor: Actor, form: Typed[RobotForm], robot: RobotView | None, status_code: int = 200) -> Page:
    return Page(
        FORM, form=form, robot=robot, status_code=status_code,
        kinds=[(kind.value, _(label)) for kind, label in KIND_LABELS.items()],
        events=[(name, _(one.label)) for name, one in announced().items()],
        managers=[(str(key), name) for key, name in await queries.list_managers(actor)],
        languages=list(LOCALES.items()),
        signs=_(", ").join(_(KIND_LABELS[kind]) for kind in KIND_LABELS if kind in SIGNS),
    )  # fmt: skip


class RobotApi(Controller):
    """Robots as JSON; addresses go in and never come out."""

    path = "/api/v1/settings/robots"
    tags = ("robots",)

    @get("/", needs=Permission.ROBOTS_READ)
    async def index(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """All robots by name."""
        return {"items": [asdict(one) for one in await queries.list_robots(actor)]}

    @post("/", needs=Permission.ROBOTS_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[RobotBody]) -> dict[str, Any]:
        """Register one."""
        return {"id": await service.register_robot(actor, data.wanted(), now=clock.now())}

    @get("/{robot_id:uuid}", needs=Permission.ROBOTS_READ)
    async def show(self, actor: NamedDependency[Actor], robot_id: FromPath[UUID]) -> dict[str, Any]:
        """One, with its newest messages."""
        robot = await queries.get_robot(actor, robot_id)
        return asdict(robot) | {"messages": [asdict(one) for one in await queries.list_messages(actor, robot_id)]}

    @put("/{robot_id:uuid}", needs=Permission.ROBOTS_WRITE)
    async def change(
        self, actor: NamedDependency[Actor], robot_id: FromPath[UUID], data: JSONBody[RobotBody]
    ) -> dict[str, Any]:
        """Change it."""
        await service.change_robot(actor, robot_id, data.wanted(), now=clock.now())
        return {"id": robot_id}

    @post("/{robot_id:uuid}/moves", needs=Permission.ROBOTS_WRITE)
    async def move(
        self, actor: NamedDependency[Actor], robot_id: FromPath[UUID], data: JSONBody[MoveBody]
    ) -> dict[str, Any]:
        """Test, pause, resume or remove it."""
        await service.move_robot(actor, robot_id, data.verb, now=clock.now())
        return {"id": robot_id}
