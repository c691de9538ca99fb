"""What went wrong, told once: as a page, as a fragment or as problem+json."""

from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, urlsplit

import asyncpg
import structlog
from litestar import Response
from litestar.enums import MediaType
from litestar.exceptions import HTTPException, ValidationException
from litestar.serialization import encode_json
from pydantic import ValidationError

from portal.core.errors import Invalid, NotAllowed, NotFound, TooMany, TributaryError
from portal.core.i18n import N_, current_locale, language_tag
from portal.core.i18n import gettext as _
from portal.core.web.context import plain_context, request_address
from portal.core.web.environment import render
from portal.core.web.messages import messages_of
from portal.core.web.navigation import navigation_uncounted
from portal.core.web.pages import VARY
from portal.core.web.paths import own_path
from portal.core.web.visit import AnyRequest, header, is_api, is_htmx, is_unsafe, visit_of

TEMPLATE: Final = "portal/core/pages/error.html"
BLOCK: Final = "error"
PROBLEM_JSON: Final = "application/problem+json"
SIGN_IN: Final = "/sign-in"
RETRY_SECONDS: Final = 5
UNAUTHORIZED: Final = 401
UNAVAILABLE: Final = 503
SERVER_FAULT: Final = 500
"""From this status on it is our fault."""

_LOG = structlog.get_logger("portal.web")

_TITLES: Final = {
    400: N_("This request could not be understood"),
    401: N_("Please sign in"),
    403: N_("You may not do this"),
    404: N_("Nothing here"),
    405: N_("This page does not do that"),
    409: N_("Not possible now"),
    413: N_("Too large"),
    415: N_("Unknown kind of content"),
    422: N_("Something in the form is not right"),
    429: N_("Too many requests"),
    500: N_("Something broke on our side"),
    503: N_("Busy just now"),
}
_DETAILS: Final = {
    400: N_("Go back and try again."),
    401: N_("You are not signed in, or your session has ended."),
    403: N_("Your role does not include this. Somebody with the right role can do it."),
    404: N_("It does not exist, or it is not yours to see."),
    405: N_("Go back and use the buttons of the page."),
    409: N_("Somebody or something was faster. Reload and look again."),
    413: N_("Send something smaller."),
    415: N_("Send a form or JSON."),
    422: N_("Correct what is marked and send it again."),
    429: N_("Wait a little and try again."),
    500: N_("It is in our log under the reference below. Nothing was saved."),
    503: N_("The system is busy or being restarted. Nothing was saved; try again in a few seconds."),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """An error as a person or a program is told."""

    status: int
    title: str
    detail: str
    code: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    reference: str | None = None
    """Where to find it in the log; only for what is our fault."""


def _problem(status: int, detail: str = "", **more: Any) -> Problem:
    known = status if status in _TITLES else 400
    return Problem(status, _(_TITLES[known]), detail or _(_DETAILS[known]), **more)


_UNAVAILABLE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.InsufficientResourcesError,
    asyncpg.OperatorInterventionError,
    asyncpg.TransactionRollbackError,
    asyncpg.LockNotAvailableError,
    ConnectionError,
    TimeoutError,
)
"""The database is away, full, stopped the statement, or asks to run the transaction again."""


_LOST_RACE: Final = (asyncpg.UniqueViolationError, asyncpg.ExclusionViolationError)
"""Two were at it at once, and the database let one through."""


def is_unavailable(error: BaseException) -> bool:
    """Whether trying again in a few seconds may help."""
    lost = isinstance(error, asyncpg.InterfaceError) and "clos" in str(error)
    return lost or isinstance(error, _UNAVAILABLE)


def explain(error: Exception, reference: str) -> Problem:
    """The problem that this exception is. Of our own mistakes only the reference is told."""
    if isinstance(error, TributaryError):
        return _refusal(error)
    if isinstance(error, ValidationError):
        return _problem(422, errors=messages_of(error))
    if isinstance(error, ValidationException):
        return _problem(422, errors=_fields(error.extra))
    if isinstance(error, HTTPException) and error.status_code < SERVER_FAULT:
        return _problem(error.status_code)
    if isinstance(error, _LOST_RACE):
        return _problem(409)
    return _problem(503) if is_unavailable(error) else _problem(500, reference=reference)


