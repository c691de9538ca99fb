"""Many descriptions taken apart, on all cores when there are many."""

import multiprocessing
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

from partners.matching.blocking import Keys, keys_of, together
from partners.matching.records import Description, Prepared, prepare

_PORTION: Final = 5_000
_MANY: Final = 20_000
"""From here on starting further processes is worth it."""


def prepare_all(rows: Sequence[Description], tell: Callable[[int], None]) -> tuple[list[Prepared], Keys]:
    """All rows with their keys. `tell` hears how many are done."""
    tell(0)
    prepared: list[Prepared] = []
    keys: list[Keys] = []
    for some, of_some in _portions_done([rows[at : at + _PORTION] for at in range(0, len(rows), _PORTION)]):
        prepared += some
        keys.append(of_some)
        tell(len(prepared))
    return prepared, together(keys)


def prepare_portion(rows: Sequence[Description]) -> tuple[list[Prepared], Keys]:
    """What one process does at a time."""
    prepared = [prepare(row) for row in rows]
    return prepared, keys_of(prepared)


def _portions_done(portions: list[Sequence[Description]]) -> Iterator[tuple[list[Prepared], Keys]]:
    """The portions in their order.

    Only forked processes hash texts to the same numbers as this one; where there is no fork, all is done here.
    """
    forks = "fork" in multiprocessing.get_all_start_methods()
    if not forks or len(portions) * _PORTION < _MANY or (os.cpu_count() or 1) == 1:
        yield from map(prepare_portion, portions)
        return
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("fork")) as pool:
        yield from pool.map(prepare_portion, portions)
