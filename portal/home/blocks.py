"""The home page's blocks as data: what waits, figures with their trend, charts with their table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.core import formats
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.money import Money


@dataclass(frozen=True, slots=True)
class Wait:
    """One thing that waits, as `ui.waits` draws it."""

    icon: str
    tone: str
    title: str
    text: str
    action_label: str
    action_href: str
    due: str = ""
    due_note: str = ""
    due_tone: str = ""
    at: datetime | None = None
    """For the order: soonest first."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number with where it comes from."""

    label: str
    value: str | None
    note: str = ""
    delta: str = ""
    delta_tone: str = ""
    trend: Sequence[float] = ()
    series: int = 1
    why: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart, as `ui.chart` draws it."""

    key: str
    title: str
    unit: str
    sentence: str
    option: Mapping[str, Any] = field(default_factory=dict)
    table: Mapping[str, Any] = field(default_factory=dict)


def _major(money: Money) -> float:
    """In major units, for drawing only: the table beneath has the exact amount."""
    return float(money.decimal)


def money_chart(key: str, title: str, currency: str, months: Sequence[date], minor: Mapping[date, int]) -> Chart:
    """Bars of one amount a month; the running month is marked as unfinished."""
    amounts = [Money(minor.get(month, 0), currency) for month in months]
    names = [formats.month_short(month) for month in months]
    has = any(amounts)
    best = max(range(len(amounts)), key=lambda place: amounts[place].minor) if has else 0
    sentence = (
        _("%(month)s was the best of these months; the last one is still running.") % {"month": names[best]}
        if has
        else _("As soon as customers pay for protected deals, it shows here.")
    )
    option = {
        "categories": names,
        "panels": [
            {
                "title": title,
                "unit": currency,
                "kind": "bar",
                "format": {"style": "money", "currency": currency},
                "series": [{"name": title, "values": [_major(one) for one in amounts], "colour": 2, "open": True}],
            }
        ],
    }
    rows = [[name, formats.money(amount)] for name, amount in zip(names, amounts, strict=True)] if has else []
    return Chart(key, title, currency, sentence, option, {"head": [_("Month"), title], "rows": rows})


def stacked_chart(
    key: str,
    title: str,
    unit: str,
    sentence: str,
    months: Sequence[date],
    series: Mapping[str, Mapping[date, int]],
    *,
    currency: str = "",
) -> Chart:
    """Stacked bars by month; the values are minor units where there is a currency, else counts."""
    names = [formats.month_short(month) for month in months]

    def drawn(value: int) -> float | int:
        return _major(Money(value, currency)) if currency else value

    def written(value: int) -> str:
        return formats.money(Money(value, currency)) if currency else formats.number(value)

    has = any(any(values.values()) for values in series.values())
    style = {"style": "money", "currency": currency} if currency else {"style": "number"}
    option = {
        "categories": names,
        "panels": [
            {
                "title": title,
                "unit": unit,
                "kind": "stack",
                "format": style,
                "series": [
                    {"name": name, "values": [drawn(values.get(month, 0)) for month in months], "colour": number}
                    for number, (name, values) in enumerate(series.items(), 1)
                ],
            }
        ],
    }
    head = [_("Month"), *series]
    rows = [
        [name, *(written(values.get(month, 0)) for values in series.values())]
        for name, month in zip(names, months, strict=True)
    ]
    return Chart(key, title, unit, sentence, option, {"head": head, "rows": rows if has else []})


def rows_chart(key: str, title: str, sentence: str, rows: Sequence[tuple[str, int]]) -> Chart:
    """Bars lying down: how often each."""
    option = {
        "categories": [name for name, _count in rows],
        "panels": [
            {
                "title": title,
                "unit": "",
                "kind": "rows",
                "format": {"style": "number"},
                "series": [{"name": title, "values": [count for _name, count in rows], "colour": 3}],
            }
        ],
    }
    table = {"head": [_("Reason"), _("Payments")], "rows": [[name, formats.number(count)] for name, count in rows]}
    return Chart(key, title, "", sentence, option, table)


def greeting(name: str, now: datetime) -> str:
    """Good morning, afternoon or evening, by the vendor's clock."""
    hour = now.astimezone(formats.time_zone()).hour
    first = name.split(maxsplit=1)[0] if name.isascii() and name else name
    noon, evening = 12, 18
    if hour < noon:
        words = _("Good morning, %(name)s")
    elif hour < evening:
        words = _("Good afternoon, %(name)s")
    else:
        words = _("Good evening, %(name)s")
    return words % {"name": first}


def waiting_line(count: int) -> str:
    """How much waits, in words."""
    if not count:
        return _("nothing waits for you")
    return ngettext("%(count)s thing waits for you", "%(count)s things wait for you", count) % {
        "count": formats.number(count)
    }
