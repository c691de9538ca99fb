"""What changed lately, in words."""

from typing import Any, Final

from litestar import Controller, get
from litestar.di import NamedDependency

from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.web.pages import Page
from portal.history.queries import latest

MOST: Final = 60
PAGE: Final = "portal/home/pages/news.html"


class NewsPages(Controller):
    """What is new in everything a person may see."""

    path = "/news"

    @get("/", needs=Permission.HOME_READ)
    async def show(self, actor: NamedDependency[Actor]) -> Page:
        """The latest events, newest first."""
        return Page(PAGE, changes=await latest(actor, most=MOST))


class NewsApi(Controller):
    """The same as JSON."""

    path = "/api/v1/news"
    tags = ("home",)

    @get("/", needs=Permission.HOME_READ)
    async def show(self, actor: NamedDependency[Actor]) -> dict[str, Any]:
        """The latest events, newest first."""
        changes = await latest(actor, most=MOST)
        return {
            "items": [
                {"name": one.name, "at": one.at, "actor": one.actor, "text": one.text, "subject_id": one.subject_id}
                for one in changes
            ]
        }
