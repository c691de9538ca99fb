"""How fast and how large `tributary customers match` is, beside comparing every name with every name.

python -m bench.matching 10000 100000          seconds, peak memory, what was found, and the naive way
python -m bench.matching --database 1000000    one look-up against that many accounts, in a cluster of its own
"""

import argparse
import csv
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from rapidfuzz import fuzz
from rapidfuzz.process import cdist

from bench.generate_companies import make_lists
from partners.matching.files import COLUMNS
from partners.matching.records import Description

_SEED: Final = 20_261_122
_NAIVE_ROWS: Final = 500
"""Rows of A that the naive way is timed on; it costs the same for each, so the whole is said to cost so many times."""


def write_list(path: Path, rows: Sequence[Description]) -> None:
    """A file as the command reads it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for at, row in enumerate(rows):
            writer.writerow([at, *(getattr(row, name) for name in COLUMNS[1:])])


def run_command(folder: Path) -> tuple[float, float, float]:
    """Seconds, seconds of all processors and peak MiB of one process, of the whole command as a person starts it."""
    command = [sys.executable, "-c", "from portal.cli import main; main()", "customers", "match"]
    files = [str(folder / name) for name in ("a.csv", "b.csv")]
    before = time.perf_counter()
    process = subprocess.Popen([*command, *files, "--out", str(folder / "pairs.csv")], stdout=subprocess.DEVNULL)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(process.returncode)
    return time.perf_counter() - before, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def quality_of(folder: Path, size: int) -> tuple[float, float]:
    """Precision and recall of the pairs on the generated lists: row n of A is row n of B in the first half."""
    with (folder / "pairs.csv").open(encoding="utf-8") as file:
        pairs = {(row["id_a"], row["id_b"]) for row in csv.DictReader(file)}
    right = sum(1 for one, other in pairs if one == other and int(one) < size // 2)
    return right / max(1, len(pairs)), right / (size // 2)


def time_naive(left: Sequence[Description], right: Sequence[Description]) -> float:
    """Seconds of the processor that comparing every name with every name would take, reckoned from some rows."""
    names = [row.name.lower() for row in right]
    before = time.process_time()
    cdist(
        [row.name.lower() for row in left[:_NAIVE_ROWS]], names,
        scorer=fuzz.token_sort_ratio, score_cutoff=85, dtype=np.uint8, workers=1,
    )  # fmt: skip
    return (time.process_time() - before) * len(left) / _NAIVE_ROWS


def bench_files(sizes: Sequence[int]) -> None:
    """Print a line for each size."""
    print(
        f"{'rows':>9}  {'seconds':>8}  {'cpu s':>6}  {'peak MiB':>8}  {'naive cpu':>9}  {'faster':>7}"
        f"  {'precision':>9}  {'recall':>6}  growth"
    )
    before = 0.0
    for size in sizes:
        left, right = make_lists(size, _SEED)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_list(folder / "a.csv", left)
            write_list(folder / "b.csv", right)
            seconds, worked, peak = run_command(folder)
            precision, recall = quality_of(folder, size)
        naive = time_naive(left, right)
        growth = f"x{worked / before:.1f}" if before else "-"
        before = worked
        print(
            f"{size:>9,}  {seconds:>8.1f}  {worked:>6.1f}  {peak:>8.0f}  {naive:>9.1f}  {naive / worked:>6.1f}x"
            f"  {precision:>9.3f}  {recall:>6.3f}  {growth}"
        )


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000], help="rows in each of the two lists")
    parser.add_argument("--database", type=int, metavar="ACCOUNTS", help="look up in PostgreSQL instead")
    asked = parser.parse_args()
    if asked.database:
        from bench.matching_lookup import bench_lookup  # noqa: PLC0415 -- needs the server's programs

        bench_lookup(asked.database)
        return
    bench_files(asked.sizes)


if __name__ == "__main__":
    main()
