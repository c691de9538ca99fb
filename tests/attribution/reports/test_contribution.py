"""What a partner reads of attribution: its own credit to the cent, and nothing of a rival's."""

from datetime import timedelta
from pathlib import Path

import pytest
from litestar import Litestar

from attribution.reports import contribution
from attribution.reports.running import report_in_background
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from tests.attribution.credits import world
from tests.make import NOON, Cast
from tests.web import Browser


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)


async def told(cast: Cast, minutes: int = 1) -> None:
    run = await world.run(cast.faye, now=NOON + timedelta(minutes=minutes))
    await report_in_background(run.id)
    await report_in_background(run.id)


async def test_each_partner_reads_its_own(cast: Cast) -> None:
    await world.story(cast)
    await told(cast)
    for actor, minor, events in ((cast.pia, 33_34, 1), (cast.otto, 83_33, 2)):
        found = await contribution.find_contribution(actor)
        assert found is not None
        assert (found.total.minor, found.events, found.before.minor) == (minor, events, 0)
        [panel] = contribution.chart(found).option["panels"]
        assert sum(sum(one["values"]) for one in panel["series"]) == pytest.approx(minor / 100)
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM attribution_partner_credit") == 2


async def test_the_newest_run_counts(cast: Cast) -> None:
    story = await world.story(cast)
    await told(cast)
    await world.touch(story["alone"], 3, cast.alpha)
    await told(cast, minutes=2)
    found = await contribution.find_contribution(cast.pia)
    assert found is not None
    assert (found.total.minor, found.events) == (33_34 + 25_00, 2)


async def test_the_page_says_it_and_says_what_to_do_without(app: Litestar, cast: Cast) -> None:
    pia = await Browser.of(app, cast.pia)
    assert "Nothing is credited to you yet" in (await pia.get("/contribution")).text
    assert (await pia.json("/api/v1/contribution")).json() == {"as_of": None, "items": []}
    await world.story(cast)
    await told(cast)
    page = (await pia.get("/contribution")).text
    assert "€33.34" in page
    [item] = (await pia.json("/api/v1/contribution")).json()["items"]
    assert (item["kind"], item["value_minor"]) == ("new_logo", 33_34)


@pytest.mark.security
async def test_nothing_of_a_rival_is_in_it(app: Litestar, cast: Cast) -> None:
    story = await world.story(cast)
    await told(cast)
    pia = await Browser.of(app, cast.pia)
    body = (await pia.get("/contribution")).text + (await pia.json("/api/v1/contribution")).text
    for secret in (str(cast.omega), str(story["both"]), str(story["alone"]), "83.33", "50.00", "100.01"):
        assert secret not in body
    async with db.transaction(cast.pia):
        owners = {row["partner_id"] for row in await db.sql("SELECT partner_id FROM attribution_partner_credit")}
    assert owners == {cast.alpha}


async def test_the_vendors_people_are_led_elsewhere(app: Litestar, cast: Cast) -> None:
    faye = await Browser.of(app, cast.faye)
    assert (await faye.get("/contribution")).status_code == 403
    with pytest.raises(NotAllowed):
        await contribution.find_contribution(cast.sam)
