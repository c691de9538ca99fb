"""Choices that look random and never change: each is a hash of the seed and of what is chosen for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
_PERCENT = 100


@dataclass(frozen=True, slots=True)
class Seeded:
    """Choices by hash. They depend on the seed and the key only, never on the order of asking."""

    seed: str

    def hash(self, *key: object) -> int:
        """A whole number of 64 bits for this key."""
        text = "\x1f".join((self.seed, *map(str, key)))
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")

    def below(self, limit: int, *key: object) -> int:
        """A whole number from 0 up to, not including, `limit`."""
        return self.hash(*key) % limit

    def between(self, low: int, high: int, *key: object) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1, *key)

    def chance(self, percent: int, *key: object) -> bool:
        """True for about `percent` of all keys."""
        return self.below(_PERCENT, *key) < percent

    def pick(self, options: Sequence[T], *key: object) -> T:
        """One of the options."""
        return options[self.below(len(options), *key)]

    def weighted(self, options: Iterable[tuple[T, int]], *key: object) -> T:
        """One of the options, in proportion to its whole weight."""
        spread = [option for option, weight in options for _ in range(weight)]
        return self.pick(spread, *key)

    def shuffled(self, items: Iterable[T], *key: object) -> list[T]:
        """The items in an order of their own; what an item's `str` is decides its place."""
        return sorted(items, key=lambda item: (self.hash(*key, item), str(item)))
