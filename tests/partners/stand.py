"""What tests of partners stand on besides the cast: the tiers' policy, events, and a registration to send."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any, Final
from uuid import UUID

from partners.companies.entitlements import DEFAULT, TIERS, Entitlements
from partners.customers import bulk
from partners.deals.rules import Line, NewCustomer, Registration
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.ids import new_id
from portal.imports.fields import ImportKind
from portal.imports.mapping import ColumnMapping
from portal.imports.questions import Answers
from portal.imports.reading import Row, RowKind
from portal.imports.rules import Parsed, parse_rows
from tests.make import NOON


async def tiers(document: Entitlements = DEFAULT) -> UUID:
    """The policy of tiers in force since 2024; its version's id."""
    version = new_id()
    async with db.transaction(SYSTEM):
        await db.sql("INSERT INTO policies_policy (id, kind, scope) VALUES ($1, 'tiers', '')"
                     " ON CONFLICT (kind, scope) DO NOTHING", new_id())  # fmt: skip
        policy = await db.sql_value("SELECT id FROM policies_policy WHERE kind = 'tiers'")
        number = await db.sql_value("SELECT count(*) + 1 FROM policies_version WHERE policy = $1", policy)
        await db.sql(
            "INSERT INTO policies_version (id, policy, number, state, body, schema_version, body_sha256,"
            " effective_from, author, created_at, approver, approved_at)"
            " VALUES ($1, $2, $3::bigint::integer, 'approved', $4, $9, '', $5, $6, $7, $8, $7)",
            version, policy, number, document.model_dump_json(), date(2024, 1, int(number)), new_id(), NOON, new_id(),
            TIERS.schema_version,
        )  # fmt: skip
    return version


async def events_of(subject: UUID) -> list[dict[str, Any]]:
    """All events about something, oldest first, with their changes read."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT e.*, p.data AS personal FROM core_event e LEFT JOIN core_event_personal p ON p.event_id = e.id"
            " WHERE e.subject_id = $1 ORDER BY e.seq",
            subject,
        )
    return [row | {"changes": json.loads(row["changes"])} for row in rows]


async def names_of(subject: UUID) -> list[str]:
    """The names of the events about something, oldest first."""
    return [event["name"] for event in await events_of(subject)]


def registration(product: UUID, **more: Any) -> Registration:
    """Ten of a product for a new customer in Germany, closing next month."""
    values: dict[str, Any] = {
        "customer": NewCustomer("Allgäuer Frischlogistik GmbH", "DE", city="Kempten"), "currency": "EUR",
        "lines": (Line(product, 10),), "expected_close_on": date(2026, 12, 31),
    } | more  # fmt: skip
    return Registration(**values)


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that run inside the block, without those that open and close units."""
    connection = db.ENGINE.held
    seen: list[str] = []

    def keep(record: Any) -> None:
        if not record.query.startswith(("SAVEPOINT", "BEGIN", "SET LOCAL", "ROLLBACK")):
            seen.append(record.query)

    connection.add_query_logger(keep)
    try:
        yield seen
    finally:
        connection.remove_query_logger(keep)


_WHO_ASKS: Final = "SELECT s.id AS session_id"
_OF_THE_DRIVER: Final = ("current_setting('jit')", "set_config('jit'", "typeinfo_tree")
"""Once per connection: the driver learns the types of a statement's values."""


def own_statements(seen: Sequence[str]) -> list[str]:
    """Of what `statements` saw: what a page's own unit sent, not who asks, nor what the driver asks for itself."""
    return [
        one for one in seen if not one.startswith((_WHO_ASKS, "RELEASE")) and not any(w in one for w in _OF_THE_DRIVER)
    ]


def parsed(kind: ImportKind, rows: Sequence[Mapping[str, str]]) -> list[Parsed]:
    """Rows of text as an import reads them. Asserts that every cell could be read."""
    names = [field.name for field in kind.fields]
    cells = [
        Row(number, number, RowKind.DATA, tuple(row.get(name, "") for name in names))
        for number, row in enumerate(rows, start=2)
    ]
    mapping = ColumnMapping({name: name for name in names})
    answers = Answers({"unit_price": "."}, "")
    found = list(parse_rows(kind, mapping, answers, names, cells))
    assert [(row.number, row.errors) for row in found if not row.ok] == []
    return found


async def received(kind: str, source_id: str, target: UUID, system: str = "crm") -> None:
    """A receipt: what a record of another system became."""
    async with db.transaction(SYSTEM):
        await bulk.write_receipts(kind, system, [(source_id, target, "")], now=NOON)
