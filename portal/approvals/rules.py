"""What is true of approvals. Pure."""

from enum import StrEnum


class Decision(StrEnum):
    """What became of a request. `void` when its content changed or it was withdrawn."""

    PENDING = "pending"
    APPROVED = "approved"
    REJECTED = "rejected"
    VOID = "void"
