"""How a journey is shown: who took part, the drawing, and what each model gives to whom."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final

from attribution.credits.rules import MODEL_LABELS, PARTY_LABELS
from attribution.lifecycle.rules import KIND_LABELS
from attribution.reports.queries import Journey, Touch
from attribution.reports.rules import SERIES, Met, Moment, Picture, draw, series_of, shape_of
from attribution.touchpoints.rules import TOUCH_KIND_LABELS, TouchKind
from portal.core import formats
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.money import Money

ONE: Final = 1_000_000_000
"""Shares are parts of so many."""
MOST: Final = 4
"""Parties that get a column of their own; the others share one."""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who took part: a partner, or a side of the vendor's own."""

    key: str
    name: str
    href: str
    touches: int
    series: int
    shape: str


@dataclass(frozen=True, slots=True)
class Cell:
    """What a model gives a party: the exact share of one, and the value in whole units."""

    share: Fraction
    value: Money

    @property
    def text(self) -> str:
        """The share in percent."""
        return formats.percent(self.share)


@dataclass(frozen=True, slots=True)
class ModelRow:
    """One model's credit, by party in the order of the columns; `others` where there are more parties than columns."""

    model: str
    label: str
    is_paying: bool
    cells: tuple[Cell, ...]
    others: Cell | None


@dataclass(frozen=True, slots=True)
class Shown:
    """A journey as its page draws it."""

    title: str
    parties: tuple[Party, ...]
    columns: tuple[Party, ...]
    picture: Picture | None
    rows: tuple[ModelRow, ...]
    sentence: str
    personas: int
    days: int
    touches: tuple["TouchRow", ...]


@dataclass(frozen=True, slots=True)
class TouchRow:
    """A touch in the list beneath the drawing, with what the paying model gives it."""

    touch: Touch
    label: str
    party: Party
    share: Fraction
    value: Money | None


def show(journey: Journey) -> Shown:
    """All that the page needs; without a run there is neither drawing nor credit."""
    shares, values = _sums(journey)
    parties = _parties(journey, shares)
    columns = parties[: MOST if len(parties) > MOST + 1 else MOST + 1]
    rows = tuple(_row(journey, model, columns, shares, values) for model in journey.run.models) if journey.run else ()
    by_touch = _paying(journey)
    currency = journey.run.currency if journey.run else journey.event.value.currency
    of = {party.key: party for party in parties}
    keys = _keys(journey)
    listed = tuple(
        TouchRow(
            one,
            _(TOUCH_KIND_LABELS[one.kind]),
            of[keys[one.id]],
            Fraction(by_touch[one.id][0], ONE) if one.id in by_touch else Fraction(0),
            Money(by_touch[one.id][1], currency) if one.id in by_touch else None,
        )
        for one in journey.touches
    )
    first = journey.touches[0].occurred_at if journey.touches else journey.event.occurred_at
    return Shown(
        _("Journey to: %(event)s") % {"event": _(KIND_LABELS[journey.event.kind])},
        parties,
        columns,
        _picture(journey, parties),
        rows,
        _sentence(rows, columns),
        len({one.persona for one in journey.touches if one.persona}),
        (journey.event.occurred_at - first).days,
        listed,
    )


def _keys(journey: Journey) -> dict[object, str]:
    """By which key the run credits each touch: the partner, or the side of the vendor's own, as it was frozen."""
    return {one.touchpoint_id: one.key for one in journey.credits}


def _sums(journey: Journey) -> tuple[Mapping[tuple[str, str], int], Mapping[tuple[str, str], int]]:
    """Shares and values by model and party."""
    shares: Counter[tuple[str, str]] = Counter()
    values: Counter[tuple[str, str]] = Counter()
    for one in journey.credits:
        shares[one.model, one.key] += one.share_ppb
        values[one.model, one.key] += one.value_minor
    return shares, values


def _paying(journey: Journey) -> dict[object, tuple[int, int]]:
    """What the paying model gives each touch: share and value."""
    model = journey.run.paying_model if journey.run else ""
    return {one.touchpoint_id: (one.share_ppb, one.value_minor) for one in journey.credits if one.model == model}


