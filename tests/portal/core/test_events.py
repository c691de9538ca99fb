"""Events are written with the change and seen by whom they are for; each reaction happens once for each."""

import asyncio
import json
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from portal.core import db, events, jobs, reacting
from portal.core.actor import SYSTEM, Actor
from portal.core.events import Recorded, reacts_to, record
from portal.core.ids import new_id
from portal.core.types import Audience
from tests.make import NOON, Cast
from tests.settle import settle

PLANTED = "a planted failure"


@pytest.fixture(autouse=True)
def _no_other_reactions(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the test's own reactions are known while it runs."""
    monkeypatch.setattr(events, "_REACTIONS", {})


async def tell(actor: Actor, name: str = "test.happened", **more: Any) -> UUID:
    async with db.transaction(actor):
        return await record(actor, name, "test", new_id(), now=NOON, **more)


async def seen(actor: Actor) -> set[UUID]:
    async with db.transaction(actor):
        return {row["id"] for row in await db.sql("SELECT id FROM core_event WHERE name LIKE 'test.%'")}


async def count(table: str) -> int:
    async with db.transaction(SYSTEM):
        return int(await db.sql_value(f"SELECT count(*) FROM {table}"))


async def test_it_says_who_what_and_when(cast: Cast) -> None:
    event = await tell(cast.pia, partner_id=cast.alpha, changes={"state": ["a", "b"]}, note="because")
    async with db.transaction(cast.vera):
        row = await db.sql_one("SELECT * FROM core_event WHERE id = $1", event)
    assert row is not None
    assert (row["actor_id"], row["at"], row["note"]) == (cast.pia.membership_id, NOON, "because")
    assert json.loads(row["changes"]) == {"state": ["a", "b"]}
    assert row["command_id"] == event


async def test_it_is_undone_with_the_change(cast: Cast) -> None:
    before = await count("core_event"), await count("pgqueuer")

    async def tell_and_fail() -> None:
        async with db.transaction(cast.pia):
            await tell(cast.pia, partner_id=cast.alpha)
            raise RuntimeError(PLANTED)

    with pytest.raises(RuntimeError, match=PLANTED):
        await tell_and_fail()
    assert (await count("core_event"), await count("pgqueuer")) == before


@pytest.mark.security
async def test_who_sees_it(cast: Cast) -> None:
    ours = await tell(cast.vera, partner_id=cast.alpha)
    vendors = await tell(cast.vera, partner_id=cast.alpha, audience=Audience.VENDOR)
    nobodys = await tell(cast.vera)
    assert await seen(cast.pia) == {ours}
    assert await seen(cast.dora) == {ours}
    assert await seen(cast.otto) == set()
    assert await seen(cast.audra) == {ours, vendors, nobodys}


@pytest.mark.security
async def test_a_partner_writes_no_event_in_anothers_name(cast: Cast) -> None:
    for partner_id in (cast.omega, cast.delta, None):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await tell(cast.pia, partner_id=partner_id)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await tell(cast.dora, partner_id=cast.alpha)


@pytest.mark.security
async def test_personal_values_stand_apart_and_can_be_erased_where_the_event_cannot(cast: Cast) -> None:
    event = await tell(cast.pia, partner_id=cast.alpha, personal={"name": "Anke Petersen"})
    async with db.transaction(cast.audra):
        row = await db.sql_one("SELECT e::text AS event FROM core_event e WHERE id = $1", event)
        assert row is not None
        assert "Anke" not in row["event"]
    async with db.transaction(SYSTEM):
        await db.sql("DELETE FROM core_event_personal WHERE event_id = $1", event)
    with pytest.raises(asyncpg.PostgresError):
        async with db.transaction(SYSTEM):
            await db.sql("DELETE FROM core_event WHERE id = $1", event)


async def test_nothing_is_queued_that_nobody_reacts_to(cast: Cast) -> None:
    await tell(cast.vera)
    assert await count("pgqueuer") == 0


async def test_each_reaction_happens_once(cast: Cast) -> None:
    done: list[tuple[str, UUID]] = []

    @reacts_to("test.happened", "test.other")
    async def first(event: Recorded) -> None:
        done.append(("first", event.id))

    @reacts_to("test.happened")
    async def second(event: Recorded) -> None:
        done.append(("second", event.id))

    event = await tell(cast.vera)
    assert await settle() == 1
    await reacting.react(event)
    assert done == [("first", event), ("second", event)]


async def test_one_that_failed_is_tried_again_and_the_others_are_not(cast: Cast) -> None:
    done: list[str] = []

    @reacts_to("test.happened")
    async def fine(_event: Recorded) -> None:
        done.append("fine")

    @reacts_to("test.happened")
    async def fails_first(event: Recorded) -> None:
        await record(SYSTEM, "test.followed", "test", event.subject_id, now=NOON)
        done.append("tried")
        if done.count("tried") == 1:
            raise RuntimeError(PLANTED)

    event = await tell(cast.vera)
    with pytest.raises(RuntimeError, match=PLANTED):
        await settle()
    assert len(await seen(cast.audra)) == 1, "what the failed one wrote is undone"
    await reacting.react(event)
    await reacting.react(event)
    assert done == ["fine", "tried", "tried"]
    assert len(await seen(cast.audra)) == 2


async def test_an_event_that_is_gone_is_no_failure() -> None:
    async with db.rehearsal():
        await reacting.react(new_id())


@pytest.mark.usefixtures("own_db")
async def test_run_by_many_at_once_it_happens_once() -> None:
    done: list[UUID] = []

    @reacts_to("test.happened")
    async def slowly(event: Recorded) -> None:
        await asyncio.sleep(0.05)
        done.append(event.id)

    event = await tell(SYSTEM)
    await asyncio.gather(*(reacting.react(event) for _ in range(6)))
    assert done == [event]


@pytest.mark.usefixtures("own_db")
async def test_one_that_waits_takes_over_when_the_first_fails() -> None:
    tries: list[str] = []

    @reacts_to("test.happened")
    async def fails_first(_event: Recorded) -> None:
        tries.append("tried")
        await asyncio.sleep(0.05)
        if len(tries) == 1:
            raise RuntimeError(PLANTED)

    event = await tell(SYSTEM)
    answers = await asyncio.gather(*(reacting.react(event) for _ in range(3)), return_exceptions=True)
    assert [type(one) for one in answers if one is not None] == [RuntimeError]
    assert len(tries) == 2
    assert await count("core_reaction_done") == 1


async def test_the_queue_runs_it_after_the_commit_and_again_after_a_failure(own_db: str) -> None:
    tries: list[str] = []
    finished = asyncio.Event()

    @reacts_to("test.happened")
    async def fails_first(_event: Recorded) -> None:
        tries.append("tried")
        if len(tries) == 1:
            raise RuntimeError(PLANTED)
        finished.set()

    async with jobs.running(own_db):
        async with db.transaction(SYSTEM):
            await tell(SYSTEM)
            await asyncio.sleep(0.2)
            assert tries == []
        await asyncio.wait_for(finished.wait(), 30)
    assert tries == ["tried", "tried"]


async def test_draining_runs_what_is_queued_and_what_that_queues(own_db: str) -> None:
    done: list[str] = []

    @reacts_to("test.happened", "test.followed")
    async def follow(event: Recorded) -> None:
        done.append(event.name)
        if event.name == "test.happened":
            await record(SYSTEM, "test.followed", "test", event.subject_id, now=NOON)

    await tell(SYSTEM)
    await jobs.drain(own_db)
    assert done == ["test.happened", "test.followed"]
