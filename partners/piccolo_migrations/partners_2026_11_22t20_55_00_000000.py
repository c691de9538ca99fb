"""A running deal can be handed over: where such a deal came from, and who reads what two people say about it."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T20:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of hand-overs"

SOURCES = "'partner', 'vendor_lead', 'renewal', 'tender', 'handed_over'"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "ALTER TABLE partners_deal DROP CONSTRAINT known_source",
        f"ALTER TABLE partners_deal ADD CONSTRAINT known_source CHECK (source IN ({SOURCES}))",
        *protect("partners_deal_handover", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        "CREATE UNIQUE INDEX partners_deal_handover_pending ON partners_deal_handover (deal) WHERE state = 'pending'",
        "CREATE UNIQUE INDEX partners_deal_handover_became ON partners_deal_handover (became) WHERE became IS NOT NULL",
        "CREATE INDEX partners_deal_handover_deal ON partners_deal_handover (deal, requested_at)",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
