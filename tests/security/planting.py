"""Filling what is stored about one partner with values that can be recognised anywhere."""

import contextlib
import json
import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from portal.core import db

_MEMBERS: Final = "SELECT id FROM identity_membership WHERE partner_id = $1"
_PEOPLE: Final = "SELECT person FROM identity_membership WHERE partner_id = $1"
_ADDRESSES: Final = f"SELECT email FROM identity_person WHERE id IN ({_PEOPLE})"
_CARDS: Final = "SELECT id FROM partners_customer_card WHERE partner_id = $1"
_ACCOUNTS: Final = (
    f"SELECT account FROM partners_card_link WHERE card IN ({_CARDS})"
    " UNION SELECT account FROM partners_deal_protection WHERE partner_id = $1"
)
_VISITORS: Final = f"SELECT visitor FROM attribution_visitor_link WHERE account IN ({_ACCOUNTS})"

ABOUT: Final[Mapping[str, str]] = {
    "partners_company": "id = $1",
    "partners_company_territory": "partner_id = $1",
    "partners_customer_card": "partner_id = $1",
    "partners_card_contact": "partner_id = $1",
    "partners_card_link": f"card IN ({_CARDS})",
    "partners_account": f"id IN ({_ACCOUNTS})",
    "partners_deal": "partner_id = $1",
    "partners_deal_line": "partner_id = $1",
    "partners_deal_amendment": "partner_id = $1",
    "partners_deal_price_consent": "deal IN (SELECT id FROM partners_deal WHERE partner_id = $1)",
    "partners_deal_extension": "partner_id = $1",
    "partners_deal_revocation": "deal IN (SELECT id FROM partners_deal WHERE partner_id = $1)",
    "partners_deal_handover": "deal IN (SELECT id FROM partners_deal WHERE partner_id = $1) OR taker = $1",
    "partners_forecast_deal": "partner_id = $1",
    "partners_deal_chain": "partner_id = $1",
    "partners_deal_step": "chain IN (SELECT id FROM partners_deal_chain WHERE partner_id = $1)",
    "partners_response": "partner_id = $1",
    "partners_response_pause": "partner_id = $1",
    "attribution_commission": "partner_id = $1",
    "attribution_quote": "partner_id = $1",
    "attribution_run_sum": "partner = $1",
    "attribution_partner_credit": "partner_id = $1",
    "attribution_run_effect": "partner = $1",
    "attribution_party_value": "partner = $1",
    "attribution_group_value": "partner = $1",
    "attribution_customer_value": f"account IN ({_ACCOUNTS})",
    "attribution_run_credit": "partner = $1",
    "attribution_revenue": f"partner = $1 OR account IN ({_ACCOUNTS})",
    "partners_account_alias": f"account IN ({_ACCOUNTS})",
    "partners_merge_request": f"account IN ({_ACCOUNTS})",
    "partners_account_pair": f"card IN ({_CARDS})",
    "partners_tag": f"id IN (SELECT tag FROM partners_account_tag WHERE account IN ({_ACCOUNTS}))",
    "partners_contact": f"account IN ({_ACCOUNTS})",
    "partners_opportunity": f"account IN ({_ACCOUNTS})",
    "partners_conflict": "id IN (SELECT conflict FROM partners_conflict_claim WHERE partner_id = $1)",
    "partners_conflict_claim": "partner_id = $1",
    "partners_conflict_decision": "conflict IN (SELECT conflict FROM partners_conflict_claim WHERE partner_id = $1)",
    "partners_conflict_award": "conflict IN (SELECT conflict FROM partners_conflict_claim WHERE partner_id = $1)",
    "attribution_claim": "partner_id = $1",
    "attribution_touchpoint_decision": "touchpoint IN (SELECT id FROM attribution_touchpoint WHERE partner = $1)",
    "attribution_visit": f"visitor IN (SELECT id FROM attribution_visitor WHERE visitor IN ({_VISITORS}))",
    "attribution_visitor": f"visitor IN ({_VISITORS})",
    "attribution_visitor_link": f"account IN ({_ACCOUNTS})",
    "attribution_touchpoint": f"partner = $1 OR account IN ({_ACCOUNTS})",
    "attribution_term": f"partner = $1 OR account IN ({_ACCOUNTS})",
    "attribution_usage": f"account IN ({_ACCOUNTS})",
    "attribution_ticket": f"account IN ({_ACCOUNTS})",
    "attribution_survey": f"account IN ({_ACCOUNTS})",
    "attribution_health": f"account IN ({_ACCOUNTS})",
    "attribution_lifecycle_event": f"(partner = $1 OR account IN ({_ACCOUNTS})) AND value_minor >= 0",
    "ledger_posting": "partner_id = $1",
    "core_event": "partner_id = $1",
    "core_event_personal": "partner_id = $1",
    "identity_session": f"membership IN ({_MEMBERS})",
    "mail_message": f"to_address IN ({_ADDRESSES})",
    "notices_notice": "partner_id = $1",
    "imports_job": "$1::uuid IS NOT NULL",
    "imports_row": "$1::uuid IS NOT NULL",
    "segments_segment": "$1::uuid IS NOT NULL",
    "robots_robot": "$1::uuid IS NOT NULL",
    "robots_message": "$1::uuid IS NOT NULL",
    "approvals_request": "$1::uuid IS NOT NULL",
    "policies_version": "$1::uuid IS NOT NULL AND state <> 'approved'",
    "identity_person": f"id IN ({_PEOPLE})",
}
"""Every table that holds something about a partner, its own or the vendor's, and which rows; people come last.

What the vendor keeps about nobody in particular counts as about everybody: no partner sees files and drafts.
"""
ELSEWHERE: Final = frozenset(
    {
        *(
            "partners_company_parent",
            "partners_deal_protection",
            "partners_deal_reminder",
            "ledger_account",
            "ledger_entry",
        ),
        *("notices_choice", "notices_link"),
    }
)
"""These name a partner and hold ids, days and codes only."""

