"""Small vocabularies of the floor that tables and rules share."""

from enum import StrEnum


class Audience(StrEnum):
    """Who may see an event: the partner it belongs to as well, or the vendor only."""

    PARTNER = "partner"
    VENDOR = "vendor"
