"""Languages: the person's locale, and the sentences of its catalogues."""

import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar, Token
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

SOURCE: Final = "en"
"""The language in which every sentence is written in the code."""
LOCALES: Final[Mapping[str, str]] = {"en": "English", "zh_CN": "简体中文"}
"""The shipped locales, each with its own name for itself."""
CATALOGUES: Final = Path(__file__).resolve().parents[2] / "locales"
_LANGUAGES: Final = {locale.partition("_")[0]: locale for locale in LOCALES}
_WEIGHT: Final = re.compile(r"q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)")

_locale: ContextVar[str] = ContextVar("locale", default=SOURCE)


def known_locale(name: str | None) -> str:
    """The shipped locale of that name, or the source language."""
    return name if name is not None and name in LOCALES else SOURCE


def current_locale() -> str:
    """The locale in which sentences, dates and amounts are written just now."""
    return _locale.get()


def language_tag(locale: str) -> str:
    """The locale as HTML and HTTP write it: `zh-CN`."""
    return locale.replace("_", "-")


def set_locale(name: str | None) -> Token[str]:
    """Write in this locale from here on; the token takes it back. An unknown one is the source language."""
    return _locale.set(known_locale(name))


def reset_locale(token: Token[str]) -> None:
    """Go back to the locale before `set_locale`."""
    _locale.reset(token)


@contextmanager
def using(name: str | None) -> Iterator[None]:
    """Write in this locale inside the block: a mail to somebody else, a statement."""
    token = set_locale(name)
    try:
        yield
    finally:
        reset_locale(token)


def read_catalogues(locale: str, root: Path = CATALOGUES) -> dict[Path, Catalog]:
    """Every catalogue of a locale, one per slice, in the order of their names. Raises on a malformed one."""
    found: dict[Path, Catalog] = {}
    for path in sorted((root / locale).glob("*.po")):
        with path.open("rb") as file:
            found[path] = read_po(file, locale=locale, abort_invalid=True)
    return found


def merge(catalogues: Iterable[Catalog]) -> dict[str, tuple[str, ...]]:
    """From English (its singular) to the forms of the translation; fuzzy and empty ones are left out."""
    merged: dict[str, tuple[str, ...]] = {}
    for catalogue in catalogues:
        for message in catalogue:
            source = message.id[0] if isinstance(message.id, list | tuple) else message.id
            target = message.string
            forms = (target,) if isinstance(target, str) else tuple(target or ())
            if source and not message.fuzzy and all(forms) and forms:
                merged[source] = forms
    return merged


@cache
def sentences(locale: str) -> Mapping[str, tuple[str, ...]]:
    """The merged catalogue of a locale, read once; the source language has none."""
    return {} if locale == SOURCE else merge(read_catalogues(locale).values())


def load_catalogues() -> None:
    """Read all of them now, so that a malformed one stops the start and not a person's request."""
    for locale in LOCALES:
        sentences(locale)


def gettext(message: str) -> str:
    """The sentence in the current locale, or as it stands."""
    forms = sentences(_locale.get()).get(message)
    return forms[0] if forms else message


def ngettext(singular: str, plural: str, number: int) -> str:
    """The sentence in the form that this number asks for. Chinese has one form, English two."""
    forms = sentences(_locale.get()).get(singular)
    if forms:
        return forms[0]
    return singular if number == 1 else plural


def N_(message: str) -> str:  # noqa: N802 -- the name by which extraction tools know it
    """Mark a constant for translation; it is translated where it is shown."""
    return message


def choose_locale(cookie: str | None, saved: str | None, accept_language: str) -> str:
    """The locale of a request: chosen on this device, else saved by the person, else what the browser asks.

    `saved` is the signed-in person's locale, None for nobody.
    """
    for choice in (cookie, saved):
        if choice is not None and choice in LOCALES:
            return choice
    return _asked(accept_language)


def _asked(accept_language: str) -> str:
    """The shipped locale that the browser likes best; any Chinese is answered in ours."""
    best, weight = SOURCE, 0.0
    for part in accept_language[:200].split(","):
        tag, _, parameter = part.strip().partition(";")
        match = _WEIGHT.fullmatch(parameter.strip())
        liked = float(match[1]) if match else 1.0 if not parameter else 0.0
        locale = _LANGUAGES.get(tag.lower().partition("-")[0])
        if locale and liked > weight:
            best, weight = locale, liked
    return best
