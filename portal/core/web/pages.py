"""What handlers return: a page (or just its block for htmx), and a redirect after a post."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final
from urllib.parse import quote

from litestar.datastructures import Cookie
from litestar.enums import MediaType
from litestar.response import Response
from litestar.response.base import ASGIResponse
from litestar.types import Receive, Scope, Send

from portal.core.web.context import page_context
from portal.core.web.environment import render
from portal.core.web.flash import Flash, Kind, keep_flash
from portal.core.web.paths import is_own_path
from portal.core.web.site import site_of
from portal.core.web.visit import AnyRequest, header, is_htmx

VARY: Final = "HX-Request, HX-Boosted, HX-History-Restore-Request"
_HTML: Final = MediaType.HTML
_AS_IS: Final = "%/?:@!$&'()*+,;=~#[]"
"""What an address may hold unquoted; a header takes no other letters than ASCII."""


class Page(Response[bytes]):
    """A template with its context: whole for a browser, only `block` for htmx."""

    def __init__(
        self,
        template: str,
        block: str | None = None,
        *,
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        cookies: Iterable[Cookie] = (),
        said: str | None = None,
        kind: Kind = "good",
        **context: Any,
    ) -> None:
        """`said` is a sentence to show once: what was done, for what the eye would miss."""
        super().__init__(
            b"",
            status_code=status_code,
            media_type=_HTML,
            headers={"Vary": VARY, **(headers or {})},
            cookies=list(cookies),
        )
        self.template = template
        self.block = block
        self.said = Flash(said, kind) if said is not None else None
        self.context = context

    def to_asgi_response(
        self,
        app: Any,  # noqa: ARG002 -- Litestar gives it by name
        request: AnyRequest,
        **_options: Any,
    ) -> ASGIResponse:
        """The response that renders when it is sent, still inside the request's unit of work."""
        return _Rendering(self, request)


class _Rendering(ASGIResponse):
    """Renders the page at the moment of sending, because counts in the navigation are queries."""

    def __init__(self, page: Page, request: AnyRequest) -> None:
        super().__init__(media_type=_HTML)
        self._page = page
        self._request = request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Render, then send like any other response."""
        page = self._page
        block = page.block if page.block is not None and is_htmx(scope) else None
        context, cookies = await page_context(self._request, whole=block is None)
        headers = dict(page.headers)
        if page.said is not None:
            context["flash"] = page.said
            headers |= _event(page.said) if block is not None else {}
        response = ASGIResponse(
            body=render(page.template, block, {**context, **page.context}),
            status_code=page.status_code,
            media_type=_HTML,
            headers=headers,
            cookies=[*page.cookies, *cookies],
        )
        await response(scope, receive, send)


def _event(flash: Flash) -> dict[str, str]:
    """The header by which a fragment shows its sentence outside of itself."""
    return {"HX-Trigger": json.dumps({"flash": {"kind": flash.kind, "message": flash.message}})}


class Redirect(Response[bytes]):
    """To another page of ours after a post: 303, or `HX-Redirect` for htmx; `said` is shown there once."""

    def __init__(
        self,
        path: str,
        *,
        said: str | None = None,
        kind: Kind = "good",
        cookies: Iterable[Cookie] = (),
    ) -> None:
        """Raises ValueError for what is no path of this site; `paths.own_path` cleans a person's."""
        if not is_own_path(path):
            message = "a redirect stays on this site"
            raise ValueError(message)
        super().__init__(b"", status_code=303, media_type=_HTML, cookies=list(cookies))
        self.path = quote(path, safe=_AS_IS)
        self.flash = Flash(said, kind) if said is not None else None

    def to_asgi_response(
        self,
        app: Any,  # noqa: ARG002 -- Litestar gives it by name
        request: AnyRequest,
        **_options: Any,
    ) -> ASGIResponse:
        """The redirect as this client understands it: htmx would swap the target of a 303 into a corner."""
        by_htmx = header(request.scope, b"hx-request") == "true"
        return ASGIResponse(
            status_code=200 if by_htmx else 303,
            media_type=_HTML,
            headers={"HX-Redirect": self.path} if by_htmx else {"Location": self.path},
            cookies=[*self.cookies, *([keep_flash(site_of(request), self.flash)] if self.flash else [])],
        )
