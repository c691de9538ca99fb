"""Which touches are eligible for which events: a table of event kind by motion, with weights and carry-over.

The table by default:

| kind of event         | window opens                     | looks back | motions                  | carried over |
|-----------------------|----------------------------------|------------|--------------------------|--------------|
| new_logo,reactivation | after the last churn or lost     | 180 days   | all alike                |              |
| upsell, cross_sell    | after the event before           | 180 days   | all alike                | 20 %         |
| renewal               | after the last new_logo,         | no limit   | service, manage double   |              |
|                       | reactivation or renewal          |            |                          |              |
| contraction, churn    | as renewal                       | no limit   | only service and manage  |              |
| lost                  | after the event before           | 180 days   | all alike, earns nothing |              |

Every window ends with the event itself. Events of the same instant share their window. Carried over: that part of the
event's credit follows the shares of the account's latest earlier new_logo or reactivation, where there is one.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Final

from attribution.engine.errors import RefusedError

MICROS_PER_DAY: Final = 86_400_000_000
ANY: Final = "*"
"""In `since`: any event at all."""
ACQUISITIONS: Final = frozenset({"new_logo", "reactivation"})
_TERM: Final = frozenset({"new_logo", "reactivation", "renewal"})
_GREATEST_WEIGHT: Final = 1_000_000


@dataclass(frozen=True)
class KindRule:
    """The window and the weights of one kind of event.

    `sign` is that of its values: 1 gains, -1 losses, 0 earns nothing and ends a journey as null. `since` names the
    kinds of events that open the window, `lookback_days` None is no limit. `weights` are whole parts per motion,
    `other_weight` for all other motions; 0 is not eligible. `lookback_by_motion` narrows the window for a motion.
    """

    sign: int
    since: frozenset[str]
    lookback_days: int | None
    weights: Mapping[str, int] = field(default_factory=dict)
    other_weight: int = 1
    lookback_by_motion: Mapping[str, int] = field(default_factory=dict)
    carry_over_percent: int = 0

    def __post_init__(self) -> None:
        weights = (*self.weights.values(), self.other_weight)
        if not all(0 <= weight <= _GREATEST_WEIGHT for weight in weights):
            message = f"Weights are whole numbers from 0 to {_GREATEST_WEIGHT:,}."
            raise RefusedError(message)
        if not 0 <= self.carry_over_percent <= 100 or self.sign not in {-1, 0, 1}:  # noqa: PLR2004 - per cent
            message = "The part carried over is 0 to 100 per cent; a sign is -1, 0 or 1."
            raise RefusedError(message)

    def weight_of(self, motion: str) -> int:
        """The whole-number weight of a touch of this motion."""
        return self.weights.get(motion, self.other_weight)

    def lookback_of(self, motion: str) -> int | None:
        """The days that a touch of this motion may lie before the event, or None."""
        days = self.lookback_by_motion.get(motion, self.lookback_days)
        return days if self.lookback_days is None or days is None else min(days, self.lookback_days)


Policy = Mapping[str, KindRule]

_CARE: Final = {"service": 2, "manage": 2}
_ACQUISITION: Final = KindRule(1, frozenset({"churn", "lost"}), 180)
_EXPANSION: Final = KindRule(1, frozenset({ANY}), 180, carry_over_percent=20)
_LOSS: Final = KindRule(-1, _TERM, None, {"service": 1, "manage": 1}, other_weight=0)
DEFAULT: Final[Policy] = {
    "new_logo": _ACQUISITION,
    "reactivation": _ACQUISITION,
    "upsell": _EXPANSION,
    "cross_sell": _EXPANSION,
    "renewal": KindRule(1, _TERM, None, _CARE),
    "contraction": _LOSS,
    "churn": _LOSS,
    "lost": KindRule(0, frozenset({ANY}), 180),
}


def with_lookback(policy: Policy, days: int) -> Policy:
    """The policy with this window wherever it has one."""
    return {
        kind: rule if rule.lookback_days is None else replace(rule, lookback_days=days) for kind, rule in policy.items()
    }


def with_carry_over(policy: Policy, percent: int) -> Policy:
    """The policy with this part carried over for upsell and cross-sell."""
    return {
        kind: replace(rule, carry_over_percent=percent) if kind in {"upsell", "cross_sell"} else rule
        for kind, rule in policy.items()
    }


def from_json(body: str) -> Policy:
    """A policy as `to_json` writes it; kinds that it leaves out are as by default. Raises RefusedError."""
    try:
        read: dict[str, dict[str, Any]] = json.loads(body)
        rules = {
            kind: KindRule(**{**one, "since": frozenset(one["since"])})
            for kind, one in read.items()
        }  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        if isinstance(error, RefusedError):
            raise
        message = f"This is no policy: {error}."
        raise RefusedError(message) from error
    return {**DEFAULT, **rules}


def to_json(policy: Policy) -> str:
    """The policy in full, kinds and motions sorted, so that equal policies are equal bytes."""
    body = {
        kind: {
            "sign": rule.sign,
            "since": sorted(rule.since),
            "lookback_days": rule.lookback_days,
            "weights": dict(sorted(rule.weights.items())),
            "other_weight": rule.other_weight,
            "lookback_by_motion": dict(sorted(rule.lookback_by_motion.items())),
            "carry_over_percent": rule.carry_over_percent,
        }
        for kind, rule in sorted(policy.items())
    }
    return json.dumps(body, indent=1, ensure_ascii=False)


@dataclass(frozen=True)
class Custom:
    """A model of one's own: whole-number weights per touch kind and motion (others 1) times a curve of positions."""

    curve: str = "linear"
    kinds: Mapping[str, int] = field(default_factory=dict)
    motions: Mapping[str, int] = field(default_factory=dict)


def custom_from_json(body: str) -> Custom:
    """`{"curve": "u_shaped", "kinds": {"demo": "2.5"}, "motions": {…}}`; decimals become whole parts exactly.

    Raises RefusedError for weights below 0 or with more than six digits.
    """
    try:
        read: dict[str, Any] = json.loads(body)
        written = {
            table: {str(name): Fraction(str(weight)) for name, weight in read.get(table, {}).items()}
            for table in ("kinds", "motions")
        }
        curve = str(read.get("curve", "linear"))
    except (ValueError, AttributeError, ZeroDivisionError) as error:
        message = f"This is no custom model: {error}."
        raise RefusedError(message) from error
    tables = {}
    for table, weights in written.items():
        # The weight 1 of all others is scaled along, under the empty name.
        parts = {"": Fraction(1), **weights}
        scale = 1
        for weight in parts.values():
            scale = math.lcm(scale, weight.denominator)
        tables[table] = {name: int(weight * scale) for name, weight in parts.items()}
        if not all(0 <= weight <= _GREATEST_WEIGHT for weight in tables[table].values()):
            message = f"The weights of {table} must be decimals from 0 with at most six digits together."
            raise RefusedError(message)
    return Custom(curve, tables["kinds"], tables["motions"])
