"""Whether words name somebody: what one partner reads must not say who another is. Pure."""

import re
from collections.abc import Iterable
from typing import Final

from partners.customers.rules import without_legal_form
from portal.core.text import fold

_SHORTEST_TOKEN: Final = 4
"""Letters from which on the first word of a company's name is taken for the company."""
_WORD: Final = re.compile(r"[^\W_]+")
_FIRST_HAN: Final = "\u2e80"


def names_in(words: str, names: Iterable[str]) -> list[str]:
    """Those names that can be read in the words: whole, without their legal form, or by a telling first word."""
    text = fold(words)
    spoken = set(_WORD.findall(text))
    return [name for name in names if any(_is_spoken(form, text, spoken) for form in _forms(name))]


def _forms(name: str) -> set[str]:
    """How somebody may be called."""
    plain = without_legal_form(name)
    first = next(iter(_WORD.findall(plain)), "")
    short = {first} if len(first) >= _SHORTEST_TOKEN or first >= _FIRST_HAN else set()
    return {form for form in {fold(name), plain} | short if form}


def _is_spoken(form: str, text: str, spoken: set[str]) -> bool:
    """Whether the form is read in the text: as words of its own, for scripts without spaces anywhere."""
    parts = _WORD.findall(form)
    if any(part >= _FIRST_HAN for part in parts):
        return form in text
    return set(parts) <= spoken and " ".join(parts) in " ".join(_WORD.findall(text))
