"""The one guard: a handler says whom it is for, and what says nothing is for nobody."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from enum import Enum
from typing import Any, Final, TypeAlias

from litestar import Litestar
from litestar.exceptions import NotAuthorizedException
from litestar.handlers import BaseRouteHandler, HTTPRouteHandler
from litestar.routes import HTTPRoute

from portal.core.actor import Actor
from portal.core.errors import NotAllowed
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.web.site import Connection
from portal.core.web.visit import METHODS, SAFE_METHODS, visit_of


class Access(Enum):
    """For whom a handler is that asks for no particular right."""

    PUBLIC = "public"
    """Everybody, signed in or not."""
    SIGNED_IN = "signed_in"
    """Whoever is signed in."""


PUBLIC: Final = Access.PUBLIC
SIGNED_IN: Final = Access.SIGNED_IN

OTHER_SITES: Final = "other_sites"
"""What a handler declares that pages of other sites send to: it acts for nobody, so no token is asked of them."""

Needs: TypeAlias = Permission | AbstractSet[Permission] | Access
"""What a handler declares as `needs=`; of a set any one right is enough."""


def needs_of(handler: BaseRouteHandler) -> Needs | None:
    """What this handler declares, from its own decorator or a layer above it."""
    needs: Needs | None = handler.opt.get("needs")
    return needs


def _rights(needs: Permission | AbstractSet[Permission]) -> frozenset[Permission]:
    return frozenset({needs}) if isinstance(needs, Permission) else frozenset(needs)


async def guard(connection: Connection, handler: BaseRouteHandler) -> None:
    """Let the request through only if its actor has what the handler needs.

    Raises NotAuthorizedException for nobody, NotAllowed without the right or when nothing is declared.
    """
    needs = needs_of(handler)
    if needs is PUBLIC:
        return
    actor: Actor | None = visit_of(connection.scope).actor
    if actor is None:
        raise NotAuthorizedException
    if needs is SIGNED_IN:
        return
    if needs is None or isinstance(needs, Access) or not any(actor.may(one) for one in _rights(needs)):
        raise NotAllowed(_("Your role does not include this."), code="permission")


def served(app: Litestar) -> Iterator[tuple[HTTPRoute, HTTPRouteHandler]]:
    """Every route and handler that can be reached. OPTIONS is answered before any handler (`headers.py`).

    Raises RuntimeError for a route that is not plain HTTP: no guard stands before those.
    """
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            message = f"{route.path} is not a plain HTTP route"
            raise RuntimeError(message)  # noqa: TRY004 -- the route is wrong, not an argument
        for handler in route.route_handlers:
            if METHODS & handler.http_methods:
                yield route, handler


def check_routes(app: Litestar) -> None:
    """Refuse to start with an unguarded handler. Raises RuntimeError that names each one and why."""
    wrong = [
        f"{'/'.join(sorted(handler.http_methods))} {route.path} ({handler}): {why}"
        for route, handler in served(app)
        if (why := _wrong(handler))
    ]
    if wrong:
        message = "these handlers are not guarded:\n" + "\n".join(wrong)
        raise RuntimeError(message)


def _wrong(handler: HTTPRouteHandler) -> str:
    """Why this handler must not be served; empty if it may."""
    needs: Any = needs_of(handler)
    if needs is None:
        return "declares no needs="
    if handler.opt.get(OTHER_SITES) and not (needs is PUBLIC and handler.opt.get("unit") is False):
        return "what other sites send must act for nobody: needs=PUBLIC and unit=False"
    if isinstance(needs, Access):
        return ""
    if not (isinstance(needs, Permission) or _is_set_of_rights(needs)):
        return "needs= is not a permission, a set of them, PUBLIC or SIGNED_IN"
    reads = sorted(one for one in _rights(needs) if one.value.endswith(".read"))
    if reads and handler.http_methods - SAFE_METHODS:
        return f"a read permission guards an unsafe method: {', '.join(reads)}"
    return ""


def _is_set_of_rights(needs: Any) -> bool:
    return isinstance(needs, AbstractSet) and bool(needs) and all(isinstance(one, Permission) for one in needs)
