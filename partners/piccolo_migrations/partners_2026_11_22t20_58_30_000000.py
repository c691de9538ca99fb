"""The guards of decisions that need two people: the vendor's only, one waits at a time, and nobody has a say twice."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T20:58:30:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of awards"

ONLY_ONCE = """
CREATE FUNCTION partners_conflict_only_once() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM partners_conflict_decision d WHERE d.conflict = NEW.conflict
               AND array[d.decided_by, d.agreed_by] && array[NEW.decided_by, NEW.agreed_by]) THEN
        RAISE EXCEPTION 'nobody has a say in both decisions about a conflict' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$
"""
STATEMENTS = (
    "CREATE UNIQUE INDEX partners_conflict_award_pending ON partners_conflict_award (conflict)"
    " WHERE state = 'pending'",
    "CREATE INDEX partners_conflict_award_conflict ON partners_conflict_award (conflict, requested_at)",
    # What was asked stays as it was asked: only what became of it is written later.
    *protect(
        "partners_conflict_award", Owner.VENDOR,
        staff="SELECT, INSERT, UPDATE (state, decided_by, decided_at, decision_note)",
    ),
    # The second decision is other people's, whichever part anybody had in the first.
    ONLY_ONCE,
    "CREATE TRIGGER only_once BEFORE INSERT ON partners_conflict_decision"
    " FOR EACH ROW EXECUTE FUNCTION partners_conflict_only_once()",
)  # fmt: skip


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
