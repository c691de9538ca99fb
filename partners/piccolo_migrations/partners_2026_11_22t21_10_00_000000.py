"""Amendments have a clock too; a step of the policy that was forbidden is written down again when the reason changes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements

ID = "2026-11-22T21:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Clocks of amendments, and steps that are tried again"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "ALTER TABLE partners_response DROP CONSTRAINT known_what",
        "ALTER TABLE partners_response ADD CONSTRAINT known_what"
        " CHECK (what IN ('registration', 'appeal', 'extension', 'amendment'))",
        "DROP INDEX partners_response_step_once",
        "CREATE UNIQUE INDEX partners_response_step_once ON partners_response_step (response, place)"
        " WHERE outcome = 'done'",
        "CREATE INDEX partners_response_step_tries ON partners_response_step (response, place, at)",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
