"""A table and a list over it, made for the tests of lists alone."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.permissions import Role, Side
from portal.core.tenancy import Owner, protect
from portal.core.text import fold
from portal.core.web.lists import (
    Choice,
    Column,
    Filter,
    Kind,
    Listing,
    ListSpec,
    Search,
    Sort,
    State,
    Tab,
    list_page,
    staff_only,
)

NOON: Final = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
ALPHA, OMEGA, DELTA = UUID(int=0xA), UUID(int=0xE), UUID(int=0xD)

TABLE: Final = """
    create temp table things (
        id uuid primary key,
        partner_id uuid not null,
        name text not null,
        search text not null,
        score integer not null,
        amount_minor bigint,
        currency char(3) not null,
        rate numeric(20, 10),
        state text not null,
        done_on date,
        kinds text[] not null,
        changed_at timestamptz not null
    ) on commit drop
"""


async def parties(_actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """The partners there are, as a filter reads them from the database."""
    rows = await db.sql("select distinct partner_id from things order by partner_id limit 2")
    values = {str(row["partner_id"]) for row in rows} | ({chosen} if chosen else set())
    return [Choice(value=value, label=f"Partner {value[-1]}") for value in sorted(values)]


SPEC: Final = ListSpec(
    name="things",
    title=N_("Deals"),
    path="/things",
    table="things",
    columns=(
        Column(key="name", label="Name", sql="t.name"),
        Column(key="partner", label="Partner", sql="t.partner_id", href="/partners/{partner}", when=staff_only),
        Column(key="amount", label="Value", sql="t.amount_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(key="rate", label="Rate", sql="t.rate", kind=Kind.PERCENT, in_table=False),
        Column(key="score", label="Score", sql="t.score", kind=Kind.NUMBER),
        Column(
            key="state",
            label="State",
            sql="t.state",
            kind=Kind.STATE,
            states={"open": State("Open", "us", "inbox"), "won": State("Won", "good", "circle-check")},
        ),
        Column(key="kinds", label="Kinds", sql="t.kinds", labels={"big": "Large"}, in_table=False),
        Column(key="done", label="Done", sql="t.done_on", kind=Kind.DATE),
        Column(key="changed", label="Changed", sql="t.changed_at", kind=Kind.DATETIME),
    ),
    sorts=(
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
        Sort(key="name", column="name", type="text"),
        Sort(key="score", column="score", type="integer", descending=True),
    ),
    filters=(
        Filter(
            key="state",
            label="State",
            sql="t.state = {value}",
            choices=(Choice(value="open", label="Open"), Choice(value="won", label="Won")),
        ),
        Filter(
            key="since",
            label="Changed",
            choices=(
                Choice(value="week", label="This week", sql="t.changed_at >= {now} - interval '7 days'"),
                Choice(value="today", label="Today", sql="t.changed_at >= {today}"),
            ),
        ),
        Filter(
            key="partner",
            label="Partner",
            sql="t.partner_id = {value}",
            type="uuid",
            choices=parties,
            when=staff_only,
        ),
        Filter(key="done", label="Done", sql="t.done_on = {value}", type="date"),
        Filter(key="least", label="At least", sql="t.score >= {value}", type="integer"),
    ),
    tabs=(
        Tab(key="all", label="All"),
        Tab(key="won", label="Won", sql="t.state = 'won'"),
        Tab(key="mine", label="Mine", sql="t.partner_id = {partner}", counted=False),
        Tab(key="rivals", label="By partner", sql="t.score > 0", when=staff_only),
    ),
    search=Search(column="t.search", placeholder="Filter by name"),
    row_href="/things/{id}",
)


def partner(*reads: UUID) -> Actor:
    """Somebody who sells for the first of these partners and may read all of them."""
    roles = frozenset({Role.PARTNER_SALES})
    return Actor(new_id(), new_id(), "Pia", "pia@test.example", Side.PARTNER, roles, reads[0], frozenset(reads))


PIA: Final = partner(ALPHA)
OTTO: Final = partner(OMEGA)
DORA: Final = partner(DELTA, ALPHA)
VERA: Final = Actor(new_id(), new_id(), "Vera", "vera@test.example", Side.STAFF, frozenset({Role.PARTNER_MANAGER}))


async def make_table(*, protected: bool = True) -> None:
    """The table, under forced row-level security unless the first lock is to be tried alone."""
    async with db.transaction(SYSTEM):
        await db.sql(TABLE)
        await db.sql("grant select on things to tributary_partner, tributary_staff")
        for statement in protect("things", Owner.PARTNER) if protected else ():
            await db.sql(statement)


def thing(number: int, **more: Any) -> dict[str, Any]:
    """A row; every value can be given."""
    name = more.get("name", f"Thing {number:04}")
    return {
        "id": new_id(),
        "partner_id": ALPHA,
        "name": name,
        "search": fold(name),
        "score": number,
        "amount_minor": number * 100 + 7,
        "currency": "EUR",
        "rate": Decimal("0.0725"),
        "state": "open",
        "done_on": date(2026, 11, 1),
        "kinds": ["big", "new"],
        "changed_at": NOON - timedelta(minutes=number),
    } | more


async def add_things(rows: list[dict[str, Any]]) -> None:
    """Put them there, as the system."""
    if not rows:
        return
    keys = list(rows[0])
    marks = ", ".join(f"${number + 1}" for number in range(len(keys)))
    statement = f"insert into things ({', '.join(keys)}) values ({marks})"
    async with db.transaction(SYSTEM):
        await db.sql_many(statement, [tuple(row[key] for key in keys) for row in rows])


def asked(href: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(href).query))


async def read(params: dict[str, str], actor: Actor = PIA, spec: ListSpec = SPEC, rows: int = 25) -> Listing:
    async with db.transaction(actor):
        return await list_page(spec, actor, params, now=NOON, rows=rows)


def names(listing: Listing) -> list[str]:
    return words(listing, "name")


def words(listing: Listing, key: str) -> list[str]:
    """What stands in a column."""
    column = next(one for one in (*listing.drawn, *SPEC.columns) if one.key == key)
    return [str(row.text(column)) for row in listing.rows]


def href(listing: Listing, key: str) -> str:
    """Where the first row's cell of a column leads."""
    [column] = [one for one in listing.drawn if one.key == key]
    return listing.rows[0].href_of(column)


async def walk(params: dict[str, str], actor: Actor, rows: int) -> list[list[UUID]]:
    """All pages forward; and the way back shows the very same ones."""
    pages = [await read(params, actor, rows=rows)]
    while pages[-1].next_href:
        pages.append(await read(asked(pages[-1].next_href), actor, rows=rows))
        assert len(pages) < 50
    here = pages[-1]
    for before in reversed(pages[:-1]):
        here = await read(asked(here.back_href), actor, rows=rows)
        assert [row.id for row in here.rows] == [row.id for row in before.rows]
    assert not here.back_href
    return [[row.id for row in page.rows] for page in pages]
