"""How amounts, numbers, days and times are written in the person's locale. Exact decimals, never floats."""

import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import TIMEDELTA_UNITS, format_date, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent, get_decimal_symbol, get_group_symbol
from markupsafe import Markup, escape

from portal.core import clock
from portal.core.i18n import current_locale
from portal.core.i18n import gettext as _
from portal.core.money import Money, exponent, round_half_away

MINUS: Final = "\N{MINUS SIGN}"
_WORD_THEN_DIGIT: Final = re.compile(r"(?<=[A-Za-z])(?=\d)")
_NO_MARK: Final = Markup()
_NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_DATE: Final = {"en": "{day} {month_name} {year}", "zh_CN": "{year}年{month}月{day}日"}
_DATE_TIME: Final = {"en": "{date}, {time:%H:%M}", "zh_CN": "{date} {time:%H:%M}"}
_MONTH: Final = {"en": "MMMM y", "zh_CN": "y年M月"}
_MONTH_SHORT: Final = {"en": "MMM y", "zh_CN": "y年M月"}
_SHORT: Final = {
    "en": ((10**9, 10**5, "bn"), (10**6, 10**2, "M"), (10**3, 1, "k")),
    "zh_CN": ((10**8, 10**3, "亿"), (10**4, 1, "万")),
}
"""Sizes with their word, and the step in which the size below is written: 999.96k is 1M, 999.94k is not."""
_SHORT_PATTERN: Final = "¤#,##0.#"
_WHOLE_UNIT: Final = 1.2
"""From so many units on a length is written in them."""
_PERCENT_PATTERN: Final = "#,##0.0%"

Rate = Fraction | Decimal | int


class _Zone:
    """The vendor's one time zone: set at installation, the same for the whole process."""

    info = ZoneInfo("UTC")


def use_time_zone(name: str) -> None:
    """Write all times in this zone from now on. Raises ZoneInfoNotFoundError for an unknown one."""
    _Zone.info = ZoneInfo(name)


def time_zone() -> ZoneInfo:
    """The zone in which times are written."""
    return _Zone.info


def _real_minus(text: str) -> str:
    return text.replace("-", MINUS)


def _currency(amount: Decimal, currency: str, pattern: str | None = None) -> str:
    """An amount in major units with its symbol; a letter and a digit never touch (`CHF 12`)."""
    whole = pattern is None
    text = format_currency(amount, currency, pattern, locale=current_locale(), currency_digits=whole)
    return _real_minus(_WORD_THEN_DIGIT.sub(_NO_BREAK, text))


@dataclass(frozen=True, slots=True)
class _Form:
    """How amounts of one currency are written in one locale, learned from an example: Babel takes its time."""

    digits: int
    group: str
    point: str
    around: tuple[str, str]
    """What stands before and after an amount."""
    around_negative: tuple[str, str]


@cache
def _form(locale: str, currency: str) -> _Form:
    digits = exponent(currency)
    group, point = get_group_symbol(locale), get_decimal_symbol(locale)
    number = f"1{group}234" + (point + "0" * digits if digits else "")
    plain, negative = (_currency(Decimal(value), currency).split(number) for value in (1234, -1234))
    return _Form(digits, group, point, (plain[0], plain[1]), (negative[0], negative[1]))


def money(amount: Money) -> str:
    """The full amount with the currency's symbol and as many decimals as it has minor units."""
    form = _form(current_locale(), amount.currency)
    whole, rest = divmod(abs(amount.minor), 10**form.digits)
    before, after = form.around_negative if amount.minor < 0 else form.around
    grouped = f"{whole:,}" if form.group == "," else f"{whole:,}".replace(",", form.group)
    decimals = f"{form.point}{rest:0{form.digits}}" if form.digits else ""
    return f"{before}{grouped}{decimals}{after}"


def money_short(amount: Money) -> str:
    """The amount for charts: `€12.3k`, `€1.2M`, `¥1.2万`; one decimal, rounded half away from zero."""
    whole = Fraction(amount.minor, 10 ** exponent(amount.currency))
    for size, step, word in _SHORT[current_locale()]:
        if abs(round_half_away(whole / step)) * step >= size:
            tenths = Decimal(round_half_away(whole * 10 / size)) / 10
            return _currency(tenths, amount.currency, _SHORT_PATTERN) + word
    return _currency(Decimal(round_half_away(whole)), amount.currency, _SHORT_PATTERN)


def number(value: Rate, decimals: int = 0) -> str:
    """A number with grouping, exactly `decimals` decimals, rounded half away from zero."""
    if isinstance(value, int) and not decimals:
        return _whole(current_locale(), value)
    scaled = round_half_away(Fraction(value) * 10**decimals)
    pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
    return _real_minus(format_decimal(Decimal(scaled).scaleb(-decimals), pattern, locale=current_locale()))


