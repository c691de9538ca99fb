"""The authorization policy, written by hand beside the code: who may call what. A route without a row fails.

Callers are the cast of tests/make.py. Roles stand for their partner or the vendor:
`admin sales marketing finance` are the partner's, upper-case words the vendor's.
"""

from dataclasses import dataclass
from typing import Final

PARTNER: Final = frozenset({"admin", "sales", "marketing", "finance"})
SELLS: Final = frozenset({"admin", "sales"})
EARNS: Final = frozenset({"admin", "sales", "finance"})
STAFF: Final = frozenset({"MANAGER", "SALES", "SUCCESS", "MARKETING", "FINANCE", "AUDITOR", "ADMIN"})
EVERYBODY: Final = PARTNER | STAFF
PUBLIC: Final = frozenset({"PUBLIC"})
REVENUE: Final = frozenset({"MANAGER", "SUCCESS", "FINANCE", "AUDITOR"})
PAYS: Final = frozenset({"MANAGER", "FINANCE", "AUDITOR"})


@dataclass(frozen=True, slots=True)
class Row:
    """Who may, and on what. `on` names the kind of object that the path's id is of; empty when there is none."""

    who: frozenset[str]
    on: str = ""
    own_only: bool = False
    """The distributor above sees the object but may not do this to it."""
    refused: frozenset[str] = frozenset()
    """Who passes the guard and is refused by the service, because of what this object holds."""


def who(*roles: str) -> frozenset[str]:
    """These roles."""
    return frozenset(roles)


IMPORTS: Final = who("MANAGER", "FINANCE", "ADMIN")

