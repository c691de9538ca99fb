"""What the models read: the published summary from the raw transactions, and every unusual row of the table."""

import csv
import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.engine.errors import RefusedError
from attribution.engine.lifetime import bgnbd
from attribution.engine.lifetime.fitting import NotFittedError
from attribution.engine.lifetime.summary import Summary, read_summary, summarise
from tests.attribution.engine.lifetime.published import cdnow, datasets, transactions

UNTIL = dt.date(2026, 3, 1)
NUMBERS = ("frequency", "recency", "age", "mean_value", "net_to_date", "first_year_value")


def table(*rows: tuple[Any, Any, Any], **more: Any) -> Any:
    names, dates, amounts = zip(*rows, strict=True) if rows else ([], [], [])
    return pa.table({"customer_id": list(names), "date": list(dates), "amount": list(amounts)} | more)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def figures(summary: Summary) -> dict[str, list[float]]:
    return {name: getattr(summary, name).tolist() for name in NUMBERS}


def test_the_published_summary_comes_out_of_the_raw_transactions() -> None:
    with (datasets() / "cdnow_customers_summary_with_transactions.csv").open() as file:
        published = np.array([[float(row[name]) for name in ("x", "t_x", "T", "zbar")] for row in csv.DictReader(file)])
    found = cdnow()
    assert found.customer_id.size == 2357
    assert (found.frequency == published[:, 0]).all()
    # Published with two digits.
    for column, expected in zip((found.recency, found.age, found.mean_value), published.T[1:], strict=True):
        assert np.abs(column - expected).max() < 0.00501


def test_what_the_figures_of_a_customer_are() -> None:
    rows = [("b", "2026-01-01", 10.0), ("b", "2026-01-08", 4.0), ("b", "2026-01-22", 8.0), ("a", "2026-02-01", 5.0)]
    found = summarise(table(*rows), "week", UNTIL)
    assert found.customer_id.tolist() == ["a", "b"]
    assert figures(found) == {
        "frequency": [0, 2],
        "recency": [0, 3],
        "age": [4, 59 / 7],
        "mean_value": [0, 6],
        "net_to_date": [5, 22],
        "first_year_value": [5, 22],
    }
    assert figures(summarise(table(*rows), "day", UNTIL))["age"] == [28, 59]


def test_observation_ends_with_the_last_row_unless_told() -> None:
    found = summarise(table(("a", "2026-01-01", 1), ("b", "2026-01-15", 1)), "day")
    assert found.age.tolist() == [14, 0]
    assert found.observed_until == dt.date(2026, 1, 15)


def test_the_value_of_the_first_year_ends_after_365_days() -> None:
    rows = [("a", "2025-01-01", 1.0), ("a", "2025-12-31", 2.0), ("a", "2026-01-01", 4.0)]
    found = summarise(table(*rows), "day", UNTIL)
    assert found.first_year_value is not None
    assert found.first_year_value.tolist() == [3]


# --- unusual rows, in the order of the table in the docstring ---


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32))
def test_the_order_of_rows_changes_nothing(seed: int) -> None:
    rows = transactions()
    mixed = rows.take(np.random.default_rng(seed).permutation(rows.num_rows))
    again = summarise(mixed, "week", dt.date(1997, 9, 30))
    for name in NUMBERS:
        assert getattr(again, name).tobytes() == getattr(cdnow(), name).tobytes()
    assert (again.customer_id == cdnow().customer_id).all()


def test_the_same_row_twice_is_one_purchase_of_twice_the_money() -> None:
    rows = [("a", "2026-01-01", 10.0), ("a", "2026-01-15", 4.0), ("a", "2026-01-15", 4.0)]
    found = figures(summarise(table(*rows), "week", UNTIL))
    assert found["frequency"] == [1]
    assert found["mean_value"] == [8]
    assert found["net_to_date"] == [18]


def test_purchases_of_one_week_on_two_days_are_two() -> None:
    rows = [("a", "2026-01-01", 1.0), ("a", "2026-01-12", 1.0), ("a", "2026-01-13", 1.0)]
    assert summarise(table(*rows), "week", UNTIL).frequency.tolist() == [2]


