"""`tributary serve` as a process of its own, on a free port and a database of its own, as people run it."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg

from e2e.places import RESULTS, run

ZONE: Final = "Europe/Berlin"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 15.0
_COMMAND: Final = Path(sys.executable).with_name("tributary")


@dataclass(frozen=True)
class Site:
    """A portal that serves."""

    address: str
    """Scheme, host and port."""
    database: str

    def sql(self, query: str, *args: object) -> list[dict[str, Any]]:
        """Rows straight from the database, as its owner: what is really there, whatever a page says."""

        async def ask() -> list[dict[str, Any]]:
            connection = await asyncpg.connect(self.database, server_settings={"role": "tributary_worker"})
            try:
                return [dict(row) for row in await connection.fetch(query, *args)]
            finally:
                await connection.close()

        return run(ask())


@contextlib.contextmanager
def serving(database: str, data_dir: Path, *, name: str = "server") -> Iterator[Site]:
    """A server on this database while the block runs; its log is kept in the results."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TRIBUTARY_")} | {
        "DATABASE_URL": database,
        "PORT": str(port),
        "TRIBUTARY_DATA_DIR": str(data_dir),
        "TRIBUTARY_TIME_ZONE": ZONE,
    }
    RESULTS.mkdir(exist_ok=True)
    data_dir.mkdir(parents=True, exist_ok=True)
    with (RESULTS / f"{name}.log").open("wb") as log:
        # From a folder that is not the project's: what is installed must find everything by itself.
        process = subprocess.Popen([_COMMAND, "serve"], cwd=data_dir, env=environ, stdout=log, stderr=log)
        try:
            _wait_until_it_answers(process, address, Path(log.name))
            yield Site(address, database)
        finally:
            _stop(process)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _wait_until_it_answers(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    """Returns when /health says ok. Raises RuntimeError with the end of the log when that does not come."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError), urllib.request.urlopen(f"{address}/health", timeout=2) as answer:  # noqa: S310 -- our own address
            if answer.status == 200:
                return
        time.sleep(0.1)
    message = f"the server did not come up:\n{log.read_text(encoding='utf-8', errors='replace')[-4000:]}"
    raise RuntimeError(message)


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
