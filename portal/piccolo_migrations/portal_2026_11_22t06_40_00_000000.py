"""The guards of segments: the vendor's only, and one of a name for each person and list."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T06:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of segments"

STATEMENTS = (
    "CREATE UNIQUE INDEX segments_once ON segments_segment (list_name, owner, folded)",
    "CREATE INDEX segments_shared ON segments_segment (list_name, folded) WHERE is_shared",
    *protect("segments_segment", Owner.VENDOR),
)


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
