"""Partner companies as an import: once, twice, changed distributors, refused, in bulk."""

import itertools
from collections.abc import Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from partners.companies.importing import PROBLEMS, apply
from portal.core import db as database
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotAllowed
from portal.imports.registry import importer_of
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from tests import make
from tests.make import NOON, TODAY, Cast

DELTA: dict[str, Any] = {
    "source_id": "D-1",
    "legal_name": "Donau Distribution",
    "country": "AT",
    "kinds": ("distributor",),
    "currency": "EUR",
    "joined_on": date(2023, 1, 1),
}
NORTH: dict[str, Any] = DELTA | {"source_id": "D-2", "legal_name": "Nord Distribution"}
SHOP: dict[str, Any] = {
    "source_id": "R-1", "legal_name": "Lindau Systemhaus", "local_name": "林道", "domain": "lindau.example", "country": "DE", "region": "Bavaria", "city": "Lindau", "registry_id": "HRB 1",
    "kinds": ("reseller", "service"), "tier": "gold", "territories": ("DE", "AT-Vorarlberg"), "manager_email": None, "currency": "EUR", "phone": "+49 1", "languages": ("de", "en"), "status": "active",
    "parent_source_id": "D-1", "parent_from": date(2024, 3, 1), "joined_on": date(2024, 2, 1),
}  # fmt: skip
Outcomes = list[tuple[RowOutcome, list[str]]]
NEW, CHANGED, SAME = (RowOutcome.IMPORTED, []), (RowOutcome.CHANGED, []), (RowOutcome.SAME, [])  # type: ignore[var-annotated]  # outcomes of rows


def no(*codes: str) -> tuple[RowOutcome, list[str]]:
    return RowOutcome.REFUSED, list(codes)


async def bring(actor: Actor, *rows: Mapping[str, Any], system: str = "erp") -> Outcomes:
    parsed = [Parsed(number, dict(row), (), ()) for number, row in enumerate(rows, 2)]
    async with database.transaction(actor):
        results = await apply(actor, parsed, source_system=system, now=NOON)
    assert [number for number, _outcome, _why in results] == [row.number for row in parsed]
    assert {error.code for _number, _outcome, errors in results for error in errors} <= set(PROBLEMS)
    return [(outcome, [error.code for error in errors]) for _number, outcome, errors in results]


async def company(name: str) -> dict[str, Any]:
    async with database.transaction(SYSTEM):
        row = await database.sql_one("SELECT * FROM partners_company WHERE legal_name = $1", name)
    assert row is not None
    return row


async def parents(name: str) -> list[tuple[str, date, date | None]]:
    async with database.transaction(SYSTEM):
        rows = await database.sql(
            "SELECT above.legal_name, p.since, p.until FROM partners_company_parent p JOIN partners_company c ON c.id = p.partner_id"
            " JOIN partners_company above ON above.id = p.parent WHERE c.legal_name = $1 ORDER BY p.since",
            name,
        )
    return [(row["legal_name"], row["since"], row["until"]) for row in rows]


async def count() -> int:
    async with database.transaction(SYSTEM):
        return int(await database.sql_value("SELECT count(*) FROM partners_company"))


async def test_companies_come_in_with_all_that_belongs_to_them(cast: Cast) -> None:
    assert await bring(cast.vera, DELTA, SHOP | {"manager_email": cast.vera.email.upper()}) == [NEW, NEW]
    shop = await company("Lindau Systemhaus")
    assert (shop["kinds"], shop["tier"], shop["status"], shop["manager"], shop["joined_on"]) == (
        ["reseller", "service"],
        "gold",
        "active",
        cast.vera.membership_id,
        date(2024, 2, 1),
    )
    assert "lindau" in shop["search"]
    async with database.transaction(SYSTEM):
        places = await database.sql(
            "SELECT country, region FROM partners_company_territory WHERE partner_id = $1 ORDER BY country", shop["id"]
        )
    assert [tuple(row.values()) for row in places] == [("AT", "Vorarlberg"), ("DE", "")]
    assert await parents("Lindau Systemhaus") == [("Donau Distribution", date(2024, 3, 1), None)]


