"""How health is shown: each term with its weight and its facts in words, and the history as a line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from attribution.health.lists import LEVELS
from attribution.health.queries import HealthView, Month
from attribution.health.rules import SEVERITY_LABELS, TERM_LABELS, Found, Settings, Severity, Term
from portal.core import formats
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.web.charts import Chart
from portal.core.web.list_spec import State

_TENTHS: Final = 10


@dataclass(frozen=True, slots=True)
class TermRow:
    """One term as a page shows it."""

    label: str
    score: int | None
    weight: int
    words: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A customer's health as a page shows it."""

    health: HealthView
    look: State
    terms: tuple[TermRow, ...]
    known_weight: int
    settings: Settings


def show(health: HealthView, settings: Settings) -> Shown:
    """With the weights of the policy that is in force."""
    rows = tuple(
        TermRow(_(TERM_LABELS[term]), found.score, settings.weights[term], _WORDS[term](found, settings))
        for term, found in health.terms.items()
    )
    known = sum(row.weight for row in rows if row.score is not None)
    return Shown(health, LEVELS[health.level], rows, known, settings)


def _recency(found: Found, _settings: Settings) -> str:
    facts = found.facts
    if found.score is None:
        return _("Fewer than three orders are known, so it has no rhythm yet.")
    said = {"since": _days(facts["since"]), "median": _days(facts["median"])}
    return _("%(since)s since the last order or payment; %(median)s usually lie between its orders.") % said


def _usage(found: Found, settings: Settings) -> str:
    if found.score is None:
        return _("No readings that could be held against anything. They come in by a file.")
    facts, parts = found.facts, []
    if "before" in facts:
        said = {
            "recent": formats.number(facts["recent"]), "before": formats.number(facts["before"]),
            "days": _days(settings.window_days),
        }  # fmt: skip
        parts.append(_("%(recent)s on average in the last %(days)s, %(before)s in those before.") % said)
    if "licensed" in facts:
        paid = {"used": formats.number(facts["used"]), "licensed": formats.number(facts["licensed"])}
        parts.append(_("%(used)s of %(licensed)s paid for are used.") % paid)
    return " ".join(parts)


def _engagement(found: Found, settings: Settings) -> str:
    if found.score is None:
        return _("Too few touches with its people before to say what is usual.")
    facts = found.facts
    touches = ngettext("%(count)s touch", "%(count)s touches", facts["recent"])
    people = ngettext("%(count)s person", "%(count)s people", facts["people"])
    said = {
        "touches": touches % {"count": formats.number(facts["recent"])},
        "people": people % {"count": formats.number(facts["people"])},
        "days": _days(settings.window_days),
        "usual": _tenths(facts["usual_tenths"]),
    }
    return _("%(touches)s with %(people)s in the last %(days)s; %(usual)s are usual.") % said


def _issues(found: Found, _settings: Settings) -> str:
    if found.score is None:
        return _("No ticket of it is known. They come in by a file.")
    facts = found.facts
    if not facts["open"]:
        return _("No ticket is open.")
    counted = [(one, facts[one.value]) for one in reversed(Severity) if facts[one.value]]
    listed = ", ".join(f"{formats.number(count)} × {_(SEVERITY_LABELS[one])}" for one, count in counted)
    return _("Open: %(tickets)s. The oldest for %(days)s.") % {"tickets": listed, "days": _days(facts["oldest"])}


def _sentiment(found: Found, _settings: Settings) -> str:
    if found.score is None:
        return _("Nobody was asked lately. Answers come in by a file.")
    facts = found.facts
    answers = ngettext("%(count)s answer", "%(count)s answers", facts["answers"])
    said = {"answers": answers % {"count": formats.number(facts["answers"])}, "days": _days(facts["newest"])}
    return _("%(answers)s, the newest %(days)s old.") % said


_WORDS: Final = {
    Term.RECENCY: _recency,
    Term.USAGE: _usage,
    Term.ENGAGEMENT: _engagement,
    Term.ISSUES: _issues,
    Term.SENTIMENT: _sentiment,
}


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": formats.number(count)}


def _tenths(count: int) -> str:
    """A number of tenths with one decimal, or none where it is whole."""
    return formats.number(Fraction(count, _TENTHS), 1 if count % _TENTHS else 0)


def history_chart(months: Sequence[Month]) -> Chart:
    """The score by month; months without a score are gaps."""
    names = [formats.month(one.month) for one in months]
    return Chart(
        _("health score, 0 to 100"),
        _(
            "The score at the end of each month, by what was known then. It says how the customer stood, not why it"
            " changed."
        ),
        {
            "categories": names,
            "panels": [
                {
                    "kind": "line",
                    "format": {"style": "number"},
                    "series": [{"name": _("Health score"), "values": [one.score for one in months]}],
                }
            ],
        },
        {
            "head": [_("Month"), _("Health score"), _("Level"), *(_(TERM_LABELS[term]) for term in Term)],
            "rows": [
                [name, _number(one.score), _(LEVELS[one.level].label), *(_number(one.terms[term]) for term in Term)]
                for name, one in zip(names, months, strict=True)
            ],
        },
    )  # fmt: skip


def _number(value: int | None) -> str:
    return "–" if value is None else formats.number(value)


def as_json(health: HealthView, months: Sequence[Month]) -> Mapping[str, object]:
    """For programs: the score, each term with its facts, and the months."""
    return {
        "account_id": health.account_id,
        "account_name": health.account_name,
        "score": health.score,
        "level": health.level,
        "terms": {term: {"score": one.score, "facts": one.facts} for term, one in health.terms.items()},
        "as_of": health.as_of,
        "policy_version": health.policy_version,
        "reckoned_at": health.reckoned_at,
        "months": [
            {"month": one.month, "score": one.score, "level": one.level, "terms": one.terms, "as_of": one.as_of}
            for one in months
        ],
    }
