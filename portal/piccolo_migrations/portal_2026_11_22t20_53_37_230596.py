from piccolo.apps.migrations.auto.migration_manager import MigrationManager
from piccolo.columns.column_types import Varchar

ID = "2026-11-22T20:53:37:230596"
VERSION = "1.38.0"
DESCRIPTION = ""


async def forwards():
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    manager.alter_column(
        table_class_name="BusinessCalendar",
        tablename="calendars_calendar",
        column_name="country",
        db_column_name="country",
        params={"length": 6},
        old_params={"length": 2},
        column_class=Varchar,
        old_column_class=Varchar,
        schema=None,
    )

    return manager
