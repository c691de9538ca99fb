"""Asking the application as a browser would, with nothing in between, and undoing what the question did."""

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from litestar import Litestar

from portal.core import db
from portal.core.actor import SYSTEM
from tests.web import BASE

Headers = Mapping[str, str]
_TOKEN: Final = re.compile(r'name="csrf_token" value="([^"]+)"')
_IDS: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|value=\"[^\"]*\"")
_OWN: Final = frozenset({"x-request-id", "content-length", "set-cookie", "date"})
"""Headers that differ from one answer to the next."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    def masked(self) -> tuple[int, tuple[tuple[str, str], ...], str]:
        """All of it without ids, tokens and values: what is left is equal for what must not be told apart."""
        kept = tuple(sorted((name, value) for name, value in self.headers.items() if name not in _OWN))
        return self.status, kept, _IDS.sub("", self.text)


class Wire:
    """Straight into the application."""

    def __init__(self, app: Litestar) -> None:
        self.app = app

    async def send(
        self, method: str, path: str, headers: Headers, body: bytes = b"", *, host: str = "127.0.0.1:8000"
    ) -> Answer:
        """One request, one answer."""
        sent = False
        whole = asyncio.Event()
        pieces: list[bytes] = []
        started: dict[str, Any] = {}

        async def receive() -> dict[str, Any]:
            nonlocal sent
            if sent:
                await whole.wait()  # nobody goes away before the answer is there
                return {"type": "http.disconnect"}
            sent = True
            return {"type": "http.request", "body": body, "more_body": False}

        async def put(message: Any) -> None:
            if message["type"] == "http.response.start":
                started.update(message)
            elif message["type"] == "http.response.body":
                pieces.append(message.get("body", b""))
                if not message.get("more_body", False):
                    whole.set()

        plain, _mark, query = path.partition("?")
        scope: Any = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": plain, "raw_path": plain.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(b"host", host.encode()), *((k.lower().encode(), v.encode()) for k, v in headers.items())],
            "client": ("127.0.0.1", 50000), "server": ("127.0.0.1", 8000), "extensions": {},
        }  # fmt: skip
        await self.app(scope, receive, put)  # type: ignore[arg-type]  # Litestar's own names for ASGI's dictionaries
        found = {key.decode("latin-1").lower(): value.decode("latin-1") for key, value in started["headers"]}
        return Answer(started["status"], found, b"".join(pieces))


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks: the cookies of a browser, and the token that its forms carry."""

    name: str
    cookie: str
    token: str

    def headers(self, **more: str) -> dict[str, str]:
        """What this browser sends with every request."""
        sent = {"Origin": BASE, "Cookie": self.cookie, **more}
        return {name: value for name, value in sent.items() if value}


async def meet(wire: Wire, name: str, session: str | None) -> Person:
    """Somebody at a browser: with a session, or without one and then with the cookie that binds the token."""
    cookie = f"tributary_session={session}" if session else ""
    seen = await wire.send("GET", "/profile" if session else "/sign-in", {"Cookie": cookie} if cookie else {})
    found = _TOKEN.search(seen.text)
    assert found, f"no form token for {name}: {seen.status}"
    return Person(name, cookie or seen.headers["set-cookie"].partition(";")[0], found[1])


def as_form(fields: Mapping[str, Any], token: str = "") -> bytes:
    """A form as it is sent: lists as several fields."""
    pairs = dict(fields) | ({"csrf_token": token} if token else {})
    return urlencode([(k, v) for k, v in pairs.items() if v is not None], doseq=True).encode()


FORM: Final = {"Content-Type": "application/x-www-form-urlencoded"}
JSON: Final = {"Content-Type": "application/json", "Accept": "application/json"}


@contextlib.asynccontextmanager
async def undone() -> AsyncIterator[None]:
    """Whatever happens inside has not happened afterwards."""
    held = db.ENGINE.held
    await held.execute("SAVEPOINT undone")
    try:
        yield
    finally:
        await held.execute("ROLLBACK TO SAVEPOINT undone; RELEASE SAVEPOINT undone")


async def touched() -> int:
    """How many rows were written so far in the test's transaction, also by what was undone since.

    When it stays the same, no row has changed, in any table; it costs next to nothing.
    """
    return sum((await touched_tables()).values())


async def touched_tables() -> dict[str, int]:
    """The same by table, where it is more than none."""
    rows = await db.ENGINE.held.fetch(
        "SELECT relname::text AS name, n_tup_ins + n_tup_upd + n_tup_del AS count FROM pg_stat_xact_user_tables"
        " WHERE n_tup_ins + n_tup_upd + n_tup_del > 0"
    )
    return {row["name"]: row["count"] for row in rows}


async def contents() -> dict[str, str]:
    """A hash of every row of every table, by table: slower than `touched`, and the last word."""
    async with db.transaction(SYSTEM):
        tables = [row["name"] for row in await db.sql(_TABLES)]
        parts = [
            f"SELECT '{table}' AS name, coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') AS hash"
            f" FROM {table} t"
            for table in tables
        ]
        return {row["name"]: row["hash"] for row in await db.sql(" UNION ALL ".join(parts))}


_TABLES: Final = (
    "SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
    " AND c.relkind = 'r' AND c.relname NOT IN ('migration', 'pgqueuer_schedules', 'pgqueuer_statistics')"
    " AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"
)
