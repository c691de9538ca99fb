"""The page of who brought what: parts that add up, one model at a time, and what waits for the report."""

from datetime import timedelta
from pathlib import Path

import pytest
from litestar import Litestar

from attribution.reports.overview import find_overview
from attribution.reports.running import report_in_background
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import NotAllowed
from tests import make
from tests.attribution.credits import world
from tests.make import NOON, Cast
from tests.web import Browser


@pytest.fixture(autouse=True)
def _files(tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)


async def test_before_any_run_it_says_what_to_do(app: Litestar, cast: Cast) -> None:
    assert await find_overview(cast.vera) is None
    assert "Nothing is credited yet" in (await (await Browser.of(app, cast.vera)).get("/reports")).text


async def test_parts_of_every_model_add_up_to_the_whole(cast: Cast) -> None:
    await world.story(cast)
    await world.run(cast.faye)
    found = await find_overview(cast.vera)
    assert found is not None
    [panel] = found.shares.option["panels"]
    for place, _model in enumerate(found.models):
        assert sum(one["values"][place] for one in panel["series"]) == pytest.approx(1)
    [kinds] = found.kinds.option["panels"]
    assert sum(sum(one["values"]) for one in kinds["series"]) == pytest.approx(157.01)
    assert found.positions is None


async def test_the_report_is_made_once_and_holds_costs(app: Litestar, cast: Cast) -> None:
    await world.story(cast)
    node = await make.source_node()
    run = await world.run(cast.faye, now=NOON + timedelta(minutes=1))
    async with db.transaction(SYSTEM):
        for number, (currency, minor) in enumerate((("EUR", 10_00), ("USD", 5_00))):
            await db.sql(
                "INSERT INTO attribution_cost (id, node, kind, amount_minor, currency, starts_on, before, note, number,"
                " source_system, created_at, changed_at) VALUES (gen_random_uuid(), $1, 'actual', $2, $3, $4, $5, '',"
                " $6, 'test', $7, $7)",
                node, minor, currency, NOON.date() - timedelta(days=30), NOON.date(), str(number), NOON,
            )  # fmt: skip
    await report_in_background(run.id)
    await report_in_background(run.id)
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM attribution_report") == 1
    found = await find_overview(cast.vera, "linear")
    assert found is not None
    assert (found.model, found.unpriced, len(found.returns)) == ("linear", 1, 1)  # no rate of the dollar is known
    assert found.positions is not None
    assert [row["where"] for row in found.distance] == ["All"]
    assert found.flows is not None
    assert "1 purchase without a touch in the window is left out" in found.flows.sentence
    assert {step: sum(link[3] for link in found.flows.option["links"] if link[0] == step) for step in range(3)} == {
        0: 2, 1: 2, 2: 2,
    }  # fmt: skip
    assert [row["journeys"] for row in found.funnel] == ["2", "1"]  # a visitor whom nobody knows is one too
    page = (await (await Browser.of(app, cast.vera)).get("/reports?model=linear")).text
    assert "1 cost has no exchange rate" in page
    assert "under Linear" in page
    assert '"kind": "flow"' in page
    assert "How far journeys come" in page
    sam = await find_overview(cast.sam)
    assert sam is not None
    assert sam.returns == []  # who may not read costs sees none


@pytest.mark.security
async def test_partners_never_read_it(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await find_overview(cast.pia)
