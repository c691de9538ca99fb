"""What stands still in every test of answers: the vendor's zone, and a Wednesday noon to begin with."""

import pytest

from partners.companies.entitlements import DEFAULT as TIERS
from portal.core import db, formats
from portal.core.actor import SYSTEM
from tests.make import Cast
from tests.partners.response.world import Time
from tests.partners.stand import tiers


@pytest.fixture
async def time(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> Time:
    """A Wednesday noon in Berlin, with tiers in force and Vera as Alpha's manager."""
    formats.use_time_zone("Europe/Berlin")
    await tiers(TIERS)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    return Time(monkeypatch, "2026-11-18T12:00")
