"""The guards of robots: the vendor's only; a robot is told of an event once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T17:54:00:000012"
VERSION = "1.38.0"
DESCRIPTION = "Guards of robots"

STATEMENTS = (
    "CREATE UNIQUE INDEX robots_message_once ON robots_message (robot, event) WHERE event IS NOT NULL",
    "CREATE INDEX robots_message_of_robot ON robots_message (robot, created_at DESC, id)",
    "ALTER TABLE robots_robot ADD CONSTRAINT robots_removed_is_forgotten CHECK"
    " ((removed_at IS NOT NULL) = (address = ''))",
    *protect("robots_robot", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
    *protect("robots_message", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
)


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
