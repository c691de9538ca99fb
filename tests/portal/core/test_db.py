"""Units of work: roles, row-level security as the second lock, nothing outside a unit."""

import asyncpg
import pytest

from portal.core import db
from portal.core.actor import SYSTEM
from tests import make
from tests.make import Cast


async def test_a_unit_runs_as_the_actors_role(cast: Cast) -> None:
    for actor, role in ((cast.pia, "tributary_partner"), (cast.vera, "tributary_staff"), (SYSTEM, "tributary_worker")):
        async with db.transaction(actor):
            assert await db.sql_value("SELECT current_user") == role


async def test_row_level_security_hides_a_rivals_rows_from_raw_sql(cast: Cast) -> None:
    deal = await make.deal(cast.pia)
    async with db.transaction(cast.otto):
        assert await db.sql("SELECT id FROM partners_deal") == []
    async with db.transaction(cast.dora):
        assert [row["id"] for row in await db.sql("SELECT id FROM partners_deal")] == [deal]


async def test_a_partner_has_no_right_on_vendor_tables(cast: Cast) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("SELECT * FROM partners_account")


async def test_a_query_outside_a_unit_is_refused() -> None:
    with pytest.raises(RuntimeError):
        await db.sql("SELECT 1")


async def test_two_actors_never_share_a_unit(cast: Cast) -> None:
    with pytest.raises(RuntimeError):
        async with db.transaction(cast.pia), db.transaction(cast.otto):
            pass


async def test_a_partner_cannot_decide_its_own_deal_by_raw_sql(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="submitted")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql("UPDATE partners_deal SET state = 'in_review' WHERE id = $1", deal)
