"""What must always hold of snapshots: each violation is seen."""

from typing import Any

import pytest

from partners.forecast import service
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.core.invariants import run_all
from tests import make
from tests.make import NOON, Cast

NAMES = {"forecast.one_partner", "forecast.weighs_at_most_its_value"}


async def broken(cast: Cast) -> set[str]:
    return {one.name for one, count in await run_all(cast.audra) if count and one.name in NAMES}


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ({}, set()),
        ({"partner_id": "omega"}, {"forecast.one_partner"}),
        ({"weighted_minor": 101}, {"forecast.weighs_at_most_its_value"}),
    ],
)
async def test_each_violation_is_seen_by_its_invariant(cast: Cast, wrong: dict[str, Any], found: set[str]) -> None:
    await make.deal(cast.pia, state="submitted")
    await service.take_snapshot(now=NOON)
    deal = await make.deal(cast.pia, state="submitted")
    row: dict[str, Any] = {"partner_id": "alpha", "weighted_minor": 100} | wrong
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO partners_forecast_deal (id, snapshot, deal, partner_id, stage, currency, amount_minor,"
            " weighted_minor) SELECT $1, s.id, $2, $3, 'proposal', 'EUR', 100, $4 FROM partners_forecast_snapshot s",
            new_id(), deal, getattr(cast, row["partner_id"]), row["weighted_minor"],
        )  # fmt: skip
    assert await broken(cast) == found
