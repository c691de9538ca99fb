"""The server process of a cluster: is it there, does it answer, start it, stop it."""

import contextlib
import signal
import subprocess
import time
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Final

import psutil

from portal.core.postgres.errors import PostgresError
from portal.core.postgres.places import PORT, SOCKET, Places
from portal.core.postgres.programs import BIN, ENVIRONMENT, programs_for, run, wheel_dir

POLL_SECONDS: Final = 0.01
# A start that fails is tried again for this long: the last server's processes may still be leaving.
START_SECONDS: Final = 30
# A server that says "not yet" is replaying its log after a crash, and is left to it.
RECOVERY_SECONDS: Final = 600
# A live server without its socket cannot be reached any more; younger than this it may not have made it yet.
SOCKET_SECONDS: Final = 10
# How long each way of asking may take, from polite to not asking.
STOPS: Final = ((signal.SIGINT, 30), (signal.SIGQUIT, 10), (signal.SIGKILL, 10))
LOG_LIMIT_BYTES: Final = 1_000_000


class Answer(IntEnum):
    """What `pg_isready` says, by its exit code."""

    ACCEPTING = 0
    REJECTING = 1
    SILENT = 2


@dataclass(frozen=True)
class Server:
    """The server of one cluster. Starting and stopping are to be done behind the door."""

    places: Places
    fsync: bool

    def answer(self) -> Answer:
        """The truth about whether it can be used; files and processes only hint at it."""
        program = wheel_dir() / BIN / "pg_isready"
        options = [
            "--quiet",
            "--timeout=3",
            f"--port={PORT}",
            f"--host={self.places.sockets}",
            "--dbname=postgres",
        ]
        asked = subprocess.run([program, *options], env=ENVIRONMENT, cwd="/", check=False)
        return Answer(asked.returncode) if asked.returncode in set(Answer) else Answer.SILENT

    def process(self) -> psutil.Process | None:
        """The live server of this very cluster; a number that has passed to another process is nobody."""
        try:
            process = psutil.Process(int(self._pid_file.read_text(encoding="utf-8").split("\n", 1)[0]))
            return process if self._is_ours(process) else None
        except (FileNotFoundError, ValueError, psutil.NoSuchProcess):
            return None

    def ensure(self) -> None:
        """Returns when the server accepts connections, having started it if need be.

        Raises PostgresError with the end of the server's log when it cannot be started.
        """
        started: psutil.Process | None = None
        launches = 0
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            answer = self.answer()
            if answer is Answer.ACCEPTING:
                return
            if answer is Answer.REJECTING:
                self._await_recovery()
                deadline = time.monotonic() + START_SECONDS
            elif self._has_lost_its_socket():
                self.stop()
                deadline = time.monotonic() + START_SECONDS
            elif self.process() is None and not (started and _is_alive(started)):
                started = self._launch()
                launches += 1
            # One that fell is tried again ever more slowly: what is in its way needs time to go.
            time.sleep(min(POLL_SECONDS * max(1, launches) ** 2, 1))
        message = f"the database did not start within {START_SECONDS} s: {self._last_words()}"
        raise PostgresError(message)

    def stop(self) -> None:
        """Returns when the server is gone. Raises PostgresError when it withstands even SIGKILL."""
        process = self.process()
        if process is None:
            return
        for how, seconds in STOPS:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(how)
            deadline = time.monotonic() + seconds
            while time.monotonic() < deadline:
                if not _is_alive(process):
                    return
                time.sleep(POLL_SECONDS)
        message = f"the database (process {process.pid}) does not stop"
        raise PostgresError(message)

    @property
    def _pid_file(self) -> Path:
        return self.places.cluster / "postmaster.pid"

    def _is_ours(self, process: psutil.Process) -> bool:
        return _is_alive(process) and str(self.places.cluster) in process.cmdline()

    def _launch(self) -> psutil.Process | None:
        """Starts the server as nobody's child and returns it, or None if it fell at once.

        The shell between us leaves at once. It opens the log as the account: root writes to no file of it.
        """
        self._sweep()
        self._turn_log()
        command: list[str | Path] = [
            *("/bin/sh", "-c", '"$@" >>"$0" 2>&1 & echo $!', self.places.log_file),
            *(programs_for(self.places.account) / "postgres", "-D", self.places.cluster),
        ]
        for name, value in self._settings().items():
            command += ["-c", f"{name}={value}"]
        try:
            return psutil.Process(int(run(command, self.places.account)))
        except psutil.NoSuchProcess:
            return None

    def _settings(self) -> dict[str, str]:
        quoted = str(self.places.sockets).replace('"', '""')
        settings = {
            "listen_addresses": "",
            "port": str(PORT),
            "unix_socket_directories": f'"{quoted}"',
            "unix_socket_permissions": "0700",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",
        }
        if not self.fsync:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        return settings

    def _sweep(self) -> None:
        """Removes what a killed server left, where the number in it has passed to another process.

        PostgreSQL removes lock files of dead processes itself, but takes any live one for a server.
        """
        with contextlib.suppress(FileNotFoundError, ValueError):
            if psutil.pid_exists(int(self._pid_file.read_text(encoding="utf-8").split("\n", 1)[0])):
                self._pid_file.unlink()
        (self.places.sockets / f"{SOCKET}.lock").unlink(missing_ok=True)

    def _turn_log(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            if self.places.log_file.lstat().st_size > LOG_LIMIT_BYTES:
                self.places.log_file.replace(self.places.log_file.with_suffix(".log.1"))

    def _has_lost_its_socket(self) -> bool:
        """Whether it runs, but its socket was removed (by a cleaner of temporary files, say)."""
        process = self.process()
        if process is None or (self.places.sockets / SOCKET).exists():
            return False
        return time.time() - process.create_time() > SOCKET_SECONDS

    def _await_recovery(self) -> None:
        deadline = time.monotonic() + RECOVERY_SECONDS
        while self.answer() is Answer.REJECTING:
            if time.monotonic() > deadline:
                message = f"the database still recovers after {RECOVERY_SECONDS} s: {self._last_words()}"
                raise PostgresError(message)
            time.sleep(POLL_SECONDS)

    def _last_words(self) -> str:
        try:
            return self.places.log_file.read_text(encoding="utf-8", errors="replace").strip()[-2000:]
        except OSError as error:
            return str(error)


def _is_alive(process: psutil.Process) -> bool:
    """Whether it runs; the dead whom nobody buried (no init in the container) do not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
