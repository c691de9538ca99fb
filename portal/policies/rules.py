"""What is true of policies: the life of a version. Pure."""

from enum import StrEnum


class VersionState(StrEnum):
    """Where a version stands. Whether an approved one is in force follows from its date."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
