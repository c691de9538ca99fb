"""What becomes of a registration: the vendor's steps, the conflict rule, and the sale."""

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from itertools import cycle
from typing import Final, NamedTuple

from portal.demo.companies import MAIN
from portal.demo.deals import EXCLUSIVE, PROTECTION_DAYS, Claim, Course, Deal, Protections
from portal.demo.seeded import Seeded
from portal.demo.source import Opportunity
from portal.demo.timeline import moment
from portal.demo.world import World

_RECENT: Final = timedelta(days=28)
_STAGES: Final = {
    "1-Qualify": "prospect",
    "2-Develop": "qualified",
    "3-Propose": "proposal",
    "4-Close": "negotiation",
}
_WAITING: Final = (("draft", 2), ("submitted", 5), ("in_review", 4), ("info_requested", 3), ("", 8))
"""Where recent open registrations stand, with weights; the empty one goes on to a decision."""
_TOUR: Final = ("info_requested", "submitted", "", "in_review", "draft", "")
"""The same for the tour's partner, one after the other, so that it has each of them."""
_REFUSALS: Final = (("", 90), ("direct_opportunity", 4), ("incomplete", 2), ("existing_customer", 2))
"""Why a registration without conflict is refused all the same, with weights; mostly it is not."""
_LOST: Final = (
    ("price", 4),
    ("competitor", 3),
    ("no_budget", 2),
    ("no_decision", 3),
    ("function", 1),
    ("other", 1),
)
_WITHDRAWN_PERCENT: Final = 3
_ASKED_PERCENT: Final = 12
_UNLINKED_PERCENT: Final = 15
_QUESTIONS: Final = (
    ("Who decides at the customer, and by when?", "The operations manager; the board meets next month."),
    ("Does this replace bikes that are leased from us already?", "No, these are for a new site."),
    ("Which delivery date does the customer expect?", "In two lots, the first within six weeks."),
    ("Please name the person you met and the date of the meeting.", "We met the purchasing team on site."),
)
_QUESTIONS_ZH: Final = (
    ("请说明客户方由谁决定，预计何时决定？", "由运营总监决定，下月初开会讨论。"),
    ("客户期望的交付日期是什么时候？", "分两批交付，首批六周内到货。"),
    ("请补充与客户会面的人员和日期。", "已与采购部门当面沟通。"),
)


class Steps(NamedTuple):
    """When the vendor would get to a registration, if nothing stands in the way."""

    submitted_at: datetime
    taken_at: datetime
    decided_at: datetime


class Outcome(NamedTuple):
    """How the sale went in the source: `won`, `lost` or `open`, how far it had come, and when it closed."""

    result: str
    step: str
    closed_at: datetime | None


def outcome_of(world: World, opportunity: Opportunity) -> Outcome:
    """The outcome of an opportunity, moved in time."""
    result = opportunity.status.lower()
    minutes = world.seeded.between(8 * 60, 18 * 60, "closed", opportunity.seq)
    closed = None if result == "open" else moment(opportunity.closes + world.deals_move, minutes=minutes)
    return Outcome(result, _STAGES[opportunity.step], closed)


def steps_of(seeded: Seeded, claim: Claim) -> Steps:
    """Submitted within a day, taken within one or two, decided within two to five."""
    submitted = claim.created_at + timedelta(minutes=seeded.between(3, 1200, "submitted", claim.id))
    taken = submitted + timedelta(minutes=seeded.between(90, 2200, "taken", claim.id))
    return Steps(submitted, taken, taken + timedelta(minutes=seeded.between(600, 5400, "decided", claim.id)))


def protection_end(world: World, claim: Claim, decided_at: datetime) -> datetime:
    """The end of the protection, exclusive: so many whole days after that of the decision, by the partner's tier."""
    days = PROTECTION_DAYS[claim.partner.tier] + 1
    last_day = decided_at.astimezone(world.zone).date() + timedelta(days=days)
    return datetime.combine(last_day, time(), world.zone).astimezone(UTC)


def dialogue(seeded: Seeded, claim: Claim) -> tuple[str, str]:
    """A question of the vendor's and the partner's answer, in the partner's language."""
    return seeded.pick(_QUESTIONS_ZH if claim.partner.chinese else _QUESTIONS, "dialogue", claim.id)


