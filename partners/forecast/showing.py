"""How a forecast is shown: what was asked, the months as a chart, what moved, and how near earlier forecasts came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from markupsafe import Markup

from partners.deals.rules import OPEN_STAGES, PROBABILITY, STAGE_LABELS
from partners.forecast import queries
from partners.forecast.queries import Asked, Offered, PartnerSum
from partners.forecast.rules import (
    AHEAD,
    JUDGED,
    MOVE_LABELS,
    MOVES,
    Group,
    MonthKept,
    Move,
    Moved,
    chosen_day,
    moves_of,
)
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.money import Money
from portal.core.web.charts import Chart

_WITHOUT_EFFECT: Final = (Move.LATER, Move.SOONER)


@dataclass(frozen=True, slots=True)
class Found:
    """All that was read for one forecast."""

    asked: Asked
    offered: Offered
    groups: Sequence[Group]
    moves: Mapping[Move, Moved]
    partners: Sequence[PartnerSum]
    months: Sequence[MonthKept]
    """From the earliest that is judged or drawn to the running one."""
    today: date

    @property
    def judged(self) -> Sequence[MonthKept]:
        """The months gone by whose forecast is held against what was won, the newest first."""
        running = clock.month_of(self.today)
        return [one for one in self.months if one.month < running][: -JUDGED - 1 : -1]

    def money(self, minor: int) -> Money:
        """An amount in the forecast's currency."""
        return Money(minor, self.asked.currency)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of what moved."""

    move: Move
    label: str
    count: int
    amount: Money
    weighted: Money
    href: str
    is_sum: bool


async def find_forecast(
    actor: Actor, today: date, *, currency: str = "", since: date | None = None, partner_id: UUID | None = None
) -> Found | None:
    """The forecast in one currency beside the snapshot of a day; None without any deals, now or in the last snapshot.

    What is asked for and is not there gives way to what opens first. A partner's own rows are all that it is about.
    """
    partner_id = None if actor.is_partner else partner_id
    offered = await queries.get_offered(actor, partner_id)
    if not offered.currencies:
        return None
    asked = Asked(
        currency if currency in offered.currencies else offered.currencies[0],
        since if since in offered.days else chosen_day(offered.days, today),
        partner_id if offered.partner_name else None,
    )
    movement = await queries.get_movement(actor, asked)
    running = clock.month_of(today)
    first = min(clock.month_of(asked.since or today), _months_back(running, JUDGED))
    months = await queries.list_months(actor, asked, first, running)
    return Found(asked, offered, movement.groups, moves_of(movement.groups), movement.partners, months, today)


def _months_back(month: date, count: int) -> date:
    """So many months before."""
    for _number in range(count):
        month = clock.previous_month(month)
    return month


def page_context(actor: Actor, found: Found) -> dict[str, Any]:
    """All that the page shows."""
    then, now = found.moves[Move.THEN], found.moves[Move.NOW]
    return {
        "found": found,
        "days": [(day.isoformat(), _day_words(day, found.today)) for day in found.offered.days],
        "currencies": [(code, code) for code in found.offered.currencies],
        "now": found.money(now.weighted_minor),
        "open": found.money(now.amount_minor),
        "change": found.money(now.weighted_minor - then.weighted_minor),
        "deals": ngettext("%(count)s deal", "%(count)s deals", now.count) % {"count": formats.number(now.count)},
        "chart": chart(found),
        "rows": rows(found),
        "weights": [(_(STAGE_LABELS[stage]), formats.percent(PROBABILITY[stage])) for stage in OPEN_STAGES],
        "open_href": href("/forecast/open", found.asked),
        "partners": [] if actor.is_partner else [(one, _of_partner(found, one)) for one in found.partners],
        "all_href": href("/forecast", found.asked, partner=None, since=found.asked.since),
    }


def _day_words(day: date, today: date) -> str:
    """A snapshot in the menu: its day, and how many weeks ago that was."""
    weeks = (today - day).days // 7
    if not weeks:
        return formats.date(day)
    ago = ngettext("%(count)s week ago", "%(count)s weeks ago", weeks) % {"count": formats.number(weeks)}
    return _("%(day)s, %(ago)s") % {"day": formats.date(day), "ago": ago}


def _of_partner(found: Found, one: PartnerSum) -> str:
    return href("/forecast", found.asked, partner=one.partner_id, since=found.asked.since)


def href(path: str, asked: Asked, **more: object) -> str:
    """The address of a page about the same deals; what is None is left out."""
    params = {"currency": asked.currency, "partner": asked.partner_id, **more}
    return f"{path}?{urlencode({key: str(value) for key, value in params.items() if value is not None})}"


def rows(found: Found) -> list[Row]:
    """What moved, line by line; each leads to its deals."""
    shown = [Move.THEN, *MOVES, Move.NOW, *_WITHOUT_EFFECT]
    return [
        Row(
            move,
            _(MOVE_LABELS[move]),
            moved.count,
            found.money(moved.amount_minor),
            found.money(moved.weighted_minor),
            _href_of(found.asked, move) if moved.count else "",
            move in (Move.THEN, Move.NOW),
        )
        for move in shown
        if (moved := found.moves[move]).count or move is not Move.WEIGHT
    ]


def _href_of(asked: Asked, move: Move) -> str:
    """The deals behind one line."""
    if move is Move.NOW or move is Move.NEW:
        return href("/forecast/open", asked, since=asked.since if move is Move.NEW else None)
    if move is Move.WEIGHT:
        return href("/forecast/kept", asked, taken=asked.since)
    return href("/forecast/kept", asked, taken=asked.since, became=None if move is Move.THEN else move.value)


@dataclass(frozen=True, slots=True)
class _Column:
    """One place of the chart: a month, or what lies before, after or without one."""

    label: str
    month: date | None
    now: int
    then: int
    won: int | None


def _columns(found: Found) -> list[_Column]:
    """From the month of the snapshot to some months ahead; what lies outside stands in a column of its own."""
    running = clock.month_of(found.today)
    inside = [min(clock.month_of(found.asked.since or found.today), running)]
    while sum(month > running for month in inside) < AHEAD:
        inside.append(clock.next_month(inside[-1]))
    now, then = _by_month(found.groups)
    won = {one.month: one.won_minor for one in found.months}
    drawn = [
        _Column(formats.month_short(month), month, now.get(month, 0), then.get(month, 0), won.get(month))
        for month in inside
    ]
    while len(drawn) > 1 and not (drawn[-1].now or drawn[-1].then or drawn[-1].won is not None):
        del drawn[-1]
    known = {month for month in (*now, *then) if month is not None}
    early = {month for month in known if month < inside[0]}
    late = {month for month in known if month > inside[-1]}
    for label, months, place in (
        (_("Earlier"), early, 0), (_("Later"), late, len(inside) + 1), (_("No day named"), {None}, len(inside) + 2),
    ):  # fmt: skip
        expected, stood = (sum(of.get(month, 0) for month in months) for of in (now, then))
        if expected or stood:
            drawn.insert(place, _Column(label, None, expected, stood, None))
    return drawn


def _by_month(groups: Sequence[Group]) -> tuple[dict[date | None, int], dict[date | None, int]]:
    """Weighted amounts by the month that is expected now, and by the month that was expected then."""
    now: dict[date | None, int] = {}
    then: dict[date | None, int] = {}
    for one in groups:
        now[one.month_now] = now.get(one.month_now, 0) + one.weighted_now
        then[one.month_then] = then.get(one.month_then, 0) + one.weighted_then
    return now, then


def chart(found: Found) -> Chart:
    """Bars by month: what is expected now, what was expected in the snapshot, and what was won."""
    columns, since, currency = _columns(found), found.asked.since, found.asked.currency
    expected = [{"name": _("Weighted, now"), "colour": 1, "values": [_major(found, one.now) for one in columns]}]
    if since is not None:
        name = _("Weighted, %(day)s") % {"day": formats.date(since)}
        stood = {"name": name, "colour": 5, "values": [_major(found, one.then) for one in columns]}
        expected.insert(0, stood)
    won = [{"name": _("Won"), "colour": 2, "values": [_major(found, one.won) for one in columns]}]
    shape = {"kind": "bar", "unit": currency, "format": {"style": "money", "currency": currency}}
    return Chart(
        currency,
        _(
            "What open deals are worth, each times the weight of its stage, in the month in which its partner expects"
            " to close it. The weights are the same for all and are no promise; what nobody has registered is not in"
            " it."
        ),
        {
            "categories": [one.label for one in columns],
            "panels": [
                {**shape, "title": _("Weighted value"), "series": expected},
                {**shape, "title": _("Won"), "series": won},
            ],
        },
        {
            "head": [_("Expected close"), *(one["name"] for one in (*expected, *won))],
            "rows": [_cells(found, one) for one in columns],
        },
    )


def _major(found: Found, minor: int | None) -> float | None:
    """In major units, for drawing only: the table beneath has the exact amount."""
    return None if minor is None else float(found.money(minor).decimal)


def _cells(found: Found, one: _Column) -> list[str | Markup]:
    """One row of the table beneath the chart; amounts of a month lead to their deals."""
    asked = found.asked
    cells: list[str | Markup] = [one.label]
    if asked.since is not None:
        behind = href("/forecast/kept", asked, taken=asked.since, month=one.month)
        cells.append(_linked(found, one.then, behind, one.month))
    cells.append(_linked(found, one.now, href("/forecast/open", asked, month=one.month), one.month))
    return [*cells, "–" if one.won is None else formats.money(found.money(one.won))]


def _linked(found: Found, minor: int, target: str, month: date | None) -> str | Markup:
    words = formats.money(found.money(minor))
    return Markup('<a href="{}">{}</a>').format(target, words) if minor and month else words


def off_words(off: Fraction | None) -> str:
    """How far off a forecast was: `12.0% too low`."""
    if off is None:
        return "–"
    part = formats.percent(abs(off))
    if not off:
        return _("exact")
    return (_("%(part)s too high") if off > 0 else _("%(part)s too low")) % {"part": part}
