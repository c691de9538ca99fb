"""The authorization matrix: every route, every caller, whose object, in every transport."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from litestar import Litestar

from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.permissions import Role, Side
from portal.core.web.guard import served
from portal.core.web.visit import METHODS, SAFE_METHODS
from portal.identity import service
from tests import make
from tests.make import NOON, Cast
from tests.security.objects import WORDS, Objects, make_objects
from tests.security.policy import POLICY, Row
from tests.web import Browser

pytestmark = pytest.mark.authz_matrix

ROLES = {
    "pia": "sales", "paul": "admin", "pam": "marketing", "petra": "finance", "otto": "sales", "oona": "admin",
    "dora": "admin", "vera": "MANAGER", "sam": "SALES", "cleo": "SUCCESS", "milo": "MARKETING", "faye": "FINANCE",
    "finn": "FINANCE", "audra": "AUDITOR", "ada": "ADMIN",
}  # fmt: skip
OF_ALPHA = ("pia", "paul", "pam", "petra")
TRANSPORTS = {"page": {}, "fragment": {"HX-Request": "true"}, "json": {"Accept": "application/json"}}


@dataclass(frozen=True)
class Cell:
    """One question to the application, and the answers that are right."""

    route: str
    caller: str
    owner: str
    transport: str
    expected: frozenset[int]
    denied: bool


def routes_of(app: Litestar) -> list[str]:
    """`METHOD path` of everything that can be reached."""
    return sorted(
        {f"{method} {route.path}" for route, handler in served(app) for method in METHODS & handler.http_methods}
    )


def test_every_route_has_a_row_and_every_row_a_route(app: Litestar) -> None:
    routes = set(routes_of(app))
    assert routes - set(POLICY) == set(), "routes without a row in tests/security/policy.py"
    assert set(POLICY) - routes == set(), "rows without a route"


def is_visible(row: Row, caller: str, owner: str) -> bool:
    """Whether this caller may know of the object."""
    role = ROLES[caller]
    if owner == "missing":
        return False
    if row.shared:
        return True
    if role.isupper():
        return True
    if caller == "dora":
        return owner == "own" and not row.own_only
    return (owner == "own") == (caller in OF_ALPHA)


def expected_of(route: str, row: Row, caller: str, owner: str, transport: str) -> tuple[frozenset[int], bool]:
    """The right statuses, and whether they are a denial."""
    method, path = route.split(" ", 1)
    fine = frozenset({200} if method in SAFE_METHODS else {200, 201, 204, 303, 400, 409, 422})
    if "PUBLIC" in row.who:
        # The form token of a session that has ended is worth nothing either.
        stale = {403} if caller == "ended" and method not in SAFE_METHODS else set()
        return (frozenset({404} | stale), True) if row.on == "token" else (fine | {303, 429} | stale, False)
    if caller in ("nobody", "ended"):
        page = transport == "page" and not path.startswith("/api/")
        return frozenset({302, 303} if page else {401}), True
    if ROLES[caller] not in row.who:
        return frozenset({403}), True
    if row.on and not is_visible(row, caller, owner):
        return frozenset({403, 404} if caller == "dora" and owner == "own" else {404}), True
    if ROLES[caller] in row.refused:
        return frozenset({403}), True
    return fine, False


def cells_of(route: str, row: Row) -> Iterator[Cell]:
    """Every question about one route."""
    owners = ("own", "rival", "missing") if row.on and row.on != "token" else ("none",)
    for caller in (*ROLES, "nobody", "ended"):
        for owner in owners:
            for transport in TRANSPORTS:
                yield Cell(route, caller, owner, transport, *expected_of(route, row, caller, owner, transport))


def address(route: str, row: Row, ids: dict[str, str]) -> str:
    """The path with its parameters filled in."""

    def fill(found: re.Match[str]) -> str:
        name, kind = found.group(1), found.group(2)
        return ids[row.on] if kind == "uuid" else WORDS[name]

    return re.sub(r"\{(\w+):(\w+)\}", fill, route.split(" ", 1)[1])


async def _state() -> object:
    """What must not change when something is denied."""
    async with db.transaction(SYSTEM):
        return await db.sql(
            "SELECT (SELECT count(*) FROM core_event) AS events, (SELECT count(*) FROM mail_message) AS mails,"
            " (SELECT md5(string_agg(d::text, '' ORDER BY d.id)) FROM partners_deal d) AS deals,"
            " (SELECT md5(string_agg(c::text, '' ORDER BY c.id)) FROM partners_customer_card c) AS cards,"
            " (SELECT md5(string_agg(c::text, '' ORDER BY c.id)) FROM partners_company c) AS companies,"
            " (SELECT md5(string_agg(m::text, '' ORDER BY m.id)) FROM identity_membership m) AS members"
        )


class Asking:
    """The browsers of everybody, and their questions."""

    def __init__(self, app: Litestar, cast: Cast, objects: Objects) -> None:
        self.app, self.cast, self.objects = app, cast, objects
        self.browsers: dict[str, Browser] = {}

    async def browser(self, caller: str) -> Browser:
        """The caller's browser, signed in and with a form token."""
        if caller not in self.browsers:
            self.browsers[caller] = await self._open(caller)
        return self.browsers[caller]

    async def _open(self, caller: str) -> Browser:
        actor: Actor | None = None if caller == "nobody" else self.cast.everybody().get(caller)
        if caller == "ended":
            actor = await make.person("Emil Alpha", Side.PARTNER, [Role.PARTNER_ADMIN], self.cast.alpha)
        browser = await Browser.of(self.app, actor)
        await browser.get("/profile" if actor else "/sign-in")
        if actor and caller == "ended":
            await service.end_membership(self.cast.paul, actor.membership_id, self.cast.paul.membership_id, now=NOON)
        return browser

    async def ask(self, cell: Cell) -> httpx.Response:
        """Put the question."""
        method = cell.route.split(" ", 1)[0]
        row = POLICY[cell.route]
        ids = getattr(self.objects, cell.owner, self.objects.missing)
        browser = await self.browser(cell.caller)
        headers = {**TRANSPORTS[cell.transport], "X-CSRF-Token": browser.form_token}
        path = address(cell.route, row, ids)
        body: dict[str, Any] = {"json": {}} if path.startswith("/api/") and method not in SAFE_METHODS else {}
        answer = await browser.client.request(method, path, headers=headers, **body)
        if path.startswith(("/sign-out", "/profile/membership")):
            del self.browsers[cell.caller]
        return answer


