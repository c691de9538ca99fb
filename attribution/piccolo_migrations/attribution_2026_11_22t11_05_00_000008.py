"""The guards of what partners read of runs: each its own, written by the vendor's side alone, and insert-only."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, append_only, protect

ID = "2026-11-22T11:05:00:000008"
VERSION = "1.38.0"
DESCRIPTION = "Guards of partners' credit"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "CREATE UNIQUE INDEX attribution_partner_credit_once ON attribution_partner_credit"
        " (partner_id, run, period, event_kind)",
        "CREATE INDEX attribution_partner_credit_run ON attribution_partner_credit (run)",
        *protect("attribution_partner_credit", Owner.PARTNER, partner="SELECT", staff="SELECT, INSERT"),
        *append_only("attribution_partner_credit"),
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
