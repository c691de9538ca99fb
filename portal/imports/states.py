"""Where an import stands and what can become of a row. Pure."""

from enum import StrEnum


class ImportState(StrEnum):
    """The life of an import."""

    UPLOADED = "uploaded"
    MAPPED = "mapped"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class RowOutcome(StrEnum):
    """What became of a row."""

    IMPORTED = "imported"
    CHANGED = "changed"
    SAME = "same"
    """Already there, nothing to change."""
    REFUSED = "refused"
    NOT_DATA = "not_data"
    """Blank lines, footers of a report."""
