"""An approval can be revoked: a further state of deals, and who reads what is asked of a second person."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T17:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of revocations"

STATES = (
    "'draft', 'submitted', 'in_review', 'info_requested', 'approved', 'rejected', 'withdrawn', 'expired', 'revoked'"
)


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "ALTER TABLE partners_deal DROP CONSTRAINT known_state",
        f"ALTER TABLE partners_deal ADD CONSTRAINT known_state CHECK (state IN ({STATES}))",
        *protect("partners_deal_revocation", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        "CREATE UNIQUE INDEX partners_deal_revocation_pending ON partners_deal_revocation (deal)"
        " WHERE state = 'pending'",
        "CREATE INDEX partners_deal_revocation_deal ON partners_deal_revocation (deal, requested_at)",
        # What is counted as decided has one state more.
        "DROP INDEX partners_deal_decided_sums",
        "CREATE INDEX partners_deal_decided_sums ON partners_deal (decided_at) INCLUDE (state, partner_id)"
        " WHERE state IN ('approved', 'rejected', 'expired', 'revoked')",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
