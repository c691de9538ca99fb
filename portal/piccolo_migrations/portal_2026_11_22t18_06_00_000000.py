"""The guards of absences: the vendor's alone, one at a time for a person, and for whom somebody acts on a day."""

from typing import Final

from piccolo.apps.migrations.auto.migration_manager import MigrationManager

from portal.core.migrate import run_statements
from portal.core.tenancy import Owner, protect

ID = "2026-11-22T18:06:00:000000"
VERSION = "1.38.0"
DESCRIPTION = "Guards of absences"
_ACTS_FOR: Final = """
CREATE FUNCTION absences_acts_for(me uuid, day date) RETURNS uuid[] LANGUAGE sql STABLE AS $$
    -- `rules.covers_on`, for conditions of lists: oneself, and whom one covers, or covers for a cover who is away too.
    WITH away AS (SELECT a.membership, a.cover FROM absences_absence a
                  WHERE a.cancelled_at IS NULL AND a.since <= day AND a.until > day)
    SELECT ARRAY[me] || array(
        SELECT a.membership FROM away a
        WHERE a.membership <> me AND NOT EXISTS (SELECT FROM away b WHERE b.membership = me)
          AND (a.cover = me OR EXISTS (SELECT FROM away c WHERE c.membership = a.cover AND c.cover = me)))
$$
"""


def statements() -> list[str]:
    """All of it, in order."""
    return [
        "ALTER TABLE absences_absence ADD CONSTRAINT one_absence_at_a_time EXCLUDE USING gist"
        " (membership WITH =, daterange(since, until) WITH &&) WHERE (cancelled_at IS NULL)",
        *protect("absences_absence", Owner.VENDOR, staff="SELECT, INSERT, UPDATE"),
        _ACTS_FOR,
    ]


async def forwards() -> MigrationManager:
    """Add what Piccolo's own migrations cannot say."""
    manager = MigrationManager(migration_id=ID, app_name="portal", description=DESCRIPTION)

    async def run() -> None:
        await run_statements(statements())

    manager.add_raw(run)
    return manager
