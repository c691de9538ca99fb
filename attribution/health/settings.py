"""The policy `health`: what each term weighs, what tickets and old answers count, and which score is good."""

from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import Field

from attribution.health.rules import MOST, SEVERITY_LABELS, TERM_LABELS, Settings, Severity, Term
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.core.questions import Question
from portal.policies.kinds import Document, Line, PolicyKind, register_kind
from portal.policies.queries import holds_on

KEY: Final = "health"


class HealthSettings(Document):
    """What the vendor decides about health: weights in percent, scores from 0 to 100, points, and days."""

    recency: int = Field(default=30, ge=0, le=MOST)
    usage: int = Field(default=25, ge=0, le=MOST)
    engagement: int = Field(default=15, ge=0, le=MOST)
    issues: int = Field(default=15, ge=0, le=MOST)
    sentiment: int = Field(default=15, ge=0, le=MOST)
    least_weight: int = Field(default=40, ge=1, le=MOST)
    """Of the terms that are known; below it there is no score."""
    good_from: int = Field(default=70, ge=1, le=MOST)
    watch_from: int = Field(default=40, ge=1, le=MOST)
    lost_times: int = Field(default=3, ge=2, le=20)
    window_days: int = Field(default=90, ge=7, le=366)
    low: int = Field(default=5, ge=0, le=MOST)
    normal: int = Field(default=10, ge=0, le=MOST)
    high: int = Field(default=20, ge=0, le=MOST)
    critical: int = Field(default=40, ge=0, le=MOST)
    double_days: int = Field(default=30, ge=1, le=366)
    half_life_days: int = Field(default=180, ge=7, le=1_460)
    oldest_days: int = Field(default=730, ge=7, le=3_650)

    @property
    def plain(self) -> Settings:
        """As the rules take them."""
        return Settings(
            weights={term: getattr(self, term.value) for term in Term},
            least_weight=self.least_weight,
            good_from=self.good_from,
            watch_from=self.watch_from,
            lost_times=self.lost_times,
            window_days=self.window_days,
            points={severity: getattr(self, severity.value) for severity in Severity},
            double_days=self.double_days,
            half_life_days=self.half_life_days,
            oldest_days=self.oldest_days,
        )


DEFAULT: Final = HealthSettings()
"""What a new installation begins with, as a first version that managers can change."""


class Chosen(NamedTuple):
    """The settings in force, and the version of the policy they come from; None where none was approved yet."""

    version: UUID | None
    settings: Settings


async def settings_on(actor: Actor, day: date) -> Chosen:
    """What holds on a day."""
    found: Chosen = await db.ask_alone(actor, settings_of(day))
    return found


def settings_of(day: date) -> Question:
    """The question of `settings_on`, for asking beside others."""
    return holds_on(KEY, day).then(
        lambda found: Chosen(None, DEFAULT.plain) if found is None else Chosen(found.version_id, found.body.plain)
    )


def lint(document: HealthSettings) -> list[str]:
    """Weights have to be 100 together, and good has to be better than watch."""
    plain = document.plain
    weights = sum(plain.weights.values())
    wrong = []
    if weights != MOST:
        wrong.append(_("The weights are %(sum)s%% together. They have to be 100%%.") % {"sum": weights})
    if plain.good_from <= plain.watch_from:
        wrong.append(_("Good has to begin above where watch begins."))
    return wrong


def lines(document: HealthSettings) -> list[Line]:
    """What it says, one line a thing."""
    plain = document.plain
    return [
        *(Line(term.value, _("Weight"), _(TERM_LABELS[term]), f"{plain.weights[term]}%") for term in Term),
        Line("least_weight", "", _("Known terms have to weigh"), f"{plain.least_weight}%"),
        Line("good_from", "", _("Good from"), formats.number(plain.good_from)),
        Line("watch_from", "", _("Watch from"), formats.number(plain.watch_from)),
        Line("lost_times", "", _("Recency is 0 after"), _intervals(plain.lost_times)),
        Line("window_days", "", _("Use and engagement look back"), _days(plain.window_days)),
        *(
            Line(one.value, _("Points of an open ticket"), _(SEVERITY_LABELS[one]), formats.number(plain.points[one]))
            for one in Severity
        ),
        Line("double_days", "", _("Points double after"), _days(plain.double_days)),
        Line("half_life_days", "", _("An answer weighs half after"), _days(plain.half_life_days)),
        Line("oldest_days", "", _("Answers count no more after"), _days(plain.oldest_days)),
    ]


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": formats.number(count)}


def _intervals(count: int) -> str:
    return _("%(count)s of its own intervals") % {"count": formats.number(count)}


POLICY: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Customer health"),
        about=N_("What each term of a customer's health weighs, and which score is good."),
        model=HealthSettings,
        template="attribution/health/pages/policy.html",
        lines=lines,
        lint=lint,
        first=DEFAULT,
    )
)
