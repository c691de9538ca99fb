"""Whether every sentence that people see is translated: `python -m portal.core.i18n_check` lists what is wrong."""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Message
from babel.messages.extract import extract_from_file
from jinja2 import Environment

from portal.core.i18n import LOCALES, SOURCE, read_catalogues

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("portal", "partners", "attribution", "co_marketing")
KEYWORDS: Final[Mapping[str, Any]] = {"_": None, "gettext": None, "N_": None, "ngettext": (1, 2)}
_JINJA: Final = "jinja2.ext:babel_extract"
_PLACEHOLDER: Final = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
_ATTRIBUTE: Final = re.compile(r'[a-z-]+="[^"]*"?')
"""Attributes that a macro writes look like text when it stands alone."""
_WORD: Final = re.compile(r"[^\W\d_]{2,}")
_SHOWN: Final = frozenset({"title", "placeholder", "aria-label", "alt", "label", "data-say"})
_UNSEEN: Final = frozenset({"script", "style", "kbd", "code"})
SAME_EVERYWHERE: Final = frozenset({"Tributary", "Ctrl", "Enter", "Esc", "CSV", "XLSX", "PNG", "PDF", "JSON", "API"})
"""Names and keys that are the same in every language."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong, and where."""

    kind: str
    text: str
    place: str

    def __str__(self) -> str:
        """One line for a person."""
        return f"{self.kind}: {self.text!r} ({self.place})"


Used = dict[tuple[str, ...], str]


def _sources(root: Path) -> Iterator[tuple[str, Path]]:
    for package in PACKAGES:
        yield from (("python", path) for path in sorted((root / package).rglob("*.py")))
        yield from ((_JINJA, path) for path in sorted((root / package).rglob("pages/*.html")))


def used_sentences(root: Path = ROOT) -> Used:
    """Every marked sentence (with its plural) of the code and the pages, and the first place that uses it."""
    found: Used = {}
    for method, path in _sources(root):
        if "piccolo_migrations" in path.parts:
            continue
        options = {"silent": "false"} if method == _JINJA else {}
        for line, message, _comments, _context in extract_from_file(method, path, KEYWORDS, options=options):
            forms = message if isinstance(message, tuple) else (message,)
            found.setdefault(tuple(forms), f"{path.relative_to(root)}:{line}")
    return found


def check_catalogues(used: Used, locale: str, root: Path = ROOT) -> Iterator[Finding]:
    """What is missing, unused, unfinished or told in two ways in a locale's catalogues."""
    told: dict[tuple[str, ...], str] = {}
    for path, catalogue in read_catalogues(locale, root / "locales").items():
        for message in catalogue:
            if not message.id:
                continue
            forms = tuple(message.id) if isinstance(message.id, list | tuple) else (message.id,)
            yield from _check_message(message, forms, path.name)
            if forms not in used:
                yield Finding("unused", forms[0], path.name)
            if told.setdefault(forms, str(message.string)) != str(message.string):
                yield Finding("told in two ways", forms[0], path.name)
    yield from (Finding("missing", forms[0], place) for forms, place in used.items() if forms not in told)


def _check_message(message: Message, forms: tuple[str, ...], place: str) -> Iterator[Finding]:
    """A translation must be finished, and hold the values of its (plural) sentence, no more and no fewer."""
    string = message.string
    targets = [string] if isinstance(string, str) else list(string or ())
    if message.fuzzy:
        yield Finding("fuzzy", forms[0], place)
    if not targets or not all(targets):
        yield Finding("empty", forms[0], place)
        return
    wanted = set(_PLACEHOLDER.findall(forms[-1]))
    if any(set(_PLACEHOLDER.findall(target)) != wanted for target in targets):
        yield Finding("other values", forms[0], place)


class _Words(HTMLParser):
    """Collects words that stand in a page without being marked."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes that people see or hear."""
        if tag in _UNSEEN:
            self._inside.append(tag)
        for name, value in attrs:
            if name in _SHOWN:
                self._look(value or "")

    def handle_endtag(self, tag: str) -> None:
        """Leave an element whose text is not prose."""
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        """Look at text."""
        if not self._inside:
            self._look(_ATTRIBUTE.sub("", data))

    def _look(self, text: str) -> None:
        self.found += [word for word in _WORD.findall(text) if word not in SAME_EVERYWHERE]


def bare_words(source: str) -> list[str]:
    """Words of a template that no translation reaches."""
    plain: list[str] = []
    for _line, kind, value in Environment(autoescape=True).lex(source):
        if kind == "data":
            plain.append(value)
        elif kind == "variable_begin":
            plain.append("0")
    parser = _Words()
    parser.feed("".join(plain))
    parser.close()
    return parser.found


def check_pages(root: Path = ROOT) -> Iterator[Finding]:
    """Words that stand in pages without `_()`."""
    for method, path in _sources(root):
        if method == _JINJA:
            for word in bare_words(path.read_text(encoding="utf-8")):
                yield Finding("not marked", word, str(path.relative_to(root)))


def check_all(root: Path = ROOT) -> list[Finding]:
    """All findings of all locales, in order."""
    used = used_sentences(root)
    locales = [locale for locale in LOCALES if locale != SOURCE]
    found = [finding for locale in locales for finding in check_catalogues(used, locale, root)]
    return sorted([*found, *check_pages(root)])


if __name__ == "__main__":
    findings = check_all()
    sys.stdout.writelines(f"{finding}\n" for finding in findings)
    sys.exit(bool(findings))