POLICY: Final[dict[str, Row]] = {
    # The floor and the door.
    "GET /health": Row(PUBLIC),
    "POST /language": Row(PUBLIC),
    "GET /schema": Row(EVERYBODY),
    "GET /schema/openapi.json": Row(EVERYBODY),
    "GET /schema/{path:str}": Row(frozenset(), on="token"),
    "GET /static/{name:path}": Row(PUBLIC),
    "GET /sign-in": Row(PUBLIC),
    "POST /sign-in": Row(PUBLIC),
    "POST /sign-out": Row(EVERYBODY),
    "POST /sign-out-everywhere": Row(EVERYBODY),
    "GET /forgot": Row(PUBLIC),
    "POST /forgot": Row(PUBLIC),
    "GET /welcome/{token:str}": Row(PUBLIC, on="token"),
    "POST /welcome/{token:str}": Row(PUBLIC, on="token"),
    "GET /profile": Row(EVERYBODY),
    "POST /profile": Row(EVERYBODY),
    "POST /profile/membership": Row(EVERYBODY),
    # People.
    "GET /people": Row(PARTNER | who("MANAGER", "AUDITOR", "ADMIN")),
    "GET /people/new": Row(who("admin", "ADMIN")),
    "POST /people/new": Row(who("admin", "ADMIN")),
    "GET /people/{membership_id:uuid}": Row(
        PARTNER | who("MANAGER", "AUDITOR", "ADMIN"), on="membership", own_only=True
    ),
    "POST /people/{membership_id:uuid}/roles": Row(who("admin", "ADMIN"), on="membership", own_only=True),
    "POST /people/{membership_id:uuid}/end": Row(who("admin", "ADMIN"), on="membership", own_only=True),
    "GET /api/v1/people": Row(PARTNER | who("MANAGER", "AUDITOR", "ADMIN")),
    "GET /api/v1/people/{membership_id:uuid}": Row(
        PARTNER | who("MANAGER", "AUDITOR", "ADMIN"), on="membership", own_only=True
    ),
    "POST /api/v1/people": Row(who("admin", "ADMIN")),
    # Companies.
    "GET /partners/companies": Row(STAFF),
    "GET /partners/companies/export/{file_type:str}": Row(STAFF),
    "GET /partners/companies/new": Row(who("MANAGER", "ADMIN")),
    "POST /partners/companies/new": Row(who("MANAGER", "ADMIN")),
    "GET /partners/companies/{company_id:uuid}": Row(STAFF, on="company"),
    "GET /partners/companies/{company_id:uuid}/edit": Row(who("MANAGER", "ADMIN"), on="company"),
    "POST /partners/companies/{company_id:uuid}/edit": Row(who("MANAGER", "ADMIN"), on="company"),
    "POST /partners/companies/{company_id:uuid}/parent": Row(who("MANAGER", "ADMIN"), on="company"),
    "POST /partners/companies/{company_id:uuid}/status": Row(who("MANAGER", "ADMIN"), on="company"),
    "GET /company": Row(PARTNER),
    "POST /company": Row(who("admin")),
    "GET /api/v1/partners/companies": Row(STAFF),
    "GET /api/v1/partners/companies/{company_id:uuid}": Row(STAFF, on="company"),
    "POST /api/v1/partners/companies": Row(who("MANAGER", "ADMIN")),
    "PUT /api/v1/partners/companies/{company_id:uuid}": Row(who("MANAGER", "ADMIN"), on="company"),
    # Revenue.
    "GET /revenue": Row(REVENUE),
    "GET /revenue/export/{file_type:str}": Row(REVENUE),
    "GET /revenue/{line_id:uuid}": Row(REVENUE, on="revenue"),
    "GET /api/v1/revenue": Row(REVENUE),
    "GET /api/v1/revenue/{line_id:uuid}": Row(REVENUE, on="revenue"),
    # Commissions: a partner's earnings, the vendor's view, the months of the ledger.
    "GET /earnings": Row(EARNS),
    "GET /earnings/export/{file_type:str}": Row(EARNS),
    "GET /earnings/{commission_id:uuid}": Row(EARNS, on="commission"),
    "GET /earnings/{commission_id:uuid}/proof": Row(EARNS, on="commission"),
    "GET /commissions": Row(PAYS),
    "GET /commissions/export/{file_type:str}": Row(PAYS),
    "GET /commissions/{commission_id:uuid}": Row(PAYS, on="commission"),
    "GET /commissions/{commission_id:uuid}/proof": Row(PAYS, on="commission"),
    "GET /commissions/periods": Row(who("FINANCE", "AUDITOR")),
    "GET /commissions/periods/{month:str}": Row(who("FINANCE", "AUDITOR")),
    "GET /commissions/periods/{month:str}/export/{file_type:str}": Row(who("FINANCE", "AUDITOR")),
    "POST /commissions/periods/{month:str}/close": Row(who("FINANCE")),
    "GET /api/v1/commissions": Row(EARNS | PAYS),
    "GET /api/v1/commissions/{commission_id:uuid}": Row(EARNS | PAYS, on="commission"),
    "GET /api/v1/commissions/periods": Row(who("FINANCE", "AUDITOR")),
    "GET /api/v1/commissions/periods/{month:str}": Row(who("FINANCE", "AUDITOR")),
    "POST /api/v1/commissions/periods/{month:str}/close": Row(who("FINANCE")),
    # Imports. The object brings accounts, which only managers may write; finance and admins import other kinds.
    "GET /imports": Row(who("MANAGER", "FINANCE", "AUDITOR", "ADMIN")),
    "GET /imports/export/{file_type:str}": Row(who("MANAGER", "FINANCE", "AUDITOR", "ADMIN")),
    "GET /imports/new": Row(who("MANAGER", "FINANCE", "ADMIN")),
    "POST /imports/new": Row(who("MANAGER", "FINANCE", "ADMIN")),
    "GET /imports/{import_id:uuid}": Row(who("MANAGER", "FINANCE", "AUDITOR", "ADMIN"), on="import"),
    "POST /imports/{import_id:uuid}/mapping": Row(IMPORTS, on="import", refused=who("FINANCE", "ADMIN")),
    "POST /imports/{import_id:uuid}/reading": Row(IMPORTS, on="import", refused=who("FINANCE", "ADMIN")),
    "POST /imports/{import_id:uuid}/resume": Row(IMPORTS, on="import", refused=who("FINANCE", "ADMIN")),
    "GET /imports/{import_id:uuid}/refused/export/{file_type:str}": Row(
        who("MANAGER", "FINANCE", "AUDITOR", "ADMIN"), on="import"
    ),
    "GET /imports/{import_id:uuid}/report/export/{file_type:str}": Row(
        who("MANAGER", "FINANCE", "AUDITOR", "ADMIN"), on="import"
    ),
    "GET /api/v1/imports": Row(who("MANAGER", "FINANCE", "AUDITOR", "ADMIN")),
    "GET /api/v1/imports/kinds": Row(IMPORTS),
    "POST /api/v1/imports": Row(IMPORTS),
    "GET /api/v1/imports/{import_id:uuid}": Row(who("MANAGER", "FINANCE", "AUDITOR", "ADMIN"), on="import"),
    "GET /api/v1/imports/{import_id:uuid}/rows": Row(who("MANAGER", "FINANCE", "AUDITOR", "ADMIN"), on="import"),
    "PUT /api/v1/imports/{import_id:uuid}/mapping": Row(IMPORTS, on="import", refused=who("FINANCE", "ADMIN")),
    "POST /api/v1/imports/{import_id:uuid}/start": Row(IMPORTS, on="import", refused=who("FINANCE", "ADMIN")),
    "POST /api/v1/imports/{import_id:uuid}/resume": Row(IMPORTS, on="import", refused=who("FINANCE", "ADMIN")),
    # The demo explains itself; where this is none, there is nothing.
    "GET /demo": Row(PUBLIC, on="token"),
}
