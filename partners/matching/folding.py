"""Text folded for comparing: width, case, accents, traditional and simplified characters, punctuation."""

import re
import unicodedata
from typing import Final

from opencc import OpenCC  # type: ignore[import-untyped]  # it ships no types

_HAN_FROM: Final = 0x2E80
_ACCENTS: Final = range(0x300, 0x370)
_PLAIN: Final = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ß": "ss", "’": "'", "‘": "'"}
)
_REPLACEMENT: Final = "\N{REPLACEMENT CHARACTER}"
_UNREADABLE: Final = re.compile(_REPLACEMENT + "|(?<=[a-z])\\?(?=[a-z])")
"""What a broken encoding leaves inside a word, most often where an apostrophe was."""


class _Simplified(dict[int, str]):
    """Each character's simplified form, looked up when it is first met; what is no Chinese stays."""

    def __init__(self) -> None:
        super().__init__()
        self._converter = OpenCC("t2s")

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if code >= _HAN_FROM:
            character = str(self._converter.convert(character))
        self[code] = character
        return character


_SIMPLIFIED: Final = _Simplified()


def fold(text: str) -> str:
    """Lower case, plain width, no Latin accents, simplified characters, one space between words."""
    if text.isascii():
        return " ".join(_readable(text.lower()).split())
    plain = unicodedata.normalize("NFKC", text).casefold()
    apart = unicodedata.normalize("NFD", plain)
    kept = "".join(one for one in apart if ord(one) not in _ACCENTS)
    whole = unicodedata.normalize("NFKC", kept).casefold().translate(_PLAIN)
    return " ".join(_readable(simplified(whole)).split())


def _readable(text: str) -> str:
    """The text with an apostrophe where a broken encoding left a mark within a word."""
    return _UNREADABLE.sub("'", text) if "?" in text or _REPLACEMENT in text else text


def simplified(text: str) -> str:
    """The text with every traditional character in its simplified form, one by one."""
    return text.translate(_SIMPLIFIED)


def is_han(text: str) -> bool:
    """Whether Chinese characters occur in it."""
    return not text.isascii() and any("\u3400" <= one <= "\u9fff" for one in text)


def words_of(folded: str) -> list[str]:
    """The words of a folded text: apostrophes and dots within abbreviations close up, other marks part."""
    closed = _CLOSED.sub("", folded) if "." in folded or "'" in folded else folded
    return (closed if closed.replace(" ", "").isalnum() else _MARKS.sub(" ", closed)).split()


_CLOSED: Final = re.compile(r"'|(?<=\b\w)\.(?=\w\b)|(?<=\b\w)\.(?=\s|$)")
_MARKS: Final = re.compile(r"[^\w]+|_+")
