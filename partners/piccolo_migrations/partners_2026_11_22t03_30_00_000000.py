"""The guards of contacts and opportunities: the vendor's alone, indexes for their lists and look-ups."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T03:30:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of contacts and opportunities"

INDEXES = (
    "CREATE INDEX partners_contact_account ON partners_contact (account)",
    'CREATE INDEX partners_contact_by_sort_name ON partners_contact (sort_name COLLATE "C", id)',
    "CREATE INDEX partners_contact_by_changed_at ON partners_contact (changed_at, id)",
    "CREATE INDEX partners_contact_search ON partners_contact USING gin (search gin_trgm_ops)",
    "CREATE INDEX partners_opportunity_account ON partners_opportunity (account)",
    "CREATE INDEX partners_opportunity_by_changed_at ON partners_opportunity (changed_at, id)",
    "CREATE INDEX partners_opportunity_by_opened_at ON partners_opportunity (opened_at, id)",
    "CREATE INDEX partners_opportunity_by_amount_minor ON partners_opportunity (amount_minor, id)",
    "CREATE INDEX partners_opportunity_search ON partners_opportunity USING gin (search gin_trgm_ops)",
    # What is open on an account is what a registration for it will be checked against.
    "CREATE INDEX partners_opportunity_open ON partners_opportunity (account, product) WHERE closed_at IS NULL",
    "ALTER TABLE partners_opportunity ADD FOREIGN KEY (owner) REFERENCES identity_membership (id)",
)


def statements() -> list[str]:
    """All of it, in order."""
    return [
        *INDEXES,
        *protect("partners_contact", Owner.VENDOR),
        *protect("partners_opportunity", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
