"""The effects planted in the demo's touches: the truth that a report on attribution has to find."""

from functools import cache
from typing import Final, NamedTuple

from portal.demo.reading import read_table

BASE_PERCENT: Final = 25
"""Of journeys that no partner touched, how many end in a purchase."""


class Effect(NamedTuple):
    """What a partner's work does: of all journeys that it touched, how many percent end in a purchase."""

    word: str
    buys_percent: int

    def lost(self, bought: int) -> int:
        """How many journeys of the partner end in nothing beside so many that end in a purchase, to the nearest."""
        return (bought * (100 - self.buys_percent) * 2 + self.buys_percent) // (self.buys_percent * 2)


NOBODY: Final = Effect("none", BASE_PERCENT)
"""What holds where no partner is in it."""


@cache
def planted_effects() -> dict[str, Effect]:
    """The effect of each partner by the reseller's key in the source: `data/tributary/planted_effects.csv`."""
    rows = read_table("tributary/planted_effects.csv")
    return {row["partner"]: Effect(row["effect"], int(row["buys_percent"])) for row in rows}
