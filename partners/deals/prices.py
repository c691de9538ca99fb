"""How far prices are below the list, who may grant that, and until when. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from fractions import Fraction
from zoneinfo import ZoneInfo


class PriceState(StrEnum):
    """How a special price stands."""

    NONE = "none"
    """No line is cheaper than the list."""
    WANTED = "wanted"
    GRANTED = "granted"
    ENDED = "ended"
    """Its own end or that of the protection has passed."""
    NOT_GRANTED = "not_granted"
    """The registration ended without it."""


def deepest_discount(lines: Iterable[tuple[int, int | None]]) -> Fraction:
    """The greatest share by which a unit price is below its list price; 0 when none is.

    Each line by itself, so that a dear one hides no cheap one. Lines without a list price in the currency do not count.
    """
    shares = [Fraction(listed - price, listed) for price, listed in lines if listed]
    return max([Fraction(0), *shares])


def needs_second_person(discount: Fraction, alone_percent: int) -> bool:
    """Whether a discount is more than one person may grant alone."""
    return discount > Fraction(alone_percent, 100)


def granted_until(wanted: date, protected_until: datetime | None, zone: str) -> datetime:
    """The end of a granted price, exclusive: that of the wanted day, but never after the protection's."""
    end = datetime.combine(wanted + timedelta(days=1), time.min, ZoneInfo(zone))
    return end if protected_until is None else min(end.astimezone(protected_until.tzinfo), protected_until)


def state_of(
    discount: Fraction, until: datetime | None, now: datetime, *, undecided: bool, approved: bool
) -> PriceState:
    """How the special price of a registration stands."""
    if not discount:
        return PriceState.NONE
    if until is not None:
        return PriceState.GRANTED if approved and now < until else PriceState.ENDED
    return PriceState.WANTED if undecided else PriceState.NOT_GRANTED