@lru_cache(maxsize=4096)
def _whole(locale: str, value: int) -> str:
    return _real_minus(format_decimal(value, "#,##0", locale=locale))


def percent(rate: Rate) -> str:
    """A rate (0.07) as percent with one decimal (`7.0%`), rounded half away from zero."""
    thousandths = round_half_away(Fraction(rate) * 1000)
    text = format_percent(Decimal(thousandths).scaleb(-3), _PERCENT_PATTERN, locale=current_locale())
    return _real_minus(text)


def _local(instant: dt.datetime) -> dt.datetime:
    """The instant on the vendor's clock; ValueError for one without a zone, which could mean anything."""
    if instant.tzinfo is None:
        message = "a time without a zone cannot be shown"
        raise ValueError(message)
    return instant.astimezone(_Zone.info)


def date(value: dt.date) -> str:
    """A day; of an instant, the day on the vendor's clock."""
    return _day(_local(value) if isinstance(value, dt.datetime) else value)


@cache
def _month_names(locale: str) -> tuple[str, ...]:
    """Short names of the months; nothing stands at place 0."""
    return ("", *(format_date(dt.date(2000, month, 1), "MMM", locale=locale) for month in range(1, 13)))


def _day(value: dt.date) -> str:
    locale = current_locale()
    name = _month_names(locale)[value.month]
    return _DATE[locale].format(day=value.day, month=value.month, month_name=name, year=value.year)


def month(value: dt.date) -> str:
    """The month of a period, named by any of its days."""
    return format_date(value, _MONTH[current_locale()], locale=current_locale())


def month_short(value: dt.date) -> str:
    """The month for an axis: `Nov 2026`, `2026年11月`."""
    return format_date(value, _MONTH_SHORT[current_locale()], locale=current_locale())


def time(value: dt.datetime) -> str:
    """Hours and minutes on the vendor's clock."""
    return format_time(_local(value), "HH:mm", locale=current_locale())


def datetime_(value: dt.datetime) -> str:
    """Day, hours and minutes on the vendor's clock."""
    local = _local(value)
    return _DATE_TIME[current_locale()].format(date=_day(local), time=local)


def _span(length: dt.timedelta, *, direction: bool = False) -> str:
    """The length in its largest unit, from 1.2 of it on; the words of each number of units are made once."""
    seconds = length.days * 86_400 + length.seconds
    size = next(size for _unit, size in TIMEDELTA_UNITS if size == 1 or abs(seconds) >= _WHOLE_UNIT * size)
    return _units(current_locale(), round(abs(seconds) / size) * (-1 if seconds < 0 else 1), size, direction)


@lru_cache(maxsize=4096)
def _units(locale: str, count: int, size: int, direction: bool) -> str:  # noqa: FBT001 -- the key of a cache
    # Rounded up it may be a little more than 1.2 of the next unit, but never 1.25 of it.
    threshold = 1.0 if abs(count) == 1 else 1.25
    length = dt.timedelta(seconds=count * size)
    text = format_timedelta(length, add_direction=direction, threshold=threshold, locale=locale)
    return text.replace("\N{NO-BREAK SPACE}", " ")


def ago_text(value: dt.datetime, now: dt.datetime | None = None) -> str:
    """How long ago, or in how long, in words only."""
    return _span(value - (now or clock.now()), direction=True)


def ago(value: dt.datetime, now: dt.datetime | None = None) -> Markup:
    """How long ago, as a `<time>` element whose title is the exact time; a script keeps it true (`data-ago`)."""
    return _timed(value, ago_text(value, now), Markup(" data-ago"))


def time_left(until: dt.datetime, now: dt.datetime | None = None) -> Markup:
    """How much time is left, or how late it is, as a `<time>` element whose title is the exact time."""
    rest = until - (now or clock.now())
    late = rest < dt.timedelta(0)
    words = _("%(span)s late") if late else _("%(span)s left")
    return _timed(until, words % {"span": _span(abs(rest))})


def _timed(value: dt.datetime, words: str, mark: Markup = _NO_MARK) -> Markup:
    exact = f"{datetime_(value)} ({_Zone.info.key})"
    machine = value.isoformat(timespec="seconds")
    # Each part is escaped here: `Markup.format` costs more than all the rest.
    html = f'<time datetime="{machine}" title="{escape(exact)}"{escape(mark)}>{escape(words)}</time>'
    return Markup(html)  # noqa: S704 -- its parts are escaped
