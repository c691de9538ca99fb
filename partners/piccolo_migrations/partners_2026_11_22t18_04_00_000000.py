"""Special prices: partners grant themselves none, and who reads what a second person says to them."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T18:04:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of special prices"

PARTNER_MOVES = """
CREATE OR REPLACE FUNCTION partners_deal_partner_moves() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    appeals boolean;
BEGIN
    IF current_user <> 'tributary_partner' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.stage <> 'prospect' OR NEW.protected_until IS NOT NULL
            OR NEW.decided_at IS NOT NULL OR NEW.reviewer IS NOT NULL OR NEW.appealed_at IS NOT NULL
            OR NEW.revoked_at IS NOT NULL OR NEW.price_until IS NOT NULL THEN
            RAISE EXCEPTION 'a deal begins as a draft' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    appeals := OLD.state = 'rejected' AND NEW.state = 'in_review' AND OLD.appealed_at IS NULL
        AND NEW.appealed_at IS NOT NULL AND NEW.decided_at IS NULL;
    IF (NEW.state IS DISTINCT FROM OLD.state AND NOT appeals AND (OLD.state, NEW.state) NOT IN (
            ('draft', 'submitted'), ('info_requested', 'in_review'), ('draft', 'withdrawn'),
            ('submitted', 'withdrawn'), ('in_review', 'withdrawn'), ('info_requested', 'withdrawn')))
        OR (NEW.stage = 'won' AND OLD.stage <> 'won' AND NEW.state <> 'approved')
        OR NEW.partner_id <> OLD.partner_id
        OR (NEW.card IS DISTINCT FROM OLD.card AND OLD.state <> 'draft')
        OR (NOT appeals AND ROW(NEW.decided_at, NEW.appeal, NEW.appealed_at)
            IS DISTINCT FROM ROW(OLD.decided_at, OLD.appeal, OLD.appealed_at))
        OR ROW(NEW.number, NEW.reviewer, NEW.question, NEW.asked_fields, NEW.reject_code, NEW.decision_note,
               NEW.taken_at, NEW.rejected_by, NEW.protected_until, NEW.policy_version, NEW.revoked_at,
               NEW.revoke_code, NEW.revoke_note, NEW.price_until, NEW.price_policy)
           IS DISTINCT FROM
           ROW(OLD.number, OLD.reviewer, OLD.question, OLD.asked_fields, OLD.reject_code, OLD.decision_note,
               OLD.taken_at, OLD.rejected_by, OLD.protected_until, OLD.policy_version, OLD.revoked_at,
               OLD.revoke_code, OLD.revoke_note, OLD.price_until, OLD.price_policy)
    THEN
        RAISE EXCEPTION 'only the vendor decides a deal' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""


def statements() -> list[str]:
    """All of it, in order."""
    return [
        PARTNER_MOVES,
        *protect("partners_deal_price_consent", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        "CREATE UNIQUE INDEX partners_deal_consent_pending ON partners_deal_price_consent (deal)"
        " WHERE state = 'pending'",
        "CREATE INDEX partners_deal_consent_deal ON partners_deal_price_consent (deal, requested_at)",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
