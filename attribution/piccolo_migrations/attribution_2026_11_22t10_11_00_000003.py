"""The guards of decisions on touches, contribution claims and visitors: whose they are, and what never changes."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import ROLES, STAFF_ROLE, WORKER_ROLE, Owner, append_only, protect

ID = "2026-11-22T10:11:00:000003"
VERSION = "1.38.0"
DESCRIPTION = "Guards of claims and visits"

INDEXES = (
    "CREATE INDEX attribution_touchpoint_decision_latest ON attribution_touchpoint_decision (touchpoint, seq)",
    "CREATE INDEX attribution_source_waiting ON attribution_source_node (id) WHERE level = 'words' AND maps_to IS NULL",
    "ALTER TABLE attribution_claim ADD FOREIGN KEY (partner_id) REFERENCES partners_company (id)",
    "CREATE INDEX attribution_claim_by_changed_at ON attribution_claim (changed_at, id)",
    "CREATE INDEX attribution_claim_own_by_changed_at ON attribution_claim (partner_id, changed_at, id)",
    "CREATE INDEX attribution_claim_by_occurred_on ON attribution_claim (occurred_on, id)",
    "CREATE INDEX attribution_claim_own_by_occurred_on ON attribution_claim (partner_id, occurred_on, id)",
    'CREATE INDEX attribution_claim_by_customer_name ON attribution_claim (customer_name COLLATE "C", id)',
    "CREATE INDEX attribution_claim_own_by_customer_name ON attribution_claim"
    ' (partner_id, customer_name COLLATE "C", id)',
    "CREATE INDEX attribution_claim_card ON attribution_claim (card)",
    "CREATE INDEX attribution_claim_search ON attribution_claim USING gin (search gin_trgm_ops)",
    "CREATE INDEX attribution_visitor_by_last_seen_at ON attribution_visitor (last_seen_at, id)",
    "CREATE INDEX attribution_visitor_by_touches ON attribution_visitor (touches, id)",
    "CREATE UNIQUE INDEX attribution_visit_once ON attribution_visit (visitor, event_key)",
    "CREATE UNIQUE INDEX attribution_visitor_link_once ON attribution_visitor_link (visitor) WHERE undone_at IS NULL",
    "CREATE INDEX attribution_visitor_link_account ON attribution_visitor_link (account)",
)

PARTNER_MOVES = """
CREATE FUNCTION attribution_claim_partner_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'tributary_partner' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' THEN
            RAISE EXCEPTION 'a claim begins as a draft' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.state <> OLD.state AND NEW.state NOT IN ('submitted', 'in_review', 'withdrawn'))
        OR (OLD.state = 'submitted' AND NEW.state = 'in_review')
        OR OLD.state IN ('approved', 'rejected', 'withdrawn')
        OR NEW.partner_id <> OLD.partner_id
        OR (OLD.state <> 'draft' AND (NEW.card, NEW.deal, NEW.motion, NEW.kind, NEW.occurred_on, NEW.did,
                NEW.evidence_link, NEW.evidence, NEW.submitted_at)
            IS DISTINCT FROM (OLD.card, OLD.deal, OLD.motion, OLD.kind, OLD.occurred_on, OLD.did,
                OLD.evidence_link, OLD.evidence, OLD.submitted_at))
        OR (NEW.question, NEW.reject_code, NEW.decision_note, NEW.taken_at, NEW.decided_at)
            IS DISTINCT FROM (OLD.question, OLD.reject_code, OLD.decision_note, OLD.taken_at, OLD.decided_at)
    THEN
        RAISE EXCEPTION 'only the vendor decides a claim' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""

POLICIES_OF_PARTNERS = (
    "DROP POLICY partner ON policies_policy",
    "DROP POLICY partner ON policies_version",
    "CREATE POLICY partner ON policies_policy FOR SELECT TO tributary_partner USING (kind IN ('tiers', 'claims'))",
    "CREATE POLICY partner ON policies_version FOR SELECT TO tributary_partner USING (state = 'approved' AND"
    " EXISTS (SELECT FROM policies_policy p WHERE p.id = policy AND p.kind IN ('tiers', 'claims')))",
)
"""What a partner may claim, and from how long ago, it may read as it does its tier's terms."""


def statements() -> list[str]:
    """All of it, in order."""
    return [
        *INDEXES,
        *protect("attribution_touchpoint_decision", Owner.VENDOR, staff="SELECT, INSERT"),
        *append_only("attribution_touchpoint_decision"),
        *protect("attribution_claim", Owner.PARTNER, staff="SELECT, INSERT, UPDATE"),
        PARTNER_MOVES,
        "CREATE TRIGGER partner_moves BEFORE INSERT OR UPDATE ON attribution_claim"
        " FOR EACH ROW EXECUTE FUNCTION attribution_claim_partner_moves()",
        *protect("attribution_visitor", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        *protect("attribution_visit", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        *protect("attribution_visitor_link", Owner.VENDOR, staff="SELECT, INSERT"),
        f"GRANT UPDATE (undone_at, undone_by) ON attribution_visitor_link TO {STAFF_ROLE}, {WORKER_ROLE}",
        *POLICIES_OF_PARTNERS,
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(ROLES)}",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
