"""Accounts as an import: their fields with the headings that mean them, and how rows become accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.customers import bulk
from partners.customers.linking import account_values
from partners.customers.rules import LIMITS, CustomerFacts
from partners.matching.accounts import write_keys
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Invalid
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.registry import Importer, register_importer
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from portal.imports.values import Value

tells(accounts__imported=Wording(N_("brought accounts"), "file-import", "good"))

KIND: Final = ImportKind(
    name="accounts",
    label=N_("Accounts"),
    source_id="source_id",
    fields=(
        Field(
            "source_id", ValueKind.TEXT, N_("Id in the source system"), required=True,
            synonyms=(*words.ACCOUNT_ID, *words.SOURCE_ID), longest=120,
        ),
        Field(
            "legal_name", ValueKind.TEXT, N_("Legal name"), required=True, synonyms=(*words.COMPANY_NAME, "Name"),
            longest=200,
        ),
        Field("local_name", ValueKind.TEXT, N_("Name in the local language"), synonyms=words.LOCAL_NAME, longest=200),
        Field("domain", ValueKind.DOMAIN, N_("Website"), synonyms=words.WEBSITE, longest=120),
        Field("registry_id", ValueKind.TEXT, N_("Registry id"), synonyms=words.REGISTRY_ID, longest=60),
        Field("country", ValueKind.COUNTRY, N_("Country"), required=True, synonyms=words.COUNTRY),
        Field("region", ValueKind.TEXT, N_("Region"), synonyms=words.STATE, longest=80),
        Field("city", ValueKind.TEXT, N_("City"), synonyms=words.CITY, longest=80),
        Field("address", ValueKind.TEXT, N_("Address"), synonyms=words.STREET, longest=200),
        Field("postcode", ValueKind.TEXT, N_("Postcode"), synonyms=words.POSTCODE, longest=20),
        Field("industry", ValueKind.TEXT, N_("Industry"), synonyms=words.INDUSTRY, longest=120),
        Field("size", ValueKind.TEXT, N_("Size"), synonyms=words.EMPLOYEES, longest=20),
        Field("phone", ValueKind.TEXT, N_("Phone"), synonyms=words.PHONE, longest=40),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    "repeated": N_("Another row of this file has the same id."),
    "not_valid": N_("This cannot be imported: %(text)s"),
}
"""A sentence for each reason why a row is refused."""

_FACTS: Final = (*LIMITS, "country")


async def apply(
    actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime
) -> list[tuple[int, RowOutcome, list[CellError]]]:
    """Rows without errors into accounts: new ones, changed ones, or the same as before. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.ACCOUNTS_WRITE)
    ids = [text(row.values, "source_id") for row in rows]
    fresh: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    made: list[tuple[str, UUID, str]] = []
    outcomes: list[tuple[int, RowOutcome, list[CellError]]] = []
    async with db.transaction(actor):
        known = await bulk.receipts(KIND.name, source_system, ids)
        seen: set[str] = set()
        for row, source_id in zip(rows, ids, strict=True):
            values, problems = _values(row.values)
            if source_id in seen:
                problems = [CellError("repeated", "", {}, "source_id")]
            seen.add(source_id)
            if problems:
                outcomes.append((row.number, RowOutcome.REFUSED, problems))
                continue
            digest = bulk.content_hash(values)
            before = known.get(source_id)
            outcome = _outcome(before, digest)
            outcomes.append((row.number, outcome, []))
            if outcome == RowOutcome.SAME:
                continue
            account_id = before.target_id if before else new_id()
            made.append((source_id, account_id, digest))
            target = changed if before else fresh
            target.append({"id": account_id, **values, "created_at": now, "changed_at": now})
        await bulk.insert_rows("partners_account", fresh)
        await _update(changed)
        await write_keys([*fresh, *changed])
        await bulk.write_receipts(KIND.name, source_system, made, now=now)
    return outcomes


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.ACCOUNTS_WRITE, event="accounts.imported", order=30,
        about=N_("The vendor's end customers: names, website, registry id, place, industry."),
        href="/partners/accounts", problems=PROBLEMS,
    )
)  # fmt: skip


def text(values: Mapping[str, Value], name: str) -> str:
    """The text of a field; empty when it is blank or not mapped."""
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _outcome(before: bulk.Receipt | None, digest: str) -> RowOutcome:
    if before is None:
        return RowOutcome.IMPORTED
    return RowOutcome.SAME if before.content_sha256 == digest else RowOutcome.CHANGED


def _values(values: Mapping[str, Value]) -> tuple[dict[str, Any], list[CellError]]:
    """The account's columns, or what is wrong with them."""
    facts = CustomerFacts(**{name: text(values, name) for name in _FACTS if name != "notes"})
    try:
        return account_values(facts), []
    except Invalid as refusal:
        return {}, [CellError("not_valid", "", {"text": why}, name) for name, why in refusal.errors.items()]


async def _update(rows: Sequence[Mapping[str, Any]]) -> None:
    """Write accounts anew that another system has changed, in one statement."""
    if not rows:
        return
    names = [name for name in rows[0] if name not in {"id", "created_at"}]
    changes = ", ".join(f"{name} = x.{name}" for name in names)
    await db.sql(
        f"UPDATE partners_account a SET {changes}"
        " FROM jsonb_populate_recordset(NULL::partners_account, $1::jsonb) AS x WHERE a.id = x.id",
        bulk.as_json(rows),
    )