def test_a_refund_lowers_the_net_and_is_no_purchase() -> None:
    rows = [("a", "2026-01-01", 10.0), ("a", "2026-01-15", 30.0), ("a", "2026-01-15", -8.0), ("a", "2026-02-20", -2.0)]
    found = summarise(table(*rows), "week", UNTIL)
    assert figures(found) == {
        "frequency": [1],
        "recency": [2],
        "age": [59 / 7],
        "mean_value": [30],
        "net_to_date": [30],
        "first_year_value": [40],
    }
    assert found.refund_share == 0.25


def test_an_amount_of_0_is_a_purchase_worth_nothing() -> None:
    found = figures(summarise(table(("a", "2026-01-01", 10.0), ("a", "2026-01-15", 0.0)), "week", UNTIL))
    assert found["frequency"] == [1]
    assert found["mean_value"] == [0]


def test_a_customer_with_refunds_only_is_left_out_and_counted() -> None:
    found = summarise(table(("a", "2026-01-01", -10.0), ("b", "2026-01-15", 1.0)), "week", UNTIL)
    assert found.customer_id.tolist() == ["b"]
    assert found.without_purchase == 1
    assert found.after_end == 0


def test_what_is_after_the_end_is_left_out_and_counted() -> None:
    rows = [("a", "2026-01-01", 1.0), ("a", "2026-03-01", 2.0), ("a", "2026-03-02", 4.0), ("b", "2026-03-02", 8.0)]
    found = summarise(table(*rows), "day", UNTIL)
    assert found.customer_id.tolist() == ["a"]
    assert found.net_to_date is not None
    assert found.net_to_date.tolist() == [3]
    assert found.recency.tolist() == found.age.tolist() == [59]
    assert (found.after_end, found.without_purchase) == (2, 0)


def test_two_currencies_are_refused() -> None:
    rows = [("a", "2026-01-01", 1.0), ("a", "2026-01-02", 1.0)]
    with pytest.raises(RefusedError, match=r"2 currencies \(CNY, USD\)"):
        summarise(table(*rows, currency=["USD", "CNY"]))
    with pytest.raises(RefusedError, match="2 currencies"):
        summarise(table(*rows, currency=["USD", None]))
    assert summarise(table(*rows, currency=["USD", "USD"])).frequency.tolist() == [1]


def test_no_rows_are_refused() -> None:
    with pytest.raises(RefusedError, match="there are no rows"):
        summarise(table())
    with pytest.raises(RefusedError, match="no purchase up to 2025-12-31"):
        summarise(table(("a", "2026-01-01", 1.0)), "week", dt.date(2025, 12, 31))


def test_one_customer_is_summarised_and_not_fitted() -> None:
    found = summarise(table(("a", "2026-01-01", 1.0), ("a", "2026-01-20", 1.0)), "week", UNTIL)
    assert found.frequency.tolist() == [1]
    with pytest.raises(NotFittedError):
        bgnbd.fit(found.frequency, found.recency, found.age)


@pytest.mark.parametrize("wrong", ["yesterday", "2026-02-30", "2026-13-01", "01/02/2026", "", "2026-01-01x"])
def test_what_is_no_date_is_refused_with_its_row(wrong: str) -> None:
    rows = [("a", "2026-01-01", 1.0), ("b", "2026-01-02", 1.0), ("c", wrong, 1.0), ("d", "never", 1.0)]
    with pytest.raises(RefusedError, match=f"date in row 3 is '{wrong}', not a date"):
        summarise(table(*rows))


def test_an_empty_date_is_refused_with_its_row() -> None:
    with pytest.raises(RefusedError, match="date is empty in 1 rows, the first is row 2"):
        summarise(table(("a", "2026-01-01", 1.0), ("b", None, 1.0)))