def _masked(answer: httpx.Response) -> str:
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|value=\"[^\"]*\"", "", answer.text)


SHARDS = 4


@pytest.mark.parametrize("shard", range(SHARDS))
async def test_matrix(
    app: Litestar, cast: Cast, shard: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.identity.rules.FAILURES_PER_NETWORK", 10**9)
    asking = Asking(app, cast, await make_objects(cast))
    wrong, counts = [], Counter[str]()
    routes = sorted(POLICY)[shard::SHARDS]
    for route in routes:
        unseen: dict[tuple[str, str], str] = {}
        for cell in cells_of(route, POLICY[route]):
            unsafe = not route.startswith(("GET", "HEAD"))
            await asking.browser(cell.caller)
            before = await _state() if cell.denied and unsafe else None
            answer = await asking.ask(cell)
            counts["cells"] += 1
            counts["denials"] += cell.denied
            counts["assertions"] += 2
            if answer.status_code not in cell.expected:
                wrong.append(f"{cell}: {answer.status_code}")
            if before is not None and await _state() != before:
                wrong.append(f"{cell}: changed rows")
            name = "Omega" if cell.caller in OF_ALPHA else "Alpha" if cell.caller in ("otto", "oona") else "\0"
            if name in answer.text:
                wrong.append(f"{cell}: tells of {name}")
            if answer.status_code == 404:
                same = unseen.setdefault((cell.caller, cell.transport), _masked(answer))
                counts["assertions"] += 1
                if same != _masked(answer):
                    wrong.append(f"{cell}: an unseen one answers unlike a missing one")
    with capsys.disabled():
        print(f"\nmatrix {shard + 1}/{SHARDS}: routes {len(routes)}, {dict(counts)}, wrong {len(wrong)}")
    assert not wrong, "\n".join(wrong[:40])
