"""From transactions to what the models read: how often, how recently, how long known and how much, per customer.

Time runs from a customer's first purchase: `age` is from there to the end of observation, `recency` from there to its
last purchase, both in the unit asked for (a week is 7 days, fractions are kept). `frequency` is the number of repeat
purchases. As in the literature, purchases of one customer on one day are one purchase, whatever the unit: Fader and
Hardie's weeks of CDNOW are days divided by 7. `mean_value` is the mean of the repeat purchases, the first one left out,
and 0 where there is none.

What happens with unusual rows (refused: RefusedError, exit code 3 on the command line, nothing is written):

| row | what happens |
|---|---|
| in any order | the result is the same |
| the same row twice | both count in money; as they are of one day they are one purchase |
| negative amount | a refund: no purchase; it lowers `net_to_date` alone. `refund_share` says how much of all |
| amount 0 | a purchase worth nothing |
| customer with refunds only | left out and counted in `without_purchase` |
| date after the end of observation | left out and counted in `after_end`; so are customers that begin after it |
| more than one currency, where there is such a column | refused: money of two kinds cannot be added |
| no rows, or none up to the end of observation | refused |
| one customer only | summarised; no model can be fitted to it (NotFittedError, exit code 5) |
| no date: not YYYY-MM-DD (with a time or not), not in the calendar, or empty | refused, with the first such row |
| a time with a zone | the day in UTC; without a zone the day as written |
| amount empty, NaN, infinite or no number | refused, with the first such row |
| customer_id empty | refused, with the first such row |
| a column missing | refused, with the names that are needed |
"""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
from pyarrow import compute

from attribution.engine.errors import RefusedError
from attribution.engine.lifetime.fitting import FloatArray, IntArray, totals
from attribution.engine.lifetime.purchases import check_history
from attribution.engine.windows import counting_sort

DAYS: Final = {"day": 1.0, "week": 7.0}
"""Days in a unit of time."""
TRANSACTION_COLUMNS: Final = ("customer_id", "date", "amount")
SUMMARY_COLUMNS: Final = ("customer_id", "frequency", "recency", "age", "mean_value")
_YEAR: Final = 365


@dataclass(frozen=True)
class Summary:
    """One row a customer, in ascending order of their ids as text; all columns have shape (n,).

    Times are in units. Money is in the currency's major unit, as it came. `net_to_date` (purchases less refunds) and
    `first_year_value` (purchases of the first 365 days) are None where only a summary came in. `refund_share` is what
    was refunded of all that was purchased, from 0.
    """

    customer_id: npt.NDArray[np.object_]
    frequency: FloatArray
    recency: FloatArray
    age: FloatArray
    mean_value: FloatArray
    net_to_date: FloatArray | None = None
    first_year_value: FloatArray | None = None
    refund_share: float = 0.0
    observed_until: dt.date | None = None
    after_end: int = 0
    without_purchase: int = 0


@dataclass(frozen=True)
class _Rows:
    """Transactions as columns (n,): the customer's place in `names`, days since 1970, amount."""

    names: npt.NDArray[np.object_]
    customer: IntArray
    day: IntArray
    amount: FloatArray


def summarise(table: Any, unit: str = "week", observed_until: dt.date | None = None) -> Summary:
    """The summary of an Arrow table with `customer_id`, `date`, `amount` and perhaps `currency`.

    Without `observed_until` observation ends on the last day of any row. Raises RefusedError as the table above says,
    and for an unknown unit.
    """
    if unit not in DAYS:
        message = f"the unit is {unit}; it can be {' or '.join(DAYS)}"
        raise RefusedError(message)
    rows = _rows_of(table)
    end = int(rows.day.max()) if observed_until is None else (observed_until - dt.date(1970, 1, 1)).days
    within = rows.day <= end
    order = _in_order(rows)
    order = order[within[order]]
    seen = _Rows(rows.names, rows.customer[order], rows.day[order], rows.amount[order])
    if not (seen.amount >= 0).any():
        message = f"there is no purchase up to {dt.date(1970, 1, 1) + dt.timedelta(days=end)}"
        raise RefusedError(message)
    return _summary_of(seen, end, DAYS[unit], int(rows.day.size - order.size))