async def test_twice_is_the_same_and_another_system_is_another_company(cast: Cast) -> None:
    await bring(cast.vera, DELTA, SHOP)
    before = await count()
    assert await bring(cast.vera, DELTA, SHOP) == [SAME, SAME]
    assert await bring(cast.vera, DELTA, system="crm") == [NEW]
    assert await count() == before + 1


async def test_a_changed_distributor_ends_the_old_one_on_that_day(cast: Cast) -> None:
    await bring(cast.vera, DELTA, NORTH, SHOP)
    moved = SHOP | {"parent_source_id": "D-2", "parent_from": date(2026, 5, 1)}
    assert await bring(cast.vera, moved) == [CHANGED]
    assert await parents("Lindau Systemhaus") == [
        ("Donau Distribution", date(2024, 3, 1), date(2026, 5, 1)),
        ("Nord Distribution", date(2026, 5, 1), None),
    ]
    assert await bring(cast.vera, moved) == [SAME]
    back_in_time = SHOP | {"parent_source_id": "D-1", "parent_from": date(2026, 5, 1)}
    assert await bring(cast.vera, back_in_time) == [no("parent_order")]
    assert await bring(cast.vera, SHOP | {"parent_source_id": None, "parent_from": date(2026, 8, 1)}) == [CHANGED]
    assert (await parents("Lindau Systemhaus"))[-1] == ("Nord Distribution", date(2026, 5, 1), date(2026, 8, 1))
    assert await bring(cast.vera, SHOP | {"parent_from": date(2026, 7, 1)}) == [no("parent_order")]
    assert await bring(cast.vera, SHOP | {"parent_from": date(2026, 8, 1)}) == [CHANGED]


async def test_the_same_distributor_again_changes_nothing_above(cast: Cast) -> None:
    await bring(cast.vera, DELTA, SHOP)
    assert await bring(cast.vera, SHOP | {"city": "Kempten", "parent_from": date(2026, 5, 1)}) == [CHANGED]
    assert await parents("Lindau Systemhaus") == [("Donau Distribution", date(2024, 3, 1), None)]
    assert await bring(cast.vera, SHOP | {"city": "Ulm", "parent_source_id": None, "parent_from": None}) == [CHANGED]
    assert len(await parents("Lindau Systemhaus")) == 1


async def test_without_a_day_it_counts_since_it_joined_or_since_today(cast: Cast) -> None:
    await bring(cast.vera, DELTA, NORTH, SHOP | {"parent_from": None})
    assert await parents("Lindau Systemhaus") == [("Donau Distribution", date(2024, 2, 1), None)]
    assert await bring(cast.vera, SHOP | {"parent_from": None, "parent_source_id": "D-2"}) == [CHANGED]
    assert (await parents("Lindau Systemhaus"))[-1] == ("Nord Distribution", TODAY, None)


async def test_an_unknown_distributor_is_told_and_comes_right_later(cast: Cast) -> None:
    assert await bring(cast.vera, SHOP, DELTA) == [no("unknown_parent"), NEW]
    assert await bring(cast.vera, SHOP, DELTA) == [NEW, SAME]


async def test_no_circle_however_it_comes(cast: Cast) -> None:
    assert await bring(cast.vera, DELTA, NORTH | {"parent_source_id": "D-1"}) == [NEW, NEW]
    assert await bring(cast.vera, DELTA | {"parent_source_id": "D-2"}) == [no("circle")]
    assert await bring(cast.vera, DELTA | {"parent_source_id": "D-1"}) == [no("circle")]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"territories": ("Germany",)}, "territory"),
        ({"manager_email": "nobody@test.example"}, "unknown_manager"),
        ({"parent_source_id": "D-404"}, "unknown_parent"),
    ],
)
async def test_a_refused_row_leaves_nothing(cast: Cast, wrong: dict[str, Any], code: str) -> None:
    await bring(cast.vera, DELTA)
    before = await count()
    assert await bring(
        cast.vera, SHOP | wrong, SHOP | {"source_id": "R-2", "legal_name": "Good"}, SHOP | {"source_id": "R-2"}
    ) == [no(code), NEW, no("repeated")]
    assert await count() == before + 1


