"""The guards of tags and of links that were undone: the vendor's only, and quick to look up."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T06:40:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of tags and undone links"

STATEMENTS = (
    "CREATE INDEX partners_card_unlink_card ON partners_card_unlink (card)",
    "CREATE UNIQUE INDEX partners_account_tag_once ON partners_account_tag (account, tag)",
    "CREATE INDEX partners_account_tag_accounts ON partners_account_tag (tag, account)",
    *protect("partners_card_unlink", Owner.VENDOR, staff="SELECT, INSERT"),
    *protect("partners_tag", Owner.VENDOR),
    *protect("partners_account_tag", Owner.VENDOR),
)


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
