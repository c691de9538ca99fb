"""Arithmetic beside this process: it gets its task, is heard, and breaks in words."""

from pathlib import Path

import pytest

from portal.core.beside import BesideError, run_beside


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program that says its task word by word, and ends as it is told to."""
    (tmp_path / "beside_sample.py").write_text(
        "import os, sys\n"
        "words = sys.stdin.read().split()\n"
        "for word in words: print(word, flush=True)\n"
        "print(os.environ['OPENBLAS_NUM_THREADS'])\n"
        "if 'break' in words: sys.exit('It broke.')\n"
        "if 'refuse' in words: sys.stderr.write('No.'); sys.exit(3)\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    return "beside_sample"


async def heard(module: str, task: str) -> list[str]:
    said: list[str] = []

    async def hears(line: str) -> None:
        said.append(line.strip())

    await run_beside(module, task, hears=hears)
    return said


async def test_it_gets_its_task_and_is_heard_and_has_one_thread(module: str) -> None:
    assert await heard(module, "one two") == ["one", "two", "1"]
    await run_beside(module, "nobody listens " * 20_000)


@pytest.mark.parametrize(("task", "code", "says"), [("break", 1, "It broke."), ("refuse", 3, "No.")])
async def test_it_breaks_in_words(module: str, task: str, code: int, says: str) -> None:
    with pytest.raises(BesideError, match=says) as broken:
        await run_beside(module, task)
    assert broken.value.code == code


async def test_what_is_no_program_is_said() -> None:
    with pytest.raises(BesideError, match="No module named"):
        await run_beside("no_such_module_here", "x" * 1_000_000)
