"""The guards of quotes: each partner reads its own, nobody changes one."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import ROLES, Owner, append_only, protect

ID = "2026-11-22T17:30:00:000011"
VERSION = "1.38.0"
DESCRIPTION = "Guards of quotes"


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "CREATE INDEX attribution_quote_of_deal ON attribution_quote (deal, seq)",
        *protect("attribution_quote", Owner.PARTNER, partner="SELECT", staff="SELECT, INSERT"),
        *append_only("attribution_quote"),
        # Quotes are reckoned in the partner's own unit; of a plan, only the clause that pays it reaches its pages.
        "CREATE POLICY partner_plan ON policies_policy FOR SELECT TO tributary_partner USING (kind = 'commission_plan')",
        "CREATE POLICY partner_plan ON policies_version FOR SELECT TO tributary_partner USING (state = 'approved' AND"
        " EXISTS (SELECT FROM policies_policy p WHERE p.id = policy AND p.kind = 'commission_plan'))",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(ROLES)}",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
