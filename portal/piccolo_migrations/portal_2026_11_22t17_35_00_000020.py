"""The guards of notices: everybody's own only, each told once, and of a link nothing changes but that it was used."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import PARTNER_ROLE, STAFF_ROLE, Owner, protect

ID = "2026-11-22T17:35:00:000020"
VERSION = "1.38.0"
DESCRIPTION = "Guards of notices"

_OWN: Final = "membership = nullif(current_setting('app.membership_id', true), '')::uuid"


def _own(table: str) -> str:
    """A partner's person sees and writes what is of its own membership, not of its colleagues'."""
    return f"CREATE POLICY own ON {table} AS RESTRICTIVE TO {PARTNER_ROLE} USING ({_OWN}) WITH CHECK ({_OWN})"


STATEMENTS: Final = (
    "CREATE UNIQUE INDEX notices_once ON notices_notice (membership, dedupe_key)",
    "CREATE INDEX notices_of_member ON notices_notice (membership, made_at, id)",
    "CREATE INDEX notices_unread ON notices_notice (membership) WHERE read_at IS NULL",
    "CREATE INDEX notices_to_mail ON notices_notice (made_at, membership)"
    " WHERE mail = 'digest' AND mailed_at IS NULL AND read_at IS NULL",
    "CREATE UNIQUE INDEX notices_choice_once ON notices_choice (membership, kind)",
    *protect("notices_notice", Owner.PARTNER, partner="SELECT"),
    f"GRANT UPDATE (read_at) ON notices_notice TO {PARTNER_ROLE}",
    _own("notices_notice"),
    *protect("notices_choice", Owner.PARTNER, partner="SELECT, INSERT"),
    f"GRANT UPDATE (mail, changed_at) ON notices_choice TO {PARTNER_ROLE}",
    _own("notices_choice"),
    *protect("notices_link", Owner.PARTNER, partner="SELECT", staff="SELECT, INSERT, DELETE", auth="SELECT"),
    f"GRANT UPDATE (used_at) ON notices_link TO {PARTNER_ROLE}, {STAFF_ROLE}",
    _own("notices_link"),
)


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
