"""Invariants of the floor hold on a migrated database, and go red when a control is removed."""

import pytest

from portal.core import db as database
from portal.core.errors import NotAllowed
from portal.core.invariants import Invariant, count_breaks, register, registered, run_all
from tests.make import Cast

BREAKING = {
    "tenancy.row_level_security": "ALTER TABLE partners_deal NO FORCE ROW LEVEL SECURITY",
    "tenancy.roles": "GRANT CREATE ON SCHEMA public TO tributary_partner; ALTER TABLE partners_deal OWNER TO tributary_partner",
    "tenancy.partner_policies": "CREATE POLICY open ON attribution_commission TO tributary_partner USING (true)",
    "tenancy.no_floats": "ALTER TABLE partners_deal ADD COLUMN score double precision",
    "tenancy.money_has_currency": "CREATE TABLE fees (fee_minor bigint)",
}


async def test_all_hold(cast: Cast) -> None:
    assert [(one.name, count) for one, count in await run_all(cast.audra) if count] == []


@pytest.mark.security
@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("name", BREAKING)
async def test_each_goes_red(name: str) -> None:
    invariant = next(one for one in registered() if one.name == name)
    await database.ENGINE.held.execute(BREAKING[name])
    async with database.auth_transaction():
        assert await count_breaks(invariant) == 1


async def test_who_may_not_verify_is_refused(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await run_all(cast.vera)


def test_a_name_is_taken_once() -> None:
    with pytest.raises(ValueError, match=r"tenancy\.roles"):
        register(Invariant("tenancy.roles", "Another one.", "SELECT 1 WHERE false"))


async def test_rows_can_be_judged_in_python(cast: Cast) -> None:
    odd = Invariant("test.odd", "None is odd.", "SELECT n FROM generate_series(1, 5) n", lambda row: row["n"] % 2 == 1)
    async with database.transaction(cast.audra):
        assert await count_breaks(odd) == 3
