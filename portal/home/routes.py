"""Where the home page is found."""

from typing import Any, Final

from litestar import Controller, get
from litestar.di import NamedDependency

from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.core.web import navigation
from portal.core.web.pages import Page
from portal.home import blocks, service

HOME: Final = "portal/home/pages/home.html"

navigation.register("home", label=N_("Home"), icon="home", href="/", order=0, permission=Permission.HOME_READ)


class HomePages(Controller):
    """What waits, how things are, what changed."""

    path = "/"

    @get("/", needs=Permission.HOME_READ)
    async def show(self, actor: NamedDependency[Actor]) -> Page:
        """The home page of whoever is signed in."""
        now = clock.now()
        home = await service.home_of(actor, now=now)
        today = now.astimezone(formats.time_zone()).date()
        return Page(
            HOME, home=home, today=today, greeting=blocks.greeting(actor.name, now),
            waiting=blocks.waiting_line(home.waiting), may_register=actor.may(Permission.DEALS_WRITE),
        )  # fmt: skip


class HomeApi(Controller):
    """The home page as JSON."""

    path = "/api/v1/home"
    tags = ("home",)

    @get("/", needs=Permission.HOME_READ)
    async def show(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """What waits and the figures."""
        home = await service.home_of(actor, now=clock.now())
        return {
            "waits": [{"title": one.title, "text": one.text, "href": one.action_href} for one in home.waits],
            "figures": [{"label": one.label, "value": one.value, "note": one.note} for one in home.figures],
        }
