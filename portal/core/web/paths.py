"""Addresses of our own: a redirect never leaves the site."""

import re
from typing import Final
from urllib.parse import urlsplit

_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f\\]")
_LONGEST: Final = 2000


def is_own_path(path: str) -> bool:
    """Whether `path` is an absolute path on this site that no browser reads as another address."""
    if not path.startswith("/") or path.startswith("//") or len(path) > _LONGEST or _UNSAFE.search(path):
        return False
    try:
        parts = urlsplit(path)
    except ValueError:
        return False
    return not parts.scheme and not parts.netloc


def own_path(path: str | None, fallback: str = "/") -> str:
    """`path` if it is one of ours, else the fallback; for what a person brought along (`next`)."""
    return path if path is not None and is_own_path(path) else fallback
