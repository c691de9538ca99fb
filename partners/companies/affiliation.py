"""What the rights of a company's people depend on: its status, and who is below it."""

from datetime import date
from uuid import UUID

from partners.companies.rules import CompanyStatus
from portal.core import db
from portal.identity.affiliation import Affiliation, provides_affiliation


@provides_affiliation
async def affiliation(partner_id: UUID, day: date) -> Affiliation | None:
    """The company with all that were below it on `day`, at any depth; on the open authentication unit."""
    row = await db.sql_one(
        "WITH RECURSIVE below AS (SELECT $1::uuid AS id UNION SELECT p.partner_id FROM partners_company_parent p"
        " JOIN below b ON p.parent = b.id WHERE p.since <= $2 AND (p.until IS NULL OR p.until > $2))"
        " SELECT c.legal_name, c.status, (SELECT array_agg(id) FROM below) AS reads"
        " FROM partners_company c WHERE c.id = $1",
        partner_id, day,
    )  # fmt: skip
    if row is None:
        return None
    return Affiliation(row["legal_name"], CompanyStatus(row["status"]).has_access, frozenset(row["reads"]))
