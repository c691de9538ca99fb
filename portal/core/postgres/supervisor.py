"""Who uses the server and when it runs.

Two locks in the data directory decide, and both die with their holders. Whoever uses the server shares the
*users* lock for as long. Whoever comes or goes holds the *door* alone while doing so; behind it, the one who
comes makes sure that the server answers, and the one who goes stops it if nobody else shares the users lock.
Users that are killed need no cleaning up. A server that is killed is started again by the keeper of any user,
or by the next one who comes.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import structlog

from portal.core.postgres.cluster import DATABASE, ROLE, make_cluster
from portal.core.postgres.errors import PostgresError
from portal.core.postgres.locks import exclusive, is_free, share
from portal.core.postgres.places import PORT, Locks, locks_of, make_data_dir, settle
from portal.core.postgres.server import Server

log = structlog.get_logger(__name__)

# Longer than the longest start and stop of whoever is before us.
DOOR_SECONDS: Final = 120
# How often each user looks whether the server still lives; two reads of small files.
KEEPER_SECONDS: Final = 0.5


@contextmanager
def embedded(data_dir: Path, *, fsync: bool = True) -> Iterator[str]:
    """Runs PostgreSQL while the block runs, and yields the address of its database for the owner of it.

    The server is shared with all other processes on the same `data_dir` and stopped by the last to leave;
    `fsync` counts for the one that starts it, and without it a power cut loses the database. The role is no
    superuser; it may create roles and databases. Raises PostgresError when the server cannot be started.
    """
    try:
        home = make_data_dir(data_dir)
        locks = locks_of(home)
        with exclusive(locks.door, seconds=DOOR_SECONDS):
            places = settle(home)
            make_cluster(places, fsync=fsync)
            seat = share(locks.users)
            server = Server(places, fsync=fsync)
            _enter(server, seat)
    except OSError as error:
        message = f"the database cannot be kept in {data_dir}: {error}"
        raise PostgresError(message) from error
    ours = os.getpid()
    keeper = _Keeper(server, locks)
    keeper.start()
    try:
        yield f"postgresql://{ROLE}@/{DATABASE}?host={quote(str(places.sockets))}&port={PORT}"
    finally:
        if os.getpid() == ours:  # a forked child that unwinds our stack must not leave in our name
            keeper.stop()
            _leave(server, locks, seat)


def _enter(server: Server, seat: int) -> None:
    try:
        server.ensure()
    except BaseException:
        os.close(seat)
        raise


def _leave(server: Server, locks: Locks, seat: int) -> None:
    with exclusive(locks.door, seconds=DOOR_SECONDS):
        os.close(seat)
        if is_free(locks.users):
            server.stop()


class _Keeper(threading.Thread):
    """Starts the server again when it was killed under its users."""

    def __init__(self, server: Server, locks: Locks) -> None:
        super().__init__(name="postgres-keeper", daemon=True)
        self._server = server
        self._locks = locks
        self._leaving = threading.Event()

    def run(self) -> None:
        while not self._leaving.wait(KEEPER_SECONDS):
            if self._server.process() is None:
                self._restart()

    def stop(self) -> None:
        """Returns when it will not touch the server any more."""
        self._leaving.set()
        self.join()

    def _restart(self) -> None:
        try:
            with exclusive(self._locks.door, seconds=DOOR_SECONDS):
                if not self._leaving.is_set() and self._server.process() is None:
                    log.warning("the database died and is started again")
                    self._server.ensure()
        except (OSError, PostgresError):
            log.exception("the database could not be started again")
