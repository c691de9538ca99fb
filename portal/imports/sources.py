"""The bytes of a file, from memory or from disk, read piece by piece and as often as needed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from portal.imports.codes import FileCode
from portal.imports.limits import Limits, Unreadable

CHUNK_BYTES: Final = 1 << 16

_SIGNATURES: Final = (
    (b"%PDF-", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"Rar!\x1a\x07", "RAR"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"\xff\xd8\xff", "JPEG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"SQLite format 3\x00", "SQLite"),
    (b"{\\rtf", "RTF"),
)
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_TEXT_SIGNATURES: Final = (
    (b"<!doctype html", "HTML"),
    (b"<html", "HTML"),
    (b"<?xml", "XML"),
)
_JSON: Final = re.compile(rb"(?:\[\s*)*\{\s*\"")
_PARQUET: Final = b"PAR1"
_ZIP_SIGNATURES: Final = (b"PK\x03\x04", b"PK\x05\x06")


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its bytes, or the path where they are. OSError is the caller's when the path is not there."""

    content: bytes | Path

    @property
    def size(self) -> int:
        """In bytes."""
        return self.content.stat().st_size if isinstance(self.content, Path) else len(self.content)

    def open(self) -> BinaryIO:
        """A fresh handle at the first byte; the caller closes it."""
        return self.content.open("rb") if isinstance(self.content, Path) else BytesIO(self.content)

    def head(self, length: int = CHUNK_BYTES) -> bytes:
        """The first bytes."""
        with self.open() as handle:
            return handle.read(length)

    def chunks(self, skip: int = 0) -> Iterator[bytes]:
        """All bytes after the first `skip`, in pieces of `CHUNK_BYTES`."""
        with self.open() as handle:
            handle.seek(skip)
            while chunk := handle.read(CHUNK_BYTES):
                yield chunk


def check_format(source: Source, limits: Limits) -> str:
    """`"xlsx"`, `"parquet"` or `"text"`, by the first bytes and never by the name.

    Raises Unreadable for an empty file, one that is too large, and formats that are not a table.
    """
    size = source.size
    if size == 0:
        raise Unreadable(FileCode.EMPTY_FILE)
    if size > limits.file_bytes:
        raise Unreadable(
            FileCode.FILE_TOO_LARGE, {"size_mb": -(-size // 1_000_000), "limit_mb": limits.file_bytes // 1_000_000}
        )
    head = source.head(512)
    if head.startswith(_ZIP_SIGNATURES):
        return "xlsx"
    if head.startswith(_PARQUET) and _ends_with(source, _PARQUET):
        return "parquet"
    if head.startswith(_OLD_EXCEL):
        raise Unreadable(FileCode.OLD_EXCEL)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for signature, name in (*_SIGNATURES, *_TEXT_SIGNATURES):
        if head.startswith(signature) or start.startswith(signature):
            raise Unreadable(FileCode.UNSUPPORTED_FORMAT, {"format": name})
    if _JSON.match(start):
        raise Unreadable(FileCode.UNSUPPORTED_FORMAT, {"format": "JSON"})
    return "text"


def _ends_with(source: Source, mark: bytes) -> bool:
    with source.open() as handle:
        handle.seek(max(source.size - len(mark), 0))
        return handle.read() == mark
