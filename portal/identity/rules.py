"""What is true of people, sessions and links. Pure."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from portal.core.permissions import Role, Side

SESSION_IDLE: Final = timedelta(hours=12)
SESSION_LONGEST: Final = timedelta(days=14)
SEEN_EVERY: Final = timedelta(minutes=5)
"""How exact `last_seen_at` is: a write on every request would cost more than it tells."""
ATTEMPT_WINDOW: Final = timedelta(minutes=15)
FAILURES_PER_ACCOUNT: Final = 10
FAILURES_PER_NETWORK: Final = 60
PASSWORD_LENGTH: Final = 12
PASSWORD_LONGEST: Final = 200
SHORT_PART: Final = 3
"""Parts of a name up to this length occur in any text."""
_EMAIL: Final = re.compile(r"[^@\s<>\"']{1,64}@[a-z0-9](?:[a-z0-9.-]{0,180}[a-z0-9])?\.[a-z0-9-]{2,63}")


class LinkPurpose(StrEnum):
    """What a one-time link is good for."""

    INVITE = "invite"
    RESET = "reset"

    @property
    def lasts(self) -> timedelta:
        """How long it works."""
        return timedelta(days=7) if self == LinkPurpose.INVITE else timedelta(hours=1)


def fold_email(text: str) -> str:
    """The address as it is stored and compared. Raises ValueError when it cannot be one."""
    folded = text.strip().lower()
    if not _EMAIL.fullmatch(folded):
        raise ValueError(text)
    return folded


def password_problem(password: str, email: str, name: str) -> str:
    """Why this password will not do, as a code, or an empty text: `short`, `long`, `simple`, `own_name`."""
    if len(password) < PASSWORD_LENGTH:
        return "short"
    if len(password) > PASSWORD_LONGEST:
        return "long"
    plain = password.casefold()
    if len(set(plain)) < PASSWORD_LENGTH // 3:
        return "simple"
    own = {
        part
        for part in re.split(r"[\W_]+", f"{email.split('@', maxsplit=1)[0]} {name}".casefold())
        if len(part) > SHORT_PART
    }
    rest = plain
    for part in own:
        rest = rest.replace(part, "")
    return "own_name" if len(rest) < PASSWORD_LENGTH // 2 else ""


def session_ends(created_at: datetime, now: datetime) -> datetime:
    """Until when a session seen now lives on: idle time, but never past its longest life."""
    return min(now + SESSION_IDLE, created_at + SESSION_LONGEST)


def roles_of(side: Side) -> list[Role]:
    """The roles that people of a side can hold, in the order of the product's table."""
    return [role for role in Role if role.side == side]


def wait_seconds(failures: int, allowed: int, oldest: datetime | None, now: datetime) -> int:
    """How long to wait before the next try, 0 when it may be made now."""
    if failures < allowed or oldest is None:
        return 0
    return max(1, int((oldest + ATTEMPT_WINDOW - now).total_seconds()))
