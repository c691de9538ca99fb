"""Every list that the product declares: its statements run for both sides, its sorts are NOT NULL and indexed."""

import importlib
import itertools
from pathlib import Path
from typing import Final

import pytest

from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.web import cursors
from portal.core.web.export import export_list
from portal.core.web.list_query import parse
from portal.core.web.list_rows import _names
from portal.core.web.listing_sql import columns_for
from portal.core.web.lists import Filter, ListSpec, Sort, list_items, list_page
from tests.make import NOON, Cast

ROOT: Final = Path(__file__).resolve().parents[4]
MOST_COLUMNS: Final = 7
SAMPLES: Final = {"text": "x", "uuid": "00000000-0000-4000-8000-000000000000", "date": "2026-11-18", "integer": "1"}


def declared() -> dict[str, ListSpec]:
    """The lists of the product by module and name."""
    found: dict[str, ListSpec] = {}
    for top in ("portal", "partners", "attribution"):
        for path in sorted((ROOT / top).rglob("*.py")):
            if path.parent != ROOT / "portal/core/web" and "ListSpec(" in path.read_text():
                module = importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
                for name, value in vars(module).items():
                    if isinstance(value, ListSpec):
                        found[f"{module.__name__}.{name}"] = value
    return found


SPECS: Final = declared()
each_list = pytest.mark.parametrize("spec", SPECS.values(), ids=SPECS.keys())


@pytest.fixture(autouse=True, scope="module")
def _secret() -> None:
    cursors.use_secret("a secret for tests")


def addresses(spec: ListSpec, actor: Actor) -> list[dict[str, str]]:
    """An address for every sort, view, filter and choice, one at a time, and for all filters at once."""
    single: list[dict[str, str]] = [{}]
    single += [{"sort": sign + sort.key} for sort in spec.sorts for sign in ("", "-")]
    single += [{"tab": tab.key} for tab in spec.tabs if tab.when(actor)]
    single += [{"q": "two words"}] if spec.search else []
    chosen = [[{one.key: value} for value in values(one)] for one in spec.filters if one.when(actor)]
    together = {key: value for options in chosen for key, value in options[0].items()}
    return [*single, *itertools.chain(*chosen), together]


def values(one: Filter) -> list[str]:
    if isinstance(one.choices, tuple) and one.choices:
        return [choice.value for choice in one.choices]
    return [SAMPLES[one.type]]


@each_list
async def test_every_address_runs_for_both_sides(spec: ListSpec, cast: Cast) -> None:
    for actor in (cast.pia, cast.dora, cast.vera):
        if spec.visible(actor) == "false":
            continue
        async with db.transaction(actor):
            for params in addresses(spec, actor):
                assert not parse(spec, actor, params).errors
                await list_page(spec, actor, params, now=NOON)
            await list_items(spec, actor, {}, now=NOON)
            await export_list(spec, actor, {}, "csv", now=NOON)


@each_list
async def test_sorts_are_never_null_and_have_their_index(spec: ListSpec, cast: Cast) -> None:
    async with db.transaction(SYSTEM):
        indexes = [index["indexdef"] for index in await db.sql(INDEXES, spec.table)]
        for sort in spec.sorts:
            [column] = await db.sql(COLUMN, spec.table, sort.column)
            assert column["attnotnull"], f"{spec.table}.{sort.column} may be null"
            assert any(f"({ordered(sort)}, id)" in index for index in indexes), f"no index for {sort.column}"
            if "partner_id" in spec.visible(cast.pia):
                own = f"(partner_id, {ordered(sort)}, id)"
                assert any(own in index for index in indexes), f"no index of a partner's {sort.column}"


@each_list
def test_addresses_name_columns_of_the_list(spec: ListSpec) -> None:
    known = {"id", *(column.key for column in spec.columns)}
    for href in (spec.row_href, *(column.href for column in spec.columns)):
        assert set(_names(href)) <= known


@each_list
async def test_a_table_has_at_most_seven_columns(spec: ListSpec, cast: Cast) -> None:
    for actor in (cast.pia, cast.vera):
        assert len([column for column in columns_for(spec, actor) if column.in_table]) <= MOST_COLUMNS


def ordered(sort: Sort) -> str:
    """The column as PostgreSQL writes it in an index."""
    return f'{sort.column} COLLATE "C"' if sort.type == "text" else sort.column


INDEXES: Final = "select indexdef from pg_indexes where tablename = $1"
COLUMN: Final = "select attnotnull from pg_attribute where attrelid = $1::text::regclass and attname = $2"
