"""Whether a deal is decided in steps now, for conditions of lists; and the order of the list of steps."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements

ID = "2026-11-22T21:05:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "What is decided in steps"

_DECIDED_IN_STEPS = """
CREATE FUNCTION partners_decided_in_steps(of_deal uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (SELECT FROM partners_deal_chain c WHERE c.deal = of_deal AND c.outcome = 'open')
$$
"""


def statements() -> list[str]:
    """All of it, in order."""
    return [
        _DECIDED_IN_STEPS,
        "CREATE INDEX partners_deal_chain_made ON partners_deal_chain (made_at, id)",
        "CREATE INDEX partners_deal_chain_own_made ON partners_deal_chain (partner_id, made_at, id)",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
