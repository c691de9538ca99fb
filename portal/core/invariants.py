"""Invariants: statements about the data that must always hold, each a query for the rows that break it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from portal.core import db
from portal.core.actor import Actor
from portal.core.permissions import Permission


@dataclass(frozen=True, slots=True)
class Invariant:
    """What must hold, and how to find where it does not."""

    name: str
    """Short and stable, with the module first: `ledger.postings`."""
    says: str
    """The truth in one sentence, for the person who runs `tributary verify`."""
    sql: str
    """Gives the rows that break it; with `breaks`, the rows to look at."""
    breaks: Callable[[Mapping[str, Any]], bool] | None = None
    """Whether a row breaks it, where SQL cannot tell (hashes, recomputation). Pure."""


_REGISTERED: Final[dict[str, Invariant]] = {}


def register(*invariants: Invariant) -> None:
    """Have these checked by `run_all`. Raises ValueError for a name that is taken by another."""
    for invariant in invariants:
        if _REGISTERED.setdefault(invariant.name, invariant) != invariant:
            message = f"there are two invariants called {invariant.name}"
            raise ValueError(message)


def registered() -> list[Invariant]:
    """All of them, by name."""
    return sorted(_REGISTERED.values(), key=lambda invariant: invariant.name)


async def run_all(actor: Actor) -> list[tuple[Invariant, int]]:
    """Each invariant with the number of rows that break it; all zero is good. Raises NotAllowed."""
    actor.require(Permission.VERIFY_READ)
    found: list[tuple[Invariant, int]] = []
    for invariant in registered():
        async with db.transaction(actor):
            found.append((invariant, await count_breaks(invariant)))
    return found


async def count_breaks(invariant: Invariant) -> int:
    """How many rows break this one, on the open unit."""
    if invariant.breaks is None:
        return int(await db.sql_value(f"SELECT count(*) FROM ({invariant.sql}) AS broken"))
    count = 0
    async for row in db.stream(invariant.sql):
        count += invariant.breaks(row)
    return count


_OURS: Final = (
    "c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')"
    " AND c.relname <> 'migration' AND c.relname NOT LIKE 'pgqueuer%'"
)
"""All tables but the tools' own: the record of migrations, and the queue, whose jobs carry an id only."""

register(
    Invariant(
        "tenancy.row_level_security",
        "Row-level security is on and forced on every table, and each has a policy.",
        f"SELECT c.relname FROM pg_class c WHERE {_OURS} AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity"
        " OR NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid))",
    ),
    Invariant(
        "tenancy.roles",
        "The roles of units of work own nothing that stays, are no superusers and obey row-level security.",
        "SELECT r.rolname FROM pg_roles r WHERE r.rolname LIKE 'tributary\\_%' AND (r.rolsuper OR r.rolbypassrls"
        " OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relpersistence <> 't'))",
    ),
    Invariant(
        "tenancy.partner_policies",
        "What a partner may read of a table with a partner's name on it depends on who asks.",
        f"SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'partner_id'"
        f" JOIN pg_policy p ON p.polrelid = c.oid WHERE {_OURS}"
        " AND ('tributary_partner'::regrole = any(p.polroles) OR p.polroles = array[0::oid])"
        " AND coalesce(pg_get_expr(p.polqual, p.polrelid), pg_get_expr(p.polwithcheck, p.polrelid))"
        " NOT LIKE '%current_setting%'",
    ),
    Invariant(
        "tenancy.no_floats",
        "No column holds a floating-point number.",
        f"SELECT c.relname, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid WHERE {_OURS}"
        " AND a.attnum > 0 AND NOT a.attisdropped"
        " AND a.atttypid IN ('real'::regtype, 'double precision'::regtype)",
    ),
    Invariant(
        "tenancy.money_has_currency",
        "Every table with whole minor units says their currency, or belongs to a row that does.",
        f"SELECT c.relname FROM pg_class c WHERE {_OURS} AND EXISTS (SELECT FROM pg_attribute a"
        " WHERE a.attrelid = c.oid AND a.attname LIKE '%\\_minor' AND NOT a.attisdropped)"
        " AND NOT EXISTS (SELECT FROM pg_attribute a LEFT JOIN pg_constraint f"
        " ON f.confrelid = a.attrelid AND f.conrelid = c.oid AND f.contype = 'f'"
        " WHERE a.attname = 'currency' AND (a.attrelid = c.oid OR f.oid IS NOT NULL))",
    ),
)
