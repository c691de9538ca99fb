"""The models by name, and what each of them needs."""

from typing import Final

from attribution.engine.errors import UnknownModelError
from attribution.engine.markov import MOST_ORDER

RULES: Final = (
    "first", "last", "first_last", "linear", "u_shaped", "w_shaped", "full_path", "decay", "custom",
)  # fmt: skip
"""Models that look at one journey only."""
SHAPLEY: Final = ("shapley", "shapley_ordered")
"""Exact and linear in journeys: one journey's part is known from it alone."""
MARKOV: Final = tuple(f"markov:{order}" for order in range(1, MOST_ORDER + 1))
RATE: Final = "shapley_rate"
ALL: Final = (*RULES, *MARKOV, *SHAPLEY, RATE)
NEED_TOUCHES: Final = frozenset({"w_shaped", "full_path", "decay", "custom"})
"""Models that take more of a touch than its place and key: not for aggregated paths."""


def parse(text: str) -> tuple[str, ...]:
    """Model names between commas, each once, in the order given; `markov` is `markov:1`. Raises UnknownModelError."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    found = dict.fromkeys("markov:1" if name == "markov" else name for name in names)
    unknown = [name for name in found if name not in ALL]
    if unknown or not found:
        message = f"No such model: {', '.join(unknown) or '(none)'}. There are: {', '.join(ALL)}."
        raise UnknownModelError(message)
    return tuple(found)


def order_of(model: str) -> int | None:
    """The order of a Markov model, or None."""
    return int(model.partition(":")[2]) if model.startswith("markov:") else None


def needs_all(names: tuple[str, ...]) -> bool:
    """Whether any of the models looks at all journeys before it can credit one."""
    return any(order_of(name) is not None or name == RATE for name in names)
