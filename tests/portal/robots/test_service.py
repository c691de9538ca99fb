"""Robots through the database: who is told of what, once; what fails is tried again, given up, and then left alone."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from litestar import Litestar

from partners.conflicts.announcing import LABELS as CONFLICT_LABELS
from partners.deals import service as deals
from partners.deals.announcing import LABELS
from partners.deals.service import Said
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.robots import queries, sending, service
from portal.robots.doors import announced
from portal.robots.rules import MOST_ATTEMPTS, PAUSES_AFTER, RobotKind
from portal.robots.service import Wanted
from tests import make
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import WORDS, award, collided
from tests.partners.stand import registration, tiers
from tests.settle import run_again, settle
from tests.tls import Listener, answer_of, listening
from tests.web import Browser

ADDRESS = "https://robots.example/send?key=secret1234"


def wanted(**more: Any) -> Wanted:
    fields: dict[str, Any] = {
        "name": "Team DACH", "kind": RobotKind.SLACK, "address": ADDRESS, "sign_secret": "",
        "events": ("deal.submitted",), "manager": None, "locale": "en",
    }  # fmt: skip
    return Wanted(**fields | more)


class Group:
    """A group's robot: a server of ours, with what it heard and what it answers."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        self.address = f"https://localhost:{listener.port}/send?key=secret1234"

    @property
    def heard(self) -> list[str]:
        return [one.partition(b"\r\n\r\n")[2].decode() for one in self._listener.heard]

    def answers(self, status: int, body: bytes) -> None:
        self._listener.answer = answer_of(status, body)


@pytest_asyncio.fixture(loop_scope="session")
async def group(certificate: Path, way: Callable[..., None]) -> AsyncIterator[Group]:
    async with listening(certificate, answer_of(200, b"ok")) as listener:
        way(listener.port, "127.0.0.0/8", "::1/128")
        yield Group(listener)


async def registered(cast: Cast) -> UUID:
    await tiers()
    return await deals.register_deal(cast.pia, registration(await make.product()), now=NOON)


async def messages(cast: Cast, robot: UUID) -> list[queries.MessageView]:
    return await queries.list_messages(cast.ada, robot)


async def test_a_group_hears_of_what_it_listens_to_once(cast: Cast, group: Group) -> None:
    await service.register_robot(cast.ada, wanted(address=group.address), now=NOON)
    await service.register_robot(cast.ada, wanted(address=group.address, events=("deal.won",)), now=NOON)
    await service.register_robot(cast.ada, wanted(address=group.address, locale="zh_CN"), now=NOON)
    deal = await registered(cast)
    await settle()
    english, chinese = sorted(group.heard)
    assert "Alpha Systemhaus GmbH registered Allgäuer Frischlogistik GmbH" in english
    assert f"/partners/deals/{deal}" in english
    assert "报备" in chinese
    await run_again("deal.submitted")
    await settle()
    assert len(group.heard) == 2


async def test_a_group_may_hear_of_one_managers_partners_alone(cast: Cast, group: Group) -> None:
    await service.register_robot(cast.ada, wanted(address=group.address, manager=cast.vera.membership_id), now=NOON)
    await registered(cast)
    await settle()
    assert group.heard == []
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    await deals.register_deal(cast.pia, registration(await make.product()), now=NOON)
    await settle()
    assert len(group.heard) == 1


