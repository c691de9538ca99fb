"""The page of a journey: who was touched by whom, what each model gives, as the newest sealed run has frozen it."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from attribution.reports import queries
from attribution.reports.showing import show
from portal.core.errors import NotAllowed, NotFound
from tests.attribution.credits import world
from tests.make import NOON, Cast
from tests.web import Browser


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)


async def test_it_shows_each_touch_once_and_rows_that_add_up(cast: Cast) -> None:
    told = await world.story(cast)
    await world.run(cast.faye)
    journey = await queries.get_journey(cast.faye, await world.event_of(told["both"]))
    shown = show(journey)
    assert [row.touch.id for row in shown.touches] == [told["first"], told["alpha"], told["omega"]]
    assert {party.key: party.touches for party in shown.parties} == {
        "marketing": 1, str(cast.alpha): 1, str(cast.omega): 1,
    }  # fmt: skip
    for row in shown.rows:
        cells = [*row.cells, *([row.others] if row.others else [])]
        assert sum(cell.share for cell in cells) == 1, row.model
        assert sum(cell.value.minor for cell in cells) == 100_01, row.model
    assert shown.picture is not None
    assert len(shown.picture.marks) == 3
    assert [row.model for row in shown.rows if row.is_paying] == ["shapley"]


async def test_an_event_that_nobody_touched_says_so(app: Litestar, cast: Cast) -> None:
    told = await world.story(cast)
    await world.run(cast.faye)
    vera = await Browser.of(app, cast.vera)
    page = (await vera.get(f"/journeys/{await world.event_of(told['nobody'])}")).text
    assert "the whole event falls to nobody" in page
    assert "No touch in the window" in page


async def test_before_any_run_the_page_says_what_to_do(app: Litestar, cast: Cast) -> None:
    told = await world.story(cast)
    vera = await Browser.of(app, cast.vera)
    page = (await vera.get(f"/journeys/{await world.event_of(told['both'])}")).text
    assert "No run covers this event yet" in page


async def test_an_older_run_shows_what_it_froze(app: Litestar, cast: Cast) -> None:
    told = await world.story(cast)
    first = await world.run(cast.faye)
    await world.touch(told["both"], 3, cast.omega)
    newest = await world.run(cast.faye, now=NOON + timedelta(minutes=1))
    event = await world.event_of(told["both"])
    vera = await Browser.of(app, cast.vera)
    for run, touches in ((first, 3), (newest, 4)):
        found = (await vera.json(f"/api/v1/journeys/{event}?run={run.id}")).json()
        assert (found["run"]["number"], len(found["touches"])) == (run.number, touches)
    assert len((await vera.json(f"/api/v1/journeys/{event}")).json()["touches"]) == 4


async def test_what_is_not_there_is_not_found(cast: Cast) -> None:
    told = await world.story(cast)
    event = await world.event_of(told["both"])
    with pytest.raises(NotFound):
        await queries.get_journey(cast.faye, uuid4())
    with pytest.raises(NotFound):
        await queries.get_journey(cast.faye, event, uuid4())


@pytest.mark.security
async def test_partners_never_read_journeys(cast: Cast) -> None:
    told: dict[str, UUID] = await world.story(cast)
    with pytest.raises(NotAllowed):
        await queries.get_journey(cast.pia, await world.event_of(told["both"]))
