"""Files by their content: a folder in which each is called by its SHA-256, so that equal ones are one."""

import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

_PIECE: Final = 1 << 20
_ONE_DAY: Final = 86_400
_FOLDER: list[Path] = []


class MissingFile(LookupError):
    """A frozen file is not in the folder, or is no longer what it is called."""

    def __init__(self, digest: str) -> None:
        """Keep which one."""
        super().__init__(f"the frozen file {digest} is missing or damaged")
        self.digest = digest


def use_folder(data_dir: Path) -> None:
    """Keep files below the data directory; it is made when the first file comes."""
    _FOLDER[:] = [data_dir / "frozen"]


def folder() -> Path:
    """Where the files are. Raises RuntimeError before `use_folder`."""
    if not _FOLDER:
        message = "the folder of frozen files is not set"
        raise RuntimeError(message)
    return _FOLDER[0]


@contextmanager
def workshop() -> Iterator[Path]:
    """A folder beside the files for what is being written; it goes with the block.

    What a killed process left a day ago goes too.
    """
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    for left in folder().glob("work-*"):
        if left.stat().st_mtime < time.time() - _ONE_DAY:
            shutil.rmtree(left, ignore_errors=True)
    with TemporaryDirectory(prefix="work-", dir=folder()) as place:
        yield Path(place)


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            digest.update(piece)
    return digest.hexdigest()


def keep(path: Path) -> str:
    """Take a file of the workshop into the store; what it is called from now on.

    The move is whole or not at all, and the file is on the disk before it is called so.
    """
    digest = hash_of(path)
    with path.open("rb") as file:
        os.fsync(file.fileno())
    path.replace(folder() / f"{digest}.parquet")
    return digest


def place(digest: str) -> Path:
    """The file of this content. Raises MissingFile where it is not there."""
    path = folder() / f"{digest}.parquet"
    if not digest or not path.is_file():
        raise MissingFile(digest)
    return path


def find(digest: str) -> Path:
    """The same, its bytes looked at again. Raises MissingFile also where they are other ones."""
    path = place(digest)
    if hash_of(path) != digest:
        raise MissingFile(digest)
    return path
