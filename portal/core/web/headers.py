"""What every response carries so that a browser protects it, and which hosts and methods are answered."""

from typing import Final

from litestar.exceptions import ClientException, MethodNotAllowedException
from litestar.types import HTTPResponseStartEvent, Message, Scope, Send

from portal.core.i18n import gettext as _
from portal.core.web.site import Site
from portal.core.web.visit import METHODS, method_of

CONTENT_SECURITY_POLICY: Final = (
    "default-src 'self'; script-src 'self'; style-src 'self'; font-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; "  # Tabler draws arrows and check marks by data: pictures
    "frame-src 'none'; frame-ancestors 'none'; form-action 'self'; base-uri 'none'; object-src 'none'"
)
PERMISSIONS_POLICY: Final = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"
_YEAR: Final = 365 * 24 * 3600

_ALWAYS: Final[tuple[tuple[bytes, bytes], ...]] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # `no-referrer` would make browsers send `Origin: null` with our own forms.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", PERMISSIONS_POLICY.encode()),
    (b"cache-control", b"no-store"),
)
_HTTPS_ONLY: Final[tuple[tuple[bytes, bytes], ...]] = ((b"strict-transport-security", f"max-age={_YEAR}".encode()),)


def check_request(scope: Scope, site: Site) -> None:
    """Raise HTTPException for a host that is not ours (rebinding, poisoned links) or an unused method."""
    hosts = [value.decode("latin-1") for key, value in scope["headers"] if key == b"host"]
    if len(hosts) != 1 or not site.is_host(hosts[0]):
        raise ClientException(_("This address is not served here."))
    if method_of(scope) not in METHODS:
        raise MethodNotAllowedException(headers={"Allow": ", ".join(sorted(METHODS))})


def protect(message: HTTPResponseStartEvent, site: Site, request_id: str) -> None:
    """Add the headers that the response does not set itself."""
    headers = list(message["headers"])
    present = {name.lower() for name, _value in headers}
    wanted = _ALWAYS + (_HTTPS_ONLY if site.secure else ())
    headers += [(name, value) for name, value in wanted if name not in present]
    headers.append((b"x-request-id", request_id.encode()))
    message["headers"] = headers


def protecting(send: Send, site: Site, request_id: str) -> Send:
    """A `send` that adds the headers to whatever response passes."""

    async def protected(message: Message) -> None:
        if message["type"] == "http.response.start":
            protect(message, site, request_id)
        await send(message)

    return protected
