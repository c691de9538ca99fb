"""The guards of reports: the vendor's alone, and insert-only."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, append_only, protect

ID = "2026-11-22T10:40:00:000007"
VERSION = "1.38.0"
DESCRIPTION = "Guards of reports"


def statements() -> list[str]:
    """All of it, in order."""
    return [*protect("attribution_report", Owner.VENDOR, staff="SELECT, INSERT"), *append_only("attribution_report")]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
