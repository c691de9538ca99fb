"""Pays a whole demo anew by credit, and asks every invariant whether each cent is where its touch says.

    tributary demo --full
    python -m bench.by_credit [--data DIR]

It puts a plan in force that pays every partner 10 percent of its share, as finance would by two persons, reckons all
invoice lines again by the newest sealed run, and prints how long that took and which invariants are broken. Use it on a
demo: what it changes stays.
"""

import argparse
import asyncio
import json
import time
from datetime import date
from pathlib import Path
from typing import Final

from attribution import public as attribution
from attribution.commissions.plan import KEY, CommissionPlan
from portal import app
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.core.invariants import run_all
from portal.core.postgres import embedded
from portal.core.settings import Settings

ROOF: Final = app.CONTROLLERS
"""The whole portal is known, so that all of its invariants are."""
PLAN: Final = {
    "title": "All by credit",
    "clauses": [{"code": "§ 1", "name": "By credit", "rate": "10", "to": "credited_partners"}],
}
SINCE: Final = date(2020, 1, 2)
"""A day after the demo's own plan, before all of its orders."""


async def put_in_force() -> None:
    """An approved version, straight into the table: the portal itself lets no version begin before its approval."""
    body = json.dumps(CommissionPlan.model_validate(PLAN).model_dump(mode="json"))
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO policies_version (id, policy, number, state, body, schema_version, body_sha256,"
            " effective_from, author, created_at, approver, approved_at)"
            " SELECT $1, p.id, max(v.number) + 1, 'approved', $2, 1, '', $3, $4, $5, $6, $5"
            " FROM policies_policy p JOIN policies_version v ON v.policy = p.id WHERE p.kind = $7 GROUP BY p.id",
            new_id(), body, SINCE, new_id(), clock.now(), new_id(), KEY,
        )  # fmt: skip


async def pay_again() -> None:
    """Reckon everything anew and print what came of it."""
    await put_in_force()
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT DISTINCT invoice_id AS id FROM attribution_commission ORDER BY 1")
    began, processor = time.perf_counter(), time.process_time()
    counts = await attribution.reckon_again(SYSTEM, [row["id"] for row in rows], now=clock.now())
    seconds, of_python = time.perf_counter() - began, time.process_time() - processor
    told = ", ".join(f"{count:,} {outcome.value}" for outcome, count in sorted(counts.items()))
    print(f"{len(rows):,} invoice lines again in {seconds:.0f} s ({of_python:.0f} s of Python): {told}")
    async with db.transaction(SYSTEM):
        paid = await db.sql(
            "SELECT count(DISTINCT c.partner_id) AS partners, sum(c.amount_minor)::bigint AS minor, c.currency"
            " FROM attribution_commission c GROUP BY c.currency ORDER BY c.currency"
        )
        sums = await db.sql(
            "SELECT r.number, r.currency, r.value_minor,"
            " sum(s.value_minor) FILTER (WHERE s.partner IS NOT NULL)::bigint AS partners,"
            " sum(s.value_minor) FILTER (WHERE s.partner IS NULL)::bigint AS others FROM attribution_run r"
            " JOIN attribution_run_sum s ON s.run = r.id AND s.dimension = 'party' AND s.model = r.paying_model"
            " AND s.event_kind NOT IN ('contraction', 'churn') WHERE r.state = 'sealed'"
            " GROUP BY r.id ORDER BY r.sealed_at"
        )
    for row in paid:
        print(f"stands: {row['minor']:,} minor units of {row['currency']} for {row['partners']:,} partners")
    for row in sums:
        whole = row["partners"] + row["others"]
        print(
            f"{row['number']}: partners {row['partners']:,} + all others {row['others']:,} = {whole:,} of"
            f" {row['value_minor']:,} minor units of {row['currency']}, difference {whole - row['value_minor']}"
        )
    broken = [(one.name, count) for one, count in await run_all(SYSTEM) if count]
    print(f"invariants broken: {broken or 0}")


async def on(url: str) -> None:
    """The same on a database."""
    await db.connect(url)
    try:
        await pay_again()
    finally:
        await db.disconnect()


def main() -> None:
    """Pay the demo of a data directory by credit."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    settings = Settings.from_env()
    parser.add_argument("--data", type=Path, default=settings.data_dir)
    asked = parser.parse_args()
    formats.use_time_zone(settings.time_zone)
    attribution.use_folder(asked.data)
    with embedded(asked.data) as url:
        asyncio.run(on(url))


if __name__ == "__main__":
    main()
