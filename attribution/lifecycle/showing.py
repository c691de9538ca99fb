"""What the pages of lifecycle are given: an event in words, a chart of events by month, targets beside what was."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urlencode

from attribution.lifecycle import queries
from attribution.lifecycle.importing import quarter_name
from attribution.lifecycle.queries import EventView, Target
from attribution.lifecycle.rules import KIND_LABELS, LOSSES, EventKind, Reason
from partners.customers.rules import country_name
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.money import Money

MONTHS: Final = 12
"""Of the chart, the running one last."""
_COLOURS: Final = {
    EventKind.NEW_LOGO: 1,
    EventKind.CROSS_SELL: 2,
    EventKind.UPSELL: 3,
    EventKind.RENEWAL: 5,
    EventKind.REACTIVATION: 6,
    EventKind.CONTRACTION: 7,
    EventKind.CHURN: 4,
}
"""Of the palette, the same for a kind wherever it is drawn."""
_SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.FIRST_ORDER: N_("New customer: first order ever, on %(day)s."),
    Reason.NEW_GROUP: N_("Cross-sell: never before had it bought from %(group)s. It is a customer since %(first_on)s."),
    Reason.BOUGHT_AGAIN: N_("Upsell: it bought from %(group)s again. The time before was on %(before_on)s."),
    Reason.RENEWS_TERM: N_(
        "Renewal: the order is close to %(starts_on)s, when the contract %(term)s began, which continues another."
    ),
    Reason.CAME_BACK: N_(
        "Reactivation: first order since it churned on %(churned_on)s. Its last payment or order before that was on"
        " %(last_on)s."
    ),
    Reason.RENEWED_FOR_LESS: N_(
        "Contraction: the contract %(term)s is worth %(is_minor)s a year. What it continues was worth %(was_minor)s."
    ),
    Reason.NOT_CONTINUED: N_(
        "Contraction: the contract %(term)s ended on %(ended_on)s, and no other continued it within %(days)s days."
    ),
    Reason.NO_PAYMENT: N_(
        "Churn: no payment and no order for %(months)s months, the last one on %(last_on)s, and no paid contract ran."
    ),
    Reason.TERM_ENDED: N_(
        "Churn: the last paid contract ended on %(ended_on)s, more than %(months)s months after the last payment or"
        " order on %(last_on)s."
    ),
}


def reason_words(event: EventView) -> str:
    """Why an event is of its kind, in the reader's language."""
    filled = {name: _written(name, value, event) for name, value in event.facts.items()}
    own = {"day": formats.date(event.occurred_on), "group": event.group_name}
    return _(_SENTENCES[event.reason]) % {**own, **filled}


def _written(name: str, value: str | int, event: EventView) -> str:
    """A fact as it is told: days and amounts are known by their names."""
    if name.endswith("_on"):
        return formats.date(date.fromisoformat(str(value)))
    if name.endswith("_minor"):
        return formats.money(Money(int(value), event.value.currency))
    return formats.number(value) if isinstance(value, int) else value


async def chart_context(actor: Actor, today: date) -> dict[str, Any]:
    """How many events of each kind there were in each of the last months: what `ui.chart` draws. One statement."""
    months = [clock.month_of(today)]
    while len(months) < MONTHS:
        months.append(clock.previous_month(months[-1]))
    months.reverse()
    counts = await queries.count_by_month(actor, months[0])
    kinds = [kind for kind in EventKind if any(counts.get((month, kind)) for month in months)]
    names = [formats.month_short(month) for month in months]
    series = [
        {
            "name": _(KIND_LABELS[kind]),
            "values": [counts.get((month, kind), 0) for month in months],
            "colour": _COLOURS[kind],
        }
        for kind in kinds
    ]
    title, unit = _("Events by month"), _("events")
    panel = {"title": title, "unit": unit, "kind": "stack", "format": {"style": "number"}, "series": series}
    rows = [
        [name, *(formats.number(counts.get((month, kind), 0)) for kind in kinds)]
        for name, month in zip(names, months, strict=True)
    ]
    return {
        "title": title,
        "unit": unit,
        "sentence": _say(counts) if kinds else _("As soon as revenue has come in, it shows here."),
        "option": {"categories": names, "panels": [panel]},
        "table": {"head": [_("Month"), *(_(KIND_LABELS[kind]) for kind in kinds)], "rows": rows if kinds else []},
    }


