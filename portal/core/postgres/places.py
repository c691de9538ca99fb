"""Where things lie: locks, cluster and socket of one data directory."""

import hashlib
import os
import stat
import sys
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from portal.core.postgres import programs
from portal.core.postgres.account import Account, server_account
from portal.core.postgres.errors import PostgresError

log = structlog.get_logger(__name__)

PORT: Final = 5432  # only the socket's name: nothing listens on the network
SOCKET: Final = f".s.PGSQL.{PORT}"
# What the kernel takes as a socket's path, in bytes without the closing zero.
SOCKET_PATH_LIMIT: Final = 103 if sys.platform == "darwin" else 107
# A fixed short place, since every process must find the same one whatever its TMPDIR says.
SHORT_DIR: Path = Path("/tmp")  # noqa: S108 -- a directory in it is used only when it is ours and closed to others


@dataclass(frozen=True)
class Locks:
    """The two locks of a data directory; see `supervisor`."""

    door: Path
    users: Path


@dataclass(frozen=True)
class Places:
    """One cluster: who runs it, where its files and its socket are."""

    account: Account
    cluster: Path
    sockets: Path

    @property
    def log_file(self) -> Path:
        """What the server says; inside the cluster, since only the account may write there."""
        return self.cluster / "server.log"


def make_data_dir(data_dir: Path) -> Path:
    """The data directory, made if it is missing, as one absolute path without links."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    resolved = data_dir.resolve()
    if os.geteuid() == 0 and not resolved.stat().st_mode & 0o001:
        # The unprivileged account passes through to its own part; it can neither list nor read the rest.
        resolved.chmod(resolved.stat().st_mode | 0o011)
    return resolved


def locks_of(data_dir: Path) -> Locks:
    """The locks; beside the cluster and not in it, so that they exist before it does."""
    return Locks(data_dir / "postgres.door.lock", data_dir / "postgres.users.lock")


def settle(data_dir: Path) -> Places:
    """The places of this data directory, made where they are missing. To be called behind the door.

    Raises PostgresError when they belong to somebody else or are gone.
    """
    entrance = data_dir / "postgres"
    account = server_account(entrance / "data")
    if not entrance.exists():
        _make_home(entrance, account)
    home = entrance.resolve()
    sockets = _socket_dir(home)
    _make_private(sockets, account)
    return Places(account, home / "data", sockets)


def _make_home(entrance: Path, account: Account) -> None:
    """A directory of ours in which the account owns parts; elsewhere, behind a link, if out of reach."""
    if entrance.is_symlink():
        message = (
            f"{entrance} points to {entrance.readlink()}, which is gone, and with it the data. "
            "Restore it, or remove the link to start anew."
        )
        raise PostgresError(message)
    if account.is_ours:
        entrance.mkdir(mode=0o700)
    elif programs.can_enter(entrance.parent, account):
        entrance.mkdir()
        entrance.chmod(0o711)
    else:
        programs.make_system_dir()
        home = Path(tempfile.mkdtemp(prefix="cluster-", dir=programs.SYSTEM_DIR))
        home.chmod(0o711)
        entrance.symlink_to(home)
        log.warning("the data directory is out of the server's reach", account=account.name, kept_in=str(home))


def _socket_dir(home: Path) -> Path:
    """In the home if the path will do for a socket, else in `SHORT_DIR` under a name of its own."""
    beside = home / "run"
    # A comma would separate two hosts in the address.
    if len(os.fsencode(beside / SOCKET)) <= SOCKET_PATH_LIMIT and "," not in str(beside):
        return beside
    return SHORT_DIR / f"tributary-{hashlib.sha256(os.fsencode(home)).hexdigest()[:16]}"


def _make_private(directory: Path, account: Account) -> None:
    """Makes sure of a directory for the account alone: whoever owns it could answer in the server's place."""
    with suppress(FileExistsError):
        directory.mkdir(mode=0o700)
    if directory.lstat().st_uid == os.geteuid():
        account.own(directory)
    found = directory.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid or found.st_mode & 0o077:
        message = f"{directory} must be a directory of {account.name}, closed to others. Remove it and start again."
        raise PostgresError(message)
