"""The floor's guards: functions, row-level security, append-only tables, indexes, the job queue."""

from pgqueuer.adapters.persistence.qb import QueryBuilderEnvironment
from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import REFUSE_CHANGE, ROLES, Owner, append_only, protect

ID = "2026-11-22T00:00:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards"

INDEXES = (
    "CREATE UNIQUE INDEX core_reaction_once ON core_reaction_done (event_id, reaction)",
    "CREATE INDEX core_event_subject ON core_event (subject_id, seq)",
    "CREATE INDEX core_event_partner ON core_event (partner_id, seq)",
    "CREATE UNIQUE INDEX policies_policy_once ON policies_policy (kind, scope)",
    "CREATE UNIQUE INDEX policies_version_number ON policies_version (policy, number)",
    "CREATE UNIQUE INDEX policies_version_day ON policies_version (policy, effective_from) WHERE state = 'approved'",
    "CREATE UNIQUE INDEX approvals_one_pending ON approvals_request (subject_id, verb) WHERE decision = 'pending'",
    "CREATE UNIQUE INDEX ledger_account_once ON ledger_account (code, partner_id, currency) NULLS NOT DISTINCT",
    "CREATE UNIQUE INDEX ledger_entry_cause_once ON ledger_entry (cause_type, cause_id, kind)",
    "CREATE UNIQUE INDEX ledger_entry_reversed_once ON ledger_entry (reverses) WHERE reverses IS NOT NULL",
    "CREATE UNIQUE INDEX imports_receipt_once ON imports_source_receipt (kind, source_system, source_id)",
    "CREATE UNIQUE INDEX imports_row_once ON imports_row (job, number)",
    "CREATE UNIQUE INDEX imports_mapping_name ON imports_saved_mapping (kind, name)",
    "CREATE INDEX mail_message_by_created_at ON mail_message (created_at, id)",
    "CREATE UNIQUE INDEX identity_membership_live ON identity_membership (person, partner_id)"
    " NULLS NOT DISTINCT WHERE ended_at IS NULL",
)

POLICY_IMMUTABLE = """
CREATE FUNCTION policies_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'approved' THEN
        RAISE EXCEPTION 'an approved policy version never changes' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN COALESCE(NEW, OLD);
END $$
"""

