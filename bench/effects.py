"""Which of the effects planted in a demo its newest sealed run finds, with intervals.

    tributary demo --full
    python -m bench.effects [--data DIR]

Measured is, of the journeys that a partner touched, how many ended in a purchase; beside it stands what was planted.
"""

import argparse
import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from attribution import public as attribution
from attribution.credits import queries
from attribution.credits.rules import INFLUENCED, Dimension, portion
from attribution.credits.showing import FEWEST
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.postgres import embedded
from portal.core.settings import Settings
from portal.demo.reading import read_table


@dataclass
class Found:
    """What a run measured of a demo's partners, beside the truth."""

    groups: dict[int, tuple[int, int]]
    """By the planted percentage, in its order: journeys that ended in a purchase, and all of them."""
    measured: int = 0
    """Partners with enough journeys for an interval."""
    inside: int = 0
    """Of these, those whose planted percentage is within it."""
    words: dict[int, str] = field(default_factory=dict)
    """What the groups are called."""


async def find() -> Found:
    """What the newest sealed run says. Raises LookupError without one."""
    sealed = await queries.list_runs(SYSTEM, sealed=True)
    if not sealed:
        message = "no run is sealed"
        raise LookupError(message)
    table = list(read_table("tributary/planted_effects.csv"))
    truth = {row["code"]: int(row["buys_percent"]) for row in table}
    words = {int(row["buys_percent"]): row["effect"] for row in table}
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT source_id, target_id FROM imports_source_receipt WHERE kind = 'companies'")
    codes = {row["target_id"]: row["source_id"] for row in rows}
    found = Found(dict.fromkeys(sorted(words), (0, 0)), words=words)
    for one in await queries.list_figures(SYSTEM, sealed[0].id, Dimension.PARTY):
        if one.model != INFLUENCED or not one.partner_id or one.bought is None or one.touched is None:
            continue
        percent = truth[codes[one.partner_id]]
        bought, touched = found.groups[percent]
        found.groups[percent] = bought + one.bought, touched + one.touched
        measured = portion(one.bought, one.touched) if one.touched >= FEWEST else None
        if measured:
            found.measured += 1
            found.inside += measured.low * 100 <= percent <= measured.high * 100
    return found


async def tell(url: str) -> None:
    """Print the groups and the partners of the demo in a database."""
    await db.connect(url)
    try:
        found = await find()
    finally:
        await db.disconnect()
    for percent, (bought, touched) in found.groups.items():
        share = f"{100 * bought / touched:.1f} %" if touched else "none"
        print(f"{found.words[percent]:<12} planted {percent} %: {share} of {touched:,} journeys")
    print(f"partners with at least {FEWEST} journeys: {found.inside} of {found.measured} inside their interval")


def main() -> None:
    """Ask the demo of a data directory."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Settings.from_env().data_dir)
    asked = parser.parse_args()
    attribution.use_folder(asked.data)
    with embedded(asked.data) as url:
        asyncio.run(tell(url))


if __name__ == "__main__":
    main()
