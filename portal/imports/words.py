"""Headings and words folded for comparison, and without the decorations that CRM systems add."""

import re
from functools import lru_cache
from typing import Final

from portal.core import text

_APART: Final = re.compile(r"[\W_]+")
_CUSTOM: Final = re.compile(r"__(c|r|pc)$|(?<=_)c$", re.IGNORECASE)
_PREFIX: Final = re.compile(r"^property_(hs_)?", re.IGNORECASE)
_BRACKETS: Final = re.compile(r"[(（\[].*?[)）\]]\s*\*?\s*$")


@lru_cache(maxsize=8192)
def fold_word(word: str) -> str:
    """Letters and digits only, in one width and case, without accents: `"Ｃrédito-Nº 1"` is `"creditono1"`."""
    return _APART.sub("", text.fold(word))


@lru_cache(maxsize=4096)
def bare_heading(heading: str) -> str:
    """A heading folded, without Salesforce's `__c`, HubSpot's `property_` and a unit in brackets at its end."""
    plain = _PREFIX.sub("", _CUSTOM.sub("", heading.strip()))
    return fold_word(_BRACKETS.sub("", plain)) or fold_word(heading)
