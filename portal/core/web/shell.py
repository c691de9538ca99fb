"""The outermost layer: who comes and in which language, headers on every answer, one line in the log."""

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from litestar import Request, Response
from litestar.enums import MediaType, ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from portal.core import i18n
from portal.core.actor import Actor
from portal.core.web.errors import respond
from portal.core.web.headers import check_request, protecting
from portal.core.web.site import Site
from portal.core.web.static import PREFIX
from portal.core.web.visit import AnyRequest, Visit, WatchedSend, header, keep_visit, method_of

Resolve = Callable[[Mapping[str, str]], Awaitable[tuple[Actor, str] | None]]
"""From the cookies to the actor and the id of its session; None for nobody. Handed in by the roof."""

LOCALE_COOKIE: Final = "locale"
_NOBODY_ASKS: Final = (f"{PREFIX}/", "/health")
"""Beginnings of addresses that are the same for everybody, so that no session is looked up."""
_LOG = structlog.get_logger("portal.web")


class Shell:
    """Around Litestar's own router, so that also a missing route or a wrong method passes here."""

    def __init__(self, app: ASGIApp, site: Site, resolve: Resolve) -> None:
        self._app = app
        self._site = site
        self._resolve = resolve

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; nothing that goes wrong leaves it without an answer and a line in the log."""
        if scope["type"] != ScopeType.HTTP:
            message = "only HTTP is served"
            raise RuntimeError(message)
        visit = Visit(request_id=secrets.token_hex(8))
        keep_visit(scope, visit)
        answer = WatchedSend(protecting(send, self._site, visit.request_id))
        locale = i18n.set_locale(None)
        started = time.perf_counter()
        try:
            with structlog.contextvars.bound_contextvars(request_id=visit.request_id):
                try:
                    await self._serve(scope, receive, answer, visit)
                finally:
                    _log_request(scope, visit, answer.status, time.perf_counter() - started)
        finally:
            i18n.reset_locale(locale)

    async def _serve(self, scope: Scope, receive: Receive, answer: WatchedSend, visit: Visit) -> None:
        request: AnyRequest = Request(scope, receive, answer)
        try:
            i18n.set_locale(_locale_of(request, self._site, None))
            check_request(scope, self._site)
            await self._recognise(request, visit)
            await self._app(scope, receive, answer)
        except Exception as error:
            if answer.status:
                raise
            await _last_resort(request, error)(scope, receive, answer)

    async def _recognise(self, request: AnyRequest, visit: Visit) -> None:
        """Find out who asks, and write in that person's language."""
        if request.scope["path"].startswith(_NOBODY_ASKS):
            return
        known = await self._resolve(request.cookies)
        if known is not None:
            visit.actor, visit.session_id = known
            i18n.set_locale(_locale_of(request, self._site, visit.actor.locale))


def _locale_of(request: AnyRequest, site: Site, saved: str | None) -> str:
    cookie = request.cookies.get(site.cookies.name(LOCALE_COOKIE))
    return i18n.choose_locale(cookie, saved, header(request.scope, b"accept-language"))


def _last_resort(request: AnyRequest, error: Exception) -> ASGIApp:
    """The error page, or plain words when even that cannot be drawn."""
    try:
        return respond(request, error).to_asgi_response(app=None, request=request)
    except Exception:  # noqa: BLE001 -- there is nobody above to tell
        _LOG.exception("the error page failed")
        plain = Response(b"Internal Server Error", status_code=500, media_type=MediaType.TEXT)
        return plain.to_asgi_response(app=None, request=request)


def _log_request(scope: Scope, visit: Visit, status: int, seconds: float) -> None:
    """One line per request, from our own words only: the route's template, never the address."""
    _LOG.info(
        "request",
        method=method_of(scope),
        route=scope.get("path_template", "-"),
        status=status,
        ms=round(seconds * 1000, 1),
        membership=str(visit.actor.membership_id) if visit.actor else None,
    )
