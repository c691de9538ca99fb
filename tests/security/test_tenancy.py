"""The second lock alone, by raw SQL: what each database role reads and writes of every table there is."""

from datetime import date
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from partners.companies.tables import CompanyParent
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.core.invariants import count_breaks, registered
from portal.core.tenancy import ROLES
from portal.ledger.service import close_period
from tests.make import NOON, Cast
from tests.security.canaries import write_about
from tests.security.objects import OCTOBER
from tests.settle import settle

pytestmark = pytest.mark.security

OWNER_COLUMN: Final = {"partners_company": "id"}
"""Where a partner's rows say whose they are in another column than `partner_id`."""
SHARED: Final = frozenset(
    {
        *("partners_product", "partners_product_group", "ledger_period", "partners_forecast_snapshot"),
        *("calendars_calendar", "calendars_day", "partners_response_figure"),
    }
)
"""Everybody reads all of it."""
_OTTOS: Final = (
    "membership IN (SELECT m.id FROM identity_membership m JOIN identity_person p ON p.id = m.person"
    " WHERE p.name = 'Otto Omega' AND m.partner_id = $1)"
)
OWN_SEES: Final = {
    "identity_membership": "partner_id = $1 OR side = 'staff'",
    "identity_person": "id IN (SELECT person FROM identity_membership WHERE partner_id = $1 OR side = 'staff')",
    "policies_policy": "kind IN ('tiers', 'claims', 'approval_chains', 'commission_plan')",
    "policies_version": "state = 'approved' AND policy IN (SELECT id FROM policies_policy"
    " WHERE kind IN ('tiers', 'claims', 'approval_chains', 'commission_plan'))",
    "core_event": "partner_id = $1 AND audience = 'partner'",
    "core_idempotency": "membership_id IS NULL",
    "notices_notice": _OTTOS,
    "notices_choice": _OTTOS,
    "notices_link": _OTTOS,
}
"""What a partner sees of the tables that it shares with others, other than its own rows."""
TOOLS: Final = ("migration", "pgqueuer", "pgqueuer_log", "pgqueuer_schedules", "pgqueuer_statistics")
PARTNER_WRITES: Final = frozenset(
    {
        *("partners_company", "partners_customer_card", "partners_card_contact", "partners_deal", "partners_deal_line"),
        *("partners_deal_extension", "partners_deal_amendment"),
        *("core_event", "core_event_personal", "core_idempotency", "identity_membership", "identity_person"),
        *("attribution_claim", "notices_notice", "notices_choice", "notices_link"),
    }
)
"""Where a partner's unit may write at all."""
AUTH_READS: Final = frozenset(
    {
        *("identity_person", "identity_membership", "identity_session", "identity_one_time_link"),
        *("identity_sign_in_attempt", "partners_company", "partners_company_parent", "notices_link"),
    }
)
"""What signing in may read."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def everywhere(stage: Cast) -> Cast:
    """Something in every table, of two rivals, each below a distributor; a month is closed."""
    cast = stage
    async with db.transaction(SYSTEM):
        await CompanyParent(id=new_id(), partner_id=cast.omega, parent=cast.delta, since=date(2020, 1, 1),
                            until=date(2021, 1, 1)).save()  # fmt: skip
    await close_period(cast.faye, OCTOBER, now=NOON)
    for partner in (cast.alpha, cast.omega):
        await write_about(cast, partner)
    await settle()
    return cast


@pytest_asyncio.fixture(loop_scope="session")
async def world(everywhere: Cast, db: str) -> Cast:  # noqa: ARG001 -- what a test does there is undone
    """The same, for one test."""
    return everywhere


async def tables() -> dict[str, set[str]]:
    """Every table with its columns."""
    rows = await db.ENGINE.held.fetch(
        "SELECT c.relname::text AS name, array_agg(a.attname::text) AS columns FROM pg_class c"
        " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') GROUP BY c.relname"
    )
    return {row["name"]: set(row["columns"]) for row in rows if row["name"] not in TOOLS}


async def count(actor: Actor | None, table: str, condition: str = "true", *args: object) -> int | None:
    """How many rows this actor's role sees (None as actor: signing in); None when it may not look."""
    unit = db.transaction(actor) if actor else db.auth_transaction()
    try:
        async with unit:
            return int(await db.sql_value(f"SELECT count(*) FROM {table} WHERE {condition}", *args))
    except asyncpg.InsufficientPrivilegeError:
        return None


