"""Reading partner companies."""

from datetime import date
from typing import Any
from uuid import UUID

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.questions import Question, row_of, rows_of
from portal.core.tenancy import visible_sql


async def get_company(actor: Actor, company_id: UUID, *, lock: bool = False) -> dict[str, Any]:
    """All columns of a company. Raises NotFound when it is not there or not visible."""
    async with db.transaction(actor):
        row = await db.sql_one(
            f"SELECT * FROM partners_company WHERE {visible_sql(actor, 'id')} AND id = $1"
            f"{' FOR UPDATE' if lock else ''}",
            company_id,
        )
    if row is None:
        raise NotFound
    return row


def basics_of(actor: Actor, company_id: UUID) -> Question:
    """A company's `legal_name`, `country`, `currency`, `kinds`, `tier` and `status`; None when it is not visible."""
    return row_of(
        "SELECT legal_name, country, currency, kinds, tier, status FROM partners_company"
        f" WHERE {visible_sql(actor, 'id')} AND id = $1",
        company_id,
    )


async def find_names(actor: Actor, company_ids: list[UUID]) -> dict[UUID, str]:
    """Names of companies, those that are visible."""
    async with db.transaction(actor):
        rows = await db.sql(
            f"SELECT id, legal_name FROM partners_company WHERE {visible_sql(actor, 'id')} AND id = any($1)",
            company_ids,
        )
    return {row["id"]: row["legal_name"] for row in rows}


def territories_of(actor: Actor, company_id: UUID) -> Question:
    """Pairs of country and region, sorted."""
    return rows_of(
        "SELECT country, region FROM partners_company_territory"
        f" WHERE {visible_sql(actor, 'partner_id')} AND partner_id = $1 ORDER BY country, region",
        company_id,
    ).then(lambda rows: [(row["country"], row["region"]) for row in rows])


def parents_of(actor: Actor, company_id: UUID) -> Question:
    """The distributors a company was under, newest first: parent, legal_name, since, until."""
    return rows_of(
        "SELECT p.parent, c.legal_name, p.since, p.until FROM partners_company_parent p"
        " LEFT JOIN partners_company c ON c.id = p.parent"
        f" WHERE {visible_sql(actor, 'p.partner_id')} AND p.partner_id = $1 ORDER BY p.since DESC",
        company_id, parent=UUID, since=date.fromisoformat, until=date.fromisoformat,
    )  # fmt: skip


def children_of(actor: Actor, company_id: UUID, day: date) -> Question:
    """The companies directly under this one on a day: id, legal_name, tier, since."""
    return rows_of(
        "SELECT c.id, c.legal_name, c.tier, p.since FROM partners_company_parent p"
        " JOIN partners_company c ON c.id = p.partner_id"
        f" WHERE {visible_sql(actor, 'p.partner_id')} AND p.parent = $1 AND p.since <= $2"
        " AND (p.until IS NULL OR p.until > $2) ORDER BY c.sort_name",
        company_id, day, id=UUID, since=date.fromisoformat,
    )  # fmt: skip


async def list_managers(actor: Actor) -> list[tuple[UUID, str]]:
    """The vendor's partner managers by name: for choosing who looks after a company."""
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT m.id, p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person"
            " WHERE m.side = 'staff' AND m.ended_at IS NULL AND 'partner_manager' = any(m.roles) ORDER BY p.name"
        )
    return [(row["id"], row["name"]) for row in rows]
