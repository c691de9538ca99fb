"""Asking other people's servers: only the public internet, whatever the address looks like; a listener here hears nothing."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path

import pytest

from portal.core import outward
from portal.core.outward import Answer, OutwardError, Reason, Refused, Unanswered, check_resolved, is_public, post_json
from tests.tls import listening

NOT_PUBLIC = (
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.254", "127.0.0.1", "127.255.255.254",
    "169.254.0.1", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.170", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "192.168.255.255", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1",
    "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1",
    "64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "100::1", "2001::1",
    "2001:0:7f00:1::", "2001:db8::1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1", "2002:a9fe:a9fe::",
    "3fff::1", "4000::1", "5f00::1", "fc00::1", "fd00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1", "ff0e::1",
    "0.0.0.0",  # noqa: S104 -- nothing is bound to it
)  # fmt: skip
PUBLIC = (
    "1.1.1.1",
    "93.184.216.34",
    "172.32.0.1",
    "100.128.0.1",
    "2606:4700::1111",
    "64:ff9b::8.8.8.8",
    "2002:808:808::1",
)
LOCAL = (
    "https://127.0.0.1:{port}/", "https://localhost:{port}/", "https://LOCALHOST:{port}/", "https://127.1:{port}/",
    "https://127.0.1:{port}/", "https://2130706433:{port}/", "https://0x7f000001:{port}/", "https://0x7f.1:{port}/",
    "https://0177.0.0.1:{port}/", "https://0:{port}/", "https://0.0.0.0:{port}/", "https://[::1]:{port}/",
    "https://[::]:{port}/", "https://[::ffff:127.0.0.1]:{port}/", "https://[::ffff:7f00:1]:{port}/",
    "https://[0:0:0:0:0:ffff:7f00:0001]:{port}/", "https://user@127.0.0.1:{port}/", "https://user:pw@localhost:{port}/",
    "https://1.1.1.1@127.0.0.1:{port}/", "https://127.0.0.1:{port}@1.1.1.1.invalid/", "http://127.0.0.1:{port}/",
    "HTTP://127.0.0.1:{port}/", "ftp://127.0.0.1:{port}/", "file:/etc/passwd", "gopher://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/", "https:127.0.0.1:{port}", "https:///127.0.0.1:{port}/", "https://127.0.0.1:{port}\\@1.1.1.1/",
    "https://1.1.1.1\\@127.0.0.1:{port}/", "https://１２７.0.0.1:{port}/", "https://127。0。0。1:{port}/",
    "https://127.0.0.1%00.example:{port}/", "https://127.0.0.1%2f@example:{port}/", "https://[::1%25lo]:{port}/",
    "https://127.0.0.1:{port}/\r\nX: y", "https://127.0.0.1:{port}/ x", " https://127.0.0.1:{port}/", "", "https://",
    "https://:{port}/", "https://127.0.0.1.:{port}/", "https://127.0.0.1:99999/", "https://127.0.0.1:x/", "127.0.0.1:{port}",
    "https://127.0.0.1:0{port}/", "https://-localhost:{port}/", "https://local_host:{port}/",
)  # fmt: skip
"""Every way that we know of writing this machine, and what is no address."""


@pytest.mark.security
@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_what_is_not_of_the_internet_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    with pytest.raises(Refused):
        check_resolved([address])
    with pytest.raises(Refused):
        check_resolved(["1.1.1.1", address])


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_of_the_internet_is_public(address: str) -> None:
    assert is_public(ip_address(address))
    assert ip_address(check_resolved([address])) == ip_address(address)


def test_the_table_is_large_enough() -> None:
    assert len({*NOT_PUBLIC, *LOCAL}) >= 100


@asynccontextmanager
async def hearing() -> AsyncIterator[tuple[int, list[object]]]:
    """A plain listener on all of this machine's addresses that counts connections."""
    connections: list[object] = []

    def connected(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(writer)
        writer.transport.abort()

    server = await asyncio.start_server(connected, None, 0, family=socket.AF_INET)
    try:
        yield server.sockets[0].getsockname()[1], connections
    finally:
        server.close()


@pytest.mark.security
async def test_a_listener_on_this_machine_hears_nothing(way: Callable[..., None]) -> None:
    async with hearing() as (port, connections):
        way(port)
        for address in LOCAL:
            with pytest.raises(OutwardError):
                await post_json(address.format(port=port), b"{}")
        await asyncio.sleep(0)
        assert connections == []


@pytest.mark.security
async def test_without_the_guard_the_listener_would_hear(
    way: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the table above does reach this machine once addresses are not looked at."""
    monkeypatch.setattr(outward, "is_public", lambda _address: True)
    async with hearing() as (port, connections):
        way(port)
        for address in LOCAL[:8]:
            with pytest.raises(Unanswered):
                await post_json(address.format(port=port), b"{}")
        assert len(connections) >= 4


@pytest.mark.security
async def test_a_name_is_resolved_once_and_one_bad_address_is_enough(way: Callable[..., None]) -> None:
    with pytest.raises(Refused) as refused:
        check_resolved(["93.184.216.34", "127.0.0.1"])
    assert refused.value.reason == Reason.NOT_PUBLIC
    way(8443)
    with pytest.raises(Refused):
        check_resolved([])


@pytest.mark.parametrize("port", [80, 8443, 22, 5432])
async def test_other_ports_are_asked_only_where_they_are_allowed(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outward._Allowed, "way", outward.Way())
    with pytest.raises(Refused) as refused:
        outward.read_target(f"https://example.com:{port}/")
    assert refused.value.reason == Reason.PORT
    assert outward.read_target("https://example.com/a?b=c") == outward.Target("example.com", 443, "/a?b=c")


OK = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{"errcode": 0}'[:-1]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (OK, Answer(200, b'{"errcode": 0')),
        (CHUNKED, Answer(200, b"ok")),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Answer(404, b"")),
        (b"HTTP/1.1 302 Found\r\nLocation: https://localhost/\r\nContent-Length: 0\r\n\r\n", Answer(302, b"")),
    ],
)
async def test_a_server_of_ours_is_asked_where_the_environment_allows_it(
    certificate: Path, way: Callable[..., None], answer: bytes, expected: Answer
) -> None:
    async with listening(certificate, answer) as there:
        way(there.port, "127.0.0.0/8", "::1/128")
        assert await post_json(f"https://localhost:{there.port}/hook?key=1", '{"a":"ä"}'.encode()) == expected
        [request] = there.heard
        assert request.startswith(b"POST /hook?key=1 HTTP/1.1\r\nHost: localhost:")
        assert request.endswith('\r\n\r\n{"a":"ä"}'.encode())


async def test_an_endless_answer_is_cut(certificate: Path, way: Callable[..., None]) -> None:
    async with listening(certificate, b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 1_000_000) as there:
        way(there.port, "127.0.0.0/8", "::1/128")
        answer = await post_json(f"https://localhost:{there.port}/", b"{}")
        assert len(answer.body) < outward.MOST_BYTES


async def test_a_certificate_must_be_the_names(
    certificate: Path, way: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(certificate, OK) as there:
        way(there.port, "127.0.0.0/8", "::1/128")
        with pytest.raises(Unanswered) as unanswered:
            await post_json(f"https://127.0.0.1:{there.port}/", b"{}")
        assert unanswered.value.reason == Reason.TLS
        monkeypatch.delenv("SSL_CERT_FILE")
        with pytest.raises(Unanswered):
            await post_json(f"https://localhost:{there.port}/", b"{}")
        assert not any(there.heard)


async def test_a_silent_server_is_left(
    certificate: Path, way: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outward, "SECONDS", 0.3)
    async with listening(certificate, None) as there:
        way(there.port, "127.0.0.0/8", "::1/128")
        with pytest.raises(Unanswered) as unanswered:
            await post_json(f"https://localhost:{there.port}/", b"{}")
        assert unanswered.value.reason == Reason.TOO_SLOW
