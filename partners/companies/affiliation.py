"""What the rights of a company's people depend on: its status, and who is below it."""

from collections.abc import Mapping
from typing import Any, Final

from partners.companies.rules import CompanyStatus
from portal.identity.affiliation import Affiliation, Source, provides_affiliation

# The company with all that were below it on the day, at any depth.
_SQL: Final = (
    "SELECT c.legal_name AS company_name, c.status AS company_status, (WITH RECURSIVE below AS (SELECT {partner} AS id"
    " UNION SELECT p.partner_id FROM partners_company_parent p JOIN below b ON p.parent = b.id"
    " WHERE p.since <= {day} AND (p.until IS NULL OR p.until > {day}))"
    " SELECT array_agg(id) FROM below) AS company_reads FROM partners_company c WHERE c.id = {partner}"
)


def _read(row: Mapping[str, Any]) -> Affiliation:
    status = CompanyStatus(row["company_status"])
    return Affiliation(row["company_name"], status.has_access, frozenset(row["company_reads"]))


provides_affiliation(Source(_SQL, _read))
