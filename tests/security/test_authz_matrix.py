"""The authorization matrix: every route, every caller, whose object, in every transport."""

from collections import Counter

import pytest
from litestar import Controller, Litestar, get

from portal import app as roof
from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.web.guard import served
from tests.make import Cast
from tests.security.answers import questions_of, right_answer
from tests.security.asking import OF_ALPHA, OF_OMEGA, OUTSIDE, Asking, Question, is_safe, routes_of
from tests.security.policy import POLICY
from tests.security.rights import Row
from tests.security.samples import SAMPLES
from tests.security.wire import Answer, contents, touched, undone
from tests.web import make_app

pytestmark = pytest.mark.authz_matrix

SHARDS = 4
LEAST_ASSERTIONS = 5_000


def names_hidden_from(caller: str) -> tuple[str, ...]:
    """Companies of which this caller must never read."""
    if caller in OF_ALPHA or caller in ("dora", "ended"):
        return ("Omega",)
    if caller in OF_OMEGA:
        return ("Alpha", "Delta")
    return ("Alpha", "Omega", "Delta") if caller in OUTSIDE else ()


class Matrix:
    """Asks, compares, and counts."""

    def __init__(self, asking: Asking) -> None:
        self.asking = asking
        self.counts = Counter[str]()
        self.wrong: list[str] = []
        self._missing: dict[tuple[str, ...], object] = {}
        self._before: dict[str, str] = {}

    async def walk(self, routes: list[str]) -> None:
        """Every question about these routes."""
        self._before = await contents()
        for route in routes:
            self._missing.clear()
            for question in questions_of(route, POLICY[route]):
                async with undone():
                    await self._put(question, POLICY[route])
        self._expect(await contents() == self._before, "after all, something has changed")

    async def _put(self, question: Question, row: Row) -> None:
        right = right_answer(question, row)
        writes = await touched()
        answer = await self.asking.ask(question, row)
        self.counts["cells"] += 1
        self.counts["denials"] += right.denied
        self._expect(answer.status in right.statuses, f"{question}: {answer.status} instead of {set(right.statuses)}")
        if right.denied or is_safe(question.route):
            unchanged = await touched() == writes or await contents() == self._before
            self._expect(unchanged, f"{question}: rows have changed")
        for name in names_hidden_from(question.caller):
            self._expect(name not in answer.text, f"{question}: tells of {name}")
        if answer.status == 404 and right.denied:
            self._compare(question, answer)

    def _compare(self, question: Question, answer: Answer) -> None:
        """What is not seen answers byte for byte like what does not exist, ids aside."""
        key = (question.caller, question.transport, question.sample.name if question.sample else "")
        same = self._missing.setdefault(key, answer.masked())
        self._expect(same == answer.masked(), f"{question}: an unseen one answers unlike a missing one")

    def _expect(self, holds: object, what: str) -> None:
        self.counts["assertions"] += 1
        if not holds:
            self.wrong.append(what)


def test_every_route_has_a_row_and_every_row_a_route(app: Litestar) -> None:
    routes = set(routes_of(app))
    assert routes - set(POLICY) == set(), "routes without a row in tests/security/policy.py"
    assert set(POLICY) - routes == set(), "rows without a route"


def test_every_route_that_writes_has_a_right_request(app: Litestar) -> None:
    unsafe = {route for route in routes_of(app) if not is_safe(route)}
    assert unsafe - set(SAMPLES) == set(), "routes without a sample in tests/security/samples.py"
    assert set(SAMPLES) - unsafe == set(), "samples without a route"


def test_the_matrix_is_large_enough() -> None:
    cells = sum(1 for route, row in POLICY.items() for _question in questions_of(route, row))
    assert cells * 2 >= LEAST_ASSERTIONS


@pytest.mark.parametrize("shard", range(SHARDS))
async def test_matrix(app: Litestar, cast: Cast, shard: int, capsys: pytest.CaptureFixture[str]) -> None:
    routes = sorted(POLICY)[shard::SHARDS]
    matrix = Matrix(await Asking.begin(app, cast))
    await matrix.walk(routes)
    with capsys.disabled():
        counts = ", ".join(f"{count} {what}" for what, count in sorted(matrix.counts.items()))
        print(f"\nmatrix {shard + 1}/{SHARDS}: {len(routes)} routes, {counts}, wrong {len(matrix.wrong)}")
    assert not matrix.wrong, "\n".join(matrix.wrong[:40])


# --- controls: what the matrix is for, planted ---


class Planted(Controller):
    """A route that nobody wrote a row for."""

    path = "/planted"

    @get("/", needs=Permission.HOME_READ)
    async def show(self) -> str:
        """Say nothing."""
        return ""


def test_a_route_without_a_row_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roof, "CONTROLLERS", (*roof.CONTROLLERS, Planted))
    assert set(routes_of(make_app())) - set(POLICY) == {"GET /planted"}


def widen(app: Litestar, route: str) -> None:
    """Let everybody who is signed in through the guard of this route."""
    handlers = [h for found, h in served(app) if route in {f"{method} {found.path}" for method in h.http_methods}]
    assert len(handlers) == 1
    handlers[0].opt["needs"] = Permission.HOME_READ


@pytest.mark.parametrize(
    "route", ["GET /partners/companies/export/{file_type:str}", "GET /settings", "GET /imports/new"]
)
async def test_a_read_that_is_let_through_too_far_is_found(cast: Cast, route: str) -> None:
    app = make_app()
    widen(app, route)
    matrix = Matrix(await Asking.begin(app, cast))
    await matrix.walk([route])
    assert any("200 instead of {403}" in one for one in matrix.wrong)


async def test_a_write_that_nothing_guards_any_more_is_found(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard alone is not enough to find: the command asks again. Without both, rows change, and that is said."""
    route, app = "POST /products/groups/new", make_app()
    widen(app, route)
    held = Matrix(await Asking.begin(app, cast))
    await held.walk([route])
    assert held.wrong == []
    monkeypatch.setattr(Actor, "require", lambda _self, _permission: None)
    found = Matrix(held.asking)
    await found.walk([route])
    assert any("303 instead of {403}" in one and "by audra" in one for one in found.wrong)
    assert any("rows have changed" in one and "by audra" in one for one in found.wrong)
