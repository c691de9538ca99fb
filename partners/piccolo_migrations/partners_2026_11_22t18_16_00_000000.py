"""Amendments: who reads and writes them, one pending at a time, and what a partner may not do."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T18:16:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of amendments"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "CREATE UNIQUE INDEX partners_deal_amendment_pending ON partners_deal_amendment (deal) WHERE state = 'pending'",
        "CREATE INDEX partners_deal_amendment_deal ON partners_deal_amendment (deal, asked_at)",
        *protect("partners_deal_amendment", Owner.PARTNER, staff="SELECT, INSERT, UPDATE"),
        "CREATE TRIGGER partner_asks BEFORE INSERT OR UPDATE ON partners_deal_amendment"
        " FOR EACH ROW EXECUTE FUNCTION partners_deal_partner_asks()",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
