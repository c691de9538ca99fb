"""Every form that a page shows sends only what its route takes: none is refused for a field that nobody typed."""

import inspect
import re
from collections.abc import AsyncIterator, Iterator
from html.parser import HTMLParser
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from litestar import Litestar

from portal.core.web.forms import PLUMBING, Form
from portal.core.web.guard import served
from tests.make import Cast
from tests.security.asking import Asking, Question, is_safe, transports_of
from tests.security.policy import POLICY
from tests.security.samples import samples_of
from tests.security.wire import Answer

CALLERS: Final = ("pia", "paul", "vera", "faye", "ada", "sam")
"""Between them, everybody who is shown a form."""
DEALS: Final = (
    "deal",
    "review",
    "asked",
    "rejected",
    "cheap_review",
    "approved",
    "extension_asked",
    "amendment_asked",
)
LEAST_ROUTES: Final = 55
_MODEL: Final = re.compile(r"typed_form\(\s*request,\s*(\w+)")
_CALL: Final = re.compile(r"(?:self\.)?(_\w+)\(")


class _Forms(HTMLParser):
    """The forms of a page that post: where to, and the names of their fields; files come another way."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, set[str]]] = []
        self._open = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Collect the names within a form that posts."""
        given = dict(attrs)
        if tag == "form" and (given.get("method") or "").lower() == "post":
            self.found.append((urlsplit(given.get("action") or "").path, set()))
            self._open = True
        elif self._open and given.get("name") and given.get("type") != "file":
            self.found[-1][1].add(str(given["name"]))

    def handle_endtag(self, tag: str) -> None:
        """A form ends."""
        self._open = self._open and tag != "form"


def models_of(handler: Any) -> set[type[Form]]:
    """The forms that a handler reads, itself or in the private helpers that it calls."""
    function = inspect.unwrap(handler.fn)
    module = inspect.getmodule(function)
    sources = [inspect.getsource(function)]
    for name in _CALL.findall(sources[0]):
        helper = getattr(handler.owner, name, None) or getattr(module, name, None)
        if inspect.isfunction(helper):
            sources.append(inspect.getsource(helper))
    names = {name for source in sources for name in _MODEL.findall(source)}
    found = {getattr(module, name, None) for name in names}
    return {model for model in found if inspect.isclass(model) and issubclass(model, Form)}


def _posts(app: Litestar) -> Iterator[tuple[re.Pattern[str], str, Any]]:
    for route, handler in served(app):
        if "POST" in handler.http_methods and not route.path.startswith("/api/"):
            yield re.compile(re.sub(r"\{\w+:\w+\}", "[^/]+", route.path) + "$"), route.path, handler


def _forms_of(answer: Answer) -> list[tuple[str, set[str]]]:
    if answer.status != 200 or "html" not in answer.headers.get("content-type", ""):
        return []
    forms = _Forms()
    forms.feed(answer.text)
    return forms.found


async def _pages(asking: Asking) -> AsyncIterator[tuple[str, Answer]]:
    """Every page as these people get it, with what was asked: each route once, and the deal's page in every state."""
    for caller in CALLERS:
        for route, row in POLICY.items():
            if is_safe(route) and "page" in transports_of(route) and "/api/" not in route:
                for sample in samples_of(route):
                    question = Question(route, caller, "own" if row.on else "none", "page", sample)
                    yield str(question), await asking.ask(question, row)
        person, objects = asking.people[caller], asking.objects.of("own")
        for state in DEALS:
            path = f"/partners/deals/{objects[state]}"
            yield f"GET {path} ({state}) by {caller}", await asking.wire.send("GET", path, person.headers())


async def test_every_form_sends_what_its_route_takes(app: Litestar, cast: Cast) -> None:
    asking = await Asking.begin(app, cast)
    found: dict[tuple[str, frozenset[str]], str] = {}
    async for where, answer in _pages(asking):
        for action, given in _forms_of(answer):
            found.setdefault((action, frozenset(given - PLUMBING)), where)
    posts = list(_posts(app))
    compared: set[str] = set()
    wrong: list[str] = []
    for (action, names), where in sorted(found.items(), key=lambda one: one[1]):
        hits = [(path, handler) for pattern, path, handler in posts if pattern.match(action)]
        hits = [hit for hit in hits if hit[0] == action] or hits
        if not hits:
            wrong.append(f"{where}: nothing answers {action}")
            continue
        path, handler = min(hits, key=lambda hit: hit[0].count("{"))
        models = models_of(handler)
        if not models:
            continue
        compared.add(path)
        known = {name for model in models for name in model.model_fields}
        unknown = sorted({name for name in names if name.split(".")[0] not in known})
        if unknown:
            wrong.append(f"{where}: {path} does not take {', '.join(unknown)}")
    assert not wrong, "\n".join(dict.fromkeys(wrong))
    assert len(compared) >= LEAST_ROUTES, len(compared)


@pytest.mark.parametrize(
    "markup", ['<form method="post" action="/x?y=1"><input name="a"><p><textarea name="b"></form>']
)
def test_what_a_form_sends_is_read_from_its_page(markup: str) -> None:
    forms = _Forms()
    forms.feed(markup + '<input name="c">')
    assert forms.found == [("/x", {"a", "b"})]
