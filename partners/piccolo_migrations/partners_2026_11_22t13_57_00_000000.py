"""The guards of forecasts: who reads what of a snapshot, each deal once in it, and insert-only."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, append_only, protect

ID = "2026-11-22T13:57:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of forecasts"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "CREATE UNIQUE INDEX partners_forecast_deal_once ON partners_forecast_deal (snapshot, deal)",
        "CREATE INDEX partners_forecast_deal_of_partner ON partners_forecast_deal (partner_id, snapshot)",
        "CREATE INDEX partners_forecast_deal_weighted ON partners_forecast_deal (weighted_minor, id)",
        "CREATE INDEX partners_forecast_deal_own_weighted ON partners_forecast_deal (partner_id, weighted_minor, id)",
        # Open deals are few beside those of the past.
        "CREATE INDEX partners_deal_forecast ON partners_deal (partner_id) WHERE closed_at IS NULL"
        " AND state IN ('approved', 'in_review', 'info_requested', 'submitted')",
        # No more than the days on which snapshots were taken: nothing of anybody.
        *protect("partners_forecast_snapshot", Owner.SHARED, staff="SELECT, INSERT"),
        *protect("partners_forecast_deal", Owner.PARTNER, partner="SELECT", staff="SELECT, INSERT"),
        *append_only("partners_forecast_snapshot"),
        *append_only("partners_forecast_deal"),
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
