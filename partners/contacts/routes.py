"""Where contacts are found: the vendor's pages and API. They come in by imports."""

import dataclasses
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from partners.contacts import queries
from partners.contacts.lists import CONTACTS, ROLES
from partners.customers.rules import country_name
from portal.core import clock
from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest

LIST: Final = "partners/contacts/pages/list.html"
SHOW: Final = "partners/contacts/pages/show.html"


class ContactPages(Controller):
    """The people at the vendor's accounts."""

    path = "/partners/contacts"

    @get("/", needs=Permission.ACCOUNTS_READ)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """The list."""
        return Page(LIST, listing=await list_page(CONTACTS, actor, request.query_params, now=clock.now()))

    @get("/export/{file_type:str}", needs=Permission.ACCOUNTS_READ)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file."""
        return await export_list(CONTACTS, actor, request.query_params, file_type, now=clock.now())

    @get("/{contact_id:uuid}", needs=Permission.ACCOUNTS_READ)
    async def show(self, actor: NamedDependency[Actor], contact_id: FromPath[UUID]) -> Page:
        """One person."""
        contact = await queries.get_contact(actor, contact_id)
        country = country_name(contact.country) if contact.country else ""
        return Page(SHOW, contact=contact, role=ROLES[contact.buying_role], country=country)


class ContactApi(Controller):
    """Contacts as JSON."""

    path = "/api/v1/partners/contacts"
    tags = ("contacts",)

    @get("/", needs=Permission.ACCOUNTS_READ, operation_class=list_operation(CONTACTS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of contacts and the cursor of the next."""
        return await list_items(CONTACTS, actor, request.query_params, now=clock.now())

    @get("/{contact_id:uuid}", needs=Permission.ACCOUNTS_READ)
    async def show(self, actor: NamedDependency[Actor], contact_id: FromPath[UUID]) -> dict[str, Any]:
        """One person."""
        return dataclasses.asdict(await queries.get_contact(actor, contact_id))
