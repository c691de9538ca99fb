"""One request: who makes it, in which language, and what its form says."""

from dataclasses import dataclass, field
from typing import Any, Final

from litestar import Request
from litestar.datastructures import UploadFile
from litestar.types import Message, Scope, Send

from portal.core.actor import Actor

_STATE_KEY: Final = "visit"
SAFE_METHODS: Final = frozenset({"GET", "HEAD"})
METHODS: Final = SAFE_METHODS | {"POST", "PUT", "PATCH", "DELETE"}

Pairs = list[tuple[str, str]]
AnyRequest = Request[Any, Any, Any]


@dataclass(slots=True)
class Visit:
    """What the floor finds out about a request before its handler runs."""

    request_id: str
    actor: Actor | None = None
    session_id: str | None = None
    fields: Pairs = field(default_factory=list)
    """The form as it was sent, in order; empty when the body is no form."""
    files: list[tuple[str, UploadFile]] = field(default_factory=list)
    """The files of the form, by field."""


def keep_visit(scope: Scope, visit: Visit) -> None:
    """Put it into the request's state."""
    scope["state"][_STATE_KEY] = visit


def visit_of(scope: Scope) -> Visit:
    """The visit of this request."""
    visit: Visit = scope["state"][_STATE_KEY]
    return visit


def header(scope: Scope, name: bytes) -> str:
    """A header's first value, empty when it is missing; `name` in lower case."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


def is_htmx(scope: Scope) -> bool:
    """Whether htmx asks for a fragment. Boosted links and restored history want the whole page."""
    return (
        header(scope, b"hx-request") == "true"
        and header(scope, b"hx-boosted") != "true"
        and header(scope, b"hx-history-restore-request") != "true"
    )


def is_api(scope: Scope) -> bool:
    """Whether a program asks: it gets problem+json instead of a page."""
    path: str = scope["path"]
    return path.startswith("/api/") or header(scope, b"accept").startswith("application/json")


def method_of(scope: Scope) -> str:
    """The HTTP method in capitals; nothing but HTTP is served."""
    return str(scope.get("method", ""))


def is_unsafe(scope: Scope) -> bool:
    """Whether the method may change something."""
    return method_of(scope) not in SAFE_METHODS


class WatchedSend:
    """A `send` that remembers the status of what went out; zero before anything did."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Look, and pass it on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
