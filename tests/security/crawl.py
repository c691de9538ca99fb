"""Fetching everything that somebody can reach, and looking for what must not be in it."""

import html
import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

from tests.security.answers import acts
from tests.security.asking import TRANSPORTS, Asking, Question, is_safe, transports_of
from tests.security.policy import POLICY
from tests.security.rights import Row
from tests.security.samples import samples_of
from tests.security.wire import Answer, undone

MOST_LINKS: Final = 120
_HREF: Final = re.compile(r'(?:href|hx-get|action|src)="([^"#]+)"')
_HEX: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,27}|[0-9a-f]{16,}|[A-Za-z0-9_-]{60,}")
_IN_NUMBER: Final = re.compile(r"(?<=\d)[,.'\s\u00a0\u202f\u2019](?=\d)")
_IN_AMOUNT: Final = re.compile(r"(?<=\d)[,.'\u00a0\u202f\u2019](?=\d{3}(?:\D|$))|(?<=\d)[.,](?=\d\d(?:\D|$))")
_LONG: Final = re.compile(r"\d{12,}")
_EXPORT: Final = "/export/{file_type:str}"
_LISTS: Final = [
    r.removeprefix("GET ").removesuffix(_EXPORT) for r in POLICY if r.endswith(_EXPORT) and r.count("{") == 1
]
SEARCHED: Final = [
    path for path in (*_LISTS, *(f"/api/v1{path}" for path in _LISTS), "/search", "/api/v1/search", "/", "/news")
    if f"GET {path}" in POLICY
]  # fmt: skip
"""Where somebody can search."""
_NEVER: Final = ("/sign-out", "/static/", "/language")


@dataclass
class Found:
    """What was fetched, and what was in it that should not have been."""

    fetched: Counter[str] = field(default_factory=Counter)
    leaks: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """Tokens that were met: all of them leaks for an outsider, and a sign of life for those who may."""
    broken: list[str] = field(default_factory=list)
    """Answers of 500 and more."""


class Search:
    """Looks for tokens and numbers in bytes of any kind."""

    def __init__(self, planted: Mapping[str, str]) -> None:
        self.words = {token: where for token, where in planted.items() if not token.isdigit()}
        self.numbers = {token: where for token, where in planted.items() if token.isdigit()}
        self._any_word = re.compile("|".join(map(re.escape, sorted(self.words))) or r"(?!)", re.IGNORECASE)

    def tokens_in(self, data: bytes) -> set[str]:
        """The planted values in it: words as they are, amounts in any writing, whole or without their decimals."""
        found: set[str] = set()
        for text in _texts(data):
            found |= {match.lower() for match in self._any_word.findall(text)}
            digits = _IN_NUMBER.sub("", _HEX.sub(" ", text))
            found |= {
                number for number in self.numbers if number in digits or (len(number) > 9 and number[:-2] in digits)
            }
        return found

    def sums_in(self, data: bytes) -> set[str]:
        """Numbers so large that an amount of the planted ones must be part of them."""
        return {n for text in _texts(data) for n in _LONG.findall(_IN_AMOUNT.sub("", _HEX.sub(" ", text)))}


def _texts(data: bytes) -> Iterator[str]:
    """The bytes as text; every member of an archive, such as a workbook."""
    if data[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield archive.read(name).decode("utf-8", "replace")
        return
    yield html.unescape(data.decode("utf-8", "replace"))


class Crawl:
    """One person, everything that can be fetched."""

    def __init__(self, asking: Asking, caller: str, search: Search, found: Found) -> None:
        self.asking = asking
        self.caller = caller
        self.search = search
        self.found = found
        self._links: dict[str, None] = {}

    async def walk(self, words: Iterable[str] = (), *, writes: bool = True) -> None:
        """Every route on every object, every search for these words, links, views first, and every write if wanted."""
        for route, row in POLICY.items():
            if is_safe(route):
                await self._routes(route, row)
        for word in words:
            await self._searches(word)
        for link in sorted(self._links, key=lambda link: "tab=" not in link)[:MOST_LINKS]:
            await self._get("link", link)
        if writes:
            await self._writes()

    async def _routes(self, route: str, row: Row) -> None:
        for sample in samples_of(route):
            for owner in ("own", "rival") if row.on and row.on != "token" else ("none",):
                for transport in transports_of(route):
                    question = Question(route, self.caller, owner, transport, sample)
                    self._look(transport, str(question), "", await self.asking.ask(question, row))

    async def _searches(self, word: str) -> None:
        for path in SEARCHED:
            await self._get("search", f"{path}?q={quote(word)}")
            if f"GET {path}/export/{{file_type:str}}" in POLICY:
                await self._get("csv", f"{path}/export/csv?q={quote(word)}")
        await self._get("search", f"/partners/deals/new?customer={quote(word)}", **TRANSPORTS["fragment"])

    async def _get(self, kind: str, path: str, **headers: str) -> None:
        person = self.asking.people[self.caller]
        answer = await self.asking.wire.send("GET", path, person.headers(**headers))
        self._look(kind, f"GET {path} by {self.caller}", path, answer)

    async def _writes(self) -> None:
        """Every write on the rival's objects, and with the rival's ids where it takes ids: what comes back is seen."""
        for act in acts():
            question = Question(act.question.route, self.caller, "rival", act.question.transport, act.question.sample)
            async with undone():
                answer = await self.asking.ask(question, act.row)
                self._look("write", str(question), "", answer)

    def _look(self, kind: str, what: str, asked: str, answer: Answer) -> None:
        self.found.fetched[kind] += 1
        if answer.status >= 500:
            self.found.broken.append(f"{what}: {answer.status}")
        met = self.search.tokens_in(answer.body)
        met |= self.search.tokens_in(" ".join(v for n, v in answer.headers.items() if n != "set-cookie").encode())
        met -= {token for token in met if token in asked.lower()}
        self.found.seen |= met
        where = {**self.search.words, **self.search.numbers}
        self.found.leaks += [f"{what}: {where[token]}" for token in sorted(met)]
        if "html" in answer.headers.get("content-type", ""):
            self._collect(what, answer.text)

    def _collect(self, what: str, text: str) -> None:
        base = what.partition(" ")[2].partition(" ")[0]
        for href in _HREF.findall(text):
            target = urlsplit(urljoin(base, html.unescape(href)))
            path = target.path + (f"?{target.query}" if target.query else "")
            if not target.netloc and path.startswith("/") and not path.startswith(_NEVER):
                self._links.setdefault(path)