async def test_a_person_of_another_role_is_no_partner_manager(cast: Cast) -> None:
    await bring(cast.vera, DELTA)
    for who in (cast.faye, cast.paul):
        assert await bring(cast.vera, SHOP | {"manager_email": who.email}) == [no("unknown_manager")]


async def test_what_no_column_brings_stays(cast: Cast) -> None:
    await bring(cast.vera, DELTA, SHOP | {"manager_email": cast.vera.email})
    bare = {name: SHOP[name] for name in ("source_id", "country", "kinds", "currency")} | {
        "legal_name": "Lindau Systemhaus AG"
    }
    assert await bring(cast.vera, bare) == [CHANGED]
    row = await company("Lindau Systemhaus AG")
    assert (row["local_name"], row["tier"], row["manager"], row["languages"], row["joined_on"], row["status"]) == (
        "林道",
        "gold",
        cast.vera.membership_id,
        ["de", "en"],
        date(2024, 2, 1),
        "active",
    )
    async with database.transaction(SYSTEM):
        assert (
            await database.sql_value("SELECT count(*) FROM partners_company_territory WHERE partner_id = $1", row["id"])
            == 2
        )


async def test_status_obeys_the_same_rules_as_by_hand(cast: Cast) -> None:
    await bring(cast.vera, DELTA, SHOP)
    shop = await company("Lindau Systemhaus")
    seller = await make.person("Sela Seller", cast.pia.side, list(cast.pia.roles), shop["id"])
    await make.deal(seller, state="submitted")
    assert await bring(cast.vera, SHOP | {"status": "terminated"}) == [no("open_work")]
    async with database.transaction(SYSTEM):
        await database.sql("UPDATE partners_deal SET state = 'withdrawn' WHERE partner_id = $1", shop["id"])
    assert await bring(cast.vera, SHOP | {"status": "terminated"}) == [CHANGED]
    assert await bring(cast.vera, SHOP) == [no("terminated_stays")]


@pytest.mark.parametrize("who", ["faye", "audra", "sam", "paul"])
async def test_only_who_writes_companies_brings_them(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await bring(cast.everybody()[who], SHOP)


async def test_many_rows_take_as_many_statements_as_few(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    statements = 0
    plain = database.sql

    async def counted(query: str, *args: object) -> list[dict[str, Any]]:
        nonlocal statements
        statements += 1
        return await plain(query, *args)

    monkeypatch.setattr(database, "sql", counted)
    seen = []
    for size in (1, 200):
        statements = 0
        shops = [SHOP | {"source_id": f"{size}-{index}", "legal_name": f"Shop {size} {index}"} for index in range(size)]
        assert await bring(cast.vera, DELTA | {"source_id": "D-1", "city": str(size)}, *shops) == [
            NEW if size == 1 else CHANGED,
            *[NEW] * size,
        ]
        seen.append(statements)
    assert seen[0] == seen[1]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(
        st.tuples(st.sampled_from(["D-1", "D-2"]), st.dates(date(2023, 1, 1), date(2027, 1, 1))), min_size=1, max_size=6
    )
)
async def test_times_below_distributors_never_overlap(cast: Cast, days: list[tuple[str, date]]) -> None:
    """Whatever comes in whatever order: the spells follow each other, and only the last is open."""
    async with database.transaction(SYSTEM):
        await database.sql("DELETE FROM imports_source_receipt WHERE source_system = 'prop'")
    await bring(cast.vera, DELTA, NORTH, system="prop")
    name = f"Shop {len(days)} {days[0][1]} {await count()}"
    for parent, day in days:
        await bring(
            cast.vera, SHOP | {"legal_name": name, "parent_source_id": parent, "parent_from": day}, system="prop"
        )
    spells = await parents(name)
    for (_above, since, until), (_next, begun, _end) in itertools.pairwise(spells):
        assert until is not None
        assert since < until <= begun
    assert sum(until is None for _above, _since, until in spells) == 1


def test_it_can_be_brought_as_a_file() -> None:
    assert importer_of("companies").apply is apply
