"""The demo, loaded into a database of its own by the importers: all of it there, nothing broken, everybody gets in."""

import asyncio
import contextlib
import os
import signal
import sys
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

from attribution.commissions.rules import Outcome
from attribution.commissions.service import reckon_again
from attribution.credits import queries as runs
from attribution.credits import store
from attribution.credits.rules import RunState
from bench.effects import find
from portal import app
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM
from portal.core.invariants import run_all
from portal.core.permissions import Role
from portal.demo import mark
from portal.demo.load import Size, load
from portal.identity import sessions
from portal.ledger.queries import list_balances
from tests.attribution.commissions.world import make_plan
from tests.portal.demo.conftest import TODAY
from tests.standalone import database

assert app.CONTROLLERS

ROOT: Final = Path(__file__).parents[3]
ZONE: Final = "Europe/Berlin"
TINY: Final = Size(2, 40)
LOADER: Final = """
import asyncio, sys
from datetime import date
from pathlib import Path
from portal import app
from attribution import public as attribution
from portal.core import db
from portal.demo.load import Size, load

async def main(url, day, folder):
    attribution.use_folder(Path(folder))
    await db.connect(url)
    await load(url, date.fromisoformat(day), "Europe/Berlin", size=Size(2, 40),
               say=lambda line: print(line, flush=True))

asyncio.run(main(*sys.argv[1:]))
"""


@pytest.fixture(autouse=True)
def _zone(tmp_path: Path) -> Any:
    """Loading sets the time zone of the process; what it freezes goes with the test."""
    before = formats.time_zone().key
    store.use_folder(tmp_path)
    yield
    formats.use_time_zone(before)


async def counted() -> dict[str, int]:
    tables = ("partners_company", "partners_account", "partners_product", "partners_deal", "attribution_revenue",
              "attribution_commission", "identity_person", "policies_version", "partners_contact",
              "attribution_touchpoint", "attribution_cost", "attribution_lifecycle_event", "attribution_run_credit",
              "rates_rate", "attribution_claim", "partners_forecast_deal")  # fmt: skip
    async with db.transaction(SYSTEM):
        return {table: await db.sql_value(f"SELECT count(*) FROM {table}") for table in tables}


async def refused() -> int:
    async with db.transaction(SYSTEM):
        return int(await db.sql_value("SELECT count(*) FROM imports_row WHERE outcome = 'refused'"))


async def broken() -> dict[str, int]:
    return {invariant.name: count for invariant, count in await run_all(SYSTEM) if count}


async def commissions_by_currency() -> dict[str, int]:
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT currency, sum(amount_minor)::bigint AS minor FROM attribution_commission GROUP BY 1 HAVING"
            " sum(amount_minor) <> 0"
        )
    return {row["currency"]: row["minor"] for row in rows}


async def owed_by_currency() -> dict[str, int]:
    owed: dict[str, int] = {}
    for balance in await list_balances(SYSTEM):
        owed[balance.amount.currency] = owed.get(balance.amount.currency, 0) + balance.amount.minor
    return {currency: minor for currency, minor in owed.items() if minor}


@pytest.mark.slow
async def test_everything_is_there_and_holds_together(fresh_url: str) -> None:
    async with database(fresh_url):
        assert await mark.is_empty()
        assert await mark.sign_ins() == []
        lines: list[str] = []
        await load(fresh_url, TODAY, ZONE, size=TINY, say=lines.append)
        assert await mark.is_loaded()
        counts = await counted()
        assert counts["partners_company"] == 701
        assert all(counts.values()), counts
        assert await refused() == 0
        assert any("partner companies" in line for line in lines)
        assert await broken() == {}
        await deals_were_asked_about()
        await planted_effects_are_found()
        owed = await owed_by_currency()
        assert owed == await commissions_by_currency()
        assert owed["USD"] > 0
        assert await closed_months() == [date(2026, 10, 1)]
        assert await on_the_desk() == DOUBTFUL
        await everybody_gets_in()
        await all_of_it_is_paid_again_by_credit()


async def all_of_it_is_paid_again_by_credit() -> None:
    """Every sale by each partner's share instead of by registration: every invariant holds, and credit is all revenue."""
    body = {"title": "All by credit", "clauses": [{"code": "§ 1", "name": "By credit", "rate": "10",
                                                   "to": "credited_partners"}]}  # fmt: skip
    await make_plan(body, date(2020, 1, 2), number=2)
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT DISTINCT invoice_id AS id FROM attribution_commission")
    counts = await reckon_again(SYSTEM, [row["id"] for row in rows], now=clock.now())
    assert counts[Outcome.ACCRUED] > 0
    assert await broken() == {}
    assert await owed_by_currency() == await commissions_by_currency()
    async with db.transaction(SYSTEM):
        waiting = await db.sql_value("SELECT count(*) FROM attribution_commission WHERE reason = 'waits_for_run'")
        run = await db.sql_one("SELECT id, value_minor FROM attribution_run")
        credited = await db.sql_value(
            "SELECT sum(value_minor)::bigint FROM attribution_run_credit WHERE run = $1", (run or {})["id"]
        )
    assert waiting == 0
    assert credited == (run or {})["value_minor"]