def _in_order(rows: _Rows) -> IntArray:
    """The rows by customer, day and amount: one order, so that sums of money do not depend on how rows came."""
    day = rows.day - int(rows.day.min())
    # Counting by day and then, stable, by customer takes time in proportion to the rows.
    by_day, _begins = counting_sort(day.astype(np.int32), int(day.max()) + 1)
    by_customer, _begins = counting_sort(rows.customer[by_day].astype(np.int32), rows.names.size)
    order = by_day[by_customer].astype(np.int64)
    customer, day = rows.customer[order], day[order]
    is_same = np.append((customer[1:] == customer[:-1]) & (day[1:] == day[:-1]), False)
    shared = np.flatnonzero(is_same | np.roll(is_same, 1))
    # Few days have more than one row of a customer: only those need the third key.
    tied = order[shared]
    order[shared] = tied[np.lexsort((rows.amount[tied], day[shared], customer[shared]))]
    return order


def _summary_of(rows: _Rows, end: int, unit_days: float, after_end: int) -> Summary:
    """The summary of rows in order of customer and day, none of them after `end`."""
    known = rows.names.size
    bought = rows.amount >= 0
    customer, day, amount = rows.customer[bought], rows.day[bought], rows.amount[bought]
    is_new = np.append(True, (customer[1:] != customer[:-1]) | (day[1:] != day[:-1]))
    begins = np.flatnonzero(is_new)
    buyer, bought_on, worth = customer[begins], day[begins], np.add.reduceat(amount, begins)
    purchases = np.bincount(buyer, minlength=known)
    kept = np.flatnonzero(purchases)
    last = np.cumsum(purchases[kept]) - 1
    first = last - purchases[kept] + 1
    frequency = (purchases[kept] - 1).astype(np.float64)
    repeats = totals(np.delete(buyer, first), np.delete(worth, first), known)[kept]
    begun = np.zeros(known, dtype=np.int64)
    begun[kept] = bought_on[first]
    young = day < begun[customer] + _YEAR
    gross = float(amount.sum())
    refunded = float(np.abs(rows.amount[~bought]).sum())
    # Those of whom only refunds were seen up to the end; who began later was seen not at all.
    only_refunds = np.count_nonzero(np.bincount(rows.customer)) - kept.size
    return Summary(
        customer_id=rows.names[kept],
        frequency=frequency,
        recency=(bought_on[last] - bought_on[first]) / unit_days,
        age=(end - bought_on[first]) / unit_days,
        mean_value=repeats / np.maximum(frequency, 1.0),
        net_to_date=totals(rows.customer, rows.amount, known)[kept],
        first_year_value=totals(customer[young], amount[young], known)[kept],
        refund_share=refunded / gross if gross > 0 else 0.0,
        observed_until=dt.date(1970, 1, 1) + dt.timedelta(days=end),
        after_end=after_end,
        without_purchase=int(only_refunds),
    )


def read_summary(table: Any) -> Summary:
    """A summary that was made elsewhere, from an Arrow table with the columns of `SUMMARY_COLUMNS`.

    `mean_value` may be missing: it is 0 then. Raises RefusedError for histories that cannot be, customers that stand
    twice, and cells as in the table above.
    """
    _require(table, SUMMARY_COLUMNS[:4])
    names, customer = _customers_of(table)
    columns = [_numbers_of(table, name) for name in SUMMARY_COLUMNS[1:4]]
    has_value = "mean_value" in table.column_names
    value = _numbers_of(table, "mean_value") if has_value else np.zeros(customer.size)
    if names.size < customer.size:
        twice = names[np.bincount(customer) > 1]
        message = f"{twice.size} customers stand in more than one row, such as {twice[0]}"
        raise RefusedError(message)
    if (value < 0).any():
        message = f"mean_value must not be negative; row {int(np.argmax(value < 0)) + 1}"
        raise RefusedError(message)
    try:
        check_history(*columns)
    except ValueError as error:
        raise RefusedError(str(error)) from error
    order = np.argsort(customer)
    frequency, recency, age = (column[order] for column in columns)
    return Summary(names, frequency, recency, age, value[order])


