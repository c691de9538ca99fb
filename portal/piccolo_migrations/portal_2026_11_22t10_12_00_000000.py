"""The guards of exchange rates: the vendor's only, one a day and currency."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T10:12:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of exchange rates"

STATEMENTS = (
    "CREATE UNIQUE INDEX rates_once ON rates_rate (day, currency)",
    "CREATE INDEX rates_by_day ON rates_rate (day, id)",
    "CREATE INDEX rates_of_currency ON rates_rate (currency, day, id)",
    *protect("rates_rate", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
)


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