async def deals_were_asked_about() -> None:
    """In the days before the demo's day, answered after it was asked, and revoked by two different people."""
    latest = clock.start_of(TODAY, ZONE)
    for table, asked in (("extension", "asked_at"), ("amendment", "asked_at"), ("revocation", "requested_at")):
        async with db.transaction(SYSTEM):
            rows = await db.sql(f"SELECT {asked} AS asked_at, decided_at FROM partners_deal_{table}")
        assert table != "extension" or rows
        assert all(row["asked_at"] < (row["decided_at"] or latest) <= latest for row in rows), table
    async with db.transaction(SYSTEM):
        wrong = await db.sql(
            "SELECT d.id FROM partners_deal d LEFT JOIN partners_deal_revocation r ON r.deal = d.id"
            " WHERE d.state = 'revoked' AND NOT EXISTS (SELECT FROM partners_deal_handover h WHERE h.deal = d.id)"
            " AND (d.protected_until = r.decided_at AND r.decided_by <> r.requested_by"
            " AND d.revoke_note <> '') IS NOT TRUE"
        )
    assert wrong == []


async def planted_effects_are_found() -> None:
    """What the run measured puts the five groups in the order of the truth, and holds each partner's within its interval.

    Measured is, of the journeys that a partner touched, how many ended in a purchase. Orders of one customer on one day
    are one purchase, so that groups come out somewhat below what is planted: the order is what must hold.
    """
    [run] = await runs.list_runs(SYSTEM)
    assert run.state is RunState.SEALED, run.failure
    found = await find()
    shares = [bought / touched for bought, touched in found.groups.values()]
    assert shares == sorted(shares), found.groups
    assert all(high - low > 0.03 for low, high in pairwise(shares)), shares
    assert found.measured >= 20
    assert found.inside >= 0.9 * found.measured, found


DOUBTFUL: Final = [("Bahringer Johns", "Bahringer, Johns and Jacobs"), ("沐风骑行", "上海沐风骑行文化有限公司")]


async def on_the_desk() -> list[tuple[str, str]]:
    """Each partner's card that may be a customer of the vendor's, and that customer."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT c.legal_name AS card, coalesce(nullif(a.local_name, ''), a.legal_name) AS account"
            " FROM partners_account_pair t JOIN partners_customer_card c ON c.id = t.card"
            " JOIN partners_account a ON a.id = t.account WHERE t.state = 'open' ORDER BY c.legal_name"
        )
    return sorted((row["card"], row["account"]) for row in rows)


async def closed_months() -> list[date]:
    async with db.transaction(SYSTEM):
        return [row["period"] for row in await db.sql("SELECT period FROM ledger_period ORDER BY period")]


async def everybody_gets_in() -> None:
    guests = await mark.sign_ins()
    assert [guest.role for guest in guests] == [role.value for role in Role]
    companies = {guest.company for guest in guests if Role(guest.role).side == "partner"}
    assert companies == {"Brakes and Gears"}
    for guest in guests:
        opened = await sessions.sign_in(guest.email, mark.PASSWORD, network=guest.email, device="test", now=clock.now())
        assert Role(guest.role) in opened.actor.roles


@pytest.mark.slow
async def test_killed_while_loading_it_goes_on(fresh_url: str, tmp_path: Path) -> None:
    runner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", LOADER, fresh_url, TODAY.isoformat(), str(tmp_path), cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert runner.stdout
    while line := await runner.stdout.readline():
        if line.startswith(b"deals"):
            break
    await asyncio.sleep(0.3)
    with contextlib.suppress(ProcessLookupError):
        runner.send_signal(signal.SIGKILL)
    await runner.communicate()
    async with database(fresh_url):
        assert not await mark.is_loaded()
        assert await mark.is_empty()
        await load(fresh_url, TODAY, ZONE, size=TINY, say=lambda _line: None)
        assert await mark.is_loaded()
        assert await refused() == 0
        assert await broken() == {}
        async with db.transaction(SYSTEM):
            twice = await db.sql_value("SELECT count(*) - count(DISTINCT email) FROM identity_person")
        assert twice == 0
        assert await on_the_desk() == DOUBTFUL
