"""How long the demo takes to load, step by step, in a cluster of its own.

python -m bench.demo            the small one, as `make run` loads it
python -m bench.demo --full     all of it
"""

import argparse
import asyncio
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Final

from attribution.credits import store
from portal import app
from portal.core import db
from portal.core.migrate import migrate
from portal.core.postgres import embedded
from portal.demo.load import FULL, SMALL, Size, load

USES: Final = app
TODAY: Final = date(2026, 11, 21)


class Clock:
    """Prints each line with the seconds since the one before, and the processor time of this process in them."""

    def __init__(self) -> None:
        """Starts now."""
        self._began = self._last = time.perf_counter()
        self._used = time.process_time()

    def say(self, line: str) -> None:
        """One step is through."""
        now, used = time.perf_counter(), time.process_time()
        print(f"{now - self._last:8.1f} s  {used - self._used:8.1f} s of Python  {line}", flush=True)
        self._last, self._used = now, used

    def end(self) -> None:
        """All of it."""
        print(f"{time.perf_counter() - self._began:8.1f} s in all")


async def _run(url: str, size: Size) -> None:
    clock = Clock()
    await migrate(url)
    await db.connect(url)
    try:
        clock.say("migrated")
        await load(url, TODAY, "UTC", size=size, say=clock.say)
        clock.end()
    finally:
        await db.disconnect()


def main() -> None:
    """Print the steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder) / "data") as url:
        store.use_folder(Path(folder))
        asyncio.run(_run(url, FULL if asked.full else SMALL))


if __name__ == "__main__":
    main()
