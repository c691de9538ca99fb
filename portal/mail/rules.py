"""What is true of mail: what may stand in a header, and what of a text nobody but its reader may see. Pure."""

import re
from typing import Final

LONGEST_SUBJECT: Final = 200
LONGEST_NAME: Final = 120
LINK: Final = re.compile(r"https?://[^\s<>\"']+")
_ADDRESS: Final = re.compile(r"[^\s@<>\"'(),:;\\\[\]\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,190}")
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f\u0085\u2028\u2029]+")


def one_line(text: str, longest: int) -> str:
    """The text as a header may hold it: one line without control characters, so that it cannot begin another header."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())[:longest]


def plain_address(text: str) -> str:
    """The address if it is one and nothing more. Raises ValueError for what could smuggle in another, or a header."""
    if not _ADDRESS.fullmatch(text):
        raise ValueError(text)
    return text


def without_secrets(text: str) -> str:
    """The text with every link cut after its host: whoever holds a one-time link is the person it was sent to."""
    return LINK.sub(lambda match: f"{'/'.join(match[0].split('/')[:3])}/…", text)


def parts_of(text: str) -> list[tuple[str, bool]]:
    """The text in pieces, each with whether it is a link."""
    found, at = [], 0
    for match in LINK.finditer(text):
        found += [(text[at : match.start()], False), (match[0], True)]
        at = match.end()
    return [piece for piece in [*found, (text[at:], False)] if piece[0]]
