"""What is checked in an XLSX file before it is opened: real sizes, used area, cells that show errors."""

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final
from xml.parsers import expat

from portal.imports.codes import FileCode
from portal.imports.limits import Limits, Unreadable

_LOCAL_HEADER: Final = 30
_PIECE: Final = 1 << 16
_REFERENCE: Final = re.compile(r"([A-Za-z]{1,3})(\d{1,7})")
_END, _END64 = b"PK\x05\x06", b"PK\x06\x07"
_TAIL: Final = (1 << 16) + 22
_MOST_DIRECTORY: Final = 4_000_000
_BOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_MOST_RELATIONS: Final = 1_000_000


def _damaged() -> Unreadable:
    """The one error for a workbook that is not what the format says."""
    return Unreadable(FileCode.WORKBOOK_DAMAGED)


def check_workbook(handle: BinaryIO, limits: Limits) -> dict[str, dict[tuple[int, int], str]]:
    """Cells with errors by sheet and place (row and column from 0), if the workbook may be opened at all.

    Raises Unreadable when it is damaged, no workbook, unpacks to more than allowed (whatever its directory claims),
    or when a sheet's used area would take too much memory: two filled cells in far corners are enough for that.
    """
    try:
        _check_directory(handle)
        with zipfile.ZipFile(handle) as archive:
            infos = archive.infolist()
        members = {info.filename.lower().replace("\\", "/"): info for info in infos}
        if _BOOK not in members:
            raise Unreadable(FileCode.UNSUPPORTED_FORMAT, {"format": "ZIP"})
        total = 0
        for info in infos:
            for piece in _unpack(handle, info):
                total += len(piece)
                if total > limits.workbook_bytes:
                    raise Unreadable(FileCode.WORKBOOK_TOO_LARGE, {"limit_mb": limits.workbook_bytes // 1_000_000})
        parts = _relations(handle, members)
        errors = {
            part: _Survey(limits).read(_unpack(handle, members[part]))
            for part in set(parts.values())
            if part in members and not part.endswith(".bin")
        }
        return {name: errors.get(parts.get(key, ""), {}) for name, key in _sheets(handle, members[_BOOK]).items()}
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, NotImplementedError, ValueError) as problem:
        raise _damaged() from problem


def _check_directory(handle: BinaryIO) -> None:
    """Refuse a directory of the archive that is itself too large: the standard library reads all of it at once."""
    size = handle.seek(0, 2)
    handle.seek(max(0, size - _TAIL))
    tail = handle.read()
    at = tail.rfind(_END)
    length = int.from_bytes(tail[at + 12 : at + 16], "little")
    if at < 0 or length > _MOST_DIRECTORY or _END64 in tail[max(0, at - 20) : at]:
        raise _damaged()


def _unpack(handle: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The real content of a member, in pieces; the size that its directory entry claims is only compared."""
    handle.seek(info.header_offset)
    header = handle.read(_LOCAL_HEADER)
    if len(header) < _LOCAL_HEADER or not header.startswith(b"PK\x03\x04") or info.flag_bits & 1:
        raise _damaged()
    start = handle.tell() + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    left, length = info.compress_size, 0
    inflate = zlib.decompressobj(-15) if info.compress_type == zipfile.ZIP_DEFLATED else None
    if inflate is None and info.compress_type != zipfile.ZIP_STORED:
        raise _damaged()
    while left > 0 or (inflate and inflate.unconsumed_tail):
        data = inflate.unconsumed_tail if inflate else b""
        if not data:
            handle.seek(start + info.compress_size - left)
            data = handle.read(min(_PIECE, left))
            left -= len(data)
            if not data:
                raise _damaged()
        piece = inflate.decompress(data, _PIECE) if inflate else data
        length += len(piece)
        yield piece
        if inflate and inflate.eof:
            break
    if length != info.file_size:
        raise _damaged()


def _parser() -> expat.XMLParserType:
    """An XML parser that takes no document type, and so no entities that grow."""
    parser = expat.ParserCreate()

    def refuse(*_: object) -> None:
        raise _damaged()

    parser.StartDoctypeDeclHandler = refuse
    parser.buffer_text = True
    return parser


def _relations(handle: BinaryIO, members: dict[str, zipfile.ZipInfo]) -> dict[str, str]:
    """Parts by the id under which the workbook knows them."""
    found: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "Relationship":
            target = attributes.get("Target", "").lower().replace("\\", "/").lstrip("/")
            found[attributes.get("Id", "")] = target if target.startswith("xl/") else f"xl/{target}"

    info = members.get(_RELATIONS)
    if info is None or info.file_size > _MOST_RELATIONS:
        raise _damaged()
    parser = _parser()
    parser.StartElementHandler = start
    for piece in _unpack(handle, info):
        parser.Parse(piece)
    return found


def _sheets(handle: BinaryIO, info: zipfile.ZipInfo) -> dict[str, str]:
    """The ids of the workbook's sheets by their names."""
    found: dict[str, str] = {}

    def start(tag: str, attributes: dict[str, str]) -> None:
        if tag.rpartition(":")[2] == "sheet":
            keys = [value for name, value in attributes.items() if name.rpartition(":")[2] == "id"]
            found[attributes.get("name", "")] = keys[0] if keys else ""

    parser = _parser()
    parser.StartElementHandler = start
    for piece in _unpack(handle, info):
        parser.Parse(piece)
    return found


class _Survey:
    """Reads one part as a sheet: how far its cells go, and which show an error."""

    def __init__(self, limits: Limits) -> None:
        """Nothing seen yet; rows and columns are counted from 0."""
        self._limits = limits
        self._row = self._column = -1
        self._last_row = self._last_column = -1
        self._error: tuple[int, int] | None = None
        self._errors: dict[tuple[int, int], str] = {}
        self._parser = _parser()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self, pieces: Iterator[bytes]) -> dict[tuple[int, int], str]:
        """Go through the part; its cells with errors."""
        for piece in pieces:
            self._parser.Parse(piece)
        self._parser.Parse(b"", True)  # noqa: FBT003 - expat takes it by place only
        return self._errors

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        if tag == "c":
            self._place(attributes)
        elif tag in {"v", "is"}:
            self._check_area()
        elif tag == "row":
            given = attributes.get("r", "")
            self._row = int(given) - 1 if given.isdecimal() else self._row + 1
            self._column = -1

    def _place(self, attributes: dict[str, str]) -> None:
        """Note the place of a cell. Cells that only carry a format take no memory and are not held against it."""
        place = _REFERENCE.fullmatch(attributes.get("r", ""))
        if place:
            self._row, self._column = int(place[2]) - 1, _column_index(place[1])
        else:
            self._column += 1
        if attributes.get("t") == "e":
            if len(self._errors) >= self._limits.workbook_errors:
                raise Unreadable(FileCode.WORKBOOK_TOO_MANY_ERRORS, {"limit": self._limits.workbook_errors})
            self._error = (self._row, self._column)
            self._parser.CharacterDataHandler = self._text

    def _check_area(self) -> None:
        """Refuse when the area up to this filled cell is too large."""
        if self._row <= self._last_row and self._column <= self._last_column:
            return
        self._last_row, self._last_column = (
            max(self._last_row, self._row),
            max(self._last_column, self._column),
        )
        rows, columns = self._last_row + 1, self._last_column + 1
        if columns > self._limits.columns:
            raise Unreadable(FileCode.TOO_MANY_COLUMNS, {"limit": self._limits.columns})
        if rows > self._limits.rows:
            raise Unreadable(FileCode.TOO_MANY_ROWS, {"limit": self._limits.rows})
        if rows * columns > self._limits.workbook_cells:
            raise Unreadable(FileCode.WORKBOOK_AREA_TOO_LARGE, {"rows": rows, "columns": columns})

    def _text(self, data: str) -> None:
        if self._error is not None and data.startswith("#"):
            self._errors[self._error] = data[:20]

    def _end(self, tag: str) -> None:
        if self._error is not None and tag.rpartition(":")[2] == "c":
            self._errors.setdefault(self._error, "#ERROR!")
            self._error = None
            self._parser.CharacterDataHandler = None


def _column_index(letters: str) -> int:
    """A is 0, AA is 26."""
    index = 0
    for letter in letters.upper():
        index = index * 26 + ord(letter) - ord("A") + 1
    return index - 1
