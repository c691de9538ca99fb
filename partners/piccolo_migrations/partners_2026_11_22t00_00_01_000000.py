"""The guards of partners' tables: row-level security, one protected deal at a time, indexes for lists."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import ROLES, Owner, protect

ID = "2026-11-22T00:00:01:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards"

CONSTRAINTS = (
    # One protected deal per account and product group at any instant (docs/decisions/0005).
    "ALTER TABLE partners_deal_protection ADD CONSTRAINT one_protected_deal EXCLUDE USING gist (account WITH =,"
    " product_group WITH =, tstzrange(protected_from, protected_until) WITH &&)",
    "ALTER TABLE partners_company_parent ADD CONSTRAINT one_parent EXCLUDE USING gist (partner_id WITH =,"
    " daterange(since, until) WITH &&)",
    "ALTER TABLE partners_company_parent ADD FOREIGN KEY (partner_id) REFERENCES partners_company (id)",
    "ALTER TABLE partners_company_territory ADD FOREIGN KEY (partner_id) REFERENCES partners_company (id)",
    "ALTER TABLE partners_customer_card ADD FOREIGN KEY (partner_id) REFERENCES partners_company (id)",
    "ALTER TABLE partners_deal ADD FOREIGN KEY (partner_id) REFERENCES partners_company (id)",
    "ALTER TABLE identity_membership ADD FOREIGN KEY (partner_id) REFERENCES partners_company (id)",
    "CREATE UNIQUE INDEX partners_deal_number ON partners_deal (partner_id, number)",
    "CREATE UNIQUE INDEX partners_territory_once ON partners_company_territory (partner_id, country, region)",
    "CREATE INDEX partners_deal_line_deal ON partners_deal_line (deal)",
    "CREATE INDEX partners_protection_deal ON partners_deal_protection (deal)",
    "CREATE INDEX partners_card_link_account ON partners_card_link (account)",
    "CREATE INDEX partners_card_contact_card ON partners_card_contact (card)",
    "CREATE INDEX partners_parent_parent ON partners_company_parent (parent)",
)

LISTS = {
    "partners_deal": ("changed_at", "amount_minor", "customer_name", "created_at"),
    "partners_customer_card": ("sort_name", "changed_at"),
}
SHARED_LISTS = {
    "partners_company": ("sort_name", "changed_at", "joined_on"),
    "partners_account": ("sort_name", "changed_at"),
    "partners_product": ("name", "list_price_minor"),
}

PARTNER_MOVES = """
CREATE FUNCTION partners_deal_partner_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = 'tributary_partner' AND (
        (NEW.state IS DISTINCT FROM OLD.state AND NEW.state NOT IN ('submitted', 'in_review', 'withdrawn'))
        OR (OLD.state = 'submitted' AND NEW.state = 'in_review')
        OR NEW.protected_until IS DISTINCT FROM OLD.protected_until
        OR NEW.partner_id <> OLD.partner_id
        OR NEW.card IS DISTINCT FROM OLD.card AND OLD.state <> 'draft'
    ) THEN
        RAISE EXCEPTION 'only the vendor decides a deal' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""


def statements() -> list[str]:
    """All of it, in order."""
    out = list(CONSTRAINTS)
    for table, columns in LISTS.items():
        for column in columns:
            order = f'{column} COLLATE "C"' if column.endswith("name") else column
            out.append(f"CREATE INDEX {table}_by_{column} ON {table} ({order}, id)")
            out.append(f"CREATE INDEX {table}_own_by_{column} ON {table} (partner_id, {order}, id)")
    for table, columns in SHARED_LISTS.items():
        for column in columns:
            order = f'{column} COLLATE "C"' if column.endswith("name") else column
            out.append(f"CREATE INDEX {table}_by_{column} ON {table} ({order}, id)")
    for table in ("partners_deal", "partners_customer_card", "partners_company", "partners_account"):
        out.append(f"CREATE INDEX {table}_search ON {table} USING gin (search gin_trgm_ops)")
    out += protect("partners_product_group", Owner.SHARED, staff="SELECT, INSERT, UPDATE")
    out += protect("partners_product", Owner.SHARED, staff="SELECT, INSERT, UPDATE")
    out += protect("partners_company", Owner.PARTNER, column="id", partner="SELECT", auth="SELECT")
    out += [
        "GRANT UPDATE (local_name, domain, phone, languages, search, sort_name, changed_at)"
        " ON partners_company TO tributary_partner"
    ]
    out += protect("partners_company_parent", Owner.PARTNER, partner="SELECT", auth="SELECT")
    out += protect("partners_company_territory", Owner.PARTNER, partner="SELECT")
    out += protect("partners_account", Owner.VENDOR, staff="SELECT, INSERT, UPDATE")
    out += protect("partners_customer_card", Owner.PARTNER)
    out += protect("partners_card_contact", Owner.PARTNER, partner="SELECT, INSERT, UPDATE, DELETE")
    out += protect("partners_card_link", Owner.VENDOR)
    out += protect("partners_deal", Owner.PARTNER, staff="SELECT, INSERT, UPDATE")
    out += protect("partners_deal_line", Owner.PARTNER, partner="SELECT, INSERT, UPDATE, DELETE")
    out += protect("partners_deal_protection", Owner.VENDOR, staff="SELECT, INSERT, UPDATE")
    out += [
        PARTNER_MOVES,
        "CREATE TRIGGER partner_moves BEFORE UPDATE ON partners_deal"
        " FOR EACH ROW EXECUTE FUNCTION partners_deal_partner_moves()",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {', '.join(ROLES)}",
    ]
    return out


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
