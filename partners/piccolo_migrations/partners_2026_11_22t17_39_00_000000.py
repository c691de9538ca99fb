"""Requests for a longer protection: who reads and writes them, one pending at a time, and what a partner may not do."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T17:39:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of extensions"

PARTNER_ASKS = """
CREATE FUNCTION partners_deal_partner_asks() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'tributary_partner' THEN
        RETURN NEW;
    END IF;
    IF (TG_OP = 'INSERT' AND NEW.state <> 'pending')
        OR (TG_OP = 'UPDATE' AND (OLD.state <> 'pending' OR NEW.state <> 'closed'))
    THEN
        RAISE EXCEPTION 'only the vendor decides what is asked' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""
"""A partner asks, and takes back what waits; all else is the vendor's. One function for every kind of request."""


def statements() -> list[str]:
    """All of it, in order."""
    return [
        PARTNER_ASKS,
        "CREATE UNIQUE INDEX partners_deal_extension_pending ON partners_deal_extension (deal) WHERE state = 'pending'",
        "CREATE INDEX partners_deal_extension_deal ON partners_deal_extension (deal, asked_at)",
        *protect("partners_deal_extension", Owner.PARTNER, staff="SELECT, INSERT, UPDATE"),
        "CREATE TRIGGER partner_asks BEFORE INSERT OR UPDATE ON partners_deal_extension"
        " FOR EACH ROW EXECUTE FUNCTION partners_deal_partner_asks()",
        # What partners wait for about running deals: few at any time, in whichever portfolio.
        "CREATE INDEX partners_deal_pending ON partners_deal (partner_id) WHERE pending <> ''",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
