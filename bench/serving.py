"""The servers that are measured, each in its own processes, and what they have used of the processor."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

_TICKS: Final = os.sysconf("SC_CLK_TCK")
START_SECONDS: Final = 60.0
LOG: Final = Path(os.devnull)
ROOT: Final = Path(__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Server:
    """A running web server with one worker process."""

    port: int
    pid: int
    """Of the process that serves."""


@contextmanager
def portal(database_url: str, data: Path, *, jobs: bool = False) -> Iterator[Server]:
    """`tributary serve` as a user starts it, on this database, one web process; the queue is its own or nobody's."""
    port = _free_port()
    environ = os.environ | {
        "DATABASE_URL": database_url, "PORT": str(port), "TRIBUTARY_DATA_DIR": str(data),
        "TRIBUTARY_PUBLIC_URL": f"http://127.0.0.1:{port}", "PYTHONPATH": str(ROOT),
    }  # fmt: skip
    command = [str(Path(sys.executable).parent / "tributary"), "serve", *([] if jobs else ["--no-jobs"])]
    with _running(command, port, environ) as server:
        yield server


@contextmanager
def bare() -> Iterator[Server]:
    """One line of text under the same server."""
    port = _free_port()
    command = [
        sys.executable, "-m", "granian", "--interface", "asgi", "--workers", "1", "--no-access-log", "--host",
        "127.0.0.1", "--port", str(port), "bench.bare:app",
    ]  # fmt: skip
    with _running(command, port, dict(os.environ)) as server:
        yield server


@contextmanager
def _running(command: list[str], port: int, environ: dict[str, str]) -> Iterator[Server]:
    with LOG.open("ab") as log:
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log)
    try:
        _await(port, process)
        workers = psutil.Process(process.pid).children(recursive=True)
        yield Server(port, max(workers, key=lambda one: one.memory_info().rss).pid)
    finally:
        process.terminate()
        process.wait(30)


def _await(port: int, process: "subprocess.Popen[bytes]") -> None:
    """Until it answers. Raises RuntimeError when it ends or takes too long."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    message = f"the server on port {port} did not start"
    raise RuntimeError(message)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def cpu_of(pid: int) -> float:
    """Seconds of processor that this process and its threads have used, in user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def cpu_of_tree(pid: int) -> float:
    """The same of a process with all its children, those that have ended too."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ended = (int(fields[13]) + int(fields[14])) / _TICKS
    total = cpu_of(pid) + ended
    for child in psutil.Process(pid).children(recursive=True):
        try:
            total += cpu_of(child.pid)
        except OSError:
            continue
    return total


def peak_mib(pid: int) -> float:
    """The largest memory that this process has had so far, in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0


def memory_mib(pid: int) -> float:
    """What this process has in memory now, in MiB."""
    return psutil.Process(pid).memory_info().rss / 2**20


def postmaster(data: Path) -> int:
    """The process id of the embedded cluster's server."""
    return int(next((data / "postgres").rglob("postmaster.pid")).read_text().split()[0])
