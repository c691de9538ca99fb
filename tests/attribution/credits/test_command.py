"""`tributary attribution` as a person calls it: run, reproduce, compare, list."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from portal.core import db
from portal.core.actor import SYSTEM
from tests import make
from tests.attribution.credits import world
from tests.make import Cast
from tests.standalone import database

ROOT: Final = Path(__file__).parents[3]


def call(url: str, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-c", "from portal.cli import main; main()", "attribution", *words],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
        env={**os.environ, "DATABASE_URL": url, "TRIBUTARY_DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)},
    )  # fmt: skip


async def told(url: str) -> Cast:
    """A world with something in it."""
    async with database(url):
        cast = await make.cast()
        await world.story(cast)
        return cast


@pytest.mark.slow
async def test_a_run_from_the_command_line_can_be_reproduced_and_compared(fresh_url: str, tmp_path: Path) -> None:
    cast = await told(fresh_url)
    done = call(fresh_url, tmp_path, "run")
    assert done.returncode == 0, done.stderr
    number, state, value = done.stdout.split()[:3]
    assert (state, value) == ("sealed", "157.01")
    async with database(fresh_url), db.transaction(SYSTEM):
        waiting = "SELECT FROM pgqueuer JOIN core_event e ON payload = uuid_send(e.id) WHERE e.name = $1"
        assert await db.sql(waiting, "run.sealed")  # whoever serves makes its report and what customers are worth
    again = call(fresh_url, tmp_path, "reproduce", number)
    assert (again.returncode, "the same, to the bit" in again.stdout) == (0, True)
    async with database(fresh_url):
        async with db.transaction(SYSTEM):
            nobody = await db.sql_value("SELECT account FROM attribution_lifecycle_event WHERE value_minor = 700")
        await world.touch(nobody, 8, cast.alpha)
    second = call(fresh_url, tmp_path, "run").stdout.split()[0]
    assert second == f"{number}-2"
    compared = call(fresh_url, tmp_path, "compare", number, second).stdout.splitlines()
    assert compared[0] == "Touchpoints added: 1"
    assert any("+7.00" in line and "Alpha Systemhaus GmbH" in line for line in compared)
    listed = call(fresh_url, tmp_path, "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == [second, number]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("reproduce", "R-2001-01-01"), "There is no sealed run R-2001-01-01."),
        (("compare", "R-2001-01-01", "R-2001-01-02"), "There is no sealed run R-2001-01-01."),
        (("run", "--observed-until", "2026-11-01"), "has no zone"),
        (("run", "--observed-until", "soon"), "is no time"),
        (("run", "--observed-until", "2999-01-01T00:00:00Z"), "Nothing later than now has been observed"),
        (("compare", "a", "b", "--by", "moon"), "party or channel"),
    ],
)
async def test_what_cannot_be_done_is_said(fresh_url: str, tmp_path: Path, words: tuple[str, ...], says: str) -> None:
    done = call(fresh_url, tmp_path, *words)
    assert done.returncode == 2
    assert says in done.stderr
