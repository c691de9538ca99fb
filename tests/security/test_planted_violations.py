"""Every invariant of `tributary verify` sees the violation that it is for, planted behind the application's back."""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.invariants import registered, run_all
from portal.identity import service, sessions
from tests.attribution.commissions.test_invariants import BREAKING as OF_COMMISSIONS
from tests.make import NOON, Cast
from tests.portal.core.test_invariants import BREAKING as OF_THE_FLOOR
from tests.security.objects import make_objects
from tests.security.planting import unlocked
from tests.security.wire import undone
from tests.settle import settle

pytestmark = pytest.mark.security

D, P, M = "partners_deal", "partners_deal_protection", "identity_membership"
_ONE: Final = "(SELECT id FROM {table} WHERE {where} ORDER BY id LIMIT 1)"


def one(table: str, where: str) -> str:
    """The first row of a table that is like this."""
    return _ONE.format(table=table, where=where)


PLANTED: Final[Mapping[str, str]] = {
    "deals.one_protected": f"INSERT INTO {P} SELECT (jsonb_populate_record(p, jsonb_build_object('id', gen_random_uuid()))).*"
    f" FROM {P} p WHERE id = {one(P, 'true')}",
    "deals.protected_where_linked": "UPDATE partners_card_link SET account = (SELECT a.id FROM partners_account a"
    " WHERE a.id <> partners_card_link.account LIMIT 1) WHERE card = (SELECT d.card FROM partners_deal d"
    f" JOIN {P} p ON p.deal = d.id WHERE p.protected_until > now() ORDER BY p.id LIMIT 1)",
    "deals.protected_when_approved": f"UPDATE {D} SET role = 'refer' WHERE id = (SELECT deal FROM {P} ORDER BY id LIMIT 1)",
    "deals.won_when_approved": f"UPDATE {D} SET stage = 'won' WHERE id = {one(D, 'state = $$submitted$$')}",
    "deals.value_is_sum": f"UPDATE {D} SET amount_minor = amount_minor + 1 WHERE id = {one(D, 'state = $$draft$$')}",
    "deals.times_in_order": f"UPDATE {D} SET submitted_at = created_at - interval '1 day'"
    f" WHERE id = {one(D, 'state = $$submitted$$')}",
    "deals.one_partner": "UPDATE partners_deal_line SET partner_id = (SELECT c.id FROM partners_company c"
    " WHERE c.id <> partners_deal_line.partner_id LIMIT 1) WHERE id = " + one("partners_deal_line", "true"),
    "deals.ended_when_revoked": f"UPDATE {D} SET state = 'revoked' WHERE id = {one(D, 'state = $$submitted$$')}",
    "deals.handed_over": f"UPDATE {D} SET source = 'handed_over' WHERE id = {one(D, 'state = $$submitted$$')}",
    "deals.asked_while_running": f"UPDATE {D} SET pending = 'extension' WHERE id = {one(D, 'state = $$submitted$$')}",
    "deals.price_while_protected": f"UPDATE {D} SET price_until = now() WHERE id = {one(D, 'state = $$submitted$$')}",
    "deals.continues_own": f"UPDATE {D} SET continued_from = gen_random_uuid() WHERE id = {one(D, 'state = $$draft$$')}",
    "deals.of_active": "UPDATE partners_company SET status = 'terminated' WHERE id = (SELECT partner_id FROM partners_deal"
    " WHERE state = 'submitted' LIMIT 1)",
    "deals.looked_after": f"UPDATE {D} SET owner = (SELECT id FROM {M} WHERE ended_at IS NOT NULL)"
    f" WHERE id = {one(D, 'state = $$submitted$$')}",
    "identity.no_session_after_end": "UPDATE identity_session SET created_at = now() + interval '9 years'"
    f" WHERE membership = (SELECT id FROM {M} WHERE ended_at IS NOT NULL)",
    "identity.sides": f"UPDATE {M} SET partner_id = (SELECT id FROM partners_company LIMIT 1)"
    f" WHERE id = {one(M, 'side = $$staff$$ AND id NOT IN (SELECT membership FROM notices_notice)')}",
    "identity.roles_of_side": f"UPDATE {M} SET roles = '{{finance}}' WHERE id = {one(M, 'side = $$partner$$')}",
    "identity.successor": f"UPDATE {M} SET successor = {one(M, 'side = $$staff$$')} WHERE ended_at IS NOT NULL",
    "policies.second_person": f"UPDATE {M} SET person = (SELECT m.person FROM approvals_request r JOIN {M} m"
    " ON m.id = r.requested_by WHERE r.decision = 'approved' AND r.subject_type <> 'deal'), ended_at = now(), successor = NULL WHERE id = (SELECT decided_by"
    " FROM approvals_request WHERE decision = 'approved' AND subject_type <> 'deal')",
    "policies.decided_is_done": "UPDATE approvals_request SET decision = 'approved', decided_by = gen_random_uuid()"
    " WHERE id = " + one("approvals_request", "decision = $$pending$$ AND verb = $$approve$$"),
    "policies.immutable": "ALTER TABLE policies_version DISABLE TRIGGER immutable",
    "imports.counted": "DELETE FROM imports_row WHERE outcome = 'imported'",
}
ALSO: Final[Mapping[str, set[str]]] = {"deals.one_protected": {"merging.one_protected"}}
"""Who else sees it, because it says the same of more."""
OF_THEIR_OWN: Final = (
    *("merging.", "touchpoints.", "claims.", "lifecycle.", "runs.", "forecast."),
    *("notices.", "conflicts.", "response."),
    *("chains.", "absences."),
)
"""Invariants whose violations are planted in their own slice's tests."""
TABLES: Final = [
    *(D, P, "partners_deal_line", "partners_card_link", "partners_company", M, "identity_session"),
    *("approvals_request", "policies_version", "imports_row"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def world(cast: Cast) -> Cast:
    """Everything there is, a person who has left, an approval that was given, and an import that is done."""
    objects = await make_objects(cast)
    async with db.auth_transaction():
        await sessions.open_session(cast.petra, device="x", now=NOON)
    await service.end_membership(cast.paul, cast.petra.membership_id, cast.pia.membership_id, now=NOON)
    async with db.transaction(SYSTEM):
        digest = await db.sql_value(
            "SELECT content_sha256 FROM approvals_request WHERE id = $1", objects.own["request"]
        )
    await approvals.decide(
        cast.finn, UUID(objects.own["request"]), approve=True, content_sha256=digest, note="", now=NOON
    )
    await settle()
    return cast


async def broken(cast: Cast) -> set[str]:
    """The names of the invariants that do not hold."""
    return {invariant.name for invariant, count in await run_all(cast.audra) if count}


def test_every_invariant_has_a_violation_to_see() -> None:
    known = {one.name for one in registered() if not one.name.startswith(OF_THEIR_OWN)}
    assert known == {*PLANTED, *OF_COMMISSIONS, *OF_THE_FLOOR}


async def test_without_a_violation_there_is_nothing_to_see(world: Cast) -> None:
    assert await broken(world) == set()


async def test_each_is_seen_by_its_invariant_and_by_no_other(world: Cast) -> None:
    held = db.ENGINE.held
    rows = await held.fetch(
        "SELECT conrelid::regclass::text AS name, conname FROM pg_constraint WHERE contype IN ('x', 'c')"
        " AND conrelid::regclass::text = any($1)",
        TABLES,
    )
    for row in rows:  # what refuses a violation in the first place: here it must come in
        await held.execute(f"ALTER TABLE {row['name']} DROP CONSTRAINT {row['conname']}")
    seen = {}
    for name, statement in PLANTED.items():
        async with undone():
            try:
                async with unlocked([] if statement.startswith("ALTER") else TABLES):
                    await held.execute(statement)
                seen[name] = await broken(world)
            except asyncpg.PostgresError as refusal:
                seen[name] = {str(refusal)}
    assert {name: found for name, found in seen.items() if found != {name} | ALSO.get(name, set())} == {}