@pytest.mark.parametrize(
    "dates",
    [
        ["2026-01-01 23:30:00", "2026-01-08 00:10:00"],
        ["2026-01-01T23:30:00Z", "2026-01-08T23:59:00Z"],
        ["2026-01-02T03:00:00+08:00", "2026-01-09T03:00:00+08:00"],
        [day("2026-01-01"), day("2026-01-08")],
        [dt.datetime(2026, 1, 1, 23), dt.datetime(2026, 1, 8, 1)],  # noqa: DTZ001  # a time without a zone is meant
        [dt.datetime(2026, 1, 1, 23, tzinfo=dt.UTC), dt.datetime(2026, 1, 8, 1, tzinfo=dt.UTC)],
    ],
)
def test_times_count_by_their_day(dates: list[Any]) -> None:
    found = summarise(table(("a", dates[0], 1.0), ("a", dates[1], 1.0)), "day", UNTIL)
    assert (found.recency.tolist(), found.age.tolist()) == ([7], [59])


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("1,5", "amount in row 2 is '1,5', not a number"),
        ("", "amount in row 2 is '', not a number"),
        ("nan", "amount is not finite in 1 rows, the first is row 2"),
        ("-inf", "amount is not finite"),
        (None, "amount is empty in 1 rows, the first is row 2"),
    ],
)
def test_what_is_no_amount_is_refused_with_its_row(wrong: str | None, why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        summarise(table(("a", "2026-01-01", "1.5"), ("b", "2026-01-01", wrong)))


@pytest.mark.parametrize("wrong", ["", None])
def test_a_customer_without_an_id_is_refused(wrong: str | None) -> None:
    with pytest.raises(RefusedError, match="customer_id is empty in 1 rows, the first is row 2"):
        summarise(table(("a", "2026-01-01", 1), (wrong, "2026-01-01", 1)))


def test_ids_of_other_types_count_as_their_text() -> None:
    dates = ["2026-01-01", "2026-01-02", "2026-01-02"]
    by_number = pa.table({"customer_id": [10, 9, 10], "date": dates, "amount": [1.0, 1.0, 1.0]})
    assert summarise(by_number).customer_id.tolist() == ["10", "9"]
    names = pa.array(["b", "a", "b"]).dictionary_encode()
    by_dictionary = pa.table({"customer_id": names, "date": dates, "amount": [1.0, 1.0, 1.0]})
    assert summarise(by_dictionary).customer_id.tolist() == ["a", "b"]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(RefusedError, match="no column amount; needed are customer_id, date, amount"):
        summarise(table(("a", "2026-01-01", 1.0)).drop_columns(["amount"]))


def test_an_unknown_unit_is_refused() -> None:
    with pytest.raises(RefusedError, match="it can be day or week"):
        summarise(table(("a", "2026-01-01", 1.0)), "month")


# --- summaries made elsewhere ---


def ready(**changed: list[Any]) -> Any:
    columns = {"customer_id": ["b", "a"], "frequency": [2, 0], "recency": [3.5, 0.0], "age": [9.0, 4.0]}
    return pa.table(columns | {"mean_value": [6.0, 0.0]} | changed)


def test_a_summary_is_read_in_order_of_customers() -> None:
    found = read_summary(ready())
    assert found.customer_id.tolist() == ["a", "b"]
    assert (found.frequency.tolist(), found.recency.tolist()) == ([0, 2], [0, 3.5])
    assert (found.age.tolist(), found.mean_value.tolist()) == ([4, 9], [0, 6])
    assert found.net_to_date is None
    assert read_summary(ready().drop_columns(["mean_value"])).mean_value.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"customer_id": ["a", "a"]}, "1 customers stand in more than one row, such as a"),
        ({"recency": [10.0, 0.0]}, "recency must lie between 0 and age"),
        ({"frequency": [2, 1]}, "recency must be 0 exactly where frequency is"),
        ({"mean_value": [-1.0, 0.0]}, "mean_value must not be negative; row 1"),
        ({"age": [9.0, None]}, "age is empty in 1 rows"),
    ],
)
def test_a_summary_that_cannot_be_is_refused(changed: dict[str, list[Any]], why: str) -> None:
    with pytest.raises(RefusedError, match=why):
        read_summary(ready(**changed))