def _say(counts: Mapping[tuple[date, EventKind], int]) -> str:
    gains = sum(count for (_month, kind), count in counts.items() if kind not in LOSSES)
    losses = sum(counts.values()) - gains
    sentence = _("%(gains)s gains and %(losses)s losses in these twelve months; the last one is still running.")
    return sentence % {"gains": formats.number(gains), "losses": formats.number(losses)}


@dataclass(frozen=True, slots=True)
class TargetRow:
    """One target as the page shows it."""

    target: Target
    country: str
    done: Fraction | None
    """What happened as a part of the target: by value where there is one, else by number."""
    is_loss: bool

    @property
    def percent(self) -> str:
        """The part in words, or that there is nothing to compare with."""
        return "–" if self.done is None else formats.percent(self.done)

    @property
    def href(self) -> str:
        """Where the events are that it was compared with."""
        asked = {"kind": self.target.kind.value, "country": self.target.country, "quarter": str(self.target.quarter)}
        return f"/lifecycle?{urlencode({name: value for name, value in asked.items() if value})}"

    @property
    def is_too_much(self) -> bool:
        """Whether more was lost than may be."""
        return self.is_loss and self.done is not None and self.done > 1

    @property
    def width(self) -> float:
        """How long the bar is, in percent of the drawing."""
        return float(min(Fraction(100), 100 * (self.done or 0) / self._scale))

    @property
    def mark(self) -> float:
        """Where the target's mark stands, in percent of the drawing."""
        return float(100 / self._scale)

    @property
    def _scale(self) -> Fraction:
        """The whole drawing, in targets: a little more than the longer of the two."""
        return max(Fraction(5, 4), (self.done or Fraction(0)) * Fraction(21, 20))


async def targets_context(actor: Actor, chosen: date | None, today: date) -> dict[str, Any]:
    """The targets of one quarter: the one asked for, else the running one, else the latest. Two statements."""
    quarters = await queries.list_quarters(actor)
    running = date(today.year, (today.month - 1) // 3 * 3 + 1, 1)
    quarter = chosen or (running if running in quarters else next(iter(quarters), None))
    targets = await queries.list_targets(actor, [quarter]) if quarter else []
    order = list(EventKind)
    rows = [_row(one) for one in sorted(targets, key=lambda one: (order.index(one.kind), one.country))]
    return {
        "rows": rows,
        "quarter": quarter,
        "quarters": [(one, quarter_name(one)) for one in quarters],
        "name": quarter_name(quarter) if quarter else "",
        "sentence": _target_sentence(rows, is_running=quarter == running),
    }


def _row(target: Target) -> TargetRow:
    done: Fraction | None = None
    if target.value and target.actual is not None:
        done = Fraction(target.actual.minor, target.value.minor)
    elif target.events:
        done = Fraction(target.actual_events, target.events)
    country = country_name(target.country) if target.country else _("All countries")
    return TargetRow(target, country, done, target.kind in LOSSES)


def _target_sentence(rows: Sequence[TargetRow], *, is_running: bool) -> str:
    """What the page says in one sentence."""
    gains = [row for row in rows if not row.is_loss and row.done is not None]
    words = {
        "reached": formats.number(sum(row.done is not None and row.done >= 1 for row in gains)),
        "all": formats.number(len(gains)),
    }
    reached = (
        _("%(reached)s of %(all)s targets for gains are reached; the quarter is still running.")
        if is_running
        else _("%(reached)s of %(all)s targets for gains were reached.")
    )
    return reached % words + " " + _("Only events in a target's own currency count towards its value.")
