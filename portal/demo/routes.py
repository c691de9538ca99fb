"""Where the demo explains itself: what in it is real, joined and generated, and whom to try it as."""

from typing import Any, Final

from litestar import Controller, Request, get

from portal.core import db
from portal.core.errors import NotFound
from portal.core.permissions import Role
from portal.core.web.guard import PUBLIC
from portal.core.web.pages import Page
from portal.core.web.site import site_of
from portal.demo import mark
from portal.demo.about import ABOUT, ORIGINS
from portal.identity.guests import Guest, Guests, provides_guests
from portal.identity.queries import ROLE_LABELS

AnyRequest = Request[Any, Any, Any]
ABOUT_PAGE: Final = "portal/demo/pages/about.html"


@provides_guests
async def guests() -> Guests:
    """The demo's people, one per role, whoever asks: they are made up."""
    async with db.detached():
        found = await mark.sign_ins()
    people = [Guest(Role(one.role), one.email, one.name, one.company) for one in found]
    return Guests(people, mark.PASSWORD if people else "")


class DemoPages(Controller):
    """The page about the demo; nothing where this is none."""

    path = "/demo"
    include_in_schema = False

    @get("/", needs=PUBLIC, unit=False)
    async def about(self, request: AnyRequest) -> Page:
        """What is in the demo and where it comes from. Raises NotFound where this is no demo."""
        if not site_of(request).demo:
            raise NotFound
        known = await guests()
        return Page(ABOUT_PAGE, sections=ABOUT, origins=ORIGINS, guests=known, role_labels=ROLE_LABELS)
