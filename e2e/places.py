"""Where things lie, and running asynchronous work beside the browser."""

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

Result = TypeVar("Result")

ROOT: Final = Path(__file__).resolve().parents[1]
RESULTS: Final = ROOT / "test-results"
"""What is kept of a test that failed: pictures, traces, the server's log."""


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of it, from a thread of its own: Playwright keeps an event loop running in this one."""
    done: list[Result] = []
    failed: list[BaseException] = []

    def target() -> None:
        try:
            done.append(asyncio.run(work))
        except BaseException as error:  # noqa: BLE001 -- raised again below, in the caller's thread
            failed.append(error)

    thread = threading.Thread(target=target)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
    return done[0]