async def all_of(table: str, condition: str = "true", *args: object) -> int:
    """How many there are in truth."""
    async with db.transaction(SYSTEM):
        return int(await db.sql_value(f"SELECT count(*) FROM {table} WHERE {condition}", *args))


def owner_of(table: str, columns: set[str]) -> str | None:
    """The column that says whose a row is; None for a table of nobody in particular."""
    return OWNER_COLUMN.get(table) or ("partner_id" if "partner_id" in columns else None)


async def test_a_partner_reads_its_own_rows_and_no_others(world: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    found = await tables()
    wrong, empty, denied = [], [], 0
    for table, columns in found.items():
        seen = await count(world.otto, table)
        owner = owner_of(table, columns)
        if table in SHARED:
            right: int | None = await all_of(table)
        elif table in OWN_SEES:
            right = await all_of(table, OWN_SEES[table] + (" AND $1::uuid IS NOT NULL"), world.omega)
        elif owner and seen is not None:
            right = await all_of(table, f"{owner} = $1", world.omega)
        else:
            right = None
        if seen != right:
            wrong.append(f"{table}: {seen} rows instead of {right}")
        denied += seen is None
        if right == 0 and table != "core_idempotency":
            empty.append(table)
    with capsys.disabled():
        print(f"\ntenancy: {len(found)} tables, {denied} of them denied to partners, {len(wrong)} wrong")
    assert wrong == []
    assert empty == [], "these tables held nothing, so nothing is shown"


async def test_tables_of_partners_are_those_that_name_one(world: Cast) -> None:  # noqa: ARG001 -- the rows
    """Where a partner may look, a row says whose it is, or the list of exceptions above does."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind IN ('r', 'p') AND (has_table_privilege('tributary_partner', c.oid, 'SELECT')"
            " OR has_any_column_privilege('tributary_partner', c.oid, 'SELECT'))"
        )
    may = {row["name"] for row in rows} - set(TOOLS)
    columns = await tables()
    unexplained = {name for name in may if not owner_of(name, columns[name])} - SHARED - set(OWN_SEES)
    assert unexplained == set()


async def test_a_partner_writes_as_nobody_else(world: Cast) -> None:
    """A row copied with a rival's name, a row given to a rival, a rival's row changed or deleted: none of it."""
    wrong = []
    for table, columns in (await tables()).items():
        owner = owner_of(table, columns)
        for what, statement in _attacks(table, columns, owner):
            written = await _try(world.otto, statement, world.alpha)
            if written:
                wrong.append(f"{table}: {what} of {written} rows")
    assert wrong == []


def _attacks(table: str, columns: set[str], owner: str | None) -> list[tuple[str, str]]:
    """Statements with a rival's id as $1, which must change nothing, whatever refuses them."""
    some = min(columns)
    if owner is None:
        return [
            ("a change", f'UPDATE {table} SET "{some}" = "{some}" WHERE $1::uuid IS NOT NULL'),
            ("a deletion", f"DELETE FROM {table} WHERE $1::uuid IS NOT NULL"),
        ]
    others = sorted(columns - {owner, "id", "seq"})
    names = ", ".join(f'"{name}"' for name in others)
    key = ", gen_random_uuid()" if "id" in columns and owner != "id" else ""
    into = f'{names}, "{owner}"' + (', "id"' if key else "")
    return [
        ("a row in a rival's name", f"INSERT INTO {table} ({into}) SELECT {names}, $1::uuid{key} FROM {table} LIMIT 1"),
        ("rows given away", f'UPDATE {table} SET "{owner}" = $1'),
        *((f"a change of {n}", f'UPDATE {table} SET "{n}" = "{n}" WHERE "{owner}" = $1') for n in others),
        ("a deletion", f'DELETE FROM {table} WHERE "{owner}" = $1'),
    ]


async def _try(actor: Actor, statement: str, other: UUID) -> int:
    """How many rows it wrote; none when it was refused in any way."""
    try:
        async with db.transaction(actor):
            status: Any = await db.open_unit().connection.execute(statement, other)
            return int(status.rsplit(" ", 1)[1])
    except asyncpg.PostgresError:
        return 0


async def test_where_a_partner_may_write_is_known(world: Cast) -> None:  # noqa: ARG001 -- the rows
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT c.relname::text AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
            " AND c.relkind IN ('r', 'p') AND (has_table_privilege('tributary_partner', c.oid, 'DELETE')"
            " OR has_any_column_privilege('tributary_partner', c.oid, 'INSERT')"
            " OR has_any_column_privilege('tributary_partner', c.oid, 'UPDATE'))"
        )
    assert {row["name"] for row in rows} - set(TOOLS) == PARTNER_WRITES


