"""Which account a file means: by the id it has in the file's own system, or by a name that only one account has."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from partners.customers.rules import without_legal_form
from portal.core import db
from portal.core.i18n import N_
from portal.imports.cells import CellError

PROBLEMS: Final[Mapping[str, str]] = {
    "unknown_account": N_("There is no account “%(text)s”. Import the accounts of this system first."),
    "several_accounts": N_("Several accounts are called “%(text)s”. Give the account's id instead of its name."),
}
"""A sentence for each reason why an account is not found."""


@dataclass(frozen=True, slots=True)
class Named:
    """The accounts that a file's cells mean."""

    by_id: Mapping[str, UUID]
    by_name: Mapping[str, UUID | None]
    """None for a name that several accounts have."""

    def find(self, told: str, field: str) -> UUID | CellError:
        """The account of a cell, or why it is none."""
        found = self.by_id.get(told)
        if found:
            return found
        name = without_legal_form(told)
        if name not in self.by_name:
            return CellError("unknown_account", "", {"text": told}, field)
        return self.by_name[name] or CellError("several_accounts", "", {"text": told}, field)


async def find_named(source_system: str, told: Collection[str]) -> Named:
    """The accounts that these cells mean, on the open unit of the vendor: two statements, however many cells."""
    ids = await db.sql(
        "SELECT source_id, target_id FROM imports_source_receipt"
        " WHERE kind = 'accounts' AND source_system = $1 AND source_id = any($2::text[])",
        source_system, list(told),
    )  # fmt: skip
    by_id = {row["source_id"]: row["target_id"] for row in ids}
    names = {without_legal_form(text) for text in told if text not in by_id} - {""}
    rows = await db.sql(
        "SELECT match_name, min(partners_canonical_account(id)::text)::uuid AS id,"
        " count(DISTINCT partners_canonical_account(id)) AS many FROM partners_account"
        " WHERE match_name = any($1::text[]) GROUP BY match_name",
        list(names),
    )
    return Named(by_id, {row["match_name"]: row["id"] if row["many"] == 1 else None for row in rows})
