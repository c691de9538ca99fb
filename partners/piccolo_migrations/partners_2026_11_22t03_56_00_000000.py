"""The guards of the keys by which accounts are found: the vendor's only, gone with their account, quick to look up."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T03:56:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of account keys"

STATEMENTS = (
    "ALTER TABLE partners_account_key ADD FOREIGN KEY (account) REFERENCES partners_account (id) ON DELETE CASCADE",
    # Without a pending list: a look-up would have to read all of it.
    "CREATE INDEX partners_account_key_keys ON partners_account_key USING gin (keys) WITH (fastupdate = off)",
    *protect("partners_account_key", Owner.VENDOR),
)


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
