"""One unit of work per request: everything it does is committed before the answer leaves, or undone."""

from contextlib import suppress
from typing import Final

from litestar import Request
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from portal.core import clock
from portal.core.actor import Actor
from portal.core.db import transaction
from portal.core.web.errors import respond
from portal.core.web.idempotency import Claim, claim_key
from portal.core.web.visit import AnyRequest, WatchedSend, is_unsafe, visit_of

FAILED: Final = 400
"""From this status on nothing is kept."""


class _Undo(Exception):
    """Leaves the unit of work so that it rolls back."""


class Answer:
    """An answer held back until its work is committed."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body = b""
        self._messages: list[Message] = []

    async def hold(self, message: Message) -> None:
        """Take one message of the answer."""
        self._messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = list(message["headers"])
        elif message["type"] == "http.response.body":
            self.body += message["body"]

    async def release(self, send: Send) -> None:
        """Send it as it came."""
        for message in self._messages:
            await send(message)


class UnitMiddleware(ASGIMiddleware):
    """Opens the actor's transaction around the handler, unless the route says `unit=False` or nobody asks.

    A safe request runs read-only and streams through, unless the route says `records=True` (who looked).
    """

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Run the rest inside the unit of work."""
        actor = visit_of(scope).actor
        opt = scope["route_handler"].opt
        if actor is None or opt.get("unit") is False:
            await next_app(scope, receive, send)
        elif is_unsafe(scope) or opt.get("records"):
            await _write(actor, scope, receive, send, next_app)
        else:
            await _read(actor, scope, receive, send, next_app)


async def _read(actor: Actor, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
    """Run read-only, and let the answer through as it comes."""
    seen = WatchedSend(send)
    with suppress(_Undo):
        async with transaction(actor, read_only=True):
            await next_app(scope, receive, seen)
            if seen.status >= FAILED:
                raise _Undo


async def _write(actor: Actor, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
    """Run, commit, and only then answer. What the commit itself refuses becomes the answer instead."""
    request: AnyRequest = Request(scope, receive, send)
    answer = Answer()
    try:
        async with transaction(actor):
            claim = await claim_key(request, actor, now=clock.now())
            await _answer(claim, request, answer, next_app)
            await _settle(claim, answer)
    except _Undo:
        pass
    except Exception as error:  # noqa: BLE001 -- `respond` tells and logs whatever it is
        await respond(request, error).to_asgi_response(app=None, request=request)(scope, receive, send)
        return
    await answer.release(send)


async def _settle(claim: Claim | None, answer: Answer) -> None:
    """Keep the answer with its key. Raises _Undo for a failed one, so that nothing stays."""
    if answer.status >= FAILED:
        raise _Undo
    if claim is not None and not claim.is_replay:
        await claim.keep(answer.status, answer.headers, answer.body)


async def _answer(claim: Claim | None, request: AnyRequest, answer: Answer, next_app: ASGIApp) -> None:
    """The handler's answer, or the one it gave to this key before; rights are asked again for both."""
    if claim is not None and claim.is_replay:
        await request.scope["route_handler"].authorize_connection(connection=request)
        await claim.replay(answer.hold)
    else:
        await next_app(request.scope, request.receive, answer.hold)
