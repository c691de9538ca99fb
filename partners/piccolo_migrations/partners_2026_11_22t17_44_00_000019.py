"""The guards of conflicts: the vendor's only, a claim waits in one at a time, and what was decided stays as it was."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, append_only, protect

ID = "2026-11-22T17:44:00:000019"
VERSION = "1.38.0"
DESCRIPTION = "Guards of conflicts"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "CREATE UNIQUE INDEX partners_conflict_claim_once ON partners_conflict_claim (conflict, kind, subject)",
        # However many checks run at once: no claim waits in two conflicts.
        "CREATE UNIQUE INDEX partners_conflict_claim_waits_once ON partners_conflict_claim (kind, subject)"
        " WHERE result = 'waiting'",
        "CREATE INDEX partners_conflict_claim_subject ON partners_conflict_claim (subject, kind)",
        "CREATE UNIQUE INDEX partners_conflict_decision_once ON partners_conflict_decision (conflict, number)",
        # The second decision is another person's.
        "CREATE UNIQUE INDEX partners_conflict_decision_by ON partners_conflict_decision (conflict, decided_by)",
        "CREATE INDEX partners_conflict_account ON partners_conflict (account)",
        "CREATE INDEX partners_conflict_waits ON partners_conflict (found_at, id) WHERE state IN ('open', 'appealed')",
        "CREATE INDEX partners_conflict_by_found_at ON partners_conflict (found_at, id)",
        "CREATE INDEX partners_conflict_by_changed_at ON partners_conflict (changed_at, id)",
        "CREATE INDEX partners_conflict_search ON partners_conflict USING gin (search gin_trgm_ops)",
        *protect("partners_conflict", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        *protect("partners_conflict_claim", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        *protect("partners_conflict_decision", Owner.VENDOR, staff="SELECT, INSERT"),
        *append_only("partners_conflict_decision"),
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
