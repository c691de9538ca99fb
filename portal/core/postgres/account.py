"""Who the server runs as: ourselves, or, since PostgreSQL refuses root, an account without rights."""

import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from portal.core.postgres.errors import PostgresError

# The first that exists: PostgreSQL's own account on Linux and on macOS, then those that own nothing.
CANDIDATES: Final = ("postgres", "_postgres", "nobody", "daemon")


@dataclass(frozen=True)
class Account:
    """The operating system's account that owns the cluster and runs the server."""

    name: str
    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Whether nothing has to be given up to act as it."""
        return self.uid == os.geteuid()

    def own(self, path: Path) -> None:
        """Hands a file or directory that we made over to the account."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_account(cluster: Path) -> Account:
    """The account for the cluster in this directory: whoever owns it, so that no later choice locks it out.

    Raises PostgresError when the cluster belongs to somebody whom we cannot act as.
    """
    ourselves = os.geteuid()
    try:
        owner = cluster.stat().st_uid
    except FileNotFoundError:
        return _unprivileged() if ourselves == 0 else _by_uid(ourselves)
    if owner == 0 or ourselves not in {0, owner}:
        message = (
            f"{cluster} belongs to account number {owner}, and the server cannot run as that account from "
            "here. Run as its owner, or choose another directory with TRIBUTARY_DATA_DIR."
        )
        raise PostgresError(message)
    return _by_uid(owner)


def _unprivileged() -> Account:
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    message = (
        f"PostgreSQL refuses to run as root, and none of the accounts {', '.join(CANDIDATES)} exists. "
        "Run as an ordinary user, or set DATABASE_URL."
    )
    raise PostgresError(message)


def _by_uid(uid: int) -> Account:
    try:
        entry = pwd.getpwuid(uid)
    except KeyError:
        message = f"PostgreSQL runs only as an account with a name, and number {uid} has none. Set DATABASE_URL."
        raise PostgresError(message) from None
    return Account(entry.pw_name, uid, entry.pw_gid)
