"""The postings of an entry are found by it: asking each entry for them took time with the square of their number."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements

ID = "2026-11-22T11:10:00:000009"
VERSION = "1.38.0"
DESCRIPTION = "Postings by entry"


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(["CREATE INDEX ledger_posting_entry ON ledger_posting (entry)"])

    manager.add_raw(run)
    return manager
