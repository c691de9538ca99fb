"""Walking through every page that links lead to, as one person, and what each page says."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from typing import Final
from urllib.parse import parse_qsl, urljoin, urlsplit

from e2e.browsing import Window
from e2e.reading import Reading
from portal.core.i18n_check import used_sentences

MOST_RECORDS: Final = 3
"""How many records of one kind are visited."""
MOST_WITH_STATES: Final = 9
"""How many of those that look another way in each state: enough for a deal in every one."""
_STATES: Final = ("/deals/:id", "/claims/:id", "/runs/:id")
MOST_FILTERED: Final = 1
"""How many addresses of a list that differ only in the values of their filters."""
_ID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b\d{4}-\d{2}(?:-\d{2})?\b")
_FILES: Final = re.compile(r"/export/|/proof$|/file$|/report/|^/static/|^/schema|\.(csv|xlsx|json)$")
_HOLES: Final = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%")
_WORDS: Final = re.compile(r"[A-Za-z]{2,}")
FEWEST_WORDS: Final = 3
FEWEST_LETTERS: Final = 14


@dataclass(frozen=True)
class Seen:
    """A page as the server sent it."""

    address: str
    status: int
    title: str
    language: str
    text: str
    links: tuple[str, ...]
    structure: str
    """A digest of tags, classes and roles: two that are equal look alike."""
    icons: frozenset[str]
    """The names of the drawings that it shows."""


def read(address: str, status: int, markup: str) -> Seen:
    """What a page says."""
    page = Reading(markup)
    return Seen(
        address=address,
        status=status,
        title=page.title.strip(),
        language=page.language,
        text=" ".join(unescape(" \n ".join(page.words)).split()),
        links=tuple(dict.fromkeys(page.links)),
        structure=page.shape,
        icons=frozenset(page.icons),
    )


def pattern_of(address: str) -> tuple[str, bool]:
    """The address with ids and values taken out, and whether it has a query."""
    parts = urlsplit(address)
    keys = sorted({name for name, _value in parse_qsl(parts.query, keep_blank_values=True)})
    return _ID.sub(":id", parts.path) + ("?" + "&".join(keys) if keys else ""), bool(keys)


@dataclass
class Crawl:
    """One person's walk."""

    window: Window
    counts: Counter[str] = field(default_factory=Counter)
    """How many addresses of each pattern were visited."""

    def pages(self, start: str = "/") -> Iterator[Seen]:
        """Every page that links lead to, each address once, similar ones up to a limit.

        A list is seen with each filter and sort alone, not with all of them together.
        """
        waiting, known = deque([start]), {start}
        while waiting:
            seen = self._fetch(waiting.popleft())
            yield seen
            for link in seen.links:
                address = self._local(seen.address, link)
                combines = "?" in seen.address and "?" in address
                if address and address not in known and not combines and self._is_wanted(address):
                    known.add(address)
                    waiting.append(address)

    def _fetch(self, address: str) -> Seen:
        answer = self.window.context.request.get(f"{self.window.address}{address}")
        return read(address, answer.status, answer.text())

    def _local(self, base: str, link: str) -> str:
        """The link as an address of the portal; empty when it leads elsewhere, to a file, or only to another place."""
        parts = urlsplit(urljoin(f"{self.window.address}{base}", link))
        if f"{parts.scheme}://{parts.netloc}" != self.window.address or _FILES.search(parts.path):
            return ""
        return parts.path + (f"?{parts.query}" if parts.query else "")

    def _is_wanted(self, address: str) -> bool:
        pattern, has_query = pattern_of(address)
        most = MOST_WITH_STATES if pattern.endswith(_STATES) else MOST_FILTERED if has_query else MOST_RECORDS
        if self.counts[pattern] >= most:
            return False
        self.counts[pattern] += 1
        return True


@cache
def english_parts() -> frozenset[str]:
    """The longer parts of all English sentences that are marked for translation."""
    found = set()
    for forms in used_sentences():
        for sentence in forms:
            for part in _HOLES.split(sentence):
                words = " ".join(part.split())
                if len(words) >= FEWEST_LETTERS and len(_WORDS.findall(words)) >= FEWEST_WORDS:
                    found.add(words)
    return frozenset(found)
