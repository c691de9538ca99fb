"""The guards of agreements: the vendor's only, one per decision, for ever as written; those made before are taken in."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, append_only, protect

ID = "2026-11-22T20:59:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of agreements"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "CREATE UNIQUE INDEX partners_conflict_agreement_once ON partners_conflict_agreement (conflict, number)",
        "CREATE INDEX partners_conflict_agreement_lead ON partners_conflict_agreement (lead)",
        "CREATE INDEX partners_conflict_agreement_joining ON partners_conflict_agreement (joining)",
        # Claims keep the parts of the newest decision alone, so what stands on them now is all there was.
        "INSERT INTO partners_conflict_agreement (id, conflict, number, lead_claim, joining_claim, lead, joining,"
        " lead_percent, joining_percent, product_groups, decided_at) SELECT gen_random_uuid(), d.conflict, d.number,"
        " w.id, s.id, w.subject, s.subject, w.part_percent, s.part_percent,"
        " ARRAY(SELECT unnest(w.product_groups) INTERSECT SELECT unnest(s.product_groups) ORDER BY 1), d.decided_at"
        " FROM partners_conflict_decision d JOIN partners_conflict_claim w ON w.id = d.winner"
        " AND w.part_percent IS NOT NULL JOIN partners_conflict_claim s ON s.conflict = d.conflict"
        " AND s.result = 'shared' WHERE d.ground = 'agreement'",
        *protect("partners_conflict_agreement", Owner.VENDOR, staff="SELECT, INSERT"),
        *append_only("partners_conflict_agreement"),
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
