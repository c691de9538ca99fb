"""What is true of notices: how a person gets them, when the day's mail is due, how long things are kept. Pure."""

from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

KEPT: Final = timedelta(days=180)
"""A notice is kept this long; what happened stays in the history of its subject."""
LINK_LASTS: Final = timedelta(hours=72)
"""How long a link of a mail acts: over a weekend, and no longer."""
LINK_KEPT: Final = timedelta(days=180)
"""How long it is kept that a link was used, and by whom."""
DIGEST_AT: Final = time(8)
"""When the mail of the day is due, on the vendor's clock: before work begins."""
MOST_IN_DIGEST: Final = 100
LONGEST_TITLE: Final = 200


class Mail(StrEnum):
    """What a person gets by mail of a kind of notice. In the portal it stands always."""

    NOW = "now"
    DIGEST = "digest"
    NONE = "none"


def digest_due(now: datetime, zone: str) -> datetime:
    """The last instant, not after `now`, at which a mail of the day was due in this zone."""
    local = now.astimezone(ZoneInfo(zone))
    day = local.date() if local.timetz().replace(tzinfo=None) >= DIGEST_AT else local.date() - timedelta(days=1)
    return datetime.combine(day, DIGEST_AT, ZoneInfo(zone)).astimezone(now.tzinfo)
