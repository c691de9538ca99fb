"""Runs by their pages and API: who may, what a run says, what two runs differ in."""

from pathlib import Path

import pytest
from litestar import Litestar

from attribution.credits.rules import number_of
from tests.attribution.credits import world
from tests.make import NOON, TODAY, Cast
from tests.web import Browser


@pytest.fixture(autouse=True)
def _files(app: Litestar, tmp_path: Path) -> None:  # noqa: ARG001 -- the application sets its own folder
    world.keep_files_in(tmp_path)


async def test_a_run_is_asked_for_and_its_page_works_without_a_script(app: Litestar, cast: Cast) -> None:
    await world.story(cast)
    faye = await Browser.of(app, cast.faye)
    await faye.get("/runs")
    answer = await faye.post("/runs", {"observed_until": ""})
    assert answer.status_code == 303
    page = await faye.get(answer.headers["location"])
    assert "Waits for its turn" in page.text
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in page.text
    assert "Reproduce" not in page.text


async def test_a_sealed_run_says_what_it_shows_and_what_it_does_not_prove(app: Litestar, cast: Cast) -> None:
    await world.story(cast)
    run = await world.run(cast.faye)
    audra = await Browser.of(app, cast.audra)
    page = (await audra.get(f"/runs/{run.id}")).text
    assert run.number == number_of(TODAY, 1)
    assert "it does not prove that they bought because of it" in page
    assert "Omega IT AG" in page
    assert "€157.01" in page
    assert run.inputs_sha256[:12] in page
    assert "Reproduce" not in page, "an auditor changes nothing"
    channel = (await audra.get(f"/runs/{run.id}?by=channel")).text
    assert "Social media" in channel
    assert "Omega IT AG" not in channel
    chinese = (await audra.get(f"/runs/{run.id}?by=channel", Accept_Language="zh-CN")).text
    assert run.number in chinese


async def test_two_runs_say_what_moved_and_why(app: Litestar, cast: Cast) -> None:
    told = await world.story(cast)
    first = await world.run(cast.faye)
    await world.touch(told["nobody"], 8, cast.alpha)
    second = await world.run(cast.faye)
    assert second.number == number_of(TODAY, 2)
    vera = await Browser.of(app, cast.vera)
    page = (await vera.get(f"/runs/{second.id}/compare?to={first.id}")).text
    assert "Touchpoints added: 1" in page
    assert "added: 1" in page
    answer = (await vera.get(f"/api/v1/runs/{second.id}/compare?to={first.id}")).json()
    moved = {row["key"]: row["after_minor"] - row["before_minor"] for row in answer["moved"]}
    assert {key: minor for key, minor in moved.items() if minor} == {"": -7_00, str(cast.alpha): 7_00}
    assert answer["touches"] == {"added": 1}
    assert answer["events"] == {}
    same = (await vera.get(f"/runs/{second.id}/compare?to={second.id}")).text
    assert "Same settings, same inputs" in same


async def test_a_day_to_come_is_refused_in_words(app: Litestar, cast: Cast) -> None:
    faye = await Browser.of(app, cast.faye)
    await faye.get("/runs")
    answer = await faye.post("/runs", {"observed_until": "2999-01-01"})
    assert answer.status_code == 422
    assert "Nothing later than now has been observed" in answer.text


async def test_the_file_of_results_has_every_model(app: Litestar, cast: Cast) -> None:
    await world.story(cast)
    run = await world.run(cast.faye, now=NOON)
    milo = await Browser.of(app, cast.milo)
    text = (await milo.get(f"/runs/{run.id}/results/csv?by=party")).text
    assert "Markov, order 1" in text
    assert "No touch in the window" in text
    rows = (await milo.get(f"/api/v1/runs/{run.id}/results?by=channel")).json()
    assert sum(row["value_minor"] for row in rows if row["model"] == "last") == run.value.minor
