"""A tiny application on the web floor, with made-up people, for the tests of the floor alone."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import httpx
from litestar import Litestar
from litestar.types import ControllerRouterHandler

from portal.core.actor import Actor
from portal.core.permissions import Role, Side
from portal.core.settings import Settings
from portal.core.web.build import build_app

URL: Final = "http://127.0.0.1:8000"
SECURE_URL: Final = "https://portal.example.com"
PAGE: Final = "tests/portal/core/web/pages/tiny.html"
FORM: Final = "tests/portal/core/web/pages/form.html"
ALPHA: Final = UUID(int=0xA)


def person(number: int, name: str, *roles: Role, partner: UUID | None = None, locale: str = "en") -> Actor:
    side = Side.PARTNER if partner else Side.STAFF
    reads = frozenset({partner} if partner else ())
    return Actor(UUID(int=number), UUID(int=number), name, "", side, frozenset(roles), partner, reads, locale)


PIA: Final = person(1, "Pia", Role.PARTNER_SALES, partner=ALPHA)
VERA: Final = person(2, "Vera", Role.PARTNER_MANAGER)
AUDRA: Final = person(3, "Audra", Role.AUDITOR)
LI: Final = person(4, "Li", Role.PARTNER_MANAGER, locale="zh_CN")
PEOPLE: Final = {actor.name.lower(): actor for actor in (PIA, VERA, AUDRA, LI)}


async def resolve(cookies: Mapping[str, str]) -> tuple[Actor, str] | None:
    """The session cookie is just the person's name."""
    name = cookies.get("tributary_session") or cookies.get("__Host-tributary_session") or ""
    actor = PEOPLE.get(name)
    return None if actor is None else (actor, f"session-of-{name}")


def settings(url: str = URL, **more: Any) -> Settings:
    return Settings(
        data_dir=Path("unused"), database_url=None, port=8000, public_url=url, secret_key="s" * 40, smtp_url=None,
        vendor_name="Corvane", time_zone="Europe/Berlin", demo=False, **more,
    )  # fmt: skip


def tiny_app(*handlers: ControllerRouterHandler, url: str = URL, **more: Any) -> Litestar:
    return build_app(controllers=handlers, resolve=more.pop("resolve", resolve), settings=settings(url), **more)


class Browser:
    """A browser of one person: keeps its cookies, knows its token, sends forms as its own pages would."""

    def __init__(self, app: Any, who: str | None = None, *, url: str = URL, raises: bool = True) -> None:
        transport = httpx.ASGITransport(app=app, raise_app_exceptions=raises)
        self.http = httpx.AsyncClient(transport=transport, base_url=url)
        self.url = url
        if who is not None:
            name = "__Host-tributary_session" if url.startswith("https") else "tributary_session"
            self.http.cookies.set(name, who)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=_headers(headers))

    async def htmx(self, path: str, **headers: str) -> httpx.Response:
        return await self.get(path, **{"HX-Request": "true", **headers})

    async def token(self, path: str = "/token") -> str:
        return (await self.http.get(path)).text

    async def post(
        self,
        path: str,
        data: Sequence[tuple[str, str]] | Mapping[str, str] = (),
        *,
        token: str | None = "",
        **headers: str,
    ) -> httpx.Response:
        """Send a form. `token`: None sends none, empty asks `/token` for the right one."""
        pairs = list(data.items()) if isinstance(data, Mapping) else list(data)
        if token is not None:
            pairs.append(("csrf_token", token or await self.token()))
        body = urlencode(pairs)
        kind = {"Content-Type": "application/x-www-form-urlencoded", "Origin": self.url}
        return await self.http.post(path, content=body, headers={**kind, **_headers(headers)})

    async def api(self, method: str, path: str, json: Any = None, **headers: str) -> httpx.Response:
        own = {"X-CSRF-Token": await self.token(), "Origin": self.url}
        return await self.http.request(method, path, json=json, headers={**own, **_headers(headers)})


def _headers(headers: Mapping[str, str]) -> dict[str, str]:
    """`hx_request=` may be written for `HX-Request`."""
    return {name.replace("_", "-"): value for name, value in headers.items()}
