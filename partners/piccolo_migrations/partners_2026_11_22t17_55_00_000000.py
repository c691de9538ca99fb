"""The guards of answers: a partner reads its own clocks, the vendor's steps are the vendor's, nothing is rewritten."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, append_only, protect

ID = "2026-11-22T17:55:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of answers"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "CREATE UNIQUE INDEX partners_response_once ON partners_response (deal, what, number)",
        "CREATE UNIQUE INDEX partners_response_one_open ON partners_response (deal, what) WHERE ended_at IS NULL",
        "CREATE INDEX partners_response_due ON partners_response (due_at, id)",
        "CREATE INDEX partners_response_own_due ON partners_response (partner_id, due_at, id)",
        "CREATE INDEX partners_response_started ON partners_response (started_at, id)",
        "CREATE INDEX partners_response_own_started ON partners_response (partner_id, started_at, id)",
        # What waits is little beside what was answered, and the job looks at it every few minutes.
        "CREATE INDEX partners_response_open ON partners_response (due_at) WHERE ended_at IS NULL",
        "CREATE INDEX partners_response_answered ON partners_response (answered_at) WHERE answered_at IS NOT NULL",
        "CREATE UNIQUE INDEX partners_response_pause_once ON partners_response_pause (response, paused_at)",
        "CREATE UNIQUE INDEX partners_response_step_once ON partners_response_step (response, place)",
        *protect("partners_response", Owner.PARTNER, partner="SELECT", staff="SELECT, INSERT, UPDATE"),
        *protect("partners_response_pause", Owner.PARTNER, partner="SELECT", staff="SELECT, INSERT"),
        *protect("partners_response_step", Owner.VENDOR, staff="SELECT, INSERT"),
        # Sums over all partners together; whether a partner is told them, the rule of five others says.
        *protect("partners_response_figure", Owner.SHARED, staff="SELECT, INSERT"),
        *append_only("partners_response_pause"),
        *append_only("partners_response_step"),
        *append_only("partners_response_figure"),
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
