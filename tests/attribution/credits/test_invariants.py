"""Each invariant of runs goes red when what it says is broken behind the application's back."""

from pathlib import Path
from typing import Final

import pytest

from attribution.credits.invariants import INVARIANTS
from portal.core import db
from portal.core.invariants import run_all
from tests.attribution.credits import world
from tests.make import Cast

TABLES: Final = ("attribution_run", "attribution_run_sum", "attribution_run_credit")
BREAKING: Final = {
    "runs.events_are_whole": "UPDATE attribution_run_credit SET share_ppb = share_ppb - 1 WHERE share_ppb > 0",
    "runs.sums": "UPDATE attribution_run_sum SET value_minor = value_minor + 1 WHERE dimension = 'party'",
    "runs.revenue": "UPDATE attribution_run SET value_minor = value_minor + 1",
    "runs.sealed": "DELETE FROM attribution_run_sum WHERE dimension = 'channel' AND model = 'linear'",
    "runs.touches": "UPDATE attribution_run_credit SET touchpoint = gen_random_uuid() WHERE touchpoint IS NOT NULL",
}


def test_each_has_a_way_to_break_it() -> None:
    assert BREAKING.keys() == {one.name for one in INVARIANTS}


@pytest.mark.security
async def test_each_goes_red(cast: Cast, tmp_path: Path) -> None:
    world.keep_files_in(tmp_path)
    await world.story(cast)
    await world.run(cast.faye)
    assert [(one.name, count) for one, count in await run_all(cast.audra) if count] == []
    held = db.ENGINE.held
    for table in TABLES:
        await held.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        await held.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    for name, statement in BREAKING.items():
        await held.execute("SAVEPOINT broken")
        await held.execute(statement)
        assert name in [one.name for one, count in await run_all(cast.audra) if count]
        await held.execute("ROLLBACK TO SAVEPOINT broken")
