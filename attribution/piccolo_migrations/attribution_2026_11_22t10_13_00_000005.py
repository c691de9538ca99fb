"""The guards of runs: the vendor's alone, sealed ones never change, and nothing comes into them afterwards."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import ROLES, Owner, append_only, protect

ID = "2026-11-22T10:13:00:000005"
VERSION = "1.38.0"
DESCRIPTION = "Guards of runs"

SEALED = """
CREATE FUNCTION attribution_run_is_sealed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'sealed' THEN
        RAISE EXCEPTION 'a sealed run never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
LATE = """
CREATE FUNCTION attribution_run_takes_rows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM (SELECT DISTINCT run FROM fresh) f
               LEFT JOIN attribution_run r ON r.id = f.run AND r.state = 'computing' WHERE r.id IS NULL) THEN
        RAISE EXCEPTION 'rows come into a run only while it is being sealed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$
"""
_ROWS = ("attribution_run_sum", "attribution_run_effect", "attribution_run_credit")

INDEXES = (
    "CREATE UNIQUE INDEX attribution_run_number ON attribution_run (number)",
    "CREATE INDEX attribution_run_by_requested_at ON attribution_run (requested_at, id)",
    "CREATE UNIQUE INDEX attribution_run_sum_once ON attribution_run_sum"
    " (run, dimension, model, key, event_kind, period)",
    "CREATE INDEX attribution_run_sum_partner ON attribution_run_sum (partner, run)",
    "CREATE UNIQUE INDEX attribution_run_effect_once ON attribution_run_effect (run, dimension, model, key)",
    "CREATE INDEX attribution_run_credit_event ON attribution_run_credit (event, run)",
    "CREATE INDEX attribution_run_credit_key ON attribution_run_credit (run, key, period)",
)


def statements() -> list[str]:
    """All of it, in order."""
    return [
        *INDEXES,
        *protect("attribution_run", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        *(part for table in _ROWS for part in protect(table, Owner.VENDOR, staff="SELECT, INSERT")),
        *(part for table in _ROWS for part in append_only(table)),
        SEALED,
        LATE,
        "CREATE TRIGGER sealed BEFORE UPDATE OR DELETE ON attribution_run FOR EACH ROW"
        " EXECUTE FUNCTION attribution_run_is_sealed()",
        *(
            f"CREATE TRIGGER takes_rows AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT"
            " EXECUTE FUNCTION attribution_run_takes_rows()"
            for table in _ROWS
        ),
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(ROLES)}",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
