"""The guards of calendars: everybody may know when the vendor works, the vendor alone changes it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T17:34:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of calendars"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "CREATE UNIQUE INDEX calendars_day_once ON calendars_day (calendar, day)",
        # A partner is told when its answer is due and why: by which hours, and which days are off.
        *protect("calendars_calendar", Owner.SHARED, staff="SELECT, INSERT, UPDATE"),
        *protect("calendars_day", Owner.SHARED),
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
