"""A browser without a screen: real sessions, real forms, over the application in this process."""

import re
from pathlib import Path
from typing import Any, Self

import httpx
from litestar import Litestar

from portal.app import create_app
from portal.core import clock, db
from portal.core.actor import Actor
from portal.core.settings import Settings
from portal.identity import sessions

BASE = "http://127.0.0.1:8000"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def settings(**more: Any) -> Settings:
    """Settings of tests: no files, no mail, a fixed secret."""
    values: dict[str, Any] = {
        "data_dir": Path("/nonexistent"), "database_url": None, "port": 8000, "public_url": BASE,
        "secret_key": "t" * 43, "smtp_url": None, "vendor_name": "Corvane", "time_zone": "Europe/Berlin",
        "demo": False,
    }  # fmt: skip
    return Settings(**(values | more))


def make_app() -> Litestar:
    """The whole application without its start: the test's fixtures hold the database."""
    return create_app(settings(), "postgresql://unused", with_jobs=False)


class Browser:
    """One person's browser. Keeps cookies and the form token of the last page it saw."""

    def __init__(self, app: Litestar, token: str | None = None) -> None:
        cookies = {"tributary_session": token} if token else {}
        self.client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app),  # type: ignore[arg-type]  # Litestar's own ASGI types
            base_url=BASE,
            cookies=cookies,
            headers={"Origin": BASE},
        )
        self.form_token = ""

    @classmethod
    async def of(cls, app: Litestar, actor: Actor | None) -> Self:
        """A browser in which this actor is signed in; None for nobody."""
        if actor is None:
            return cls(app)
        async with db.auth_transaction():
            opened = await sessions.open_session(actor, device="test", now=clock.now())
        return cls(app, opened.token)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        """Open a page."""
        return self._seen(await self.client.get(path, headers={k.replace("_", "-"): v for k, v in headers.items()}))

    async def fragment(self, path: str) -> httpx.Response:
        """Ask as htmx does."""
        return await self.get(path, HX_Request="true")

    async def json(self, path: str) -> httpx.Response:
        """Ask as a program does."""
        return await self.get(path, Accept="application/json")

    async def post(self, path: str, data: dict[str, Any] | None = None, **headers: str) -> httpx.Response:
        """Send a form with its token, as the page would; fetches a page first when there is no token yet."""
        if not self.form_token:
            await self.get("/profile")
        if not self.form_token:
            await self.get("/sign-in")
        body = {"csrf_token": self.form_token, **(data or {})}
        answer = await self.client.post(path, data=body, headers={k.replace("_", "-"): v for k, v in headers.items()})
        return self._seen(answer)

    async def send_json(self, method: str, path: str, body: Any) -> httpx.Response:
        """Send JSON as a program with a session does."""
        if not self.form_token:
            await self.get("/profile")
        headers = {"X-CSRF-Token": self.form_token, "Accept": "application/json"}
        return await self.client.request(method, path, json=body, headers=headers)

    def _seen(self, answer: httpx.Response) -> httpx.Response:
        found = _TOKEN.search(answer.text) if "html" in answer.headers.get("content-type", "") else None
        if found:
            self.form_token = found.group(1)
        return answer
