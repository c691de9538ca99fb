"""The files of the repository, as the architecture tests look at them."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PACKAGES: Final = ("portal", "partners", "attribution")
FOREIGN: Final = ("static/vendor/", "tests/vendor/", "tests/portal/imports/files/", "portal/demo/data/")
"""What others wrote and we only ship."""
NO_SLICES: Final = ("core", "demo", "piccolo_migrations")


@cache
def tracked() -> tuple[str, ...]:
    """All files that are, or could be, in the repository, by their path in it."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return tuple(sorted(path for path in listed.split("\0") if path and (ROOT / path).is_file()))


def ours(*suffixes: str) -> list[str]:
    """The files with these endings that were written here."""
    return [path for path in tracked() if path.endswith(suffixes) and not path.startswith(FOREIGN)]


def python_files() -> list[str]:
    """All Python but the migrations, which Piccolo wrote."""
    return [path for path in ours(".py") if "/piccolo_migrations/" not in path]


def templates() -> list[str]:
    """All HTML of the packages."""
    return [path for path in ours(".html") if path.startswith(PACKAGES)]


def slice_of(path: str) -> str | None:
    """The slice that a file lies in, such as `partners/deals`, or None."""
    top, *rest = path.split("/")
    return f"{top}/{rest[0]}" if top in PACKAGES and len(rest) > 1 and rest[0] not in NO_SLICES else None


def text_of(path: str) -> str:
    """What the file says."""
    return (ROOT / path).read_text(encoding="utf-8")
