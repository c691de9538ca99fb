"""Whatever stands in a text column is shown as text: hostile words in all of them, every page that somebody can open."""

import itertools
import re
from collections.abc import Callable
from typing import Final

import pytest
from litestar import Litestar

from tests.make import Cast
from tests.security.answers import right_answer
from tests.security.asking import Asking, Question, is_safe, transports_of
from tests.security.planting import SHORTEST, plant
from tests.security.policy import POLICY

pytestmark = pytest.mark.security

PAYLOADS: Final = (
    "<zqtag onload=zq()>",
    "'\"><zqtag src=x onerror=zq()>",
    '"onfocus="zq()"autofocus="',
    "{{7919*7919}}${7919*7919}",
    "</script></title><zqtag>",
    "javascript:zq(7919)//",
    "\u202ezq\u2066\u200f",
)
LIVE: Final = re.compile(r"<zqtag|\"onfocus=\"zq|(?:href|src|action)=[\"']\s*javascript:|62710561", re.IGNORECASE)
"""What is in a page only when a payload was taken for more than text."""
READERS: Final = ("paul", "vera", "ada", "audra")


def hostile() -> Callable[[str], str]:
    """Another payload for each value, cut to what all columns hold; numbers of deals are told apart at their end."""
    turn, count = itertools.cycle(PAYLOADS), itertools.count()
    return lambda where: (
        next(turn)[: SHORTEST - 3] + f"{next(count):03}" if where == "partners_deal.number" else next(turn)[:SHORTEST]
    )


async def look(app: Litestar, cast: Cast) -> tuple[list[str], int, int]:
    """What is live or broken, how many answers were looked at, and how many held a payload at all."""
    asking = await Asking.begin(app, cast)
    await plant(cast.alpha, hostile())
    wrong, seen, held = [], 0, 0
    for route, row in POLICY.items():
        for caller in READERS:
            for transport in transports_of(route) if is_safe(route) else ():
                question = Question(route, caller, "own" if row.on and row.on != "token" else "none", transport)
                if right_answer(question, row).denied:
                    continue
                answer = await asking.ask(question, row)
                seen += 1
                is_page = "html" in answer.headers.get("content-type", "")
                held += is_page and "zq" in answer.text
                found = LIVE.search(answer.text) if is_page else None
                if found or answer.status >= 500:
                    wrong.append(f"{question}: {answer.status} {found and found[0]}")
    return wrong, seen, held


async def test_no_stored_text_is_more_than_text(app: Litestar, cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, seen, held = await look(app, cast)
    with capsys.disabled():
        print(f"\nstored payloads: {seen} answers, {held} pages with payloads, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong[:40])
    assert held > 100


async def test_without_escaping_it_is_found(app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: the templates' escaping is off."""
    monkeypatch.setattr("markupsafe._escape_inner", lambda text: text)
    wrong, _seen, _held = await look(app, cast)
    assert wrong
