"""How good pairs are: precision and recall against what is true, beside the floor of equal normalised names."""

import csv
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

from partners.matching.matcher import match
from partners.matching.records import Description
from portal.core.text import fold

DATA: Final = Path(__file__).parent / "data"
Pairs = set[tuple[int, int]]


def read(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def pairs_of_groups(groups: Iterable[Hashable]) -> Pairs:
    """Every two places that hold the same group."""
    places = defaultdict(list)
    for at, group in enumerate(groups):
        places[group].append(at)
    return {pair for of_group in places.values() for pair in combinations(of_group, 2)}


def quality(found: Pairs, true: Pairs) -> tuple[float, float]:
    """Precision and recall."""
    right = len(found & true)
    return right / max(1, len(found)), right / len(true)


def joined(rows: Sequence[Description]) -> Pairs:
    return {(pair.left, pair.right) for pair in match(rows).joined}


def floor_of(rows: Sequence[Description], normalise: Callable[[str], str] = fold) -> Pairs:
    """The pairs with equal names once case, width and accents are folded."""
    return pairs_of_groups(normalise(row.name) for row in rows)


def early_childhood() -> tuple[list[Description], Pairs]:
    rows = read("early_childhood.csv")
    described = [
        Description(row["Site name"], row["Website"], row["Address"], row["Zip"], phone=row["Phone"]) for row in rows
    ]
    return described, pairs_of_groups(row["True Id"] for row in rows)


def truth_sets() -> tuple[list[Description], Pairs]:
    rows = read("truth_sets.csv")
    names = Description.__dataclass_fields__
    described = [Description(**{name: row[name] for name in names}) for row in rows]
    return described, pairs_of_groups(row["cluster"] for row in rows)


def chinese() -> tuple[list[tuple[Description, Description]], list[bool]]:
    rows = read("chinese_pairs.csv")
    return [(Description(row["one"]), Description(row["other"])) for row in rows], [
        row["same"] == "yes" for row in rows
    ]
