"""Indexes by which imports are listed, found again by their file, and read by outcome."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements

ID = "2026-11-22T00:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of imports"

INDEXES = (
    "CREATE INDEX imports_job_created ON imports_job (created_at, id)",
    "CREATE INDEX imports_job_file ON imports_job (kind, source_system, file_sha256)",
    "CREATE INDEX imports_row_outcome ON imports_row (job, outcome, number)",
)


async def forwards() -> MigrationManager:
    """Add the indexes."""
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(INDEXES))

    manager.add_raw(run)
    return manager
