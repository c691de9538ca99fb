"""The guards of lifecycle: the vendor's alone, indexes for lists, months, customers and what is due, one target each."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T10:12:00:000004"
VERSION = "1.38.0"
DESCRIPTION = "Guards of lifecycle"

INDEXES = (
    "CREATE INDEX attribution_lifecycle_event_by_occurred_on ON attribution_lifecycle_event (occurred_on, id)",
    "CREATE INDEX attribution_lifecycle_event_by_value_minor ON attribution_lifecycle_event (value_minor, id)",
    "CREATE INDEX attribution_lifecycle_event_account ON attribution_lifecycle_event (account, occurred_on)",
    "CREATE INDEX attribution_lifecycle_event_partner ON attribution_lifecycle_event (partner, occurred_on, id)",
    "CREATE INDEX attribution_lifecycle_event_kind ON attribution_lifecycle_event (kind, occurred_on, id)",
    "CREATE INDEX attribution_lifecycle_standing_by_asleep_on ON attribution_lifecycle_standing (asleep_on, id)",
    "CREATE UNIQUE INDEX attribution_lifecycle_target_once ON attribution_lifecycle_target (kind, country, quarter)",
)


def statements() -> list[str]:
    """All of it, in order."""
    return [
        *INDEXES,
        *protect("attribution_lifecycle_event", Owner.VENDOR),
        *protect("attribution_lifecycle_line", Owner.VENDOR),
        *protect("attribution_lifecycle_standing", Owner.VENDOR),
        *protect("attribution_lifecycle_target", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