def _rows_of(table: Any) -> _Rows:
    _require(table, TRANSACTION_COLUMNS)
    if "currency" in table.column_names:
        found = sorted(str(one) for one in compute.unique(table.column("currency")).to_pylist())
        if len(found) > 1:
            message = f"the amounts are in {len(found)} currencies ({', '.join(found[:5])}): they cannot be added"
            raise RefusedError(message)
    names, customer = _customers_of(table)
    return _Rows(names, customer, _days_of(table.column("date")), _numbers_of(table, "amount"))


def _require(table: Any, names: tuple[str, ...]) -> None:
    missing = [name for name in names if name not in table.column_names]
    if missing:
        message = f"there is no column {', '.join(missing)}; needed are {', '.join(names)}"
        raise RefusedError(message)
    if not table.num_rows:
        message = "there are no rows"
        raise RefusedError(message)


def _customers_of(table: Any) -> tuple[npt.NDArray[np.object_], IntArray]:
    """The ids in ascending order, and each row's place among them."""
    ids = compute.cast(table.column("customer_id"), pa.string()).combine_chunks()
    empty = compute.fill_null(compute.equal(ids, ""), fill_value=True)
    _refuse(np.asarray(empty), "customer_id", "is empty")
    encoded = ids.dictionary_encode()
    order = compute.sort_indices(encoded.dictionary)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order.to_numpy()] = np.arange(len(order))
    return encoded.dictionary.take(order).to_numpy(zero_copy_only=False), rank[encoded.indices.to_numpy()]


def _days_of(column: Any) -> IntArray:
    """Days since 1970, from dates, times or text."""
    is_text = pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
    kinds = [pa.date32(), pa.timestamp("us"), pa.timestamp("us", tz="UTC")] if is_text else [pa.date32()]
    for kind in kinds:
        try:
            dates = compute.cast(compute.cast(column, kind), pa.date32())
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            continue
        _refuse(np.asarray(compute.is_null(dates)), "date", "is empty")
        return np.asarray(compute.cast(dates, pa.int32()).to_numpy(), dtype=np.int64)
    first = _first_refused(column, kinds[0])
    message = f"date in row {first + 1} is {column[first].as_py()!r}, not a date as YYYY-MM-DD"
    raise RefusedError(message)


def _numbers_of(table: Any, name: str) -> FloatArray:
    column = table.column(name)
    try:
        numbers = compute.cast(column, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        first = _first_refused(column, pa.float64())
        message = f"{name} in row {first + 1} is {column[first].as_py()!r}, not a number"
        raise RefusedError(message) from error
    _refuse(np.asarray(compute.is_null(numbers)), name, "is empty")
    found: FloatArray = numbers.to_numpy()
    _refuse(~np.isfinite(found), name, "is not finite")
    return found


def _refuse(wrong: npt.NDArray[np.bool_], name: str, what: str) -> None:
    if wrong.any():
        message = f"{name} {what} in {int(wrong.sum())} rows, the first is row {int(np.argmax(wrong)) + 1}"
        raise RefusedError(message)


def _first_refused(column: Any, kind: Any) -> int:
    """Where the first cell stands that cannot be cast, found by halving."""
    low, high = 0, len(column)
    while high - low > 1:
        middle = (low + high) // 2
        try:
            compute.cast(column[low:middle], kind)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            high = middle
        else:
            low = middle
    return low
