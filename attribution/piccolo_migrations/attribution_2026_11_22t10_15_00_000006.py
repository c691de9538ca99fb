"""The guards of valuations: the vendor's alone, and insert-only."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import ROLES, Owner, append_only, protect

ID = "2026-11-22T10:15:00:000006"
VERSION = "1.38.0"
DESCRIPTION = "Guards of valuations"

_TABLES = ("attribution_valuation", "attribution_customer_value", "attribution_party_value")

INDEXES = (
    "CREATE INDEX attribution_valuation_by_made_at ON attribution_valuation (made_at, id)",
    "CREATE UNIQUE INDEX attribution_customer_value_once ON attribution_customer_value (valuation, account)",
    "CREATE INDEX attribution_customer_value_by_value_minor ON attribution_customer_value (value_minor, id)",
    "CREATE INDEX attribution_customer_value_by_last_on ON attribution_customer_value (last_on, id)",
    "CREATE UNIQUE INDEX attribution_party_value_once ON attribution_party_value (valuation, key)",
)


def statements() -> list[str]:
    """All of it, in order."""
    return [
        *INDEXES,
        *(part for table in _TABLES for part in protect(table, Owner.VENDOR, staff="SELECT, INSERT")),
        *(part for table in _TABLES for part in append_only(table)),
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(ROLES)}",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
