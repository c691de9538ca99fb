"""The guards of merged accounts: one name for each, and one protected deal for all that are one customer."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import STAFF_ROLE, WORKER_ROLE, Owner, protect

ID = "2026-11-22T03:50:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of merged accounts"

CANONICAL = """
CREATE FUNCTION partners_canonical_account(wanted uuid) RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce((SELECT m.canonical FROM partners_account_alias m
                     WHERE m.account = wanted AND m.undone_at IS NULL), wanted)
$$
"""
ACCOUNTS_OF = """
CREATE FUNCTION partners_accounts_of(wanted uuid) RETURNS uuid[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT array(SELECT partners_canonical_account(wanted) UNION ALL SELECT m.account FROM partners_account_alias m
                 WHERE m.canonical = partners_canonical_account(wanted) AND m.undone_at IS NULL)
$$
"""
FLAT = """
CREATE FUNCTION partners_alias_is_flat() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Merges and their undoing one after the other: each must see what the others left.
    PERFORM pg_advisory_xact_lock(hashtextextended('merged accounts', 0));
    IF NEW.undone_at IS NULL AND EXISTS (SELECT FROM partners_account_alias m WHERE m.undone_at IS NULL
            AND (m.account = NEW.canonical OR m.canonical = NEW.account)) THEN
        RAISE EXCEPTION 'an account is found under one that is not merged itself' USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END $$
"""
PLACED = """
CREATE FUNCTION partners_protection_is_placed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Wait for a merge that is under way, and read what it left: it cannot move what it does not see yet.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('merged accounts', 0));
    NEW.canonical_account := partners_canonical_account(NEW.account);
    NEW.canonical_from := NEW.protected_from;
    RETURN NEW;
END $$
"""

STATEMENTS = (
    "CREATE UNIQUE INDEX partners_alias_once ON partners_account_alias (account) WHERE undone_at IS NULL",
    "CREATE INDEX partners_alias_canonical ON partners_account_alias (canonical) WHERE undone_at IS NULL",
    "CREATE UNIQUE INDEX partners_merge_waits_once ON partners_merge_request (account, merged_into)"
    " WHERE state = 'waiting'",
    "CREATE UNIQUE INDEX partners_pair_of_accounts ON partners_account_pair (account, other) WHERE card IS NULL",
    "CREATE UNIQUE INDEX partners_pair_with_card ON partners_account_pair (card, account) WHERE other IS NULL",
    "CREATE INDEX partners_pair_undecided ON partners_account_pair (state, score DESC, id)"
    " WHERE state IN ('open', 'later')",
    "CREATE INDEX partners_pair_other ON partners_account_pair (other)",
    "CREATE INDEX partners_pair_account ON partners_account_pair (account)",
    CANONICAL,
    ACCOUNTS_OF,
    # The owner may be held to row-level security too while old rows are filled.
    "ALTER TABLE partners_deal_protection NO FORCE ROW LEVEL SECURITY",
    "UPDATE partners_deal_protection SET canonical_account = account, canonical_from = protected_from",
    "ALTER TABLE partners_deal_protection FORCE ROW LEVEL SECURITY",
    "ALTER TABLE partners_deal_protection ADD CONSTRAINT protection_is_placed"
    " CHECK (canonical_account IS NOT NULL AND canonical_from IS NOT NULL)",
    # Beside the constraint on the account that was recorded, which holds for all time: one customer has one protected
    # deal from when its accounts were merged. What ended before takes no time at all.
    "ALTER TABLE partners_deal_protection ADD CONSTRAINT one_protected_deal_of_customer EXCLUDE USING gist"
    " (canonical_account WITH =, product_group WITH =,"
    " tstzrange(least(canonical_from, protected_until), protected_until) WITH &&)",
    FLAT,
    PLACED,
    "CREATE TRIGGER flat BEFORE INSERT OR UPDATE ON partners_account_alias"
    " FOR EACH ROW EXECUTE FUNCTION partners_alias_is_flat()",
    "CREATE TRIGGER placed BEFORE INSERT ON partners_deal_protection"
    " FOR EACH ROW EXECUTE FUNCTION partners_protection_is_placed()",
    *protect("partners_account_alias", Owner.VENDOR, staff="SELECT, INSERT"),
    f"GRANT UPDATE (canonical, undone_by, undone_at) ON partners_account_alias TO {STAFF_ROLE}, {WORKER_ROLE}",
    *protect("partners_merge_request", Owner.VENDOR, staff="SELECT, INSERT"),
    f"GRANT UPDATE (state, decided_by, decided_at) ON partners_merge_request TO {STAFF_ROLE}, {WORKER_ROLE}",
    *protect("partners_account_pair", Owner.VENDOR, staff="SELECT, INSERT"),
    "GRANT UPDATE (score, reasons, found_at, state, decided_by, decided_at) ON partners_account_pair"
    f" TO {STAFF_ROLE}, {WORKER_ROLE}",
)  # fmt: skip


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(list(STATEMENTS))

    manager.add_raw(run)
    return manager
