"""No other site can make a person's browser write here: Origin check, and a token bound to the session."""

import secrets
from typing import Final

from litestar import Request
from litestar.datastructures import Cookie
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Scope, Send

from portal.core.errors import NotAllowed
from portal.core.i18n import gettext as _
from portal.core.web.bodies import close_files, read_body
from portal.core.web.guard import OTHER_SITES, PUBLIC, needs_of
from portal.core.web.site import Connection, site_of
from portal.core.web.visit import AnyRequest, header, is_unsafe, visit_of

FIELD: Final = "csrf_token"
HEADER: Final = b"x-csrf-token"
COOKIE: Final = "visitor"
"""Stands in for the session while nobody is signed in, so that sign-in forms have a token too."""
_PURPOSE: Final = "csrf"


def _bound_to(connection: Connection) -> str | None:
    """What this browser's token is bound to: its session, else its visitor cookie."""
    session = visit_of(connection.scope).session_id
    if session is not None:
        return f"session:{session}"
    visitor = connection.cookies.get(site_of(connection).cookies.name(COOKIE))
    return f"visitor:{visitor}" if visitor else None


def issue_token(connection: Connection) -> tuple[str, Cookie | None]:
    """The token for this browser's forms, and the visitor cookie to set when there is nothing to bind it to.

    The token stays the same for the session: pages are not compressed, so their length tells nothing of it.
    """
    site = site_of(connection)
    bound = _bound_to(connection)
    if bound is not None:
        return site.sign(_PURPOSE, bound), None
    visitor = secrets.token_urlsafe(24)
    return site.sign(_PURPOSE, f"visitor:{visitor}"), site.cookies.make(COOKIE, visitor)


def check_origin(connection: Connection) -> None:
    """Raise NotAllowed when the browser says that another site sent this.

    Programs that send neither header are held by the token alone.
    """
    origin = header(connection.scope, b"origin")
    fetched_from = header(connection.scope, b"sec-fetch-site")
    ours = site_of(connection).is_origin(origin) if origin else fetched_from in {"", "same-origin", "none"}
    if not ours:
        raise NotAllowed(_("This came from another site and was not accepted."), code="origin")


def check_token(connection: Connection) -> None:
    """Raise NotAllowed unless the form or header carries this browser's token."""
    given = header(connection.scope, HEADER) or dict(visit_of(connection.scope).fields).get(FIELD, "")
    bound = _bound_to(connection)
    if bound is None or not site_of(connection).is_signed(_PURPOSE, bound, given):
        raise NotAllowed(_("This page is out of date. Reload it and try again."), code="csrf")


class CsrfMiddleware(ASGIMiddleware):
    """Reads the body of every unsafe request, and refuses what another site could have sent."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Check, then go on. Whoever is not signed in is left to the guard where the route is not public."""
        if not is_unsafe(scope) or scope["route_handler"].opt.get(OTHER_SITES):
            await next_app(scope, receive, send)
            return
        request: AnyRequest = Request(scope, receive, send)
        check_origin(request)
        try:
            await read_body(request)
            if visit_of(scope).actor is not None or needs_of(scope["route_handler"]) is PUBLIC:
                check_token(request)
            await next_app(scope, receive, send)
        finally:
            await close_files(request)
