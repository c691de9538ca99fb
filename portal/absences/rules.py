"""What is true of absences: who is away on a day, who acts for them, and what cannot be. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from uuid import UUID

LONGEST: Final = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class Absence:
    """Somebody is away on the vendor's days from `since` until before `until`."""

    membership: UUID
    cover: UUID
    since: date
    until: date

    def holds_on(self, day: date) -> bool:
        """Whether that is one of its days."""
        return self.since <= day < self.until


def covers_on(absences: Iterable[Absence], day: date) -> dict[UUID, UUID]:
    """Who is away on a day -> who acts for them.

    The cover does, or, when the cover is away too, the cover's own cover. Further it does not go: nobody acts then.
    """
    first = {one.membership: one.cover for one in absences if one.holds_on(day)}
    found = {}
    for away, cover in first.items():
        acting = first.get(cover, cover)
        if acting != away and acting not in first:
            found[away] = acting
    return found


def problem_of(wanted: Absence, known: Iterable[Absence], roles: Mapping[UUID, frozenset[str]], today: date) -> str:
    """Why it cannot be, as a code, or an empty text; `known` are the running and coming ones of the same person.

    `self`: covered by oneself; `order`: ends before it begins; `long`; `past`: over already; `overlap`: away already on
    some of the days; `cover`: the cover shares no role, so may not do what waits (or is nobody of ours).
    """
    if wanted.membership == wanted.cover:
        return "self"
    if wanted.until <= wanted.since:
        return "order"
    if wanted.until - wanted.since > LONGEST:
        return "long"
    if wanted.until <= today:
        return "past"
    if any(one.since < wanted.until and wanted.since < one.until for one in known):
        return "overlap"
    mine, theirs = roles.get(wanted.membership, frozenset()), roles.get(wanted.cover, frozenset())
    return "" if mine & theirs else "cover"


def ended_on(one: Absence, today: date) -> Absence | None:
    """What is left of it when somebody is back today; None when no day of it has passed."""
    if one.since >= today:
        return None
    return Absence(one.membership, one.cover, one.since, min(one.until, today))


def last_day(until: date) -> date:
    """The last day of it, as people say it."""
    return until - timedelta(days=1)


def after(last: date) -> date:
    """The day after the last one."""
    return last + timedelta(days=1)


def sharing(roles: Mapping[UUID, frozenset[str]], membership: UUID) -> Sequence[UUID]:
    """Who could cover somebody: everybody else with a role of theirs."""
    mine = roles.get(membership, frozenset())
    return [one for one, theirs in roles.items() if one != membership and mine & theirs]
