"""How far the demo is in this database, and whom to try it as; light, because every start asks."""

import json
from typing import Final, NamedTuple
from uuid import UUID

from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.permissions import Role

PASSWORD: Final = "tributary-demo"  # noqa: S105 -- of made-up people, printed at every start
MARK: Final = "demo"


async def read_mark() -> dict[str, str]:
    """Nothing, `today` (its day) while the demo is being loaded, and `main` (the tour's partner) after."""
    async with db.transaction(SYSTEM):
        kept = await db.sql_value("SELECT value FROM core_setting WHERE key = $1", MARK)
    return dict(json.loads(kept)) if kept else {}


async def set_mark(**mark: str) -> None:
    """Write down how far it is."""
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO core_setting (key, value) VALUES ($1, $2)"
            " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
            MARK, json.dumps(mark),
        )  # fmt: skip


async def is_loaded() -> bool:
    """Whether this database has the whole demo."""
    return "main" in await read_mark()


async def is_empty() -> bool:
    """Whether the demo may be loaded here: nobody has an account, or loading it was interrupted.

    It never mixes with a vendor's own data.
    """
    if await read_mark():
        return True
    async with db.transaction(SYSTEM):
        return not await db.sql_value("SELECT count(*) FROM identity_membership")


class SignIn(NamedTuple):
    """Somebody to try the demo as."""

    role: str
    email: str
    name: str
    company: str
    """Empty on the vendor's side."""


async def sign_ins() -> list[SignIn]:
    """One person per role to try the demo as: of the tour's main partner, its manager, and who else there is.

    Nothing before the demo is loaded.
    """
    main = (await read_mark()).get("main")
    if main is None:
        return []
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT DISTINCT ON (role) r.role, p.email, p.name, coalesce(c.legal_name, '') AS company"
            " FROM identity_membership m CROSS JOIN unnest(m.roles) AS r(role)"
            " JOIN identity_person p ON p.id = m.person LEFT JOIN partners_company c ON c.id = m.partner_id"
            " WHERE m.ended_at IS NULL AND (m.partner_id IS NULL OR m.partner_id = $1) ORDER BY role,"
            " m.id = (SELECT manager FROM partners_company WHERE id = $1) DESC NULLS LAST, m.created_at, p.email",
            UUID(main),
        )
    order = [role.value for role in Role]
    found = [SignIn(row["role"], row["email"], row["name"], row["company"]) for row in rows]
    return sorted(found, key=lambda one: order.index(one.role))
