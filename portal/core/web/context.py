"""What every page is given, put together in one place."""

from typing import Any, Final

from litestar.datastructures import Cookie

from portal.core import i18n, ids
from portal.core.web import csrf, flash
from portal.core.web.navigation import navigation
from portal.core.web.site import Connection, site_of
from portal.core.web.visit import visit_of


class _FreshKey:
    """Writes another idempotency key each time it is written, so that no two forms of a page share one."""

    def __str__(self) -> str:
        return str(ids.new_id())

    __html__ = __str__


_FRESH_KEY: Final = _FreshKey()


def request_address(connection: Connection) -> str:
    """Path and query of the request: where to come back to."""
    query = connection.scope["query_string"].decode("latin-1")
    path: str = connection.scope["path"]
    return f"{path}?{query}" if query else path


async def page_context(connection: Connection, *, whole: bool) -> tuple[dict[str, Any], list[Cookie]]:
    """The context of a page and the cookies that go with it.

    A fragment (`whole=False`) has neither navigation nor flash, and makes no query.
    """
    actor = visit_of(connection.scope).actor
    context, cookies = plain_context(connection)
    if not whole:
        return context, cookies
    context["nav"], context["unread"] = await navigation(actor, connection.scope["path"])
    left = flash.read_flash(connection)
    if left is not None:
        context["flash"] = left
        cookies.append(site_of(connection).cookies.drop(flash.COOKIE))
    return context, cookies


def plain_context(connection: Connection) -> tuple[dict[str, Any], list[Cookie]]:
    """The same without anything from the database: fragments, and errors after which it cannot be asked."""
    site = site_of(connection)
    visit = visit_of(connection.scope)
    token, cookie = csrf.issue_token(connection)
    context: dict[str, Any] = {
        "actor": visit.actor,
        "nav": [],
        "unread": 0,
        "csrf_token": token,
        "idempotency_key": _FRESH_KEY,
        "vendor_name": site.vendor_name,
        "locale": i18n.current_locale(),
        "request_path": connection.scope["path"],
        "request_address": request_address(connection),
        "flash": None,
        "demo": site.demo,
    }
    return context, [cookie] if cookie else []
