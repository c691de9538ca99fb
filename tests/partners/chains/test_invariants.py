"""What must always hold of chains and absences: each violation is seen by its invariant."""

import pytest

from portal.absences import invariants
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.core.invariants import run_all
from tests.make import NOON, TODAY, Cast
from tests.partners.chains.stand import chained, reviewed
from tests.security.planting import unlocked

__all__ = ["invariants"]
C, S, A = "partners_deal_chain", "partners_deal_step", "absences_absence"
AGREED = f"UPDATE {S} SET decided_by = '%(vera)s', decided_at = '2026-11-18' WHERE number = 1"
AWAY_TWICE = (
    f"INSERT INTO {A} (id, membership, cover, since, until, noted_by, noted_at)"
    f" SELECT gen_random_uuid(), membership, cover, since, until, noted_by, noted_at FROM {A}"
)
COUNTED = f"UPDATE {C} SET done = %(done)s"


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ((), set()),
        ((AGREED, COUNTED % {"done": 1}), set()),
        ((AGREED,), {"chains.counted"}),
        ((f"UPDATE {C} SET outcome = 'approved', ended_at = now()",), {"chains.all_agreed"}),
        (
            (
                AGREED,
                f"UPDATE {S} SET decided_by = '%(vera)s', decided_at = '2026-11-18' WHERE number = 2",
                f"UPDATE {C} SET outcome = 'approved', ended_at = now(), done = 2",
            ),
            {"chains.all_agreed"},
        ),
        (
            (f"UPDATE {S} SET decided_by = '%(vera)s', decided_at = now() WHERE number = 2", COUNTED % {"done": 1}),
            {"chains.in_order"},
        ),
        (
            (AGREED.replace("vera", "pia"), COUNTED % {"done": 1}),
            {"chains.not_their_own"},
        ),
        ((f"UPDATE {C} SET partner_id = '%(omega)s'",), {"chains.one_partner"}),
        ((f"UPDATE {A} SET cover = '%(pia)s'",), {"absences.of_staff"}),
        (
            (AWAY_TWICE,),
            {"absences.one_at_a_time"},
        ),
    ],
)
async def test_each_violation_is_seen(cast: Cast, statements: tuple[str, ...], found: set[str]) -> None:
    await chained(await reviewed(cast))
    names = {"vera": cast.vera.membership_id, "pia": cast.pia.membership_id, "omega": cast.omega}
    async with db.transaction(SYSTEM):
        await db.sql(
            f"INSERT INTO {A} (id, membership, cover, since, until, noted_by, noted_at)"
            " VALUES ($1, $2, $3, $4, $4::date + 7, $2, $5)",
            new_id(), cast.faye.membership_id, cast.finn.membership_id, TODAY, NOON,
        )  # fmt: skip
    held = db.ENGINE.held
    await held.execute(f"ALTER TABLE {A} DROP CONSTRAINT one_absence_at_a_time")
    await held.execute(f"DROP INDEX {S}_two_people")
    async with unlocked([C, S, A]):
        for statement in statements:
            await held.execute(statement % names if "%(" in statement else statement)
    broken = {one.name for one, count in await run_all(cast.audra) if count}
    assert {name for name in broken if name.startswith(("chains.", "absences."))} == found
