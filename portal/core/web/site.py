"""What the web floor knows of this installation: its public address, its secret and its name."""

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie

Connection = ASGIConnection[Any, Any, Any, Any]

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
_PORTS: Final = {"http": 80, "https": 443}
STATE_KEY: Final = "site"


@dataclass(frozen=True, slots=True)
class Cookies:
    """How cookies are named and marked: `__Host-` and Secure when the public address is https."""

    secure: bool

    def name(self, short: str) -> str:
        """The full name of the cookie we call `short`."""
        return f"__Host-tributary_{short}" if self.secure else f"tributary_{short}"

    def make(self, short: str, value: str, *, max_age: int | None = None) -> Cookie:
        """A cookie for the whole site that no script reads; `max_age` in seconds, None for the session."""
        return Cookie(
            key=self.name(short),
            value=value,
            max_age=max_age,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def drop(self, short: str) -> Cookie:
        """The cookie that makes the browser forget this one."""
        return self.make(short, "", max_age=0)


@dataclass(frozen=True, slots=True)
class Site:
    """The installation as the web sees it, fixed at start."""

    scheme: str
    host: str
    port: int
    secret: bytes
    vendor_name: str
    demo: bool = False

    @classmethod
    def at(cls, public_url: str, *, secret: str, vendor_name: str, demo: bool = False) -> "Site":
        """The site at this public address.

        Raises ValueError when it is not an http(s) origin, or plain http on a name that is not loopback: the
        session cookie would cross the network unprotected.
        """
        parts = urlsplit(public_url)
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in {"", "/"} or parts.query:
            message = "the public address must look like https://portal.example.com"
            raise ValueError(message)
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            message = "the public address must be https, or http on a loopback name"
            raise ValueError(message)
        port = parts.port or _PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname, port, secret.encode(), vendor_name, demo)

    @property
    def secure(self) -> bool:
        """Whether people reach it by https."""
        return self.scheme == "https"

    @property
    def cookies(self) -> Cookies:
        """How its cookies are named and marked."""
        return Cookies(self.secure)

    def _names(self) -> frozenset[str]:
        return LOOPBACK if self.host in LOOPBACK else frozenset({self.host})

    def is_origin(self, origin: str) -> bool:
        """Whether the value of an Origin header is this site; loopback names stand for each other."""
        scheme, host, port = _split(origin)
        return scheme == self.scheme and host in self._names() and port == self.port

    def is_host(self, host: str) -> bool:
        """Whether the value of a Host header is this site, or a loopback name (probes on the machine)."""
        _scheme, name, port = _split(f"{self.scheme}://{host}")
        return name in LOOPBACK or (name == self.host and port == self.port)

    def sign(self, purpose: str, value: str) -> str:
        """A MAC of `value` for one purpose; those of other purposes never match."""
        return hmac.new(self.secret, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    def is_signed(self, purpose: str, value: str, mac: str) -> bool:
        """Whether `mac` is ours, compared in constant time."""
        return hmac.compare_digest(self.sign(purpose, value).encode(), mac.encode())


def _split(origin: str) -> tuple[str, str, int]:
    """Scheme, host and port of an origin; empty for what is none."""
    try:
        parts = urlsplit(origin)
        if parts.path or parts.query or parts.fragment or parts.username is not None or not parts.hostname:
            return "", "", 0
        return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", "", 0


def site_of(connection: Connection) -> Site:
    """The site that this connection came to."""
    site: Site = connection.app.state[STATE_KEY]
    return site
