"""Customers that a partner touched beside like ones that none did: a difference, which is an association and no proof.

Each treated customer is paired with one that was not: of the same stratum (a coarse class such as size by industry),
and nearest in the value of its first year, each control once. Pairs are made in descending order of that value, ties by
customer id, so the order of rows changes nothing. A pair further apart than the caliper is not made; by default 0.2
standard deviations of the value (Austin, Pharmaceutical Statistics 10 (2011), 150-161, there for a score).

The interval is the percentile bootstrap over pairs, which is right for matching without replacement (Austin and Small,
Statistics in Medicine 33 (2014), 4306-4319; Abadie and Spiess, Journal of the American Statistical Association 117
(2022), 983-995); with replacement it would not be. The value of the first year may itself be what the partner changed:
then the difference is understated.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from attribution.engine.errors import RefusedError
from attribution.engine.lifetime.fitting import FloatArray, IntArray

ASSOCIATION: Final = "association, not proof"
_CALIPER: Final = 0.2
_FEWEST: Final = 2


@dataclass(frozen=True)
class Cohort:
    """What is compared, one row a customer (n,).

    `treated` says whether the partner (or motion, or pattern) touched it; `stratum` is its coarse class as any text or
    number; `retained` is 1 where it is still a customer, else 0; values are money in major units.
    """

    customer_id: npt.NDArray[np.object_]
    treated: npt.NDArray[np.bool_]
    stratum: npt.NDArray[np.object_]
    first_year_value: FloatArray
    retained: FloatArray
    lifetime_value: FloatArray


@dataclass(frozen=True)
class Effect:
    """The means of the matched, their difference, and its interval."""

    treated: float
    control: float
    difference: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """What the matched differ by, and how alike they are.

    `imbalance_before` and `imbalance_after` are the standardised mean differences of the first year's value, of all
    and of the matched, in standard deviations of all; below 0.1 in size counts as alike.
    """

    pairs: int
    unmatched: int
    imbalance_before: float
    imbalance_after: float
    retention: Effect
    lifetime_value: Effect
    level: float
    draws: int
    seed: int
    note: str = ASSOCIATION


def compare(
    cohort: Cohort, *, seed: int, draws: int = 500, level: float = 0.95, caliper: float | None = None
) -> Comparison:
    """The difference in retention and lifetime value between the treated and their matches.

    `caliper` is the greatest distance within a pair, in money. Raises RefusedError where fewer than two pairs are found
    or a number is missing, ValueError for a level outside of 0 to 1 or no draws.
    """
    if not 0 < level < 1 or draws < 1:
        message = f"the level must lie within 0 and 1 and draws be positive: {level:g}, {draws}"
        raise ValueError(message)
    numbers = (cohort.first_year_value, cohort.retained, cohort.lifetime_value)
    if not all(np.isfinite(column).all() for column in numbers):
        message = "first-year value, retention and lifetime value must be there for every customer"
        raise RefusedError(message)
    value, is_treated = cohort.first_year_value, cohort.treated
    spread = _spread(value, is_treated)
    treated, control = match(cohort, _CALIPER * spread if caliper is None else caliper)
    if treated.size < _FEWEST:
        message = f"{treated.size} of {int(is_treated.sum())} treated customers have a match: too few to compare"
        raise RefusedError(message)
    outcomes = np.column_stack([cohort.retained, cohort.lifetime_value])
    retention, lifetime_value = _effects(outcomes[treated], outcomes[control], seed, draws, level)
    apart = value[is_treated].mean() - value[~is_treated].mean()
    return Comparison(
        pairs=int(treated.size),
        unmatched=int(is_treated.sum()) - int(treated.size),
        imbalance_before=float(apart / spread) if spread > 0 else 0.0,
        imbalance_after=float((value[treated] - value[control]).mean() / spread) if spread > 0 else 0.0,
        retention=retention,
        lifetime_value=lifetime_value,
        level=level,
        draws=draws,
        seed=seed,
    )


def match(cohort: Cohort, caliper: float) -> tuple[IntArray, IntArray]:
    """The places of treated customers and of their controls, two of shape (pairs,), in order of the treated's ids."""
    _, stratum = np.unique(cohort.stratum.astype(str), return_inverse=True)
    rank = np.empty(cohort.customer_id.size, dtype=np.int64)
    rank[np.argsort(cohort.customer_id.astype(str), kind="stable")] = np.arange(rank.size)
    pairs: list[tuple[int, int]] = []
    order = np.lexsort((rank, cohort.first_year_value, stratum))
    for members in np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1):
        treated = members[cohort.treated[members]]
        # Descending in value, but ascending in id among equals.
        treated = treated[np.lexsort((rank[treated], -cohort.first_year_value[treated]))]
        controls = members[~cohort.treated[members]]
        pairs += _nearest_free(treated, controls, cohort.first_year_value, caliper)
    pairs.sort(key=lambda pair: int(rank[pair[0]]))
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def _nearest_free(treated: IntArray, controls: IntArray, value: FloatArray, caliper: float) -> list[tuple[int, int]]:
    """Each treated in turn with the nearest control that is left, the one of less value on ties.

    `lower[i]` leads to the nearest free control before place i, `upper[i]` to the nearest from i on; both are shortened
    whenever they are followed, so that all together cost little more than one step each.
    """
    size = controls.size
    lower, upper = list(range(size + 1)), list(range(size + 1))
    worth = value[controls]
    starts = np.searchsorted(worth, value[treated], side="left")
    pairs: list[tuple[int, int]] = []
    for customer, start in zip(treated.tolist(), starts.tolist(), strict=True):
        before, after = _follow(lower, start) - 1, _follow(upper, start)
        own = value[customer]
        down = own - worth[before] if before >= 0 else np.inf
        up = worth[after] - own if after < size else np.inf
        if min(down, up) > caliper or min(down, up) == np.inf:
            continue
        taken = before if down <= up else after
        pairs.append((customer, int(controls[taken])))
        upper[taken] = taken + 1
        lower[taken + 1] = taken
    return pairs


def _follow(links: list[int], at: int) -> int:
    """Where the links lead, each halved on the way."""
    while links[at] != at:
        links[at] = links[links[at]]
        at = links[at]
    return at


def _spread(value: FloatArray, is_treated: npt.NDArray[np.bool_]) -> float:
    """The pooled standard deviation of both groups. Raises RefusedError where a group has fewer than two."""
    groups = (value[is_treated], value[~is_treated])
    if min(group.size for group in groups) < _FEWEST:
        message = f"{groups[0].size} treated and {groups[1].size} other customers: too few to compare"
        raise RefusedError(message)
    return float(np.sqrt(sum(group.var(ddof=1) for group in groups) / 2))


def _effects(treated: FloatArray, control: FloatArray, seed: int, draws: int, level: float) -> list[Effect]:
    """The effects on each outcome, from (pairs, outcomes) in the order of the treated's ids, by one set of draws."""
    apart = treated - control
    chance, size = np.random.default_rng(seed), apart.shape[0]
    drawn = np.array([apart[chance.integers(0, size, size)].mean(axis=0) for _ in range(draws)])
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    columns = [treated.mean(axis=0), control.mean(axis=0), apart.mean(axis=0), low, high]
    return [Effect(*(float(number) for number in row)) for row in np.column_stack(columns)]
