"""Trying the policy of approval chains against the past: what the last three whole months would have needed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from partners.chains import queries, service
from partners.chains.policy import KEY, Chains
from partners.chains.queries import DealFacts
from partners.chains.rules import NeededStep, steps_for
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.policies.queries import Version, get_version, in_force

_MONTHS = 3


@dataclass(frozen=True, slots=True)
class Trial:
    """What one version would have asked for, deal by deal, newest first."""

    version: Version | None
    since: date
    until: date
    """Exclusive."""
    deals: Sequence[tuple[DealFacts, tuple[NeededStep, ...]]]

    @property
    def asked(self) -> list[tuple[DealFacts, tuple[NeededStep, ...]]]:
        """Those that would have needed more than their manager's word."""
        return [(deal, steps) for deal, steps in self.deals if steps]

    @property
    def by_rule(self) -> Counter[str]:
        """How many deals each rule would have caught."""
        return Counter(name for _deal, steps in self.deals for name in {n for step in steps for n in step.rules})

    @property
    def by_approver(self) -> Counter[str]:
        """How many steps each kind of work would have been asked for."""
        return Counter(step.approver.value for _deal, steps in self.deals for step in steps)

    @property
    def is_cut(self) -> bool:
        """Whether there were more deals than are looked at."""
        return len(self.deals) == queries.MOST_TRIED


async def run_trial(actor: Actor, version_id: UUID | None, *, now: datetime) -> Trial:
    """The version, or what is in force, held against what was submitted in the last three whole months.

    Deals count as they are now, amounts by the rates of the day they were submitted. By the function that decides.
    Raises NotFound for a version of another policy.
    """
    zone = formats.time_zone()
    until = since = clock.month_of(clock.day_of(now, zone.key))
    for _month in range(_MONTHS):
        since = clock.previous_month(since)
    version = await _version(actor, version_id, clock.day_of(now, zone.key))
    document = version.document if version else Chains()
    if not isinstance(document, Chains):
        raise NotFound
    begin, end = (clock.start_of(day, zone.key) for day in (since, until))
    found = await queries.list_submitted(actor, begin, end)
    async with db.transaction(actor):
        on = await service.converter(document, {one.facts.amount.currency for one in found}, since, until)
    tried = []
    for one in found:
        day = clock.day_of(one.submitted_at or begin, zone.key)
        tried.append((one, steps_for(one.facts, document.rules, on(day))))
    return Trial(version, since, until, tried)


async def _version(actor: Actor, version_id: UUID | None, today: date) -> Version | None:
    if version_id is not None:
        return await get_version(actor, version_id)
    current = await in_force(actor, KEY, today)
    return await get_version(actor, current.version_id) if current else None
