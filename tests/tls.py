"""A real server on this machine that speaks TLS, for what the portal sends to others."""

import asyncio
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


def make_certificate(folder: Path) -> Path:
    """A key and a certificate for `localhost`, valid for a day, in one file."""
    key, both = folder / "key.pem", folder / "both.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(both)],
        check=True, capture_output=True,
    )  # fmt: skip
    both.write_bytes(key.read_bytes() + both.read_bytes())
    return both


class Listener:
    """What the server hears, and what it answers; None: never."""

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.heard: list[bytes] = []
        self.port = 0
        self._open: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self._open.append(writer)
        self.heard.append(await reader.read(100_000))
        if self.answer is not None:
            writer.write(self.answer)
            await writer.drain()

    def close(self) -> None:
        """Drop all connections."""
        for writer in self._open:
            writer.transport.abort()


@asynccontextmanager
async def listening(certificate: Path, answer: bytes | None) -> AsyncIterator[Listener]:
    """The server, until the end of the block."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    listener = Listener(answer)
    server = await asyncio.start_server(listener.serve, "127.0.0.1", 0, ssl=context)
    listener.port = server.sockets[0].getsockname()[1]
    try:
        yield listener
    finally:
        listener.close()
        server.close()


def answer_of(status: int, body: bytes) -> bytes:
    """An answer as it goes over the wire."""
    return f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
