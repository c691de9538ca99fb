"""How likely it is that two descriptions are one company: points for what agrees and what does not, and a score."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz
from rapidfuzz.process import cpdist

from partners.matching.records import Columns, Ints
from portal.core.i18n import N_

Points = NDArray[np.float32]
Truths = NDArray[np.bool_]

JOIN: Final = 0.9
"""From here on two descriptions are taken for one company without asking."""
REVIEW: Final = 0.5
"""From here on a person is asked."""
_SLOPE: Final = 0.55
_EVEN: Final = 1.0
"""Points at which it is as likely as not; five points join."""


class Reason(StrEnum):
    """Why two descriptions are, or are not, one company."""

    REGISTRY = "registry_id"
    OTHER_REGISTRY = "other_registry_id"
    DOMAIN = "domain"
    OTHER_DOMAIN = "other_domain"
    NAME = "name"
    NEAR_NAME = "near_name"
    PART_OF_NAME = "part_of_name"
    SAME_WORD = "same_word_in_name"
    OTHER_NAME = "other_name"
    OTHER_TRADE = "other_trade"
    OTHER_PLACE = "other_place_in_name"
    OTHER_NUMBER = "other_number_in_name"
    OTHER_FORM = "other_form"
    BRANCH = "branch"
    PHONE = "phone"
    ADDRESS = "address"
    OTHER_ADDRESS = "other_address"
    POSTCODE = "postcode"
    OTHER_POSTCODE = "other_postcode"
    CITY = "city"
    OTHER_CITY = "other_city"
    OTHER_COUNTRY = "other_country"
    OTHER_KIND = "other_kind_of_registry_id"
    CHAIN = "different_registry_ids_between"


REASON_LABELS: Final[dict[str, str]] = {
    Reason.REGISTRY: N_("same registry id"),
    Reason.OTHER_REGISTRY: N_("different registry ids"),
    Reason.DOMAIN: N_("same website"),
    Reason.OTHER_DOMAIN: N_("different websites"),
    Reason.NAME: N_("same name, legal form aside"),
    Reason.NEAR_NAME: N_("nearly the same name"),
    Reason.PART_OF_NAME: N_("one name is within the other"),
    Reason.SAME_WORD: N_("only the distinctive word of the name agrees"),
    Reason.OTHER_NAME: N_("different names"),
    Reason.OTHER_TRADE: N_("another line of business in the name"),
    Reason.OTHER_PLACE: N_("another place in the name"),
    Reason.OTHER_NUMBER: N_("another number in the name"),
    Reason.OTHER_FORM: N_("different legal forms"),
    Reason.BRANCH: N_("one is a branch"),
    Reason.PHONE: N_("same telephone"),
    Reason.ADDRESS: N_("same address"),
    Reason.OTHER_ADDRESS: N_("different addresses"),
    Reason.POSTCODE: N_("same postcode"),
    Reason.OTHER_POSTCODE: N_("different postcodes"),
    Reason.CITY: N_("same city"),
    Reason.OTHER_CITY: N_("different cities"),
    Reason.OTHER_COUNTRY: N_("different countries"),
    Reason.OTHER_KIND: N_("registry ids of different kinds"),
    Reason.CHAIN: N_("joining would bring different registry ids together"),
}
FOR: Final = frozenset(
    {
        *(Reason.REGISTRY, Reason.DOMAIN, Reason.NAME, Reason.NEAR_NAME, Reason.PART_OF_NAME, Reason.SAME_WORD),
        *(Reason.PHONE, Reason.ADDRESS, Reason.POSTCODE, Reason.CITY),
    }
)
"""The reasons that speak for one company; the others speak against it."""
_ORDER: Final = tuple(Reason)
_BIT: Final = {reason: 1 << at for at, reason in enumerate(_ORDER)}

_SAME_STREET: Final = 88.0
_NAME_STEPS: Final = ((0.95, 4.3), (0.9, 3.5), (0.82, 2.0), (0.72, 0.5), (0.6, -1.0), (0.0, -3.0))
"""Latin names: (likeness from which on, points)."""
_NEAR: Final = 0.82
_SHORT_PHONE: Final = 8


@dataclass(frozen=True, slots=True)
class Scored:
    """Pairs with their scores, and their reasons as bits (`reasons_of`)."""

    scores: Points
    reasons: Ints
    barred: Truths
    """Different registry ids: never one company, whatever else agrees."""


@dataclass(slots=True)
class _Tally:
    """Points and reasons of many pairs while they are added up."""

    points: Points
    reasons: Ints

    def add(self, where: Truths, points: float, reason: Reason | None = None) -> None:
        self.points[where] += points
        if reason is not None:
            self.reasons[where] |= _BIT[reason]


class _Pairs:
    """Two tables and the rows of each that are compared."""

    def __init__(self, left: Columns, right: Columns, at_left: Ints, at_right: Ints) -> None:
        self.left, self.right, self.at_left, self.at_right = left, right, at_left, at_right

    def both(self, name: str) -> tuple[Ints, Ints]:
        return self.left.codes[name][self.at_left], self.right.codes[name][self.at_right]

    def same(self, name: str) -> Truths:
        one, other = self.both(name)
        return np.asarray((one == other) & (one != 0))

    def differs(self, name: str) -> Truths:
        one, other = self.both(name)
        return np.asarray((one != other) & (one != 0) & (other != 0))

    def one_sided(self, name: str) -> Truths:
        one, other = self.both(name)
        return np.asarray((one == 0) != (other == 0))

    def texts(self, name: str, where: Truths) -> tuple[list[str], list[str]]:
        one, other = getattr(self.left, name), getattr(self.right, name)
        return [one[at] for at in self.at_left[where]], [other[at] for at in self.at_right[where]]

    def likeness(self, name: str, scorer: Any, where: Truths) -> Points:
        """How alike two texts are, 0 to 100, where it is asked; elsewhere 0."""
        out = np.zeros(len(self.at_left), np.float32)
        if where.any():
            one, other = self.texts(name, where)
            out[where] = cpdist(one, other, scorer=scorer, dtype=np.float32)
        return out


def score_pairs(left: Columns, right: Columns, at_left: Ints, at_right: Ints) -> Scored:
    """Score rows of one table against rows of another. The same for (a, b) as for (b, a)."""
    pairs = _Pairs(left, right, at_left, at_right)
    count = len(at_left)
    tally = _Tally(np.zeros(count, np.float32), np.zeros(count, np.int64))
    han = np.asarray(pairs.both("han")[0] & pairs.both("han")[1], np.bool_)
    _names(pairs, tally, han)
    _han_names(pairs, tally, han)
    _about_names(pairs, tally, han)
    _places(pairs, tally)
    _contacts(pairs, tally)
    barred, held = _registry(pairs, tally)
    held |= (tally.reasons & _BIT[Reason.BRANCH]) != 0
    scores = (1 / (1 + np.exp(-_SLOPE * (tally.points - _EVEN)))).astype(np.float32)
    scores[held] = np.minimum(scores[held], np.float32(JOIN - 0.01))
    scores[barred] = 0
    return Scored(scores, tally.reasons, barred)


def reasons_of(bits: int) -> tuple[Reason, ...]:
    """The reasons that a number of `Scored.reasons` stands for."""
    return tuple(reason for reason in _ORDER if bits & _BIT[reason])


def bit_of(reason: Reason) -> int:
    """The bit of a reason in `Scored.reasons`."""
    return _BIT[reason]


def _names(pairs: _Pairs, tally: _Tally, han: Truths) -> None:
    """Latin names, and a Latin one beside a Chinese one."""
    words = np.minimum(*pairs.both("words"))
    same = pairs.same("spelt") & ~han
    tally.add(same & (words >= 2), 6.0, Reason.NAME)  # noqa: PLR2004 -- two words, one of them its own
    tally.add(same & (words == 1), 4.6, Reason.NAME)
    tally.add(same & (words == 0), 3.0, Reason.NAME)
    rest = ~same & ~han
    alike = np.maximum(
        pairs.likeness("core", fuzz.token_sort_ratio, rest), pairs.likeness("core", fuzz.ratio, rest)
    )  # fmt: skip
    within = pairs.likeness("brand", fuzz.token_set_ratio, rest) >= 96  # noqa: PLR2004 -- of 100
    # Else each has a word of trade that the other lacks: "Meadow Insurance" and "Meadow Utilities".
    whole = within & (pairs.likeness("core", fuzz.token_set_ratio, within) >= 96)  # noqa: PLR2004 -- of 100
    left = rest
    for least, points in _NAME_STEPS:
        here = left & (alike >= least * 100)
        left = left & ~here
        if least >= _NEAR:
            tally.add(here, points, Reason.NEAR_NAME)
        else:
            tally.add(here & whole, 2.0, Reason.PART_OF_NAME)
            tally.add(here & within & ~whole, 1.0, Reason.SAME_WORD)
            tally.add(here & ~within, points, None if points > 0 else Reason.OTHER_NAME)


def _han_names(pairs: _Pairs, tally: _Tally, han: Truths) -> None:
    """Chinese names: brand, trade and place each tell companies apart; characters that are merely alike do not."""
    brand, trade, place = pairs.same("brand"), pairs.same("trade"), pairs.same("place")
    no_trade = ~pairs.differs("trade")
    alias = _alias(pairs) & han
    long_brand = np.minimum(*pairs.both("words")) >= 3  # noqa: PLR2004 -- two characters and a trade, or three
    neither_trade = no_trade & ~trade & ~pairs.one_sided("trade")
    whole = brand & (trade | neither_trade) & han
    placed = whole & (place | (~pairs.differs("place") & ~pairs.one_sided("place")))
    tally.add(placed & (long_brand | place), 6.0, Reason.NAME)
    tally.add(placed & ~(long_brand | place), 4.6, Reason.NAME)
    tally.add(whole & pairs.one_sided("place") & long_brand, 5.2, Reason.NAME)
    tally.add(whole & pairs.one_sided("place") & ~long_brand, 3.0, Reason.NAME)
    # What stands in brackets and is no known place may be an unknown one.
    tally.add(whole & pairs.one_sided("place") & pairs.one_sided("alias") & ~alias, -1.0)
    tally.add(whole & pairs.differs("place"), 4.6, Reason.NAME)
    shorter = brand & pairs.one_sided("trade") & han
    tally.add(shorter, 2.5, Reason.PART_OF_NAME)
    other_trade = brand & pairs.differs("trade") & han
    alike = pairs.likeness("core", fuzz.ratio, han & ~whole)
    tally.add(other_trade & (alike >= 80), 2.0, Reason.OTHER_TRADE)  # noqa: PLR2004 -- of 100: 科技 and 信息科技
    tally.add(other_trade & (alike < 80), -1.0, Reason.OTHER_TRADE)  # noqa: PLR2004
    rest = han & ~brand
    tally.add(rest & alias, 3.0, Reason.PART_OF_NAME)
    tally.add(rest & ~alias & (alike >= 80), 1.0, Reason.NEAR_NAME)  # noqa: PLR2004 -- a slip of the pen, or a rival
    tally.add(rest & ~alias & (alike < 80), -3.0, Reason.OTHER_NAME)  # noqa: PLR2004


def _alias(pairs: _Pairs) -> Truths:
    """Whether what one has in brackets is how the other is called."""
    (mine, theirs), (brand, other_brand) = pairs.both("alias"), pairs.both("brand")
    return np.asarray(
        ((mine == other_brand) & (mine != 0)) | ((theirs == brand) & (theirs != 0)) | ((mine == theirs) & (mine != 0))
    )


def _about_names(pairs: _Pairs, tally: _Tally, han: Truths) -> None:
    """Numbers, places, forms and branches within names."""
    tally.add(pairs.differs("numbers"), -3.5, Reason.OTHER_NUMBER)
    tally.add(pairs.one_sided("numbers"), -0.7)
    tally.add(pairs.differs("alias") & ~han, -2.0)
    tally.add(pairs.differs("place"), -5.0, Reason.OTHER_PLACE)
    tally.add(pairs.one_sided("place") & ~han, -1.5)
    named = (tally.reasons & _BIT[Reason.NAME]) != 0
    tally.add(named & pairs.same("form"), 0.5)
    tally.add(pairs.differs("form") & ~han, -2.0, Reason.OTHER_FORM)
    tally.add(pairs.differs("form") & han, -0.2, Reason.OTHER_FORM)
    tally.add(pairs.one_sided("branch") | pairs.differs("branch"), -2.0, Reason.BRANCH)


def _places(pairs: _Pairs, tally: _Tally) -> None:
    """Street, postcode, city and country."""
    told = (pairs.both("house")[0] != 0) & (pairs.both("house")[1] != 0)
    number = pairs.same("house")
    street = pairs.same("street") | (
        number & (pairs.likeness("street", fuzz.token_set_ratio, number & ~pairs.same("street")) >= _SAME_STREET)
    )
    address = number & street
    tally.add(address, 4.5, Reason.ADDRESS)
    tally.add(told & ~address, -3.2, Reason.OTHER_ADDRESS)
    tally.add(pairs.same("postcode"), 0.7, Reason.POSTCODE)
    tally.add(pairs.differs("postcode"), -1.2, Reason.OTHER_POSTCODE)
    tally.add(pairs.same("city"), 0.7, Reason.CITY)
    tally.add(pairs.differs("city"), -1.5, Reason.OTHER_CITY)
    tally.add(pairs.same("country"), 0.5)
    tally.add(pairs.differs("country"), -4.0, Reason.OTHER_COUNTRY)


def _contacts(pairs: _Pairs, tally: _Tally) -> None:
    """Telephone and website."""
    one, other = pairs.both("phone_length")
    short = np.minimum(one, other) <= _SHORT_PHONE
    same = pairs.same("phone") | (pairs.same("phone_end") & short & (one != other))
    tally.add(same, 4.5, Reason.PHONE)
    # One telephone at two addresses is a switchboard: a sister, a branch, or one company that moved.
    tally.add(same & ((tally.reasons & _BIT[Reason.OTHER_ADDRESS]) != 0), -2.5)
    tally.add(pairs.differs("phone") & ~same, -0.3)
    tally.add(pairs.same("domain"), 6.0, Reason.DOMAIN)
    tally.add(pairs.differs("domain"), -1.0, Reason.OTHER_DOMAIN)


def _registry(pairs: _Pairs, tally: _Tally) -> tuple[Truths, Truths]:
    """Registry ids: pairs that can never be one, and pairs that only a person may join."""
    checked = np.minimum(*pairs.both("checked"))
    same = pairs.same("registry")
    tally.add(same & (checked == 2), 15.0, Reason.REGISTRY)  # noqa: PLR2004 -- the check digits of both are right
    tally.add(same & (checked == 1), 9.0, Reason.REGISTRY)
    tally.add(same & (checked == 0), 1.0, Reason.REGISTRY)
    differs = pairs.differs("registry")
    barred = differs & ~pairs.differs("scheme")
    tally.add(barred, 0.0, Reason.OTHER_REGISTRY)
    held = differs & pairs.differs("scheme")
    tally.add(held, 0.0, Reason.OTHER_KIND)
    return barred, held


def label_pairs(codes: Sequence[int]) -> Iterator[str]:
    """Reasons as a file has them: codes with semicolons between."""
    for bits in codes:
        yield ";".join(reasons_of(int(bits)))