async def test_a_distributor_reads_those_below_it_and_writes_none_of_their_rows(world: Cast) -> None:
    wrong = []
    for table, columns in (await tables()).items():
        owner = owner_of(table, columns)
        if owner is None or table in OWN_SEES:
            continue
        if await count(world.dora, table, f"{owner} = $1", world.omega):
            wrong.append(f"{table}: reads a stranger's")
        written = await _try(world.dora, f'UPDATE {table} SET "{owner}" = "{owner}" WHERE "{owner}" = $1', world.alpha)
        if written:
            wrong.append(f"{table}: writes {written} rows of a reseller's")
    assert wrong == []


async def test_signing_in_reads_what_it_needs_and_nothing_else(world: Cast) -> None:  # noqa: ARG001 -- the rows
    readable = {table for table in await tables() if await count(None, table) is not None}
    assert readable == AUTH_READS


async def test_a_unit_of_nobody_sees_nothing(world: Cast) -> None:
    """A partner's unit that somebody forgot to say for whom: the settings are empty, and so is every table."""
    nobody = Actor(
        world.otto.person_id, world.otto.membership_id, "Otto", "", world.otto.side, world.otto.roles, world.omega,
        frozenset(), company_name=None,
    )  # fmt: skip
    for table, columns in (await tables()).items():
        if owner_of(table, columns) and table not in OWN_SEES:
            assert not await count(nobody, table), table


async def test_roles_cannot_leave_their_lane(world: Cast) -> None:
    """No role becomes another or the owner, reads files, or makes a table, function or role."""
    for statement in (
        "CREATE TABLE mine (id int)", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE ROLE other", "ALTER TABLE partners_deal DISABLE ROW LEVEL SECURITY", "DROP TABLE partners_deal",
        "ALTER TABLE partners_deal DISABLE TRIGGER USER", "TRUNCATE partners_deal",
        "COPY partners_deal TO '/tmp/x'", "SELECT pg_read_file('/etc/passwd')",
    ):  # fmt: skip
        for actor in (world.otto, world.vera, SYSTEM):
            with pytest.raises(asyncpg.PostgresError):
                async with db.transaction(actor):
                    await db.sql(statement)


@pytest.mark.usefixtures("db")
async def test_row_level_security_is_forced_and_tables_belong_to_no_role_of_ours() -> None:
    rows = await _held(
        "SELECT c.relname::text AS name, c.relrowsecurity AND c.relforcerowsecurity AS locked,"
        " c.relowner::regrole::text AS owner FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace"
        " AND c.relkind IN ('r', 'p')"
    )
    assert [row["name"] for row in rows if not row["locked"] and row["name"] not in TOOLS] == []
    assert {row["owner"] for row in rows} & set(ROLES) == set()


async def _held(statement: str) -> Any:
    return await db.ENGINE.held.fetch(statement)


# --- controls: a table that somebody adds and forgets to protect, and a policy that lets too much through ---


BARE: Final = "CREATE TABLE notes (id uuid, partner_id uuid)"
OPEN: Final = (
    f"{BARE}; ALTER TABLE notes ENABLE ROW LEVEL SECURITY; ALTER TABLE notes FORCE ROW LEVEL SECURITY;"
    " GRANT SELECT ON notes TO tributary_partner; CREATE POLICY partner ON notes TO tributary_partner USING (true)"
)


@pytest.mark.parametrize(
    ("statements", "name"), [(BARE, "tenancy.row_level_security"), (OPEN, "tenancy.partner_policies")]
)
@pytest.mark.usefixtures("db")
async def test_a_new_table_without_its_policy_is_found(statements: str, name: str) -> None:
    await _held_script(statements)
    broken = []
    for invariant in registered():
        if invariant.name.startswith("tenancy."):
            async with db.auth_transaction():
                broken += [invariant.name] if await count_breaks(invariant) else []
    assert broken == [name]


async def _held_script(statements: str) -> None:
    await db.ENGINE.held.execute(statements)


async def test_a_policy_that_lets_too_much_through_is_found(world: Cast) -> None:
    await _held_script("DROP POLICY partner ON partners_deal; CREATE POLICY partner ON partners_deal USING (true)")
    with pytest.raises(AssertionError, match="partners_deal"):
        await test_a_partner_writes_as_nobody_else(world)
    deals = await all_of("partners_deal")
    own = await all_of("partners_deal", "partner_id = $1", world.omega)
    assert await count(world.otto, "partners_deal") == deals > own
