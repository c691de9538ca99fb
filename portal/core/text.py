"""Text as it is stored for searching and sorting: folded here, in Python, the same on every server."""

import unicodedata
from typing import Final

from pypinyin import lazy_pinyin

LONGEST_KEY: Final = 200
_FIRST_HAN: Final = 0x2E80
_ACCENTS: Final = range(0x300, 0x370)


def fold(text: str) -> str:
    """The text for searching: without case, width and Latin accents, one space between words."""
    if text.isascii():
        return " ".join(text.casefold().split())
    apart = unicodedata.normalize("NFKD", text)
    plain = "".join(character for character in apart if ord(character) not in _ACCENTS)
    return " ".join(unicodedata.normalize("NFKC", plain.casefold()).split())


def sort_key(text: str) -> str:
    """The text for sorting under `COLLATE "C"`: folded, Chinese characters by pinyin."""
    if any(ord(character) >= _FIRST_HAN for character in text):
        text = " ".join(lazy_pinyin(text, errors=lambda rest: rest))
    return fold(text)[:LONGEST_KEY]
