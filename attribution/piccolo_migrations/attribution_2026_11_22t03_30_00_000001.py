"""The guards of terms: the vendor's alone, indexes for their list and for what ends when."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T03:30:00:000001"
VERSION = "1.38.0"
DESCRIPTION = "Guards of terms"

INDEXES = (
    "CREATE INDEX attribution_term_account ON attribution_term (account, ends_on)",
    "CREATE INDEX attribution_term_by_ends_on ON attribution_term (ends_on, id)",
    "CREATE INDEX attribution_term_by_value_minor ON attribution_term (value_minor, id)",
    "CREATE INDEX attribution_term_by_changed_at ON attribution_term (changed_at, id)",
    "CREATE UNIQUE INDEX attribution_term_source ON attribution_term (source_system, number)",
    "CREATE INDEX attribution_term_search ON attribution_term USING gin (search gin_trgm_ops)",
)


def statements() -> list[str]:
    """All of it, in order."""
    return [*INDEXES, *protect("attribution_term", Owner.VENDOR, staff="SELECT, INSERT, UPDATE")]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
