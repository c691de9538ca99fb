"""What derivation is made from: accounts that are one customer, their lines and contracts; and who needs it anew."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final
from uuid import UUID

from attribution.lifecycle.continuing import Term
from attribution.lifecycle.rules import Line
from portal.core import db, formats

_ALIASES: Final = "LEFT JOIN partners_account_alias m ON m.account = {of} AND m.undone_at IS NULL"
_MARK: Final = "bit_xor(hashtextextended(t.id::text || extract(epoch FROM t.changed_at)::text, 0))"
"""Another number when a contract of these came, changed or went."""
_LINE: Final = (
    'SELECT r.id, r.kind, r.parent, p."group", r.partner, r.currency, r.net_minor, i.ordered_on,'
    " (r.occurred_at AT TIME ZONE $2)::date AS day, i.account FROM attribution_revenue i"
    " JOIN partners_product p ON p.id = i.product"
)
_LINES: Final = (
    f"{_LINE} JOIN attribution_revenue r ON r.id = i.id WHERE i.parent IS NULL AND i.account = any($1::uuid[])"
    f" UNION ALL {_LINE} JOIN attribution_revenue r ON r.parent = i.id WHERE i.account = any($1::uuid[])"
)
_TERMS: Final = (
    'SELECT t.id, t.number, p."group", t.product, t.partner, t.currency, t.starts_on, t.ends_on, t.value_minor,'
    " t.account FROM attribution_term t JOIN partners_product p ON p.id = t.product WHERE t.account = any($1::uuid[])"
)
_MARKS: Final = (
    f"SELECT coalesce(m.canonical, t.account) AS customer, {_MARK} AS mark FROM attribution_term t"
    f" {_ALIASES.format(of='t.account')}"
)
_STALE: Final = (
    "SELECT account FROM attribution_revenue r"
    " WHERE NOT EXISTS (SELECT FROM attribution_lifecycle_line l WHERE l.line = r.id)"
    " UNION SELECT id FROM attribution_lifecycle_standing WHERE due_on <= $1 OR policy_version IS DISTINCT FROM $2"
    " UNION SELECT s.id FROM attribution_lifecycle_standing s"
    " JOIN partners_account_alias m ON m.account = s.id AND m.undone_at IS NULL"
    f" UNION SELECT coalesce(c.customer, s.id) FROM ({_MARKS} GROUP BY 1) AS c"
    " FULL JOIN attribution_lifecycle_standing s ON s.id = c.customer"
    " WHERE coalesce(c.mark, 0) <> coalesce(s.terms_mark, 0)"
)


@dataclass(slots=True)
class Material:
    """All that is known of one customer."""

    lines: list[Line] = field(default_factory=list)
    terms: list[Term] = field(default_factory=list)
    terms_mark: int = 0


async def find_families(account_ids: Iterable[UUID] | None) -> dict[UUID, list[UUID]]:
    """Customers with all their accounts: those of these accounts, or all that have revenue, contracts or events."""
    named = (
        "SELECT account FROM attribution_revenue UNION SELECT account FROM attribution_term"
        " UNION SELECT account FROM attribution_lifecycle_standing"
        if account_ids is None
        else "SELECT unnest($1::uuid[])"
    )
    rows = await db.sql(
        f"WITH named (account) AS ({named}), heads AS (SELECT DISTINCT coalesce(m.canonical, n.account) AS customer"
        f" FROM named n {_ALIASES.format(of='n.account')})"
        " SELECT customer, customer AS account FROM heads UNION ALL SELECT h.customer, m.account FROM heads h"
        " JOIN partners_account_alias m ON m.canonical = h.customer AND m.undone_at IS NULL ORDER BY 1, 2",
        *([] if account_ids is None else [list(account_ids)]),
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for row in rows:
        found[row["customer"]].append(row["account"])
    return dict(found)


async def gather(families: Mapping[UUID, Sequence[UUID]]) -> dict[UUID, Material]:
    """Lines and contracts of these customers. Three statements, however many they are."""
    customer_of = {account: customer for customer, accounts in families.items() for account in accounts}
    accounts = list(customer_of)
    found = {customer: Material() for customer in families}
    for *values, account in await _fetch(_LINES, accounts, formats.time_zone().key):
        found[customer_of[account]].lines.append(Line._make(values))
    for *values, account in await _fetch(_TERMS, accounts):
        found[customer_of[account]].terms.append(Term._make(values))
    for customer, mark in await _fetch(f"{_MARKS} WHERE t.account = any($1::uuid[]) GROUP BY 1", accounts):
        found[customer].terms_mark = mark
    return found


async def _fetch(query: str, *args: object) -> list[Any]:
    """Records as they come: making mappings of a hundred thousand rows would cost as much as deriving from them."""
    return list(await db.open_unit().connection.fetch(query, *args))


async def find_stale(today: date, policy_version: UUID | None) -> list[UUID]:
    """Accounts whose events no longer follow from what is stored: revenue or contracts came, or their time has."""
    return [row["account"] for row in await db.sql(_STALE, today, policy_version)]


async def find_kin(account_id: UUID) -> list[UUID]:
    """An account and all that were ever merged into it, also those that are no longer."""
    rows = await db.sql(
        "SELECT account FROM partners_account_alias WHERE canonical = $1 OR merged_into = $1", account_id
    )
    return [account_id, *(row["account"] for row in rows)]
