"""Our own static files: an address that carries the content's hash may be kept for ever."""

import gzip
import hashlib
import mimetypes
import time
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from litestar import Request, Response, get
from litestar.datastructures import State
from litestar.params import FromPath

from portal.core.errors import NotFound
from portal.core.web.guard import PUBLIC

ROOT: Final = Path(__file__).resolve().parents[3] / "static"
PREFIX: Final = "/static"
_FOREVER: Final = "public, max-age=31536000, immutable"
_ASK: Final = "public, max-age=0, must-revalidate"
_HASH_LENGTH: Final = 16
_TYPES: Final = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
}
_PACKED: Final = frozenset({".js", ".css", ".svg", ".json", ".html"})


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file in memory, with its hash and, for text, its packed form."""

    body: bytes
    packed: bytes | None
    content_type: str
    digest: str


@cache
def _read(path: Path, _changed: int) -> StaticFile:
    body = path.read_bytes()
    kind = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    packed = gzip.compress(body, mtime=0) if path.suffix in _PACKED else None
    return StaticFile(body, packed, kind, hashlib.sha256(body).hexdigest()[:_HASH_LENGTH])


def read_static(name: str, root: Path = ROOT) -> StaticFile:
    """The file of that name below the static folder, read again when it changed. Raises NotFound."""
    try:
        path = (root / name.lstrip("/")).resolve()
        if not path.is_relative_to(root) or not path.is_file():
            raise NotFound
    except (ValueError, OSError) as error:
        raise NotFound from error
    return _read(path, path.stat().st_mtime_ns)


def url_for_static(name: str) -> str:
    """The address of a static file for a page, with its hash. Raises NotFound for a missing one.

    A page names fifteen of them, so a change is noticed within a second, not at once.
    """
    return _address(name, int(time.monotonic()))


@lru_cache(maxsize=256)
def _address(name: str, _second: int) -> str:
    return f"{PREFIX}/{name}?v={read_static(name).digest}"


@get(
    f"{PREFIX}/{{name:path}}",
    needs=PUBLIC,
    unit=False,
    include_in_schema=False,
    media_type="application/octet-stream",
)
async def serve_static(request: Request[None, None, State], name: FromPath[str]) -> Response[bytes]:
    """A static file: kept for ever under the address with the right hash, otherwise asked for again."""
    file = read_static(name)
    tag = f'"{file.digest}"'
    headers = {
        "ETag": tag,
        "Vary": "Accept-Encoding",
        "Cache-Control": _FOREVER if request.query_params.get("v") == file.digest else _ASK,
    }
    if request.headers.get("if-none-match") == tag:
        return Response(b"", status_code=304, headers=headers)
    if file.packed and "gzip" in request.headers.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(file.packed, media_type=file.content_type, headers=headers)
    return Response(file.body, media_type=file.content_type, headers=headers)
