"""Where the outbox is found: every mail that was written, and what became of it."""

from typing import Any, Final
from uuid import UUID

from litestar import Controller, Request, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from portal.core import clock
from portal.core.actor import Actor
from portal.core.i18n import LOCALES
from portal.core.web.export import FileType, export_list
from portal.core.web.guard import SIGNED_IN
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.site import site_of
from portal.mail import queries
from portal.mail.lists import MAILS, state_of
from portal.mail.rules import parts_of
from portal.mail.sending import is_sending

AnyRequest = Request[Any, Any, Any]
LIST: Final = "portal/mail/pages/list.html"
SHOW: Final = "portal/mail/pages/show.html"


def _is_open(request: AnyRequest) -> bool:
    """Whether this is the demo's outbox: made-up people, and no server through which anything could leave."""
    return site_of(request).demo and not is_sending()


class MailPages(Controller):
    """The outbox."""

    path = "/settings/mail"

    @get("/", needs=SIGNED_IN)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> Page:
        """All mails, newest first."""
        is_open = _is_open(request)
        async with queries.reading(actor, is_open=is_open) as reader:
            listing = await list_page(MAILS, reader, request.query_params, now=clock.now())
        return Page(LIST, listing=listing, is_open=is_open, is_sending=is_sending())

    @get("/export/{file_type:str}", needs=SIGNED_IN)
    async def export(self, request: AnyRequest, actor: NamedDependency[Actor], file_type: FromPath[FileType]) -> Stream:
        """What the list shows, all of it, as a file; never the texts."""
        async with queries.reading(actor, is_open=_is_open(request)) as reader:
            return await export_list(MAILS, reader, request.query_params, file_type, now=clock.now())

    @get("/{mail_id:uuid}", needs=SIGNED_IN)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor], mail_id: FromPath[UUID]) -> Page:
        """One mail as text; its links lead on in the demo only."""
        is_open = _is_open(request)
        mail = await queries.get_mail(actor, mail_id, is_open=is_open)
        return Page(
            SHOW, mail=mail, parts=parts_of(mail.text), state=state_of(mail.sent_at, mail.error), is_open=is_open,
            language=LOCALES.get(mail.locale, mail.locale),
        )  # fmt: skip


class MailApi(Controller):
    """The outbox as JSON."""

    path = "/api/v1/settings/mail"
    tags = ("mail",)

    @get("/", needs=SIGNED_IN)
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of mails and the cursor of the next."""
        async with queries.reading(actor, is_open=_is_open(request)) as reader:
            return await list_items(MAILS, reader, request.query_params, now=clock.now())

    @get("/{mail_id:uuid}", needs=SIGNED_IN)
    async def show(self, request: AnyRequest, actor: NamedDependency[Actor], mail_id: FromPath[UUID]) -> queries.Mail:
        """One mail."""
        return await queries.get_mail(actor, mail_id, is_open=_is_open(request))
