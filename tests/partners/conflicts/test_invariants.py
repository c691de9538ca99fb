"""What must always hold of conflicts: each violation is seen, and by its own invariant."""

import pytest

from partners.conflicts import service
from partners.conflicts.rules import Ground, Parts
from partners.conflicts.service import Agreement, Award
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.invariants import run_all
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import WORDS, award, collided, held


async def broken(cast: Cast) -> set[str]:
    """Those of conflicts that do not hold."""
    return {one.name for one, count in await run_all(cast.audra) if count and one.name.startswith("conflicts.")}


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("SELECT 1", ""),
        ("UPDATE partners_deal SET state = 'approved', decided_at = submitted_at", "undecided_not_approved"),
        ("UPDATE partners_conflict_claim SET result = 'free'", "waits_for_somebody"),
    ],
)
async def test_of_an_open_one(cast: Cast, wrong: str, found: str) -> None:
    await collided(cast)
    async with db.transaction(SYSTEM):
        await db.sql(wrong)
    assert await broken(cast) == ({f"conflicts.{found}"} if found else set())


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("SELECT 1", ""),
        (
            "UPDATE partners_deal SET state = 'approved', reject_code = '' WHERE state = 'rejected'",
            "lost_not_approved",
        ),
        ("UPDATE partners_conflict SET ground = 'record'", "decided_as_written"),
        ("UPDATE partners_conflict_claim SET part_percent = 40 WHERE result = 'won'", "parts_add_up"),
    ],
)
async def test_of_a_decided_one(cast: Cast, wrong: str, found: str) -> None:
    _mine, _theirs, room = await collided(cast)
    await service.decide(cast.vera, room.id, Award(room.claims[0].id, Ground.FIRST_REGISTRATION, "", WORDS), now=NOON)
    async with db.transaction(SYSTEM):
        await db.sql(wrong)
    assert await broken(cast) == ({f"conflicts.{found}"} if found else set())


async def test_an_agreement_keeps_them_all(cast: Cast) -> None:
    _mine, _theirs, room = await collided(cast)
    parts = Parts(room.claims[0].id, room.claims[1].id, 99, 1)
    await service.agree(cast.vera, room.id, Agreement(parts, "", WORDS), now=NOON)
    assert await broken(cast) == set()


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        ("SELECT 1", set()),
        ("UPDATE approvals_request SET decision = 'void'", {"asked_while_waiting"}),
        (
            "UPDATE partners_conflict_award SET state = 'lapsed', decided_at = now()",
            {"asked_while_waiting"},
        ),
    ],
)
async def test_of_one_that_waits_for_a_second_person(cast: Cast, wrong: str, found: set[str]) -> None:
    _kept, wanted, room = await held(cast)
    await award(cast.vera, room, wanted, Ground.CUSTOMER, note="In writing.")
    async with db.transaction(SYSTEM):
        await db.sql(wrong)
    assert await broken(cast) == {f"conflicts.{name}" for name in found}


async def test_an_approval_that_one_person_ended_is_seen(cast: Cast) -> None:
    mine, _theirs, room = await collided(cast)
    await award(cast.vera, room, mine)
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE partners_deal SET state = 'revoked', reject_code = '', revoke_code = 'other', revoked_at = now()"
            " WHERE state = 'rejected'"
        )
    assert await broken(cast) == {"conflicts.awarded_by_two"}