def _parties(journey: Journey, shares: Mapping[tuple[str, str], int]) -> tuple[Party, ...]:
    """Whoever touched or is credited, the paying model's largest share first."""
    names: dict[str, tuple[str, str]] = {}
    counts: Counter[str] = Counter()
    keys = _keys(journey)
    for one in journey.touches:
        key = keys[one.id]
        counts[key] += 1
        href = f"/partners/companies/{one.partner_id}" if one.partner_id else ""
        names[key] = (one.partner_name, href) if one.partner_id else (_(PARTY_LABELS.get(key, key)), "")
    for _model, key in shares:
        names.setdefault(key, (_(PARTY_LABELS.get(key, key)), ""))
    paying = journey.run.paying_model if journey.run else ""
    ordered = sorted(names, key=lambda key: (-shares.get((paying, key), 0), -counts[key], names[key][0]))
    return tuple(
        Party(key, *names[key], counts[key], series_of(place), shape_of(place)) for place, key in enumerate(ordered)
    )


def _row(
    journey: Journey,
    model: str,
    columns: Sequence[Party],
    shares: Mapping[tuple[str, str], int],
    values: Mapping[tuple[str, str], int],
) -> ModelRow:
    """One model; what no column has is the others'."""
    run = journey.run
    currency, paying = (run.currency, run.paying_model) if run else ("", "")
    cells = tuple(
        Cell(Fraction(shares.get((model, one.key), 0), ONE), Money(values.get((model, one.key), 0), currency))
        for one in columns
    )
    own = {one.key for one in columns}
    left = [key for known, key in shares if known == model and key not in own]
    others = None
    if left:
        others = Cell(
            Fraction(sum(shares[model, key] for key in left), ONE),
            Money(sum(values[model, key] for key in left), currency),
        )
    return ModelRow(model, _(MODEL_LABELS[model]), model == paying, cells, others)


def _sentence(rows: Sequence[ModelRow], columns: Sequence[Party]) -> str:
    """Who is first under how many models."""
    firsts: Counter[int] = Counter()
    for row in rows:
        best = max((cell.share for cell in row.cells), default=Fraction(0))
        leading = [place for place, cell in enumerate(row.cells) if cell.share == best]
        if len(leading) == 1:
            firsts[leading[0]] += 1
    if not firsts:
        return _("No model puts anybody before all others.")
    place, count = max(firsts.items(), key=lambda one: (one[1], -one[0]))
    words = {"count": formats.number(count), "all": formats.number(len(rows)), "who": columns[place].name}
    return _("%(count)s of %(all)s models put %(who)s first.") % words


def _picture(journey: Journey, parties: Sequence[Party]) -> Picture | None:
    """The drawing; None where there is nothing to draw."""
    if not journey.touches:
        return None
    place = {party.key: min(number, SERIES - 1) for number, party in enumerate(parties)}
    keys = _keys(journey)
    unknown = _("Not known who")
    seen: dict[str, datetime] = {}
    for one in journey.touches:
        seen.setdefault(one.persona or unknown, one.occurred_at)
    lanes = sorted(seen, key=lambda lane: (lane == unknown, seen[lane]))
    met = [
        Met(str(one.id), one.occurred_at, one.persona or unknown, place[keys[one.id]], _(TOUCH_KIND_LABELS[one.kind]))
        for one in journey.touches
    ]
    event = journey.event
    words = {"event": _(KIND_LABELS[event.kind]), "day": formats.date(event.occurred_at)}
    moments = [Moment(event.occurred_at, _("%(event)s, %(day)s") % words, "good")]
    for kind, label in ((TouchKind.LEAD, _("lead created")), (TouchKind.REGISTRATION, _("deal registered"))):
        at = next((one.occurred_at for one in journey.touches if one.kind == kind), None)
        if at is not None:
            moments.append(Moment(at, label))
    if journey.first_paid_at is not None:
        day = formats.date(journey.first_paid_at)
        moments.append(Moment(journey.first_paid_at, _("paid, %(day)s") % {"day": day}, "paid"))
    return draw(met, moments, lanes, formats.time_zone().key)


def count_words(shown: Shown) -> str:
    """How much there was of it, in words."""
    touches = ngettext("%(count)s touch", "%(count)s touches", len(shown.touches))
    personas = ngettext("%(count)s persona", "%(count)s personas", shown.personas)
    days = ngettext("%(count)s day", "%(count)s days", shown.days)
    parts = ((touches, len(shown.touches)), (personas, shown.personas), (days, shown.days))
    return _(", ").join(text % {"count": formats.number(count)} for text, count in parts)
