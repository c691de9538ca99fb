"""What is stored about absences. Partners have no right on it."""

from piccolo.columns import UUID, ForeignKey, Timestamptz
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from portal.identity.tables import Membership


class Absence(Table, tablename="absences_absence"):
    """Somebody of the vendor is away for some days. A constraint forbids two at once for one person."""

    id = UUID(primary_key=True)
    membership = ForeignKey(Membership, null=False, default=None, on_delete=OnDelete.restrict)
    cover = ForeignKey(Membership, null=False, default=None, on_delete=OnDelete.restrict)
    """Who acts meanwhile."""
    since = DateColumn(default=None)
    until = DateColumn(default=None)
    """Exclusive, on the vendor's calendar."""
    noted_by = UUID(default=None)
    noted_at = Timestamptz(default=None)
    cancelled_at = Timestamptz(null=True, default=None)

    absence_order = Check("until > since")
    absence_covered_by_another = Check("cover <> membership")
