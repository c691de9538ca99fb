"""Where terms are found: the vendor's pages and API. They come in by imports only."""

import dataclasses
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from attribution.terms import queries
from attribution.terms.lists import TERMS
from attribution.terms.rules import LOOKS, standing_of
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission, Side
from portal.core.web import navigation
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest

LIST: Final = "attribution/terms/pages/list.html"
SHOW: Final = "attribution/terms/pages/show.html"

navigation.register(
    "terms", label=N_("Contracts"), icon="signature", href="/terms", order=53,
    permission=Permission.REVENUE_READ, side=Side.STAFF, under="customers",
)  # fmt: skip


class TermPages(Controller):
    """What customers have from a day to a day."""

    path = "/terms"

    @get("/", needs=Permission.REVENUE_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        return Page(LIST, listing=await list_page(TERMS, actor, request.query_params, now=clock.now()))

    @get("/export/{file_type:str}", needs=Permission.REVENUE_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(TERMS, actor, request.query_params, file_type, now=clock.now())

    @get("/{term_id:uuid}", needs=Permission.REVENUE_READ)
    async def show(self, actor: NamedDependency[Actor], term_id: FromPath[UUID]) -> Page:
        """One contract."""
        term = await queries.get_term(actor, term_id)
        standing = standing_of(term.starts_on, term.ends_on, clock.day_of(clock.now(), formats.time_zone().key))
        return Page(SHOW, term=term, standing=LOOKS[standing])


class TermApi(Controller):
    """Terms as JSON."""

    path = "/api/v1/terms"
    tags = ("terms",)

    @get("/", needs=Permission.REVENUE_READ, operation_class=list_operation(TERMS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of contracts and the cursor of the next."""
        return await list_items(TERMS, actor, request.query_params, now=clock.now())

    @get("/{term_id:uuid}", needs=Permission.REVENUE_READ)
    async def show(self, actor: NamedDependency[Actor], term_id: FromPath[UUID]) -> dict[str, Any]:
        """One contract; its value in whole minor units with the currency."""
        plain = dataclasses.asdict(await queries.get_term(actor, term_id))
        value = plain.pop("value")
        return plain | {"value_minor": value["minor"], "currency": value["currency"]}
