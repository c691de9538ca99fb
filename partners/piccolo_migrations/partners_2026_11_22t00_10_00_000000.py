"""Deals keep when their review began and what a question asks for; partners' own changes are held to the flow."""

from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Array, Timestamptz, Varchar
from piccolo.columns.indexes import IndexMethod

from portal.core.migrate import run_statements

ID = "2026-11-22T00:10:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Review times and asked fields of deals"

_PLAIN = {
    "primary_key": False,
    "unique": False,
    "index": False,
    "index_method": IndexMethod.btree,
    "choices": None,
    "db_column_name": None,
    "secret": False,
}

PARTNER_MOVES = """
CREATE OR REPLACE FUNCTION partners_deal_partner_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user <> 'tributary_partner' THEN
        RETURN NEW;
    END IF;
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> 'draft' OR NEW.stage <> 'prospect' OR NEW.protected_until IS NOT NULL
            OR NEW.decided_at IS NOT NULL OR NEW.reviewer IS NOT NULL THEN
            RAISE EXCEPTION 'a deal begins as a draft' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    IF (NEW.state IS DISTINCT FROM OLD.state AND (OLD.state, NEW.state) NOT IN (
            ('draft', 'submitted'), ('info_requested', 'in_review'), ('draft', 'withdrawn'),
            ('submitted', 'withdrawn'), ('in_review', 'withdrawn'), ('info_requested', 'withdrawn')))
        OR (NEW.stage = 'won' AND OLD.stage <> 'won' AND NEW.state <> 'approved')
        OR NEW.partner_id <> OLD.partner_id
        OR (NEW.card IS DISTINCT FROM OLD.card AND OLD.state <> 'draft')
        OR ROW(NEW.number, NEW.reviewer, NEW.question, NEW.asked_fields, NEW.reject_code, NEW.decision_note,
               NEW.taken_at, NEW.decided_at, NEW.protected_until, NEW.policy_version)
           IS DISTINCT FROM
           ROW(OLD.number, OLD.reviewer, OLD.question, OLD.asked_fields, OLD.reject_code, OLD.decision_note,
               OLD.taken_at, OLD.decided_at, OLD.protected_until, OLD.policy_version)
    THEN
        RAISE EXCEPTION 'only the vendor decides a deal' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$
"""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="partners", description=DESCRIPTION)
    manager.add_column(
        table_class_name="Deal",
        tablename="partners_deal",
        column_name="taken_at",
        db_column_name="taken_at",
        column_class_name="Timestamptz",
        column_class=Timestamptz,
        params={"default": None, "null": True, **_PLAIN},
        schema=None,
    )
    manager.add_column(
        table_class_name="Deal",
        tablename="partners_deal",
        column_name="asked_fields",
        db_column_name="asked_fields",
        column_class_name="Array",
        column_class=Array,
        params={
            "default": list,
            "base_column": Varchar(length=20, default="", null=False, **_PLAIN),
            "null": False,
            **_PLAIN,
        },
        schema=None,
    )

    async def run() -> None:
        await run_statements(
            [
                PARTNER_MOVES,
                "DROP TRIGGER partner_moves ON partners_deal",
                "CREATE TRIGGER partner_moves BEFORE INSERT OR UPDATE ON partners_deal"
                " FOR EACH ROW EXECUTE FUNCTION partners_deal_partner_moves()",
                # What time has to end, found without reading every approved deal.
                "CREATE INDEX partners_deal_ends ON partners_deal (protected_until) WHERE state = 'approved'",
            ]
        )

    manager.add_raw(run)
    return manager
