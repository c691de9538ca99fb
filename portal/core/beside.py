"""Heavy arithmetic in a process of its own, so that pages stay usable meanwhile."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Final

# On small matrices many threads of linear algebra cost ten times what one costs, and bits are promised for one.
_ALONE: Final = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class BesideError(RuntimeError):
    """A process beside this one ended badly; the message is what it said last, `code` how it ended."""

    def __init__(self, code: int, said: str) -> None:
        """Keep how it ended."""
        super().__init__(said)
        self.code = code


async def _silent(_line: str) -> None:
    """Listens to nothing."""


async def run_beside(module: str, task: str, *, hears: Callable[[str], Awaitable[None]] = _silent) -> None:
    """Run a module as a program, with the task on its standard input; it ends with whoever waits for it.

    Each line of its standard output goes to `hears`. Raises BesideError with what it said when it broke.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, env=os.environ | _ALONE | {"PYTHONPATH": os.pathsep.join(sys.path)},
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        said = await _listen(process, task, hears)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
    if process.returncode:
        raise BesideError(process.returncode, said)


async def _listen(process: asyncio.subprocess.Process, task: str, hears: Callable[[str], Awaitable[None]]) -> str:
    """Hand over the task, pass on what it tells, and wait for the end; what stood on standard error."""
    if process.stdin is None or process.stdout is None or process.stderr is None:
        message = "the process has no pipes"
        raise RuntimeError(message)
    errors = asyncio.create_task(process.stderr.read())
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it broke before it read anything
        process.stdin.write(task.encode())
        await process.stdin.drain()
    process.stdin.close()
    while line := await process.stdout.readline():
        await hears(line.decode(errors="replace"))
    await process.wait()
    return (await errors).decode(errors="replace")
