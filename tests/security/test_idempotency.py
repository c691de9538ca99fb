"""Sent twice, done once: every route that writes, with a key, and what a second request with this key may learn."""

from typing import Any, Final

import pytest
from litestar import Litestar

from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.web import unit
from tests.make import Cast
from tests.security.answers import DONE, Act, acts
from tests.security.asking import Asking
from tests.security.wire import Answer, touched, undone

pytestmark = pytest.mark.security

KEY: Final = {"Idempotency-Key": "once-and-only-once"}
NO_UNIT: Final = frozenset(
    {"POST /language", "POST /sign-in", "POST /sign-out", "POST /sign-out-everywhere", "POST /forgot"}
    | {"POST /welcome/{token:str}", "POST /profile/membership", "POST /visits"}
)
"""About sessions, before there is anybody for whom an answer could be kept."""


def keyed() -> list[Act]:
    """Every right request whose answer is kept."""
    return [act for act in acts() if act.question.route not in NO_UNIT]


async def send(asking: Asking, act: Act, **more: Any) -> Answer:
    """The right request, with the key."""
    return await asking.ask(act.question, act.row, headers=KEY, **more)


async def events() -> int:
    """How many things were recorded."""
    async with db.transaction(SYSTEM):
        return int(await db.sql_value("SELECT count(*) FROM core_event"))


async def twice(asking: Asking, act: Act) -> list[str]:
    """What is wrong when the same is sent twice, and then something else with its key."""
    first = await send(asking, act)
    written, recorded = await touched(), await events()
    second = await send(asking, act)
    wrong = []
    if first.status not in DONE:
        wrong.append(f"{first.status} at first")
    if (second.status, second.body) != (first.status, first.body) or "idempotency-replayed" not in second.headers:
        wrong.append(f"{second.status} the second time")
    if await events() != recorded or await touched() != written:
        wrong.append("done twice")
    other = await send(asking, act, extra={"notes": "other"})
    if other.status != 422 or await events() != recorded:
        wrong.append(f"{other.status} for another content")
    return [f"{act.question}: {one}" for one in wrong]


async def after_losing_rights(asking: Asking, act: Act) -> list[str]:
    """What is wrong when the one who sent it has lost all roles before it is sent again."""
    await send(asking, act)
    actor = asking.actors[act.question.caller]
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_membership SET roles = '{}' WHERE id = $1", actor.membership_id)
    again = await send(asking, act)
    return [] if again.status == 403 else [f"{act.question}: {again.status} without any right"]


async def test_what_is_sent_twice_is_done_once(app: Litestar, cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    asking, wrong, count = await Asking.begin(app, cast), list[str](), 0
    for act in keyed():
        async with undone():
            wrong += await twice(asking, act)
        async with undone():
            wrong += await after_losing_rights(asking, act)
        count += 1
    with capsys.disabled():
        print(f"\nsent twice: {count} requests to {len({act.question.route for act in keyed()})} routes")
    assert not wrong, "\n".join(wrong[:40])


async def test_a_key_is_of_the_person_who_used_it(app: Litestar, cast: Cast) -> None:
    """Neither a colleague nor a rival gets an answer that was somebody else's."""
    asking = await Asking.begin(app, cast)
    act = next(act for act in keyed() if act.question.route == "POST /api/v1/partners/cards")
    first = await send(asking, act)
    for name in ("pia", "oona"):
        person = asking.people[act.question.caller]
        asking.people[act.question.caller] = asking.people[name]
        other = await send(asking, act)
        asking.people[act.question.caller] = person
        assert (other.status, "idempotency-replayed" in other.headers) == (201, False)
        assert other.json()["id"] != first.json()["id"]


# --- controls: no key is claimed, and rights are not asked again ---


async def test_a_key_that_is_not_claimed_is_found(app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    async def nothing(*_args: object, **_more: object) -> None:
        return None

    asking = await Asking.begin(app, cast)
    monkeypatch.setattr(unit, "claim_key", nothing)
    act = next(act for act in keyed() if act.question.route == "POST /partners/cards/new")
    async with undone():
        wrong = await twice(asking, act)
    assert any("done twice" in one for one in wrong)


async def test_rights_that_are_not_asked_again_are_found(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def replay(claim: Any, request: Any, answer: Any, next_app: Any) -> None:
        await (claim.replay(answer.hold) if claim.is_replay else next_app(request.scope, request.receive, answer.hold))

    asking = await Asking.begin(app, cast)
    monkeypatch.setattr(unit, "_answer", replay)
    act = next(act for act in keyed() if act.question.route == "POST /partners/cards/new")
    async with undone():
        assert await after_losing_rights(asking, act) != []