WORDS: Final = frozenset(
    {
        *("currency", "country", "locale", "kinds", "languages", "roles", "asked_fields"),
        *(
            "reject_code",
            "revoke_code",
            "lost_reason",
            "reason",
            "clause",
            "size",
            "password_hash",
            "trace_sha256",
            "dedupe_key",
        ),
        *("core_event.name", "subject_type", "attribution_commission.outcome", "imports_job.kind", "problem"),
        *("file_sha256", "shape", "mapping", "counts", "problems", "verb", "needs", "content_sha256"),
        *("key", "event_kind", "attribution_run_sum.model", "attribution_run_effect.model"),
        *("attribution_quote.cause", "sha256"),
        *("ground", "proposed_rule"),
        *("body", "body_sha256", "source_system", "approvals_request.summary"),
        *("notices_notice.kind", "notices_notice.path"),
    }
)
"""Columns that hold words of a vocabulary, or hashes: filling them would only break the pages of their owner."""
NAMED: Final = frozenset({"customer", "product", "product_zh", "source_id", "number", "title", "name"})
"""What a trace says in free words."""
_TEXT: Final = frozenset({"text", "character varying"})
_NUMBERS: Final = re.compile(r".*_minor|quantity")
SHORTEST: Final = 20
"""Characters that a text column must have room for."""

Fill = Callable[[str], str]
"""From the name of a column, `table.column`, to what is put there."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is filled."""

    table: str
    name: str
    type: str

    @property
    def is_number(self) -> bool:
        """Whether it holds an amount or a count."""
        return self.type in ("bigint", "integer")


async def columns_of(table: str) -> list[Column]:
    """The columns of free text, amounts and documents of a table."""
    rows = await db.ENGINE.held.fetch(
        "SELECT c.column_name AS name, c.data_type AS type, coalesce(c.character_maximum_length, 9999) AS room"
        " FROM information_schema.columns c WHERE c.table_name = $1 AND c.table_schema = 'public' AND NOT EXISTS ("
        "SELECT FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = any(k.conkey)"
        " WHERE k.contype = 'c' AND k.conrelid = $1::text::regclass AND a.attname = c.column_name"
        " AND c.data_type = 'character varying') ORDER BY c.ordinal_position",
        table,
    )
    found = []
    for row in rows:
        if row["name"] in WORDS or f"{table}.{row['name']}" in WORDS:
            continue
        is_text = row["type"] in _TEXT and row["room"] >= SHORTEST
        if is_text or row["type"] == "jsonb" or _NUMBERS.fullmatch(row["name"]):
            found.append(Column(table, row["name"], row["type"]))
    return found


@contextlib.asynccontextmanager
async def unlocked(tables: list[str]) -> AsyncIterator[Any]:
    """The owner's connection, with the tables' triggers and row-level security off until the end of the block."""
    held = db.ENGINE.held
    for table in tables:
        await held.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        await held.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    yield held
    for table in tables:
        await held.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        await held.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


async def plant(
    partner: UUID,
    text: Fill,
    number: Callable[[str], int] | None = None,
    about: Mapping[str, str] = ABOUT,
) -> dict[str, str]:
    """Fill all that is stored about a partner; each value that stands somewhere now, with its column."""
    planted: dict[str, str] = {}
    async with unlocked(list(about)) as held:
        for table, condition in about.items():
            columns = [one for one in await columns_of(table) if number is not None or not one.is_number]
            if not columns:
                continue
            names = ", ".join(f'"{one.name}"' for one in columns)
            sets = ", ".join(f'"{one.name}" = ${place}' for place, one in enumerate(columns, 2))
            for row in await held.fetch(f"SELECT ctid::text AS place, {names} FROM {table} WHERE {condition}", partner):
                values = [_value(one, row[one.name], text, number, planted) for one in columns]
                await held.execute(f"UPDATE {table} SET {sets} WHERE ctid = $1::text::tid", row["place"], *values)
    return planted


def _value(column: Column, before: Any, text: Fill, number: Any, planted: dict[str, str]) -> Any:
    where = f"{column.table}.{column.name}"
    if column.is_number:
        if before is None:
            return None
        found = number(where) if column.type == "bigint" else number(where) % 9_000_000 + 1_000_000
        planted[str(found)] = where
        return found
    if column.type == "jsonb":
        document = json.loads(before or "{}")
        return json.dumps(_document(document, where, text, planted))
    token = text(where)
    planted[token] = where
    if "email" in column.name or "address" in column.name.split("_"):
        return f"{token}@planted.example"
    return f"{token}.example" if column.name == "domain" else token


def _document(document: Any, where: str, text: Fill, planted: dict[str, str]) -> Any:
    """A trace and a notice get other names; a record of changes gets one more."""
    if where in ("attribution_commission.trace", "attribution_quote.document", "notices_notice.words"):
        return _renamed(document, where, text, planted)
    if not isinstance(document, dict):
        return document
    token = text(where)
    planted[token] = where
    return {**document, "planted": ["", token]}


def _renamed(value: Any, where: str, text: Fill, planted: dict[str, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(one, where, text, planted) for one in value]
    if not isinstance(value, dict):
        return value
    out: dict[str, Any] = {}
    for key, one in value.items():
        if key in NAMED and isinstance(one, str):
            out[key] = text(where)
            planted[out[key]] = where
        else:
            out[key] = _renamed(one, where, text, planted)
    return out
