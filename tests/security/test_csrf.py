"""No unsafe route does anything for a request that another site could have sent, or that an old page sends."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import pytest
from litestar import Litestar

from portal.core import clock, db
from portal.core.web import csrf
from portal.identity import sessions
from tests.make import Cast
from tests.security.answers import DONE, Act
from tests.security.answers import acts as all_acts
from tests.security.asking import FORM_APIS, Asking, is_api
from tests.security.wire import FORM, Answer, Person, meet, touched, undone

pytestmark = pytest.mark.security

FOREIGN: Final = "https://tributary.example"


def acts() -> Iterator[Act]:
    """All but what other sites' pages send on purpose: it acts for nobody, which its own tests show."""
    return (act for act in all_acts() if not act.row.other_sites)


@dataclass(frozen=True)
class Forgery:
    """One way to send somebody's request without being their page."""

    name: str
    token: str
    headers: Mapping[str, str]
    fields: Mapping[str, str]
    code: str = "csrf"


def forgeries(asking: Asking, act: Act, olds: Mapping[str, Person]) -> Iterator[Forgery]:
    """Every forgery of this request that could be tried."""
    caller = act.question.caller
    own = asking.people[caller].token
    other = asking.people["otto" if caller != "otto" else "pia"].token
    colleague = asking.people["petra" if caller != "petra" else "pam"].token
    yield Forgery("no token", "", {}, {})
    yield Forgery("an empty token", " ", {}, {})
    yield Forgery("a rival's token", other, {}, {})
    yield Forgery("a colleague's token", colleague, {}, {})
    yield Forgery("a token cut short", own[:-1], {}, {})
    yield (
        Forgery("a visitor's token", asking.people["nobody"].token, {}, {})
        if caller != "nobody"
        else Forgery("a session's token", asking.people["pia"].token, {}, {})
    )
    if caller in olds:
        yield Forgery("the token of the session before", olds[caller].token, {}, {})
    yield Forgery("another site", own, {"Origin": FOREIGN}, {}, "origin")
    yield Forgery("a hidden site", own, {"Origin": "null"}, {}, "origin")
    yield Forgery("another port", own, {"Origin": "http://127.0.0.1:8001"}, {}, "origin")
    yield Forgery("another site's frame", own, {"Origin": "", "Sec-Fetch-Site": "cross-site"}, {}, "origin")
    yield Forgery("another program of this host", own, {"Origin": "", "Sec-Fetch-Site": "same-site"}, {}, "origin")
    if is_api(act.question.route) and act.question.route not in FORM_APIS:
        yield Forgery("the token in the body", "", {}, {"csrf_token": own})
        yield Forgery("a form as JSON", "", FORM, {"csrf_token": own})
        yield Forgery("plain text", "", {"Content-Type": "text/plain"}, {})
    else:
        yield Forgery("a rival's token in the form", "", {}, {"csrf_token": other})


async def send(asking: Asking, act: Act, forgery: Forgery) -> Answer:
    """The right request, with what is forged in place of what is right."""
    return await asking.ask(
        act.question, act.row, token=forgery.token, extra=forgery.fields or None, headers=forgery.headers
    )


async def begin(app: Litestar, cast: Cast) -> tuple[Asking, dict[str, Person]]:
    """Everybody at a browser; those who write signed in once more, so that there is a session before."""
    asking = await Asking.begin(app, cast)
    olds = {}
    for name in {act.question.caller for act in acts()} - {"nobody"}:
        olds[name] = asking.people[name]
        async with db.auth_transaction():
            opened = await sessions.open_session(asking.actors[name], device="again", now=clock.now())
        asking.people[name] = await meet(asking.wire, name, opened.token)
    return asking, olds


async def try_all(asking: Asking, olds: Mapping[str, Person], only: str = "") -> tuple[list[str], int]:
    """What was let through, or refused for another reason; and how many were tried."""
    wrong, tried = [], 0
    for act in acts():
        for forgery in forgeries(asking, act, olds):
            if only and forgery.name != only:
                continue
            async with undone():
                before = await touched()
                answer = await send(asking, act, forgery)
                changed = await touched() != before
            tried += 1
            if answer.status != 403 or changed:
                wrong.append(f"{act.question}, {forgery.name}: {answer.status}{', rows written' if changed else ''}")
            elif is_api(act.question.route) and act.question.transport == "json":
                code = answer.json()["code"]
                if code != forgery.code:
                    wrong.append(f"{act.question}, {forgery.name}: refused as {code}")
    return wrong, tried


async def test_every_right_request_is_accepted(app: Litestar, cast: Cast) -> None:
    """Without this the refusals below would show nothing."""
    asking, _olds = await begin(app, cast)
    for act in acts():
        async with undone():
            answer = await asking.ask(act.question, act.row)
        expected = DONE | {404, 422} if act.row.on == "token" or "PUBLIC" in act.row.who else DONE
        assert answer.status in expected, f"{act.question}: {answer.text[:300]}"


async def test_no_forged_request_does_anything(app: Litestar, cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, tried = await try_all(*await begin(app, cast))
    with capsys.disabled():
        print(f"\nforged requests: {tried} to {len({act.question.route for act in acts()})} routes, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong[:40])


# --- controls: without the token's check, and without the origin's ---


@pytest.mark.parametrize(("check", "found"), [("check_token", "a rival's token"), ("check_origin", "another site")])
async def test_a_check_that_is_gone_is_found(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch, check: str, found: str
) -> None:
    asking, olds = await begin(app, cast)
    monkeypatch.setattr(csrf, check, lambda _connection: None)
    wrong, tried = await try_all(asking, olds, found)
    assert len(wrong) == tried
    assert any("rows written" in one for one in wrong)
