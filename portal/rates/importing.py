"""Exchange rates as an import: a column per currency as the ECB publishes them, or a row per day and currency."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final, NamedTuple

from portal.core import bulk, db
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.ids import new_ids
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from portal.rates.rules import BASE

tells(rates__imported=Wording(N_("brought exchange rates"), "file-import", "good"))

CURRENCIES: Final = (
    *("USD", "JPY", "BGN", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF", "ISK", "NOK", "TRY", "AUD", "BRL"),
    *("CAD", "CNY", "HKD", "IDR", "ILS", "INR", "KRW", "MXN", "MYR", "NZD", "PHP", "SGD", "THB", "ZAR"),
)
"""Those that the European Central Bank quotes: each may be a column. Others come one to a row."""
_DECIMALS: Final = 10
_GREATEST: Final = Decimal(10) ** _DECIMALS

KIND: Final = ImportKind(
    name="rates",
    label=N_("Exchange rates"),
    fields=(
        Field("day", ValueKind.DATE, N_("Day"), required=True, synonyms=("Date", "Rate Date", "日期", "汇率日期")),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=words.CURRENCY),
        Field("rate", ValueKind.DECIMAL, N_("For one euro"), synonyms=("Rate", "Per euro", "OBS_VALUE", "汇率")),
        *(Field(code, ValueKind.DECIMAL, code, synonyms=(code,)) for code in CURRENCIES),
    ),
)

PROBLEMS: Final[Mapping[str, str]] = {
    "no_rate": N_("The row has no rate: neither a currency with its rate nor a column of a currency."),
    "half_a_rate": N_("The row has a currency without a rate, or a rate without a currency."),
    "not_a_rate": N_("A rate is a number above zero with at most ten decimals, not %(text)s."),
    "rate_of_the_euro": N_("One euro is always worth one euro."),
    "rate_twice": N_("Another row of this file has a rate of %(text)s for the same day."),
}
"""A sentence for each reason why a row is refused."""


class Told(NamedTuple):
    """A rate as a row tells it."""

    row: int
    day: date
    currency: str
    per_euro: Decimal


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
    """Rows without errors into rates; a rate that is there already is written anew where it differs.

    Raises NotAllowed.
    """
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.REVENUE_WRITE)
    told: list[Told] = []
    wrong: dict[int, list[CellError]] = {}
    seen: set[tuple[date, str]] = set()
    for row in rows:
        found = list(_rates_of(row))
        wrong[row.number] = _problems(row, found, seen)
        if not wrong[row.number]:
            told += found
            seen |= {(one.day, one.currency) for one in found}
    async with db.transaction(actor):
        await db.lock_subject("exchange rates")
        became = await _store(told, source_system, now)
    return [(row.number, became.get(row.number, RowOutcome.REFUSED), wrong[row.number]) for row in rows]


def _rates_of(row: Parsed) -> Iterator[Told]:
    day = row.values["day"]
    if not isinstance(day, date):
        message = f"a parsed row has a day, not {day!r}"
        raise TypeError(message)
    pairs = [(code, row.values.get(code)) for code in CURRENCIES]
    pairs.append((str(row.values.get("currency") or ""), row.values.get("rate")))
    for currency, rate in pairs:
        if currency and isinstance(rate, Decimal):
            yield Told(row.number, day, currency, rate)


def _problems(row: Parsed, found: Sequence[Told], seen: set[tuple[date, str]]) -> list[CellError]:
    has_currency, has_rate = bool(row.values.get("currency")), row.values.get("rate") is not None
    problems = [CellError("half_a_rate", "", {}, "rate")] if has_currency != has_rate else []
    if not found and not problems:
        problems.append(CellError("no_rate", "", {}, "rate"))
    for one in found:
        field = one.currency if one.currency in row.values else "rate"
        if one.currency == BASE:
            problems.append(CellError("rate_of_the_euro", "", {}, field))
        elif not _fits(one.per_euro):
            problems.append(CellError("not_a_rate", "", {"text": str(one.per_euro)}, field))
        elif (one.day, one.currency) in seen or sum(other.currency == one.currency for other in found) > 1:
            problems.append(CellError("rate_twice", "", {"text": one.currency}, field))
    return problems


def _fits(rate: Decimal) -> bool:
    """Whether the column holds it exactly."""
    return 0 < rate < _GREATEST and rate == rate.quantize(Decimal(1).scaleb(-_DECIMALS))


async def _store(told: Sequence[Told], source: str, now: datetime) -> dict[int, RowOutcome]:
    """What became of each row: new with its first new rate, changed with a changed one, else the same."""
    if not told:
        return {}
    staged = await bulk.stage(
        {"id": "uuid", "row": "int", "day": "date", "currency": "text", "per_euro": "numeric"},
        [(key, *one) for key, one in zip(new_ids(len(told)), told, strict=True)],
    )
    rows = await db.sql(
        "SELECT s.row, bool_or(r.id IS NULL) AS fresh, bool_or(r.per_euro <> s.per_euro) AS differs"
        f" FROM {staged} s LEFT JOIN rates_rate r ON r.day = s.day AND r.currency = s.currency GROUP BY s.row"
    )
    await db.sql(
        "INSERT INTO rates_rate (id, day, currency, per_euro, source, changed_at)"
        f" SELECT id, day, currency, per_euro, $1, $2 FROM {staged} ON CONFLICT (day, currency) DO UPDATE"
        " SET per_euro = excluded.per_euro, source = excluded.source, changed_at = excluded.changed_at"
        " WHERE rates_rate.per_euro <> excluded.per_euro",
        source, now,
    )  # fmt: skip
    return {row["row"]: _outcome(fresh=row["fresh"], differs=bool(row["differs"])) for row in rows}


def _outcome(*, fresh: bool, differs: bool) -> RowOutcome:
    if differs:
        return RowOutcome.CHANGED
    return RowOutcome.IMPORTED if fresh else RowOutcome.SAME


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.REVENUE_WRITE, event="rates.imported", order=42, chunk=1_000,
        about=N_("What one euro was worth, day by day: amounts of several currencies add up by it."),
        href="/settings/rates", problems=PROBLEMS,
    )
)  # fmt: skip
