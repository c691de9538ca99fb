"""A smaller index on the credits of runs: a run's rows lie together, so block ranges find them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements

ID = "2026-11-22T11:10:00:000009"
VERSION = "1.38.0"
DESCRIPTION = "Index on the credits of runs"

STATEMENTS = (
    "DROP INDEX attribution_run_credit_key",
    "CREATE INDEX attribution_run_credit_run ON attribution_run_credit USING brin (run)",
)


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
