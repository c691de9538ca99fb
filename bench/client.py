"""A client that asks over a few kept connections, one question after the other on each, and notes how long it took."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

Ask = Callable[[int], bytes]
"""The whole request with this number, head and body."""


@dataclass(slots=True)
class Told:
    """What came of some requests."""

    seconds: list[float] = field(default_factory=list)
    """Of each request, in order of their ends."""
    wall: float = 0.0
    bytes: int = 0
    statuses: dict[int, int] = field(default_factory=dict)

    def at(self, share: float) -> float:
        """The time within which this share of the requests was answered."""
        ordered = sorted(self.seconds)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request(method: str, path: str, port: int, *, headers: dict[str, str] | None = None, body: bytes = b"") -> bytes:
    """A request of HTTP/1.1."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}"]
    lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
    if body:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def ask(port: int, question: bytes) -> tuple[int, bytes, bytes]:
    """Status, head and body of one answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(question)
        return await _answer(reader)
    finally:
        writer.close()


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lower = head.lower()
    status = int(head[9:12])
    if b"content-length:" in lower:
        length = int(lower.split(b"content-length:")[1].split(b"\r\n")[0])
        return status, head, await reader.readexactly(length)
    if b"chunked" not in lower:
        return status, head, b""
    body = bytearray()
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += await reader.readexactly(size)
        await reader.readexactly(2)
    await reader.readexactly(2)
    return status, head, bytes(body)


async def load(port: int, make: Ask, *, requests: int, connections: int, first: int = 0) -> Told:
    """Ask `requests` times over so many connections."""
    told = Told()
    numbers = iter(range(first, first + requests))

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number in numbers:
            began = time.perf_counter()
            writer.write(make(number))
            status, _head, body = await _answer(reader)
            told.seconds.append(time.perf_counter() - began)
            told.bytes += len(body)
            told.statuses[status] = told.statuses.get(status, 0) + 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    told.wall = time.perf_counter() - began
    return told
