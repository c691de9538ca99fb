"""Indexes by which lists, counts and the home page find few rows among a million deals."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements

ID = "2026-11-22T04:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Indexes of long lists"

FILTERS = ("state", "stage")
STATEMENTS = (
    *(f"CREATE INDEX partners_deal_by_{one} ON partners_deal ({one}, changed_at, id)" for one in FILTERS),
    *(
        f"CREATE INDEX partners_deal_own_by_{one} ON partners_deal (partner_id, {one}, changed_at, id)"
        for one in FILTERS
    ),
    "CREATE INDEX partners_deal_by_role ON partners_deal (role, changed_at, id) WHERE role <> 'sell'",
    "CREATE INDEX partners_deal_by_card ON partners_deal (card, changed_at, id)",
    "CREATE INDEX partners_deal_by_owner ON partners_deal (owner, changed_at, id)",
    # What waits for a decision: few at any time, in whichever portfolio and with whichever reviewer.
    "CREATE INDEX partners_deal_undecided ON partners_deal (partner_id, state)"
    " WHERE state IN ('submitted', 'in_review')",
    "CREATE INDEX partners_deal_reviewed ON partners_deal (reviewer) WHERE state IN ('submitted', 'in_review')",
    # Open protections by their end.
    "CREATE INDEX partners_deal_ending ON partners_deal (protected_until, partner_id)"
    " WHERE state = 'approved' AND closed_at IS NULL",
    # Sums of the home page, read from the index alone.
    "CREATE INDEX partners_deal_open_sums ON partners_deal (partner_id, state)"
    " INCLUDE (stage, expected_close_on, created_at, currency, amount_minor) WHERE closed_at IS NULL",
    "CREATE INDEX partners_deal_closed_sums ON partners_deal (partner_id, closed_at) INCLUDE (stage)"
    " WHERE closed_at IS NOT NULL",
    "CREATE INDEX partners_deal_decided_sums ON partners_deal (decided_at) INCLUDE (state, partner_id)"
    " WHERE state IN ('approved', 'rejected', 'expired')",
    # Lines of a deal with their products, and products with their deals; the shorter one is part of the first.
    "CREATE INDEX partners_deal_line_products ON partners_deal_line (deal, product) INCLUDE (partner_id)",
    "DROP INDEX partners_deal_line_deal",
    "CREATE INDEX partners_deal_line_by_product ON partners_deal_line (product, deal) INCLUDE (partner_id)",
)


async def forwards() -> MigrationManager:
    """Add them."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
