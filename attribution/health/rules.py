"""What a customer's health is: five terms from 0 to 100 or not known, and their weighted mean. Pure and exact."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from typing import Final

from portal.core.i18n import N_
from portal.core.money import round_half_away

MOST: Final = 100
"""Of a score, and of all weights together."""
UNKNOWN_RANK: Final = 101
"""Where customers stand of whom not enough is known: after all others, lowest first."""
USUAL_WINDOWS: Final = 4
"""The usual is what was in so many windows before the last one."""
LEAST_GAPS: Final = 2
"""Fewer gaps between orders are no rhythm."""
_NONE: Final = Fraction(0)
_ONE: Final = Fraction(1)


class Level(StrEnum):
    """What the score means."""

    GOOD = "good"
    WATCH = "watch"
    AT_RISK = "at_risk"
    UNKNOWN = "unknown"
    """Not enough is known: never a score of zero."""


class Term(StrEnum):
    """What health is made of."""

    RECENCY = "recency"
    USAGE = "usage"
    ENGAGEMENT = "engagement"
    ISSUES = "issues"
    SENTIMENT = "sentiment"


class Severity(StrEnum):
    """How bad an open ticket is."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"


TERM_LABELS: Final[Mapping[Term, str]] = {
    Term.RECENCY: N_("Orders and payments"),
    Term.USAGE: N_("Product use"),
    Term.ENGAGEMENT: N_("Engagement"),
    Term.ISSUES: N_("Open issues"),
    Term.SENTIMENT: N_("Satisfaction"),
}
SEVERITY_LABELS: Final[Mapping[Severity, str]] = {
    Severity.LOW: N_("Low severity"),
    Severity.NORMAL: N_("Normal severity"),
    Severity.HIGH: N_("High severity"),
    Severity.CRITICAL: N_("Critical severity"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """By what health is reckoned; `settings.py` has it as a policy. Weights and points are whole, times are days."""

    weights: Mapping[Term, int] = field(
        default_factory=lambda: {
            Term.RECENCY: 30, Term.USAGE: 25, Term.ENGAGEMENT: 15, Term.ISSUES: 15, Term.SENTIMENT: 15,
        }
    )  # fmt: skip
    least_weight: int = 40
    """Of the terms that are known; below it there is no score."""
    good_from: int = 70
    watch_from: int = 40
    lost_times: int = 3
    """A silence of so many of its own intervals gives a recency of 0."""
    window_days: int = 90
    points: Mapping[Severity, int] = field(
        default_factory=lambda: {
            Severity.LOW: 5, Severity.NORMAL: 10, Severity.HIGH: 20, Severity.CRITICAL: 40,
        }
    )  # fmt: skip
    double_days: int = 30
    """After so long an open ticket takes twice its points."""
    half_life_days: int = 180
    oldest_days: int = 730
    """Older answers count no more."""


@dataclass(frozen=True, slots=True)
class Use:
    """Readings of one product within the last window and the one before: sums, and of how many readings."""

    recent: int = 0
    recent_count: int = 0
    before: int = 0
    before_count: int = 0
    licensed_use: int = 0
    """Of the recent readings that say how much was paid for."""
    licensed: int = 0
    licensed_count: int = 0


@dataclass(frozen=True, slots=True)
class Touches:
    """Touches with people at the customer: in the last window, and in the windows before it."""

    recent: int
    people: int
    before: int
    before_days: int
    """How long the time before is: the usual windows, or since the first touch where that is shorter."""


@dataclass(frozen=True, slots=True)
class Open:
    """A ticket that is open."""

    severity: Severity
    age_days: int


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, as a part of its scale from 0 to 1."""

    part: Fraction
    age_days: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one customer on a day."""

    order_days: Sequence[date] = ()
    """Of orders and of contracts that began: distinct, ascending."""
    last_on: date | None = None
    """The last of these, or of its payments."""
    uses: Sequence[Use] = ()
    touches: Touches | None = None
    tickets: Sequence[Open] | None = None
    """None for a customer of whom no ticket ever came."""
    answers: Sequence[Answer] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """One term: its score or None, and the numbers for its sentence."""

    score: int | None
    facts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A customer's health."""

    score: int | None
    level: Level
    terms: Mapping[Term, Found]


def reckon(facts: Facts, settings: Settings, day: date) -> Reckoned:
    """All terms and what follows.

    score = Σ weight · term / Σ weight over the terms that are known, to the nearest whole, a half upwards. The
    terms are rounded before, so that what is shown gives the score. Without enough weight it is not known.
    """
    terms = {
        Term.RECENCY: recency(facts, settings, day),
        Term.USAGE: usage(facts.uses),
        Term.ENGAGEMENT: engagement(facts.touches, settings),
        Term.ISSUES: issues(facts.tickets, settings),
        Term.SENTIMENT: sentiment(facts.answers, settings),
    }
    scores = {term: found.score for term, found in terms.items() if found.score is not None}
    weight = sum(settings.weights[term] for term in scores)
    if not weight or weight < settings.least_weight:
        return Reckoned(None, Level.UNKNOWN, terms)
    total = sum(settings.weights[term] * score for term, score in scores.items())
    score = round_half_away(Fraction(total, weight))
    return Reckoned(score, level_of(score, settings), terms)


def level_of(score: int, settings: Settings) -> Level:
    """What a score means by the policy's thresholds."""
    if score >= settings.good_from:
        return Level.GOOD
    return Level.WATCH if score >= settings.watch_from else Level.AT_RISK


def recency(facts: Facts, settings: Settings, day: date) -> Found:
    """How long nothing came, beside the customer's own rhythm.

    s = days since the last order or payment, m = the median of the days between its orders, z = `lost_times`:
    100 while s ≤ m, 0 from s = z·m on, in a straight line between. Not known with fewer than two gaps.
    """
    gaps = sorted((after - before).days for before, after in zip(facts.order_days, facts.order_days[1:], strict=False))
    if len(gaps) < LEAST_GAPS or facts.last_on is None:
        return Found(None, {"orders": len(facts.order_days)})
    middle, odd = divmod(len(gaps), 2)
    median = Fraction(gaps[middle]) if odd else Fraction(gaps[middle - 1] + gaps[middle], 2)
    since = (day - facts.last_on).days
    part = (settings.lost_times - since / median) / (settings.lost_times - 1)
    return Found(_whole(part), {"since": since, "median": round_half_away(median), "orders": len(facts.order_days)})


def usage(uses: Sequence[Use]) -> Found:
    """How use has gone, and how much of what was paid for is used.

    trend = mean of the readings of the last window / that of the window before, summed over the products that
    have both, at most 1; share = use / licensed in the last window, at most 1. The term is 100 times the lower of
    the two, or the one that is known: a little use is no better for being steady. Without either, not known.
    """
    both = [one for one in uses if one.recent_count and one.before_count]
    recent = sum((Fraction(one.recent, one.recent_count) for one in both), _NONE)
    before = sum((Fraction(one.before, one.before_count) for one in both), _NONE)
    paid = [one for one in uses if one.licensed_count]
    used = sum((Fraction(one.licensed_use, one.licensed_count) for one in paid), _NONE)
    licensed = sum((Fraction(one.licensed, one.licensed_count) for one in paid), _NONE)
    parts: list[Fraction] = []
    facts: dict[str, int] = {}
    if both:
        # What was not used and is not used now is no use, and what is used for the first time is no fall.
        parts.append(min(_ONE, recent / before) if before else min(_ONE, recent))
        facts |= {"recent": round_half_away(recent), "before": round_half_away(before)}
    if paid:
        parts.append(min(_ONE, used / licensed))
        facts |= {"used": round_half_away(used), "licensed": round_half_away(licensed)}
    return Found(_whole(min(parts)) if parts else None, facts)


def engagement(touches: Touches | None, settings: Settings) -> Found:
    """Touches with people at the customer in the last window, beside as many as are usual in one.

    usual = touches before · window / days before. 100 · recent / usual, at most 100. Not known without any touch
    before, or when the time before is shorter than one window.
    """
    if touches is None:
        return Found(None)
    facts = {"recent": touches.recent, "people": touches.people}
    if not touches.before or touches.before_days < settings.window_days:
        return Found(None, facts)
    usual = Fraction(touches.before * settings.window_days, touches.before_days)
    return Found(_whole(touches.recent / usual), facts | {"usual_tenths": round_half_away(10 * usual)})


def issues(tickets: Sequence[Open] | None, settings: Settings) -> Found:
    """What open tickets take off 100.

    Each takes the points of its severity · (1 + min(age, d) / d) with d = `double_days`; never below 0. Not
    known for a customer of whom no ticket ever came: nobody knows whether its tickets are fed.
    """
    if tickets is None:
        return Found(None)
    double = settings.double_days
    taken = sum(
        (settings.points[one.severity] * (1 + Fraction(min(one.age_days, double), double)) for one in tickets), _NONE
    )
    facts = {severity.value: sum(one.severity is severity for one in tickets) for severity in Severity}
    oldest = max((one.age_days for one in tickets), default=0)
    return Found(_whole(1 - taken / MOST), facts | {"open": len(tickets), "oldest": oldest})


def sentiment(answers: Sequence[Answer], settings: Settings) -> Found:
    """The weighted mean of answers as parts of their scales, newer ones weighing more; not known without any.

    After k half-lives an answer weighs 2⁻ᵏ; between whole half-lives the weight falls in a straight line, so
    that it is an exact fraction.
    """
    counted = [one for one in answers if one.age_days <= settings.oldest_days]
    if not counted:
        return Found(None)
    weights = [weight_of(one.age_days, settings.half_life_days) for one in counted]
    mean = sum((weight * one.part for weight, one in zip(weights, counted, strict=True)), _NONE) / sum(weights)
    newest = min(one.age_days for one in counted)
    return Found(_whole(mean), {"answers": len(counted), "newest": newest})


def weight_of(age_days: int, half_life_days: int) -> Fraction:
    """What an answer of this age weighs: 1 when new, 1/2 after a half-life, 3/8 after one and a half."""
    halvings, rest = divmod(age_days, half_life_days)
    return Fraction(1, 2**halvings) * (1 - Fraction(rest, 2 * half_life_days))


def _whole(part: Fraction) -> int:
    """A part from 0 to 1, or beyond either end, as a whole score."""
    return round_half_away(MOST * max(_NONE, min(_ONE, part)))
