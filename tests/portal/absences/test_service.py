"""Absences against the real database and on their page: who may note what, what holds at once, and who leaves."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from portal.absences import invariants, queries, service
from portal.absences.rules import Absence
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Invalid, NotAllowed, NotFound
from portal.core.invariants import run_all
from portal.core.permissions import Role, Side
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.web import Browser

__all__ = ["invariants"]
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


def week(who: Actor, cover: Actor, after: int = 0) -> Absence:
    """Seven days, beginning so many after today."""
    since = TODAY + after * DAY
    return Absence(who.membership_id, cover.membership_id, since, since + 7 * DAY)


async def acts_for(actor: Actor, after: int = 0) -> set[UUID]:
    """Whom somebody acts for, as lists ask the database."""
    async with db.transaction(SYSTEM):
        return set(await db.sql_value("SELECT absences_acts_for($1, $2)", actor.membership_id, TODAY + after * DAY))


async def test_who_is_away_is_covered_on_these_days_only(cast: Cast) -> None:
    await service.note_absence(cast.faye, week(cast.faye, cast.finn, 1), now=NOON)
    assert [await acts_for(cast.finn, after) for after in (0, 1, 7, 8)] == [
        {cast.finn.membership_id}, {cast.finn.membership_id, cast.faye.membership_id},
        {cast.finn.membership_id, cast.faye.membership_id}, {cast.finn.membership_id},
    ]  # fmt: skip
    tomorrow = NOON + DAY
    (covered,) = await queries.list_covered(cast.finn, tomorrow)
    assert (covered.name, covered.last) == ("Faye Vendor", TODAY + 7 * DAY)
    assert await queries.list_covered(cast.faye, tomorrow) == []
    async with db.transaction(SYSTEM):
        assert await queries.find_acting_cover(cast.faye.membership_id, tomorrow) == cast.finn.membership_id
        assert await queries.find_acting_cover(cast.faye.membership_id, NOON) is None


async def test_the_database_and_the_rule_agree_on_covers_of_covers(cast: Cast) -> None:
    third = await make.person("Flora Vendor", Side.STAFF, [Role.FINANCE])
    for one in (week(cast.faye, cast.finn), week(cast.finn, third)):
        await service.note_absence(cast.ada, one, now=NOON)
    for actor in (cast.faye, cast.finn, third):
        async with db.transaction(SYSTEM):
            ruled = {
                away.membership_id
                for away in (cast.faye, cast.finn, third)
                if await queries.find_acting_cover(away.membership_id, NOON) == actor.membership_id
            }
        assert await acts_for(actor) == {actor.membership_id} | ruled
    assert await acts_for(third) == {one.membership_id for one in (cast.faye, cast.finn, third)}


async def test_one_is_away_once_at_a_time(cast: Cast) -> None:
    await service.note_absence(cast.faye, week(cast.faye, cast.finn), now=NOON)
    with pytest.raises(Invalid) as refusal:
        await service.note_absence(cast.faye, week(cast.faye, cast.finn, 6), now=NOON)
    assert set(refusal.value.errors) == {"since"}
    async with db.transaction(SYSTEM):
        with pytest.raises(asyncpg.ExclusionViolationError):
            async with db.savepoint():
                await db.sql(
                    "INSERT INTO absences_absence (id, membership, cover, since, until, noted_by, noted_at)"
                    " SELECT gen_random_uuid(), membership, cover, since + 1, until + 1, noted_by, noted_at"
                    " FROM absences_absence"
                )
    await service.note_absence(cast.faye, week(cast.faye, cast.finn, 7), now=NOON)
    assert {one.name for one, count in await run_all(cast.audra) if count and one.name.startswith("absences.")} == set()


async def test_who_may_note_for_whom(cast: Cast) -> None:
    for stranger in (cast.finn, cast.milo, cast.audra, cast.pia):
        with pytest.raises(NotAllowed):
            await service.note_absence(stranger, week(cast.faye, cast.finn), now=NOON)
    for after, manager in ((0, cast.vera), (7, cast.ada)):
        key = await service.note_absence(manager, week(cast.faye, cast.finn, after), now=NOON)
        with pytest.raises(NotAllowed):
            await service.end_absence(cast.finn, key, now=NOON)
    with pytest.raises(Invalid) as refusal:
        await service.note_absence(cast.faye, week(cast.faye, cast.vera, 20), now=NOON)
    assert set(refusal.value.errors) == {"cover"}


async def test_who_is_back_is_covered_no_longer(cast: Cast) -> None:
    running = await service.note_absence(cast.faye, week(cast.faye, cast.finn), now=NOON)
    coming = await service.note_absence(cast.faye, week(cast.faye, cast.finn, 20), now=NOON)
    back = NOON + 2 * DAY
    await service.end_absence(cast.faye, running, now=back)
    await service.end_absence(cast.faye, coming, now=back)
    assert await acts_for(cast.finn, 1) == {cast.finn.membership_id, cast.faye.membership_id}
    assert await acts_for(cast.finn, 2) == {cast.finn.membership_id}
    assert await queries.list_absences(cast.faye, back) == []
    with pytest.raises(NotFound):
        await service.end_absence(cast.faye, coming, now=back)


async def test_the_successor_covers_for_whom_the_leaver_covered(cast: Cast) -> None:
    third = await make.person("Flora Vendor", Side.STAFF, [Role.FINANCE])
    for one in (week(cast.faye, cast.finn), week(cast.finn, cast.faye, 10), week(third, cast.finn, 20)):
        await service.note_absence(cast.ada, one, now=NOON)
    async with db.transaction(SYSTEM):
        moved = await service.hand_over_covers(SYSTEM, cast.finn.membership_id, third.membership_id, NOON)
    assert moved == 1
    (left,) = await queries.list_absences(cast.ada, NOON)
    assert (left.name, left.cover_name) == ("Faye Vendor", "Flora Vendor")
    assert await service.hand_over_covers(cast.paul, cast.pia.membership_id, cast.paul.membership_id, NOON) == 0


async def test_an_absence_is_noted_and_ended_on_its_page(app: Litestar, cast: Cast) -> None:
    faye, pia = await Browser.of(app, cast.faye), await Browser.of(app, cast.pia)
    assert "Nobody is away" in (await faye.get("/absences")).text
    assert (await pia.get("/absences")).status_code == 403
    fields = {"since": str(TODAY), "last": str(TODAY + DAY), "cover": str(cast.finn.membership_id)}
    wrong = await faye.post("/absences", fields | {"last": str(TODAY - DAY)})
    assert wrong.status_code == 422
    assert "The last day is before the first." in wrong.text
    assert (await faye.post("/absences", fields)).headers["location"] == "/absences"
    page = (await faye.get("/absences")).text
    assert "away now" in page
    (item,) = (await faye.json("/api/v1/absences")).json()["items"]
    assert (item["since"], item["until"]) == (str(TODAY), str(TODAY + 2 * DAY))
    await faye.post(f"/absences/{item['id']}/end")
    assert "Nobody is away" in (await faye.get("/absences")).text
