from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Timestamptz
from piccolo.columns.column_types import Varchar
from piccolo.columns.indexes import IndexMethod
from piccolo.constraints import Check

ID = "2026-11-22T10:59:43:814377"
VERSION = "1.38.0"
DESCRIPTION = ""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="attribution", description=DESCRIPTION)

    manager.add_column(
        table_class_name="Visitor",
        tablename="attribution_visitor",
        column_name="source_system",
        db_column_name="source_system",
        column_class_name="Varchar",
        column_class=Varchar,
        params={
            "length": 40,
            "default": "website",
            "null": False,
            "primary_key": False,
            "unique": False,
            "index": False,
            "index_method": IndexMethod.btree,
            "choices": None,
            "db_column_name": None,
            "secret": False,
        },
        schema=None,
    )

    manager.alter_column(
        table_class_name="Visitor",
        tablename="attribution_visitor",
        column_name="consented_at",
        db_column_name="consented_at",
        params={"null": True},
        old_params={"null": False},
        column_class=Timestamptz,
        old_column_class=Timestamptz,
        schema=None,
    )

    manager.drop_constraint(
        table_class_name="Visitor",
        tablename="attribution_visitor",
        constraint_name="forgotten_when_withdrawn",
        schema=None,
    )

    manager.add_constraint(
        table_class_name="Visitor",
        tablename="attribution_visitor",
        constraint_name="browser_is_forgotten",
        constraint_class=Check,
        params={
            "condition": "CASE WHEN source_system = 'website' THEN consented_at IS NOT NULL AND (withdrawn_at IS NULL) = (key_sha256 IS NOT NULL) ELSE key_sha256 IS NULL AND withdrawn_at IS NULL END"
        },
        schema=None,
    )

    return manager
