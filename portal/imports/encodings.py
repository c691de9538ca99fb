"""Which encoding a text file is in, found by decoding all of it, with the reason and how sure that is."""

import codecs
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from portal.imports.codes import FileCode
from portal.imports.limits import Unreadable
from portal.imports.sources import Source

UNDECODABLE: Final = "\udcff"
"""Stands where bytes are no text in the encoding. No decoder yields it, so rows that hold it can be named."""

ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "utf-16-le": "UTF-16 LE",
    "utf-16-be": "UTF-16 BE",
    "utf-32-le": "UTF-32 LE",
    "utf-32-be": "UTF-32 BE",
    "gb18030": "GB18030",
    "cp1252": "Windows-1252",
    "big5": "Big5",
    "shift_jis": "Shift-JIS",
    "euc_kr": "EUC-KR",
    "cp1250": "Windows-1250",
    "cp1251": "Windows-1251",
    "iso8859-15": "ISO 8859-15",
}
"""What a person may choose, by codec name. The first seven are also detected."""

_MARKS: Final = (  # the longer ones first: UTF-32 LE begins like UTF-16 LE
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_FOREIGN: Final = re.compile(r"[^\x00-\x7f]+")
_ENOUGH: Final = 200_000
"""Characters outside ASCII after which more of them would not change the answer."""
_TELLING: Final = 10
"""Characters of which most are common before that says much."""
_NEARLY_ALL, _FEWER, _SOME = 0.9, 0.5, 0.04
"""Shares of zero bytes at one place of four."""
_COMMON_HAN: Final = frozenset(
    bytes((lead, trail)).decode("gb2312", "ignore")
    for lead in (*range(0xA1, 0xAA), *range(0xB0, 0xF8))
    for trail in range(0xA1, 0xFF)
) - {""}


class Confidence(StrEnum):
    """How sure a finding is. A guess is put to the person; the others are only shown."""

    CERTAIN = "certain"
    LIKELY = "likely"
    GUESS = "guess"


@dataclass(frozen=True, slots=True)
class Encoding:
    """An encoding: codec name, length of the mark to skip in bytes, and why it was taken."""

    name: str
    skip: int
    confidence: Confidence
    reason: str


@dataclass(frozen=True, slots=True)
class _Census:
    """What decoding in one encoding gave: broken places, and characters outside ASCII."""

    errors: int
    foreign: int
    common: int
    """Of `foreign`, those of everyday Chinese (GB 2312)."""
    alone: int
    """Of `foreign`, those with ASCII on both sides, as accents in western words have."""


def _mark_undecodable(problem: UnicodeError) -> tuple[str, int]:
    """A codecs error handler: one `UNDECODABLE` for each broken place, then on."""
    if isinstance(problem, UnicodeDecodeError):
        return UNDECODABLE, problem.end
    raise problem


codecs.register_error("portal.imports.mark", _mark_undecodable)


def decode(source: Source, encoding: Encoding) -> Iterator[str]:
    """The text in pieces, without a leading mark; broken bytes become `UNDECODABLE`, nothing is raised."""
    decoder = codecs.getincrementaldecoder(encoding.name)(errors="portal.imports.mark")
    started = False
    for chunk in source.chunks(encoding.skip):
        text = decoder.decode(chunk)
        if text and not started:
            text, started = text.removeprefix("\ufeff"), True
        yield text
    yield decoder.decode(b"", final=True)


def choose_encoding(source: Source, name: str) -> Encoding:
    """The encoding that a person chose; a mark of that very encoding is skipped. Raises Unreadable if unknown."""
    if name not in ENCODINGS:
        raise Unreadable(FileCode.ENCODING_UNKNOWN)
    head = source.head(4)
    skip = next((len(mark) for mark, marked in _MARKS if marked == name and head.startswith(mark)), 0)
    return Encoding(name, skip, Confidence.CERTAIN, "chosen")


def detect_encoding(source: Source) -> Encoding:
    """The encoding of the whole file. Raises Unreadable when it is no text, or in none of the known encodings."""
    head = source.head()
    found = _by_mark(head) or _by_zeros(head, 0)
    if found is None and all(chunk.isascii() for chunk in source.chunks()):
        found = Encoding("utf-8", 0, Confidence.CERTAIN, "ascii")
    if found is None:
        found = _by_decoding(source)
    _refuse_binary(source, found)
    return found


def _by_mark(head: bytes) -> Encoding | None:
    """By the byte order mark. Some programs write UTF-32 under the mark of UTF-16: then the zeros decide."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            if name.startswith("utf-16"):
                wide = _by_zeros(head, len(mark))
                if wide is not None and wide.name.startswith("utf-32"):
                    return wide
            return Encoding(name, len(mark), Confidence.CERTAIN, "mark")
    return None


def _by_zeros(head: bytes, skip: int) -> Encoding | None:
    """UTF-16 or UTF-32 without a mark, by where the zero bytes of ordinary characters stand."""
    body = head[skip : skip + (len(head) - skip) // 4 * 4]
    quarter = len(body) // 4
    if not quarter or 0 not in body:
        return None
    zeros = [body[lane::4].count(0) / quarter for lane in range(4)]
    odd, even = zeros[1] + zeros[3], zeros[0] + zeros[2]
    name = ""
    if zeros[3] == 1 and zeros[2] > _NEARLY_ALL and zeros[0] < _FEWER:
        name = "utf-32-le"
    elif zeros[0] == 1 and zeros[1] > _NEARLY_ALL and zeros[3] < _FEWER:
        name = "utf-32-be"
    elif odd > _SOME and even < odd / 4:
        name = "utf-16-le"
    elif even > _SOME and odd < even / 4:
        name = "utf-16-be"
    if not name or not _is_writing(body, name):
        return None
    return Encoding(name, skip, Confidence.LIKELY, "wrong_mark" if skip else "zeros")


def _is_writing(body: bytes, name: str) -> bool:
    """Whether it decodes, to characters that people write."""
    try:
        text = codecs.getincrementaldecoder(name)("strict").decode(body)[:4096]
    except UnicodeDecodeError:
        return False
    odd_ones = sum(unicodedata.category(c) in {"Cn", "Co", "Cs", "Cc"} and c not in "\t\r\n" for c in text)
    return odd_ones * 50 <= len(text)


def _take_census(source: Source, name: str) -> _Census:
    """Decode in one encoding and count, until `_ENOUGH` characters outside ASCII were seen."""
    decoder = codecs.getincrementaldecoder(name)(errors="portal.imports.mark")
    errors = foreign = common = alone = 0
    for chunk in source.chunks():
        runs = _FOREIGN.findall(decoder.decode(chunk))
        joined = "".join(runs)
        broken = joined.count(UNDECODABLE)
        errors += broken
        foreign += len(joined) - broken
        common += sum(map(_COMMON_HAN.__contains__, joined))
        alone += sum(len(run) == 1 for run in runs)
        if foreign > _ENOUGH:
            break
    else:
        errors += len(decoder.decode(b"", final=True))
    return _Census(errors, foreign, common, alone)


def _by_decoding(source: Source) -> Encoding:
    """UTF-8 if strict decoding says so, else the one whose characters look like somebody's language."""
    utf8 = _take_census(source, "utf-8")
    if utf8.errors == 0:
        return Encoding("utf-8", 0, Confidence.CERTAIN, "valid_utf8")
    if utf8.foreign >= 10 * utf8.errors:
        return Encoding("utf-8", 0, Confidence.LIKELY, "mostly_utf8")
    chinese = _take_census(source, "gb18030")
    if chinese.errors * 100 <= chinese.foreign and chinese.common * 100 >= chinese.foreign * 85:
        sure = Confidence.LIKELY if chinese.foreign >= _TELLING else Confidence.GUESS
        return Encoding("gb18030", 0, sure, "common_chinese")
    western = _take_census(source, "cp1252")
    if western.errors * 100 <= western.foreign:
        sure = Confidence.LIKELY if western.alone * 10 >= western.foreign * 7 else Confidence.GUESS
        return Encoding("cp1252", 0, sure, "western_letters")
    raise Unreadable(FileCode.ENCODING_UNKNOWN)


def _refuse_binary(source: Source, encoding: Encoding) -> None:
    """Text holds hardly any control characters; programs, pictures and archives are full of them."""
    head = source.head()[encoding.skip :]
    text = codecs.getincrementaldecoder(encoding.name)(errors="portal.imports.mark").decode(head)
    controls = sum(c < " " and c not in "\t\r\n\x0b\x0c\x00" for c in text)
    # Some database exports write a zero byte for an empty string, so zeros count only in masses.
    if controls * 100 > len(text) or text.count("\x00") * 4 > len(text):
        raise Unreadable(FileCode.NOT_TEXT)
