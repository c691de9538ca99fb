"""Locks that die with their holder: `flock` on files that are never removed."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from portal.core.postgres.errors import PostgresError

POLL_SECONDS: Final = 0.02


@contextmanager
def exclusive(path: Path, *, seconds: float) -> Iterator[None]:
    """Holds the lock alone. Raises PostgresError when somebody else keeps it longer than `seconds`."""
    handle = _open(path)
    try:
        deadline = time.monotonic() + seconds
        while not _try(handle, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                message = f"another process keeps starting or stopping the database for {seconds:.0f} s ({path})"
                raise PostgresError(message)
            time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(handle)


def share(path: Path) -> int:
    """Joins the holders of a shared lock; closing the returned descriptor, or being killed, leaves them."""
    handle = _open(path)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def is_free(path: Path) -> bool:
    """Whether nobody holds the lock, shared or alone."""
    handle = _open(path)
    try:
        return _try(handle, fcntl.LOCK_EX)
    finally:
        os.close(handle)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)


def _try(handle: int, kind: int) -> bool:
    try:
        fcntl.flock(handle, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
