"""Making a new cluster with its login role and database; what exists is always whole."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from portal.core.postgres.account import Account
from portal.core.postgres.errors import PostgresError
from portal.core.postgres.places import Places
from portal.core.postgres.programs import major_version, programs_for, run

ROLE: Final = "tributary"
DATABASE: Final = "tributary"
SUPERUSER: Final = "postgres"  # used only here, before the server first runs
PREFIX: Final = "data.new-"

# One statement a line, as the single-user server reads them. The role may make the roles of `tributary
# migrate` and set itself to them; as owner of its databases it may create the trusted extensions.
BOOTSTRAP: Final = f"""\
CREATE ROLE {ROLE} LOGIN NOSUPERUSER CREATEROLE CREATEDB
ALTER ROLE {ROLE} SET createrole_self_grant = 'set, inherit'
CREATE DATABASE {DATABASE} OWNER {ROLE}
"""


def make_cluster(places: Places, *, fsync: bool) -> None:
    """Makes the cluster if there is none. To be called behind the door.

    It is made under another name and renamed when it is complete and on disk, so that whoever is killed on
    the way leaves nothing that looks like a cluster. Raises PostgresError when there is one that these
    programs cannot read.
    """
    if places.cluster.exists():
        _check_version(places.cluster)
        return
    home = places.cluster.parent
    for abandoned in home.glob(f"{PREFIX}*"):
        shutil.rmtree(abandoned, ignore_errors=True)  # its initdb may still run; it never gets the final name
    fresh = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
    places.account.own(fresh)
    _fill(fresh, places.account, fsync=fsync)
    fresh.rename(places.cluster)
    if fsync:
        _sync_directory(home)


def _fill(fresh: Path, account: Account, *, fsync: bool) -> None:
    programs = programs_for(account)
    initdb: list[str | Path] = [programs / "initdb", "--pgdata", fresh]
    options = [
        f"--username={SUPERUSER}",
        # The socket lies in a directory that only the account (and root) can enter, and there is no other.
        "--auth-local=trust",
        "--auth-host=reject",
        "--encoding=UTF8",
        "--locale=C",
        "--locale-provider=builtin",
        "--builtin-locale=PG_UNICODE_FAST",
        "--no-sync",
    ]
    run([*initdb, *options], account)
    single: list[str | Path] = [
        programs / "postgres",
        "--single",
        "-D",
        fresh,
        "-F",
        "-c",
        "exit_on_error=on",
        SUPERUSER,
    ]
    run(single, account, text=BOOTSTRAP)
    if fsync:
        run([*initdb, "--sync-only"], account)


def _check_version(cluster: Path) -> None:
    written = (cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    if written != major_version():
        message = (
            f"{cluster} was written by PostgreSQL {written}, and this is {major_version()}. Dump it with the "
            "release of Tributary that wrote it, and load it into a new TRIBUTARY_DATA_DIR."
        )
        raise PostgresError(message)


def _sync_directory(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
