"""The guards of what groups of customers are worth: the vendor's alone, insert-only, and each group once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, append_only, protect

ID = "2026-11-22T14:00:00:000010"
VERSION = "1.38.0"
DESCRIPTION = "Guards of groups of customers"

INDEXES = (
    "CREATE UNIQUE INDEX attribution_group_value_once ON attribution_group_value (valuation, dimension, key)",
    "CREATE INDEX attribution_group_value_by_customers ON attribution_group_value (customers, id)",
    "CREATE INDEX attribution_group_value_by_value_minor ON attribution_group_value (value_minor, id)",
)


def statements() -> list[str]:
    """All of it, in order."""
    return [
        *INDEXES,
        *protect("attribution_group_value", Owner.VENDOR, staff="SELECT, INSERT"),
        *append_only("attribution_group_value"),
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