async def test_a_group_hears_of_conflicts_and_never_who_is_in_them(
    cast: Cast, group: Group, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found, settled and appealed, for the managers of both partners; whoever may open the room reads the names there."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    vito = await make.person("Vito Vendor", cast.vera.side, list(cast.vera.roles))
    async with db.transaction(SYSTEM):
        for partner, manager in ((cast.alpha, cast.vera), (cast.omega, vito)):
            await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", manager.membership_id, partner)
    for manager_id, locale in ((cast.vera.membership_id, "en"), (vito.membership_id, "zh_CN")):
        robot = wanted(address=group.address, manager=manager_id, locale=locale, events=tuple(CONFLICT_LABELS))
        await service.register_robot(cast.ada, robot, now=NOON)
    mine, theirs, room = await collided(cast)
    await settle()
    await award(cast.vera, room, mine)
    await settle()
    await deals.move_deal(cast.otto, theirs, "appeal", said=Said("We were first."), now=NOON)
    await settle()
    english, chinese = [one for one in group.heard if "Conflict" in one], [one for one in group.heard if "撞单" in one]
    for told, words in zip(english, ("Conflict: several claim", "Conflict settled", "Conflict appealed"), strict=True):
        assert f"{words}" in told
        assert "Kaltenberg AG" in told
        assert f"/partners/conflicts/{room.id}" in told
    assert "2 claims" in english[0]
    assert "Settled by: First registration" in english[1]
    assert len(chinese) == len(english)
    for secret in ("Alpha", "Omega", "Pia", "Otto", *(claim.label for claim in room.claims), WORDS):
        assert secret not in "".join(group.heard)


async def test_a_group_of_another_managers_partners_hears_of_no_conflict(cast: Cast, group: Group) -> None:
    robot = wanted(address=group.address, manager=cast.vera.membership_id, events=tuple(CONFLICT_LABELS))
    await service.register_robot(cast.ada, robot, now=NOON)
    await collided(cast)
    await settle()
    assert group.heard == []


async def test_what_fails_is_tried_again_then_given_up_and_the_robot_paused(cast: Cast, group: Group) -> None:
    robot = await service.register_robot(cast.ada, wanted(address=group.address), now=NOON)
    group.answers(500, b"")
    await tiers()
    product = await make.product()
    for _ in range(PAUSES_AFTER):
        await deals.register_deal(cast.pia, registration(product), now=NOON)
    await settle()
    assert len(group.heard) == PAUSES_AFTER * MOST_ATTEMPTS
    view = await queries.get_robot(cast.ada, robot)
    assert (view.failures, view.paused_at is not None, view.last_error) == (PAUSES_AFTER, True, "HTTP 500")
    assert all(one.given_up_at and one.attempts == MOST_ATTEMPTS for one in await messages(cast, robot))
    group.answers(200, b"ok")
    await deals.register_deal(cast.otto, registration(product), now=NOON)
    await settle()
    assert len(await messages(cast, robot)) == PAUSES_AFTER, "nothing is told to a robot that is paused"
    await service.move_robot(cast.ada, robot, "test", now=NOON)
    await settle()
    assert (await messages(cast, robot))[0].sent_at or any(one.sent_at for one in await messages(cast, robot))
    await service.move_robot(cast.ada, robot, "resume", now=NOON)
    view = await queries.get_robot(cast.ada, robot)
    assert (view.failures, view.paused_at) == (0, None)
    async with db.transaction(cast.audra):
        told = await db.sql_value("SELECT count(*) FROM core_event WHERE name = 'robot.gave_up'")
    assert told == 1


async def test_a_job_that_runs_twice_sends_once(cast: Cast, group: Group) -> None:
    robot = await service.register_robot(cast.ada, wanted(address=group.address), now=NOON)
    await service.move_robot(cast.ada, robot, "test", now=NOON)
    await settle()
    [message] = await messages(cast, robot)
    await sending.send(message.id)
    assert len(group.heard) == 1


async def test_what_was_removed_is_forgotten_and_told_nothing(cast: Cast, group: Group) -> None:
    robot = await service.register_robot(cast.ada, wanted(address=group.address), now=NOON)
    await service.move_robot(cast.ada, robot, "remove", now=NOON)
    await registered(cast)
    await settle()
    assert group.heard == []
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT address FROM robots_robot") == ""
    with pytest.raises(NotFound):
        await queries.get_robot(cast.ada, robot)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": ""}, "address"), ({"address": "http://robots.example/"}, "address"),
        ({"address": "https://u:p@robots.example/"}, "address"), ({"address": "https://robots.example:22/"}, "address"),
        ({"events": ("deal.dreamt",)}, "events"), ({"manager": UUID(int=1)}, "manager"),
    ],
)  # fmt: skip
async def test_what_makes_no_sense_is_refused(cast: Cast, change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await service.register_robot(cast.ada, wanted(**change), now=NOON)
    assert set(refused.value.errors) == {field}


async def test_an_empty_address_keeps_what_there_is_but_not_for_another_kind(cast: Cast) -> None:
    robot = await service.register_robot(cast.ada, wanted(), now=NOON)
    await service.change_robot(cast.ada, robot, wanted(address="", name="Other"), now=NOON)
    assert (await queries.get_robot(cast.ada, robot)).masked == "https://robots.example/…1234"
    with pytest.raises(Invalid):
        await service.change_robot(cast.ada, robot, wanted(address="", kind=RobotKind.WECOM), now=NOON)
    with pytest.raises(Conflict):
        await service.move_robot(cast.ada, robot, "resume", now=NOON)


@pytest.mark.security
async def test_the_address_never_comes_out(app: Litestar, cast: Cast, group: Group) -> None:
    robot = await service.register_robot(
        cast.ada, wanted(address=group.address, sign_secret="SECQ", kind=RobotKind.DINGTALK), now=NOON
    )
    await service.move_robot(cast.ada, robot, "test", now=NOON)
    group.answers(500, group.address.encode())
    await settle()
    ada = await Browser.of(app, cast.ada)
    for path in ("", f"/{robot}", f"/{robot}/edit"):
        page = (await ada.get(f"/settings/robots{path}")).text
        assert "secret1234" not in page
        assert "SECQ" not in page
    for path in ("", f"/{robot}"):
        assert "secret1234" not in (await ada.json(f"/api/v1/settings/robots{path}")).text
    async with db.transaction(cast.audra):
        facts = await db.sql("SELECT changes::text AS changes FROM core_event WHERE subject_type = 'robot'")
    assert not any("secret1234" in row["changes"] or "SECQ" in row["changes"] for row in facts)


async def test_partners_and_others_have_nothing_to_do_with_them(cast: Cast) -> None:
    for who in (cast.pia, cast.paul, cast.vera, cast.faye, cast.audra):
        with pytest.raises(NotAllowed):
            await service.register_robot(who, wanted(), now=NOON)
    for who in (cast.pia, cast.vera):
        with pytest.raises(NotAllowed):
            await queries.list_robots(who)
    assert await queries.list_robots(cast.audra) == []


async def test_the_form_registers_one_and_its_page_tells_how_it_goes(app: Litestar, cast: Cast) -> None:
    ada = await Browser.of(app, cast.ada)
    assert "No robots yet" in (await ada.get("/settings/robots")).text
    refused = await ada.post("/settings/robots/new", {"name": "X", "kind": "slack", "address": "http://x.example/"})
    assert refused.status_code == 422
    assert "must begin with https://" in refused.text
    fields = {
        "name": "X",
        "kind": "slack",
        "address": "https://nowhere.invalid/x",
        "events": ["deal.won"],
        "locale": "en",
    }
    answer = await ada.post("/settings/robots/new", fields)
    page = answer.headers["location"]
    await ada.post(f"{page}/moves", {"verb": "test"})
    await settle()
    text = (await ada.get(page)).text
    assert "The name of the host has no address." in text
    assert "Given up" in text
    assert "A deal is won" in text


def test_all_events_of_deals_can_be_listened_to() -> None:
    assert set(LABELS) <= set(announced())
