"""What the demo's customers use, ask and say; those who leave, or are about to, use less and less before."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from portal.demo.customers import Customer
from portal.demo.orders import Bundle
from portal.demo.timeline import written
from portal.demo.world import Row, World

_FED_PERCENT: Final = 70
"""Of customers that buy, how many have their use measured."""
_ASKS_PERCENT: Final = 45
_SAYS_PERCENT: Final = 50
_FADES_PERCENT: Final = 12
"""Of those who bought lately, how many use less and less all the same."""
_GONE: Final = timedelta(days=300)
"""Without an order for so long, a customer is on its way out."""
_AFTER: Final = timedelta(days=60)
"""So long after its last order its use begins to fall."""
_SETTLED: Final = timedelta(days=14)
"""Nobody fades before."""
_MONTHS: Final = 24
_FALL_PERCENT: Final = 18
"""Of its usual use, lost from month to month."""
_LEAST_PERCENT: Final = 5
_SEATS: Final = (5, 400)
_USED_PERCENT: Final = (60, 95)
_SPREAD_PERCENT: Final = (95, 105)
_ONE_DAY: Final = timedelta(days=1)
_SEVERITIES: Final = (("low", 3), ("normal", 4), ("high", 2), ("critical", 1))
_COMMENTS: Final = {
    True: ("Answers take too long.", "We use it less than we meant to.", "用得越来越少。"),
    False: ("Works as promised.", "Good support.", "服务及时。", ""),
}
"""By whether the customer fades."""


@dataclass(frozen=True, slots=True)
class Course:
    """How one customer goes: from its first order on, and from which day it fades, if it does."""

    customer: Customer
    first: date
    fades_from: date | None
    seats: int


def make_courses(world: World, bundles: Iterable[Bundle]) -> list[Course]:
    """One for each customer that buys in this demo, by id."""
    bought: dict[str, list[Bundle]] = {}
    for bundle in bundles:
        bought.setdefault(bundle.customer.id, []).append(bundle)
    return [_course(world, some) for _key, some in sorted(bought.items())]


def _course(world: World, bundles: list[Bundle]) -> Course:
    customer, seeded = bundles[0].customer, world.seeded
    last = max(bundle.day for bundle in bundles)
    quantity = sum(line.quantity for bundle in bundles for line in bundle.lines)
    fades_from = None
    if world.today - last > _GONE:
        fades_from = last + _AFTER
    elif seeded.chance(_FADES_PERCENT, "fades", customer.id):
        fades_from = world.today - timedelta(days=seeded.between(60, 150, "fades from", customer.id))
    first = min(bundle.day for bundle in bundles)
    if fades_from is not None:
        fades_from = max(fades_from, first + _SETTLED)
    seats = min(max(quantity, _SEATS[0]), _SEATS[1])
    return Course(customer, first, fades_from, seats)


def is_fed(world: World, course: Course) -> bool:
    """Whether the use of this customer is measured."""
    return world.seeded.chance(_FED_PERCENT, "use", course.customer.id)


def usage_rows(world: World, courses: Iterable[Course]) -> Iterator[Row]:
    """A reading at the end of each month, up to the last one that is over."""
    for course in courses:
        if is_fed(world, course):
            yield from _readings(world, course)


def _readings(world: World, course: Course) -> Iterator[Row]:
    seeded, key = world.seeded, course.customer.id
    usual = course.seats * seeded.between(*_USED_PERCENT, "used", key)
    day = world.today.replace(day=1) - _ONE_DAY
    for _month in range(_MONTHS):
        if day < course.first:
            return
        percent = _percent(course, day) * seeded.between(*_SPREAD_PERCENT, "use", key, day)
        yield {
            "source_id": f"U-{key}-{day:%Y-%m}",
            "account": key,
            "day": written(day),
            "amount": str(min(usual * percent // 1_000_000, course.seats)),
            "licensed": str(course.seats),
        }
        day = day.replace(day=1) - _ONE_DAY


def _percent(course: Course, day: date) -> int:
    """How much of its usual use a customer has on a day."""
    if course.fades_from is None or day < course.fades_from:
        return 100
    months = (day - course.fades_from).days // 30 + 1
    return max(100 - _FALL_PERCENT * months, _LEAST_PERCENT)


def ticket_rows(world: World, courses: Iterable[Course]) -> Iterator[Row]:
    """Cases of the last year: most are closed within weeks; those who fade wait for an answer."""
    seeded = world.seeded
    for course in courses:
        key, fades = course.customer.id, course.fades_from is not None
        if not seeded.chance(80 if fades else _ASKS_PERCENT, "asks", key):
            continue
        for number in range(seeded.between(1, 4, "tickets", key)):
            days = seeded.between(0, 20, "closed", key, number)
            opened = _day(world, course, 360, "opened", number)
            closed = written(min(opened + timedelta(days=days), world.today - _ONE_DAY))
            if number == 0 and seeded.chance(60 if fades else 15, "open", key):
                opened, closed = _day(world, course, 45, "waits", number), ""
            yield {
                "source_id": f"T-{key}-{number + 1}",
                "account": key,
                "opened_on": written(opened),
                "closed_on": closed,
                "severity": seeded.weighted(_SEVERITIES, "severity", key, number),
            }


def survey_rows(world: World, courses: Iterable[Course]) -> Iterator[Row]:
    """Answers of the last year and a half, from 0 to 10; those who fade say so."""
    seeded = world.seeded
    for course in courses:
        key = course.customer.id
        if not seeded.chance(_SAYS_PERCENT, "says", key):
            continue
        for number in range(seeded.between(1, 3, "answers", key)):
            day = _day(world, course, 540, "answered", number)
            fades = course.fades_from is not None and day >= course.fades_from
            yield {
                "source_id": f"S-{key}-{number + 1}",
                "account": key,
                "answered_on": written(day),
                "score": str(seeded.between(*((1, 5) if fades else (6, 10)), "score", key, number)),
                "scale": "0-10",
                "comment": seeded.pick(_COMMENTS[fades], "comment", key, number),
            }


def _day(world: World, course: Course, longest: int, what: str, number: int) -> date:
    """A day before today, so many days ago at most, on which it was a customer."""
    most = min(longest, max((world.today - course.first).days, 1))
    return world.today - timedelta(days=world.seeded.between(1, most, what, course.customer.id, number))