def _refusal(error: TributaryError) -> Problem:
    """What rules and services raise. For a missing thing the words never differ: unseen is like missing."""
    match error:
        case NotFound():
            return _problem(404, code="not_found")
        case NotAllowed():
            return _problem(403, error.message, code=error.code)
        case Invalid():
            return _problem(422, error.message, code=error.code, errors=error.errors)
        case TooMany():
            return _problem(429, error.message, code=error.code)
        case _:
            return _problem(409, error.message, code=error.code)


def _fields(extra: Any) -> dict[str, str]:
    """One sentence per parameter that Litestar refused; its own words are English and name our types."""
    keys = [one["key"] for one in extra or [] if isinstance(one, dict) and "key" in one]
    return {str(key): _("This is not a valid value.") for key in keys}


def respond(request: AnyRequest, error: Exception) -> Response[Any]:
    """The response to an exception, in the form that this client understands. Makes no query."""
    visit = visit_of(request.scope)
    problem = explain(error, visit.request_id)
    if problem.status >= SERVER_FAULT:
        _LOG.error("request failed", status=problem.status, exc_info=error)
    if problem.status == UNAUTHORIZED:
        return _ask_to_sign_in(request, problem)
    return _as_answer(request, problem, _headers(problem, error))


def _headers(problem: Problem, error: Exception) -> dict[str, str]:
    headers = {"Vary": f"Accept, {VARY}"}
    if problem.status == UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_SECONDS)
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(error.retry_after)
    given = (error.headers or {}) if isinstance(error, HTTPException) else {}
    return headers | {name: given[name] for name in ("Allow", "Retry-After") if name in given}


def _ask_to_sign_in(request: AnyRequest, problem: Problem) -> Response[Any]:
    """A browser goes to the sign-in page and comes back; htmx and programs are told 401."""
    scope = request.scope
    if is_api(scope):
        return _as_answer(request, problem, {})
    if header(scope, b"hx-request") == "true":
        current = urlsplit(header(scope, b"hx-current-url"))
        back = own_path(f"{current.path}?{current.query}" if current.query else current.path)
        return _as_answer(request, problem, {"HX-Redirect": _sign_in(back)})
    location = SIGN_IN if is_unsafe(scope) else _sign_in(request_address(request))
    return Response(b"", status_code=303, media_type=MediaType.HTML, headers={"Location": location})


def _sign_in(back: str) -> str:
    return f"{SIGN_IN}?next={quote(back, safe='/')}"


def _as_answer(request: AnyRequest, problem: Problem, headers: dict[str, str]) -> Response[Any]:
    if is_api(request.scope):
        return problem_json(problem, headers)
    context, cookies = plain_context(request)
    block = BLOCK if is_htmx(request.scope) else None
    if block is None:
        context["nav"] = navigation_uncounted(context["actor"], request.scope["path"])
    body = render(TEMPLATE, block, {**context, "problem": problem})
    return Response(body, status_code=problem.status, media_type=MediaType.HTML, headers=headers, cookies=cookies)


def problem_json(problem: Problem, headers: dict[str, str]) -> Response[bytes]:
    """RFC 9457; nothing in it names the address, so that unseen and missing are the same bytes."""
    body: dict[str, Any] = {"type": "about:blank", "title": problem.title, "status": problem.status}
    body["detail"] = problem.detail
    if problem.code:
        body["code"] = problem.code
    if problem.errors:
        body["errors"] = [{"field": name, "message": text} for name, text in problem.errors.items()]
    if problem.reference:
        body["reference"] = problem.reference
    headers = {"Content-Language": language_tag(current_locale()), **headers}
    return Response(encode_json(body), status_code=problem.status, media_type=PROBLEM_JSON, headers=headers)
