"""Addresses of the floor itself: health, language."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Literal

import structlog
from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler

from portal.core.actor import SYSTEM, Actor
from portal.core.db import sql, transaction
from portal.core.web.forms import Form, typed_form
from portal.core.web.guard import PUBLIC
from portal.core.web.pages import Redirect
from portal.core.web.paths import own_path
from portal.core.web.shell import LOCALE_COOKIE
from portal.core.web.site import site_of
from portal.core.web.visit import AnyRequest, visit_of

RememberLocale = Callable[[Actor, str], Awaitable[None]]
"""Stores the language that a signed-in person chose; runs in the actor's unit of work."""

PING_SECONDS: Final = 2.0
_YEAR: Final = 365 * 24 * 3600
_LOG = structlog.get_logger("portal.web")


@get("/health", needs=PUBLIC, unit=False, include_in_schema=False)
async def health() -> Response[dict[str, str]]:
    """Whether the process answers and its database too; 503 otherwise. Tells nothing else."""
    try:
        async with asyncio.timeout(PING_SECONDS), transaction(SYSTEM):
            await sql("SELECT 1")
    except Exception:  # noqa: BLE001 -- whatever it is, the answer is 503 and the log has it
        _LOG.exception("the database does not answer")
        return Response({"status": "unavailable"}, status_code=503, headers={"Retry-After": "5"})
    return Response({"status": "ok"})


class LanguageForm(Form):
    """The language switch."""

    locale: Literal["en", "zh_CN"]
    next: str = "/"


def language_switch(remember: RememberLocale | None) -> HTTPRouteHandler:
    """The handler of the language switch, with where to store a person's choice."""

    @post("/language", needs=PUBLIC, include_in_schema=False)
    async def switch_language(request: AnyRequest) -> Redirect:
        """Choose the language of this device, and of the person; back to where one was."""
        form = typed_form(request, LanguageForm).data
        actor = visit_of(request.scope).actor
        if actor is not None and remember is not None:
            await remember(actor, form.locale)
        cookie = site_of(request).cookies.make(LOCALE_COOKIE, form.locale, max_age=_YEAR)
        return Redirect(own_path(form.next), cookies=[cookie])

    return switch_language
