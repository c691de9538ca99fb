"""The embedded PostgreSQL: shared, never left running by the last, and back after kill -9 of anybody."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
import psutil
import pytest

from portal.core.postgres import PostgresError, embedded, places, programs, server
from portal.core.postgres.cluster import PREFIX
from portal.core.postgres.server import Server

ROOT: Final = Path(__file__).resolve().parents[3]
SECONDS: Final = 30
USER: Final = """
import sys
from pathlib import Path
from portal.core.postgres import embedded
with embedded(Path(sys.argv[1]), fsync=False) as dsn:
    print(dsn, flush=True)
    sys.stdin.read()
"""
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root gives up its rights")


def until(holds: Callable[[], object], what: str) -> None:
    """Returns when it holds; fails when it does not within the deadline."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, f"waited {SECONDS} s: {what}"
        time.sleep(0.01)


class User:
    """Another process that uses the server until it is told to leave, or killed."""

    def __init__(self, data_dir: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", USER, str(data_dir)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )

    def dsn(self) -> str:
        """The address that it was given, once it is in."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def leave(self) -> None:
        self.process.communicate(timeout=SECONDS)
        assert self.process.returncode == 0

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=SECONDS)


@contextlib.contextmanager
def short_dir() -> Iterator[Path]:
    """A directory that the server's account can enter; pytest's own are closed to it, and long."""
    with tempfile.TemporaryDirectory(prefix="tpg-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(scope="module")
def data_dir() -> Iterator[Path]:
    """A cluster that every test finds stopped."""
    with short_dir() as made:
        with embedded(made / "data", fsync=False):
            pass
        yield made / "data"


@pytest.fixture
def new_dir() -> Iterator[Path]:
    """A place where nothing has been yet."""
    with short_dir() as made:
        yield made / "data"


def postmaster(data_dir: Path) -> psutil.Process | None:
    """The live server of this data directory, looked for among all processes."""
    wanted = str((data_dir / "postgres").resolve() / "data")
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            command = process.cmdline()
            if wanted in command and "-D" in command and Path(command[0]).name == "postgres":
                return process
    return None


async def ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def ask_until_answered(dsn: str, query: str) -> object:
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            return await ask(dsn, query)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            assert time.monotonic() < deadline, "the server did not come back"
            time.sleep(0.02)


async def test_the_role_owns_its_database_and_is_no_superuser(data_dir: Path) -> None:
    with embedded(data_dir, fsync=False) as dsn:
        connection = await asyncpg.connect(dsn)
        who = await connection.fetchrow("SELECT current_user, session_user, current_database(), rolsuper, rolbypassrls"
                                        " FROM pg_roles WHERE rolname = current_user")  # fmt: skip
        assert list(who or ()) == ["tributary", "tributary", "tributary", False, False]
        await connection.execute("CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm")
        await connection.execute("CREATE ROLE made NOLOGIN; SET ROLE made; RESET ROLE; DROP ROLE made")
        assert await connection.fetchval("SELECT pg_encoding_to_char(encoding) || ' ' || datlocale"
                                         " FROM pg_database WHERE datname = 'tributary'") == "UTF8 PG_UNICODE_FAST"  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute("ALTER ROLE tributary SUPERUSER")
        await connection.execute("CREATE DATABASE another")
        await connection.close()
        other = urlsplit(dsn)._replace(path="/another").geturl()
        connection = await asyncpg.connect(other)
        await connection.execute("CREATE EXTENSION btree_gist; CREATE EXTENSION pg_trgm")
        await connection.close()


def test_several_processes_share_it_and_the_last_one_stops_it(data_dir: Path) -> None:
    first, second = User(data_dir), User(data_dir)
    assert first.dsn() == second.dsn() != ""
    running = postmaster(data_dir)
    assert running is not None
    first.leave()
    assert postmaster(data_dir) == running
    second.leave()
    assert postmaster(data_dir) is None


def test_many_start_at_once_where_nothing_was(new_dir: Path) -> None:
    users = [User(new_dir) for _ in range(4)]
    assert len({user.dsn() for user in users}) == 1
    for user in users:
        user.leave()
    assert postmaster(new_dir) is None


def test_one_process_may_use_it_twice(data_dir: Path) -> None:
    with embedded(data_dir, fsync=False) as outer:
        with embedded(data_dir, fsync=False) as inner:
            assert inner == outer
        assert postmaster(data_dir) is not None
    assert postmaster(data_dir) is None


def test_a_killed_user_is_not_counted(data_dir: Path) -> None:
    killed, other = User(data_dir), User(data_dir)
    assert killed.dsn() == other.dsn()
    killed.kill()
    assert postmaster(data_dir) is not None
    other.leave()
    assert postmaster(data_dir) is None


async def test_what_a_killed_last_user_left_running_is_used_and_then_stopped(data_dir: Path) -> None:
    alone = User(data_dir)
    assert alone.dsn()
    left = postmaster(data_dir)
    alone.kill()
    with embedded(data_dir, fsync=False) as dsn:
        assert await ask(dsn, "SELECT 7") == 7
        assert postmaster(data_dir) == left
    assert postmaster(data_dir) is None


async def test_a_killed_server_comes_back_under_its_users_with_all_that_was_committed(data_dir: Path) -> None:
    with embedded(data_dir) as dsn:
        await ask(dsn, "CREATE TABLE kept AS SELECT 7 AS number")
        killed = postmaster(data_dir)
        assert killed is not None
        killed.kill()
        until(lambda: postmaster(data_dir) != killed and postmaster(data_dir), "the keeper starts it again")
        assert await ask_until_answered(dsn, "SELECT number FROM kept") == 7
        await ask(dsn, "DROP TABLE kept")
    assert postmaster(data_dir) is None


async def test_everybody_killed_at_once(data_dir: Path) -> None:
    user = User(data_dir)
    dsn = user.dsn()
    process = postmaster(data_dir)
    assert process is not None
    user.process.kill()
    process.kill()
    user.kill()
    with embedded(data_dir, fsync=False) as again:
        assert again == dsn
        assert await ask(again, "SELECT 7") == 7


async def test_killed_while_the_cluster_is_made(new_dir: Path) -> None:
    user = User(new_dir)
    until(lambda: list(new_dir.glob(f"postgres/{PREFIX}*/PG_VERSION")), "the cluster is being made")
    user.kill()
    assert not (new_dir / "postgres" / "data").exists()
    with embedded(new_dir, fsync=False) as dsn:
        assert await ask(dsn, "SELECT rolname FROM pg_roles WHERE rolname = 'tributary'") == "tributary"


@pytest.fixture
def stranger(data_dir: Path) -> Iterator[int]:
    """The number of a live process of the server's own account that is no server."""
    owner = (data_dir / "postgres" / "data").stat()
    drop = os.geteuid() == 0
    process = subprocess.Popen(
        ["sleep", "600"],
        cwd="/",
        user=owner.st_uid if drop else None,
        group=owner.st_gid if drop else None,
        extra_groups=[] if drop else None,
    )
    yield process.pid
    assert process.poll() is None, "it was not ours to stop"
    process.kill()
    process.wait()


async def test_lock_files_whose_number_is_now_another_process(data_dir: Path, stranger: int) -> None:
    user = User(data_dir)
    assert user.dsn()
    running, cluster = postmaster(data_dir), data_dir / "postgres" / "data"
    assert running is not None
    stale = {path: path.read_text().replace(str(running.pid), str(stranger), 1)
             for path in (cluster / "postmaster.pid", data_dir / "postgres" / "run" / f"{places.SOCKET}.lock")}  # fmt: skip
    owner = cluster.stat()
    user.kill()
    running.kill()
    until(lambda: postmaster(data_dir) is None, "the server dies")
    for path, text in stale.items():
        path.write_text(text)
        os.chown(path, owner.st_uid, owner.st_gid)
    with embedded(data_dir, fsync=False) as dsn:
        assert await ask(dsn, "SELECT 7") == 7


async def test_a_lost_socket_is_made_again(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "SOCKET_SECONDS", 0)
    user = User(data_dir)
    host = parse_qs(urlsplit(user.dsn()).query)["host"][0]
    Path(host, places.SOCKET).unlink()
    with embedded(data_dir, fsync=False) as dsn:
        assert await ask(dsn, "SELECT 7") == 7
    user.leave()
    assert postmaster(data_dir) is None


@pytest.mark.parametrize("name", ["d" * 120, "of Smith, Ltd"])
async def test_a_path_that_will_not_do_for_a_socket(new_dir: Path, name: str) -> None:
    long = new_dir / name
    with embedded(long, fsync=False) as dsn:
        host = Path(parse_qs(urlsplit(dsn).query)["host"][0])
        assert host.parent == places.SHORT_DIR
        assert len(os.fsencode(host / places.SOCKET)) <= places.SOCKET_PATH_LIMIT
        assert host.stat().st_mode & 0o777 == 0o700
        assert await ask(dsn, "SELECT 7") == 7
    shutil.rmtree(host)
    host.mkdir()
    host.chmod(0o755)
    with pytest.raises(PostgresError, match="closed to others"), embedded(long, fsync=False):
        pass
    host.rmdir()


async def test_an_odd_path(new_dir: Path) -> None:
    with embedded(new_dir / """it's "50 %" of $HOME é""", fsync=False) as dsn:
        assert await ask(dsn, "SELECT 7") == 7


def test_a_data_directory_that_is_none(new_dir: Path) -> None:
    new_dir.write_text("a file")
    with pytest.raises(PostgresError, match="cannot be kept in"), embedded(new_dir):
        pass


def test_a_cluster_of_another_version_is_not_touched(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("portal.core.postgres.cluster.major_version", lambda: "99")
    with pytest.raises(PostgresError, match="Dump it with the release"), embedded(data_dir):
        pass
    assert postmaster(data_dir) is None


def test_a_server_that_cannot_start_says_why(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "START_SECONDS", 1)
    monkeypatch.setattr(Server, "_settings", lambda _: {"shared_buffers": "nonsense"})
    with pytest.raises(PostgresError, match=r"(?s)did not start.*shared_buffers"), embedded(data_dir):
        pass


def test_its_environment_is_not_ours(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("TRIBUTARY_SECRET_KEY", "of nobody's concern")
    with embedded(data_dir, fsync=False):
        process = postmaster(data_dir)
        assert process is not None
        assert not {"PGPORT", "TRIBUTARY_SECRET_KEY"} & set(process.environ())


def test_ctrl_c_at_our_terminal_does_not_reach_it(data_dir: Path) -> None:
    with embedded(data_dir, fsync=False):
        process = postmaster(data_dir)
        assert process is not None
        assert os.getsid(process.pid) != os.getsid(0)


@as_root
class TestAsRoot:
    def test_the_server_runs_without_our_rights(self, data_dir: Path) -> None:
        with embedded(data_dir, fsync=False):
            process = postmaster(data_dir)
            assert process is not None
            assert 0 not in process.uids()
            assert 0 not in process.gids()

    async def test_a_data_directory_out_of_reach(self, new_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(programs, "SYSTEM_DIR", new_dir.parent / "system")
        closed = new_dir.parent / "closed"
        closed.mkdir(mode=0o700)
        for _ in range(2):
            with embedded(closed / "data", fsync=False) as dsn:
                assert await ask(dsn, "SELECT 7") == 7
        assert (closed / "data" / "postgres").resolve().parent == programs.SYSTEM_DIR
        assert closed.stat().st_mode & 0o777 == 0o700
        shutil.rmtree(programs.SYSTEM_DIR)
        with pytest.raises(PostgresError, match="which is gone"), embedded(closed / "data"):
            pass

    async def test_programs_out_of_reach_are_copied_once(self, new_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        wheel = programs.wheel_dir()
        closed = new_dir.parent / "closed"
        for part in (programs.PACKAGE, f"{programs.PACKAGE}.libs"):
            if (wheel / part).exists():
                shutil.copytree(wheel / part, closed / part)
        closed.chmod(0o700)
        system = new_dir.parent / "system"
        monkeypatch.setattr(programs, "SYSTEM_DIR", system)
        monkeypatch.setattr(programs, "wheel_dir", lambda: closed)
        made = []
        for _ in range(2):
            with embedded(new_dir, fsync=False) as dsn:
                assert await ask(dsn, "SELECT 7") == 7
            made.append([(path, path.stat().st_ctime_ns) for path in system.iterdir()])
        assert made[0] == made[1]
        assert len(made[0]) == 1

    def test_a_cluster_of_roots_is_refused(self, new_dir: Path) -> None:
        (new_dir / "postgres" / "data").mkdir(parents=True)
        with pytest.raises(PostgresError, match="belongs to account number 0"), embedded(new_dir):
            pass


def test_no_signal_is_sent_to_a_number_that_is_no_server(data_dir: Path, stranger: int) -> None:
    pid_file = data_dir / "postgres" / "data" / "postmaster.pid"
    pid_file.write_text(f"{stranger}\n{pid_file.parent}\n")
    try:
        found = Server(places.settle(data_dir.resolve()), fsync=False)
        assert found.process() is None
        found.stop()
    finally:
        pid_file.unlink()
