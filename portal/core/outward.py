"""Asking other people's servers: over HTTPS only, to public addresses only, once resolved, bounded in time and size."""

import asyncio
import http.client
import io
import re
import socket
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Any, Final
from urllib.parse import urlsplit

SECONDS: Final = 5
"""For all of it: name, connection, request and answer."""
MOST_BYTES: Final = 65_536
"""Of an answer with its headers; what comes after is not read."""
LONGEST_ADDRESS: Final = 1_000
HTTPS: Final = 443
_PRINTABLE: Final = re.compile(r"[!-~]+")
_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?|[0-9A-Fa-f:.]{2,45}")
_GLOBAL: Final = IPv6Network("2000::/3")
_NAT64: Final = IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR: Final = IPv6Network("2002::/16")
_NEVER: Final[tuple[IPv4Network | IPv6Network, ...]] = tuple(
    ip_network(one)
    for one in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24"),
        *("203.0.113.0/24", "224.0.0.0/3"),
        *("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
)
"""Networks that nobody on the internet has, or that lead back: IANA's special-purpose registries."""

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address


class Reason(StrEnum):
    """Why a server was not asked, or did not answer."""

    NOT_PLAIN = "not_plain"
    NOT_HTTPS = "not_https"
    NO_HOST = "no_host"
    PORT = "port"
    UNKNOWN = "unknown"
    """The name has no address."""
    NOT_PUBLIC = "not_public"
    TOO_SLOW = "too_slow"
    TLS = "tls"
    BROKEN = "broken"
    """No connection, or no answer that could be read."""


class OutwardError(Exception):
    """With its reason, and nothing of the address."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class Refused(OutwardError):
    """The address may not be asked."""


class Unanswered(OutwardError):
    """The server could not be reached, or its answer could not be read."""


@dataclass(frozen=True, slots=True)
class Way:
    """What this installation allows beyond the public internet at port 443, by its environment alone."""

    ports: frozenset[int] = frozenset({HTTPS})
    private: tuple[Network, ...] = ()
    """Networks of its own that may be asked all the same, such as that of a gateway."""


class _Allowed:
    way = Way()


def use_way(ports: Iterable[int], private: Iterable[str]) -> None:
    """Allow these ports and these networks of one's own, from now on. Raises ValueError for what is no network."""
    _Allowed.way = Way(frozenset(ports), tuple(ip_network(one) for one in private))


@dataclass(frozen=True, slots=True)
class Target:
    """An address in its parts."""

    host: str
    port: int
    path: str
    """With its query."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered; the body may be cut."""

    status: int
    body: bytes


def read_target(address: str) -> Target:
    """An address that may be asked as far as its text tells. Raises Refused."""
    if len(address) > LONGEST_ADDRESS or not _PRINTABLE.fullmatch(address) or "\\" in address:
        raise Refused(Reason.NOT_PLAIN)
    try:
        parts = urlsplit(address)
        port = parts.port or HTTPS
    except ValueError:
        raise Refused(Reason.NOT_PLAIN) from None
    if parts.scheme != "https":
        raise Refused(Reason.NOT_HTTPS)
    if "@" in parts.netloc or not parts.hostname or not _HOST.fullmatch(parts.hostname):
        raise Refused(Reason.NO_HOST)
    if port not in _Allowed.way.ports:
        raise Refused(Reason.PORT)
    return Target(parts.hostname, port, f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}")


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet: none of ours, of this machine or link, of nobody, or of many.

    An IPv4 address inside an IPv6 one (mapped, 6to4, NAT64) counts as itself.
    """
    if isinstance(address, IPv6Address):
        inner = _inside(address)
        if inner is not None:
            return is_public(inner)
        if address not in _GLOBAL:
            return False
    return address.is_global and not any(address in network for network in _NEVER if network.version == address.version)


def _inside(address: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for."""
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _SIX_TO_FOUR:
        return address.sixtofour
    return IPv4Address(int(address) & 0xFFFFFFFF) if address in _NAT64 else None


def check_resolved(found: Iterable[str]) -> str:
    """The one of a name's addresses to connect to. Raises Refused when a single one of them may not be asked."""
    addresses = [ip_address(one.split("%")[0]) for one in found]
    if not addresses:
        raise Refused(Reason.UNKNOWN)
    for one in addresses:
        mine = any(one in network for network in _Allowed.way.private if network.version == one.version)
        if not mine and not is_public(one):
            raise Refused(Reason.NOT_PUBLIC)
    return str(min(addresses, key=lambda one: one.version))


async def post_json(address: str, body: bytes) -> Answer:
    """Send a JSON document and read the answer, whatever its status; redirects are not followed.

    The name is resolved once, and the connection goes to that very address; its certificate must be the name's.
    Raises Refused and Unanswered.
    """
    target = read_target(address)
    try:
        async with asyncio.timeout(SECONDS):
            return await _ask(target, await _resolve(target), body)
    except TimeoutError:
        raise Unanswered(Reason.TOO_SLOW) from None
    except ssl.SSLError:
        raise Unanswered(Reason.TLS) from None
    except (OSError, asyncio.IncompleteReadError, http.client.HTTPException):
        raise Unanswered(Reason.BROKEN) from None


async def _resolve(target: Target) -> str:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError):
        raise Refused(Reason.UNKNOWN) from None
    return check_resolved(str(one[4][0]) for one in found)


async def _ask(target: Target, ip: str, body: bytes) -> Answer:
    reader, writer = await asyncio.open_connection(
        ip, target.port, ssl=ssl.create_default_context(), server_hostname=target.host, limit=MOST_BYTES
    )
    try:
        host = f"[{target.host}]" if ":" in target.host else target.host
        named = host if target.port == HTTPS else f"{host}:{target.port}"
        head = (
            f"POST {target.path} HTTP/1.1\r\nHost: {named}\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nAccept: application/json\r\nAccept-Encoding: identity\r\n"
            "User-Agent: Tributary\r\nConnection: close\r\n\r\n"
        )
        writer.write(head.encode("ascii") + body)
        await writer.drain()
        return _parsed(await _received(reader))
    finally:
        writer.transport.abort()


async def _received(reader: asyncio.StreamReader) -> bytes:
    """The answer's bytes: until its end, as it says itself or by closing, and never more than the most."""
    got = b""
    while len(got) < MOST_BYTES and not _is_whole(got):
        some = await reader.read(MOST_BYTES - len(got))
        if not some:
            break
        got += some
    return got


def _is_whole(got: bytes) -> bool:
    """Whether an answer that keeps its connection open has said all."""
    head, end, body = got.partition(b"\r\n\r\n")
    if not end:
        return False
    lowered = head.lower()
    length = re.search(rb"\r\ncontent-length: *(\d{1,9})(\r\n|$)", lowered)
    if length:
        return len(body) >= int(length[1])
    return b"transfer-encoding: chunked" in lowered and body.endswith(b"0\r\n\r\n")


class _Received(io.BytesIO):
    """Bytes that the standard library reads as if they came from a socket."""

    def makefile(self, *_args: Any, **_more: Any) -> "_Received":
        """Itself."""
        return self


def _parsed(got: bytes) -> Answer:
    answer = http.client.HTTPResponse(_Received(got))  # type: ignore[arg-type]  # it asks for makefile alone
    answer.begin()
    try:
        body = answer.read()
    except http.client.IncompleteRead as cut:
        body = cut.partial
    return Answer(answer.status, body)
