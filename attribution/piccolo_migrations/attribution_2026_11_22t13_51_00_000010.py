"""The guards of health: the vendor's alone; signals are insert-only, each told once and replaced at most once."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import ROLES, Owner, append_only, protect

ID = "2026-11-22T13:51:00:000010"
VERSION = "1.38.0"
DESCRIPTION = "Guards of health"

_SIGNALS = {"attribution_usage": "day", "attribution_ticket": "opened_on", "attribution_survey": "answered_on"}

INDEXES = (
    "CREATE INDEX attribution_health_by_rank ON attribution_health (rank, id)",
    "CREATE INDEX attribution_health_level ON attribution_health (level, rank, id)",
    "CREATE UNIQUE INDEX attribution_health_month_once ON attribution_health_month (account, month)",
    "CREATE INDEX attribution_health_month_month ON attribution_health_month (month)",
)


def _signal(table: str, day: str) -> list[str]:
    """What the first row of a source's record is, and that rows after it form one chain."""
    return [
        f"CREATE UNIQUE INDEX {table}_once ON {table} (source_system, source_id) WHERE replaces IS NULL",
        f"CREATE UNIQUE INDEX {table}_replaces ON {table} (replaces) WHERE replaces IS NOT NULL",
        f"CREATE INDEX {table}_source ON {table} (source_system, source_id)",
        f"CREATE INDEX {table}_account ON {table} (account, {day})",
        *protect(table, Owner.VENDOR, staff="SELECT, INSERT"),
        *append_only(table),
    ]


def statements() -> list[str]:
    """All of it, in order."""
    return [
        *(statement for table, day in _SIGNALS.items() for statement in _signal(table, day)),
        *INDEXES,
        *protect("attribution_health", Owner.VENDOR),
        *protect("attribution_health_month", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(ROLES)}",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