PERIOD_OPEN = """
CREATE FUNCTION ledger_refuse_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Shared by all who post; closing a month holds it alone, so neither overtakes the other.
    PERFORM pg_advisory_xact_lock_shared(7210533119);
    PERFORM 1 FROM ledger_period WHERE period >= NEW.period;
    IF FOUND THEN
        RAISE EXCEPTION 'the period % is closed', NEW.period USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""

TRIGGERS = (
    "CREATE TRIGGER immutable BEFORE UPDATE OR DELETE ON policies_version"
    " FOR EACH ROW EXECUTE FUNCTION policies_refuse_change()",
    "CREATE TRIGGER open_period BEFORE INSERT ON ledger_entry FOR EACH ROW EXECUTE FUNCTION ledger_refuse_closed()",
)

INSERT_ONLY = "SELECT, INSERT"


def protections() -> list[str]:
    """Row-level security and rights of every table of the portal."""
    vendor = (
        "core_setting", "core_reaction_done", "policies_policy", "policies_version", "approvals_request",
        "mail_message", "imports_job", "imports_file", "imports_row", "imports_source_receipt",
        "imports_saved_mapping",
    )  # fmt: skip
    identity = ("identity_person", "identity_membership", "identity_session", "identity_one_time_link")
    out = [statement for table in vendor for statement in protect(table, Owner.VENDOR)]
    out += [s for table in identity for s in protect(table, Owner.VENDOR, auth="SELECT, INSERT, UPDATE")]
    out += protect("identity_sign_in_attempt", Owner.VENDOR, auth="SELECT, INSERT, DELETE")
    out += protect(
        "core_event", Owner.PARTNER, partner=INSERT_ONLY, staff=INSERT_ONLY, auth="INSERT",
        partner_sees="audience = 'partner'",
    )  # fmt: skip
    out += protect("core_event_personal", Owner.PARTNER, partner=INSERT_ONLY, staff="SELECT, INSERT, DELETE")
    out += protect("core_idempotency", Owner.SHARED)
    out += protect("ledger_account", Owner.PARTNER, partner="SELECT", staff=INSERT_ONLY)
    out += protect("ledger_entry", Owner.PARTNER, partner="SELECT", staff=INSERT_ONLY)
    out += protect("ledger_posting", Owner.PARTNER, partner="SELECT", staff=INSERT_ONLY)
    out += protect("ledger_period", Owner.SHARED, staff=INSERT_ONLY)
    for table in ("core_event", "ledger_account", "ledger_entry", "ledger_posting", "ledger_period"):
        out += append_only(table)
    return out


def own_rows() -> list[str]:
    """What a partner's unit must reach besides its partner's rows: its own forms, and names of people."""
    mine = "nullif(current_setting('app.membership_id', true), '')::uuid"
    acts = "nullif(current_setting('app.partner_id', true), '')::uuid"
    reads = "nullif(current_setting('app.partner_ids', true), '')::uuid[]"
    return [
        "DROP POLICY partner ON core_idempotency",
        f"CREATE POLICY partner ON core_idempotency TO tributary_partner USING (membership_id = {mine})"
        f" WITH CHECK (membership_id = {mine})",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON core_idempotency TO tributary_partner",
        # Names of colleagues and of the vendor's people; a password hash is never granted.
        "GRANT SELECT ON identity_membership TO tributary_partner",
        "CREATE POLICY partner ON identity_membership FOR SELECT TO tributary_partner"
        f" USING (partner_id = any({reads}) OR side = 'staff')",
        "GRANT UPDATE (roles, sessions_since, ended_at, successor) ON identity_membership TO tributary_partner",
        "CREATE POLICY partner_changes ON identity_membership FOR UPDATE TO tributary_partner"
        f" USING (partner_id = {acts}) WITH CHECK (partner_id = {acts} AND side = 'partner')",
        "GRANT UPDATE (name, locale) ON identity_person TO tributary_partner",
        "CREATE POLICY own ON identity_person FOR UPDATE TO tributary_partner USING (EXISTS (SELECT FROM"
        f" identity_membership m WHERE m.person = identity_person.id AND m.id = {mine}))",
        "GRANT SELECT (id, email, name, locale, created_at) ON identity_person TO tributary_partner",
        "CREATE POLICY partner ON identity_person FOR SELECT TO tributary_partner USING (EXISTS (SELECT FROM"
        " identity_membership m WHERE m.person = identity_person.id))",
        # The tiers are published; plans and drafts are the vendor's.
        "GRANT SELECT ON policies_policy, policies_version TO tributary_partner",
        "CREATE POLICY partner ON policies_policy FOR SELECT TO tributary_partner USING (kind = 'tiers')",
        "CREATE POLICY partner ON policies_version FOR SELECT TO tributary_partner USING (state = 'approved' AND"
        " EXISTS (SELECT FROM policies_policy p WHERE p.id = policy AND p.kind = 'tiers'))",
        # Identity's own units write events and mails, and ask which partner somebody acts for.
        "GRANT INSERT ON core_event_personal, mail_message TO tributary_auth",
        "CREATE POLICY auth ON core_event_personal FOR INSERT TO tributary_auth WITH CHECK (true)",
        "CREATE POLICY auth ON mail_message FOR INSERT TO tributary_auth WITH CHECK (true)",
    ]


def queue_rights() -> list[str]:
    """Everybody may put a job into the queue, only workers take from it. A job carries one id and nothing else."""
    roles = ", ".join(ROLES)
    return [
        f"GRANT SELECT, INSERT ON pgqueuer, pgqueuer_log TO {roles}",
        "GRANT ALL ON pgqueuer, pgqueuer_log, pgqueuer_schedules, pgqueuer_statistics TO tributary_worker",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {roles}",
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(
            [
                "CREATE EXTENSION IF NOT EXISTS btree_gist",
                "CREATE EXTENSION IF NOT EXISTS pg_trgm",
                REFUSE_CHANGE,
                POLICY_IMMUTABLE,
                PERIOD_OPEN,
                *INDEXES,
                *TRIGGERS,
                *protections(),
                *own_rows(),
                QueryBuilderEnvironment().build_install_query(),
                *queue_rights(),
            ]
        )

    manager.add_raw(run)
    return manager
