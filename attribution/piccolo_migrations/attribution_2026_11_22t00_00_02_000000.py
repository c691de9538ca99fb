"""The guards of attribution's tables: row-level security, insert-only, one result per cash event."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import ROLES, Owner, append_only, protect

ID = "2026-11-22T00:00:02:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards"

CONSTRAINTS = (
    "CREATE UNIQUE INDEX attribution_revenue_source ON attribution_revenue (source_system, source_id)",
    "CREATE INDEX attribution_revenue_parent ON attribution_revenue (parent)",
    "CREATE INDEX attribution_revenue_account ON attribution_revenue (account, occurred_at)",
    "CREATE INDEX attribution_revenue_by_occurred_at ON attribution_revenue (occurred_at, id)",
    # At most one unreversed result per cash event, clause, partner and role.
    "CREATE UNIQUE INDEX attribution_commission_once ON attribution_commission"
    " (source_id, clause, partner_id, role, generation) WHERE reverses IS NULL",
    "CREATE UNIQUE INDEX attribution_commission_reversed_once ON attribution_commission (reverses)"
    " WHERE reverses IS NOT NULL",
    "CREATE INDEX attribution_commission_own ON attribution_commission (partner_id, occurred_at, id)",
    "CREATE INDEX attribution_commission_own_amount ON attribution_commission (partner_id, amount_minor, id)",
    "CREATE INDEX attribution_commission_all ON attribution_commission (occurred_at, id)",
    "CREATE INDEX attribution_commission_amount ON attribution_commission (amount_minor, id)",
    "CREATE INDEX attribution_commission_by_period ON attribution_commission (period, partner_id)",
    "CREATE INDEX attribution_commission_search ON attribution_commission USING gin (search gin_trgm_ops)",
    "ALTER TABLE attribution_commission ADD FOREIGN KEY (source_id) REFERENCES attribution_revenue (id)",
    "ALTER TABLE attribution_commission ADD FOREIGN KEY (partner_id) REFERENCES partners_company (id)",
    "ALTER TABLE attribution_commission ADD FOREIGN KEY (entry_id) REFERENCES ledger_entry (id)",
)


def statements() -> list[str]:
    """All of it, in order."""
    return [
        *CONSTRAINTS,
        *protect("attribution_revenue", Owner.VENDOR, staff="SELECT, INSERT"),
        *protect("attribution_commission", Owner.PARTNER, partner="SELECT", staff="SELECT, INSERT"),
        *append_only("attribution_revenue"),
        *append_only("attribution_commission"),
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(ROLES)}",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
