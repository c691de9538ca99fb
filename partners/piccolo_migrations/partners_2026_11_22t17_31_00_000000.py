"""The guards of approval chains: who reads what, one running chain for a deal, and agreements that stay as they are."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T17:31:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of approval chains"
_STAYS: Final = """
CREATE OR REPLACE FUNCTION partners_decided_step_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.decided_by IS NOT NULL THEN
        RAISE EXCEPTION 'a decided step never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "CREATE UNIQUE INDEX partners_deal_chain_open ON partners_deal_chain (deal) WHERE outcome = 'open'",
        "CREATE INDEX partners_deal_chain_newest ON partners_deal_chain (deal, made_at)",
        "CREATE INDEX partners_deal_step_of_chain ON partners_deal_step (chain, number)",
        # Where two people are needed, they are two: nobody agrees twice in one chain, nor is stood in for twice.
        "CREATE UNIQUE INDEX partners_deal_step_two_people ON partners_deal_step (chain, decided_by)"
        " WHERE decided_by IS NOT NULL",
        "CREATE UNIQUE INDEX partners_deal_step_two_absent ON partners_deal_step (chain, on_behalf_of)"
        " WHERE on_behalf_of IS NOT NULL",
        *protect("partners_deal_chain", Owner.PARTNER, partner="SELECT", staff="SELECT, INSERT, UPDATE"),
        *protect("partners_deal_step", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        # A partner's own pages find from it whose work will be asked; they show no name and no other partner's rule.
        "CREATE POLICY partner_chains ON policies_policy FOR SELECT TO tributary_partner"
        " USING (kind = 'approval_chains')",
        "CREATE POLICY partner_chains ON policies_version FOR SELECT TO tributary_partner USING (state = 'approved' AND"
        " EXISTS (SELECT FROM policies_policy p WHERE p.id = policy AND p.kind = 'approval_chains'))",
        _STAYS,
        "CREATE TRIGGER decided_stays BEFORE UPDATE ON partners_deal_step FOR EACH ROW"
        " EXECUTE FUNCTION partners_decided_step_stays()",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