def waiting_course(seeded: Seeded, claim: Claim, state: str, steps: Steps, stage: str) -> Course:
    """A registration on which somebody has yet to act."""
    early = "qualified" if stage in {"proposal", "negotiation"} else stage
    if state == "draft":
        linked = not seeded.chance(_UNLINKED_PERCENT, "linked", claim.id)
        return Course("draft", "prospect", linked=linked)
    if state == "submitted":
        linked = not seeded.chance(_UNLINKED_PERCENT, "linked", claim.id)
        return Course("submitted", early, submitted_at=steps.submitted_at, linked=linked)
    question = dialogue(seeded, claim)[0] if state == "info_requested" else ""
    return Course(state, early, submitted_at=steps.submitted_at, taken_at=steps.taken_at, question=question)


def _reached(steps: Steps, now: datetime) -> str:
    """How far the vendor has come by now; empty when it has decided."""
    if steps.submitted_at >= now:
        return "draft"
    if steps.taken_at >= now:
        return "submitted"
    return "in_review" if steps.decided_at >= now else ""


class Desk:
    """The vendor's desk, which decides registrations in the order of their time."""

    def __init__(self, world: World, protections: Protections) -> None:
        self._world = world
        self._protections = protections
        self._tour = cycle(_TOUR)

    def decide(self, claim: Claim, steps: Steps, outcome: Outcome) -> Course:
        """Approved where the conflict rule lets it through, otherwise refused or taken back."""
        seeded, now = self._world.seeded, self._world.now
        waiting = _reached(steps, now)
        if not waiting and outcome.result == "open" and claim.created_at > now - _RECENT:
            main = claim.partner.reseller.key == MAIN
            waiting = next(self._tour) if main else seeded.weighted(_WAITING, "waiting", claim.id)
        if waiting:
            return waiting_course(seeded, claim, waiting, steps, outcome.step)
        question, answer = ("", "")
        if seeded.chance(_ASKED_PERCENT, "asked", claim.id):
            question, answer = dialogue(seeded, claim)
        course = Course(
            "approved",
            outcome.step,
            submitted_at=steps.submitted_at,
            taken_at=steps.taken_at,
            decided_at=steps.decided_at,
            question=question,
            answer=answer,
        )
        if claim.role != EXCLUSIVE:
            return self._sold(claim, course, outcome)
        return self._exclusive(claim, course, outcome, steps.decided_at)

    def _exclusive(self, claim: Claim, course: Course, outcome: Outcome, decided_at: datetime) -> Course:
        seeded = self._world.seeded
        end = protection_end(self._world, claim, decided_at)
        held = self._protections.overlapping(claim.customer.id, claim.group, decided_at, end)
        own = held is not None and held.partner == claim.partner.reseller.key
        if own or seeded.chance(_WITHDRAWN_PERCENT, "withdrawn", claim.id):
            return course._replace(state="withdrawn", decided_at=None)
        code = "duplicate" if held else seeded.weighted(_REFUSALS, "refusal", claim.id)
        if code:
            return course._replace(state="rejected", reject_code=code)
        self._protections.grant(claim, decided_at, end)
        return self._sold(claim, course._replace(protected_until=end), outcome)

    def _sold(self, claim: Claim, course: Course, outcome: Outcome) -> Course:
        """The sale's end on an approved deal.

        Won while protected counts for ever. Otherwise the deal expires with its protection, and an expired
        one can be lost but no longer won: it stays where it stood.
        """
        end, closed = course.protected_until, outcome.closed_at
        if closed and outcome.result == "won" and (end is None or closed < end):
            return course._replace(stage="won", closed_at=closed)
        if closed and outcome.result == "lost":
            reason = self._world.seeded.weighted(_LOST, "lost", claim.id)
            course = course._replace(stage="lost", closed_at=closed, lost_reason=reason)
        return course._replace(state="expired") if end and end <= self._world.now else course


def run_courses(world: World, claims: Iterable[tuple[Claim, Opportunity]], protections: Protections) -> list[Deal]:
    """All claims with what became of them, decided in the order in which the vendor got to them."""
    desk = Desk(world, protections)
    waiting = [(steps_of(world.seeded, claim), claim, opportunity) for claim, opportunity in claims]
    waiting.sort(key=lambda item: (item[0].decided_at, item[1].id))
    return [
        Deal(claim, desk.decide(claim, steps, outcome_of(world, opportunity))) for steps, claim, opportunity in waiting
    ]
