"""What is stored about reports: the figures of one sealed run that need every touch of it. Vendor-only."""

from piccolo.columns import JSONB, UUID, ForeignKey, Timestamptz
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from attribution.credits.tables import Run


class Report(Table, tablename="attribution_report"):
    """Positions of channels, and the way to first purchases, as `computing.compute` writes them. Never changed."""

    id = UUID(primary_key=True)
    run = ForeignKey(Run, null=False, default=None, on_delete=OnDelete.restrict, unique=True)
    body = JSONB(default="{}")
    made_at = Timestamptz(default=None)
