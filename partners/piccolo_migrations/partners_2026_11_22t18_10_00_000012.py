"""The guards of reminders: the vendor's only, insert-only, and each once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, append_only, protect

ID = "2026-11-22T18:10:00:000012"
VERSION = "1.38.0"
DESCRIPTION = "Guards of reminders"

STATEMENTS = (
    "CREATE UNIQUE INDEX partners_deal_reminder_once ON partners_deal_reminder (deal, about, of_at, days)",
    # Deals whose approval ends soon, for the job that runs every hour.
    "CREATE INDEX partners_deal_ends_soon ON partners_deal (protected_until)"
    " WHERE state = 'approved' AND closed_at IS NULL",
    *protect("partners_deal_reminder", Owner.VENDOR, staff="SELECT, INSERT"),
    *append_only("partners_deal_reminder"),
)


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
