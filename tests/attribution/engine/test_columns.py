"""What comes in badly, and what happens: a test for each line of the table in `columns`."""

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest

from attribution.engine import columns
from attribution.engine.columns import NO_PARTNER
from attribution.engine.errors import RefusedError, TooLargeError
from attribution.engine.kernel import Plan
from tests.attribution.engine.make import Event, Touch, at, credited, event_table, run, touch_table

TOUCHES = [Touch("t1", "A", 1, "p"), Touch("t2", "A", 2, "q"), Touch("t3", "B", 3, "p")]
EVENTS = [Event("e1", "A", 10), Event("e2", "B", 11, 50)]


def read(touches: pa.Table | None = None, events: pa.Table | None = None, until: float | None = None) -> columns.Log:
    observed = None if until is None else int(at(until).timestamp() * 1_000_000)
    return columns.read(
        touch_table(TOUCHES) if touches is None else touches,
        event_table(EVENTS) if events is None else events,
        observed_until=observed,
    )


def replaced(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    return table.set_column(table.column_names.index(name), name, column)


def test_rows_in_any_order_are_sorted() -> None:
    straight = credited(TOUCHES, EVENTS, "first", "last", "linear")
    assert credited(TOUCHES[::-1], EVENTS[::-1], "first", "last", "linear") == straight
    assert straight["e1", "first"] == [("t1", 1_000_000_000, 100)]


def test_the_same_row_twice_counts_once() -> None:
    result, rows = run([*TOUCHES, TOUCHES[1]], [*EVENTS, EVENTS[0]], Plan(("linear",)))
    assert rows == run(TOUCHES, EVENTS, Plan(("linear",)))[1]
    assert (result.notes.repeated_touches, result.notes.repeated_events) == (1, 1)


@pytest.mark.parametrize(
    "other",
    [
        Touch("t2", "B", 2, "q"),
        Touch("t2", "A", 2.5, "q"),
        Touch("t2", "A", 2, "p"),
        Touch("t2", "A", 2, None),
        Touch("t2", "A", 2, "q", "build"),
        Touch("t2", "A", 2, "q", "sell", "demo"),
    ],
)
def test_one_id_for_two_touchpoints_is_refused(other: Touch) -> None:
    with pytest.raises(RefusedError, match="same id"):
        read(touch_table([*TOUCHES, other]))


@pytest.mark.parametrize("other", [Event("e1", "B", 10), Event("e1", "A", 9), Event("e1", "A", 10, 99)])
def test_one_id_for_two_events_is_refused(other: Event) -> None:
    with pytest.raises(RefusedError, match="same id"):
        read(events=event_table([*EVENTS, other]))


@pytest.mark.parametrize("name", ["touchpoint_id", "account_id"])
@pytest.mark.parametrize("missing", [None, ""])
def test_a_touchpoint_without_id_or_account_is_refused(name: str, missing: str | None) -> None:
    with pytest.raises(RefusedError, match=name):
        read(replaced(touch_table(TOUCHES), name, pa.array(["x", missing, "y"], pa.string())))


@pytest.mark.parametrize("name", ["event_id", "account_id"])
def test_an_event_without_id_or_account_is_refused(name: str) -> None:
    with pytest.raises(RefusedError, match=name):
        read(events=replaced(event_table(EVENTS), name, pa.array(["x", None], pa.string())))


def test_a_touchpoint_without_time_is_refused() -> None:
    times = pa.array([at(1), None, at(2)], pa.timestamp("us", "UTC"))
    with pytest.raises(RefusedError, match="no occurred_at"):
        read(replaced(touch_table(TOUCHES), "occurred_at", times))


def test_touchpoints_of_an_account_without_events_are_nulls() -> None:
    alone = [*TOUCHES, Touch("t4", "C", 1, "q")]
    result, rows = run(alone, EVENTS, Plan(("linear", "markov:1")))
    assert [row for row in rows if row["model"] == "linear"] == run(TOUCHES, EVENTS, Plan(("linear",)))[1]
    with_null = result.weights.measured["markov:1"].tolist()
    assert with_null != run(TOUCHES, EVENTS, Plan(("markov:1",)))[0].weights.measured["markov:1"].tolist()


def test_an_event_without_touchpoints_goes_to_nobody() -> None:
    _, rows = run(TOUCHES, [*EVENTS, Event("e3", "Z", 5, 70)], Plan(("u_shaped",)))
    (row,) = [row for row in rows if row["event_id"] == "e3"]
    assert (row["touchpoint_id"], row["key"], row["share_ppb"], row["value_minor"]) == (None, NO_PARTNER, 10**9, 70)


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_touchpoint_without_key_keeps_its_place(nothing: str | None) -> None:
    _, rows = run([Touch("t1", "A", 1, nothing), Touch("t2", "A", 2, "q")], EVENTS[:1], Plan(("linear",)))
    assert [(row["touchpoint_id"], row["key"], row["value_minor"]) for row in rows] == [
        ("t1", NO_PARTNER, 50), ("t2", "q", 50),
    ]  # fmt: skip


def test_what_does_not_count_is_left_out_and_told() -> None:
    table = touch_table(TOUCHES).append_column("counts", pa.array([True, False, None]))
    log = read(table)
    assert log.uncounted == 2
    assert log.names.touchpoints.to_pylist() == ["t1"]


def test_counts_is_true_or_false() -> None:
    with pytest.raises(RefusedError, match="counts"):
        read(touch_table(TOUCHES).append_column("counts", pa.array(["yes", "no", "no"])))


def test_losses_are_negative_and_apart() -> None:
    touches = [Touch("t1", "A", 1, "p"), Touch("t2", "A", 20, "q", "service"), Touch("t3", "A", 21, "p")]
    result, rows = run(touches, [Event("e1", "A", 10), Event("e2", "A", 30, -40, "churn")], Plan(("linear",)))
    assert [(row["key"], row["value_minor"]) for row in rows] == [("p", 100), ("q", -40)]
    assert result.summary().select(["key", "value"]).to_pylist() == [{"key": "p", "value": 100.0}]
    assert result.losses().select(["key", "value"]).to_pylist() == [{"key": "q", "value": -40.0}]


@pytest.mark.parametrize(
    ("kind", "value"), [("new_logo", -1), ("renewal", -1), ("churn", 1), ("contraction", 1), ("lost", 1), ("lost", -1)]
)
def test_a_value_against_its_kind_is_refused(kind: str, value: int) -> None:
    with pytest.raises(RefusedError, match="sign"):
        credited(TOUCHES, [Event("e1", "A", 10, value, kind)], "linear")


@pytest.mark.parametrize("values", [pa.array([1.5, 2.0]), pa.array(["1", "2"]), pa.array([1, None])])
def test_a_value_that_is_no_whole_number_is_refused(values: pa.Array) -> None:
    with pytest.raises(RefusedError, match="whole numbers"):
        read(events=replaced(event_table(EVENTS), "value_minor", values))


@pytest.mark.parametrize("value", [10**15 + 1, -(10**15) - 1])
def test_a_value_beyond_the_limit_is_refused(value: int) -> None:
    with pytest.raises(RefusedError, match="beyond"):
        read(events=event_table([Event("e1", "A", 10, value, "churn" if value < 0 else "new_logo")]))


def test_values_that_do_not_fit_together_are_too_large() -> None:
    with pytest.raises(TooLargeError, match="together"):
        read(events=event_table([Event(f"e{number}", "A", 10, 10**15) for number in range(9_100)]))


def test_a_kind_that_the_policy_does_not_know_is_refused() -> None:
    with pytest.raises(RefusedError, match="unknown kind: whim"):
        credited(TOUCHES, [Event("e1", "A", 10, kind="whim")], "linear")


def test_two_currencies_are_refused() -> None:
    with pytest.raises(RefusedError, match=r"EUR, USD"):
        read(events=event_table([*EVENTS, Event("e3", "A", 12, currency="USD")]))


@pytest.mark.parametrize(
    "times",
    [
        pa.array([at(1).replace(tzinfo=None)] * 3, pa.timestamp("us")),
        pa.array(["2026-01-01"] * 3),
        pa.array([1, 2, 3]),
    ],
)
def test_times_without_zone_are_refused(times: pa.Array) -> None:
    with pytest.raises(RefusedError, match="zone"):
        read(replaced(touch_table(TOUCHES), "occurred_at", times))


def test_other_zones_and_units_are_the_same_moment() -> None:
    table = touch_table(TOUCHES)
    column = table["occurred_at"].cast(pa.timestamp("ns", "Asia/Shanghai"))
    assert (read(replaced(table, "occurred_at", column)).touches.occurred_at == read().touches.occurred_at).all()


@pytest.mark.parametrize(("until", "fits"), [(11, True), (10.5, False), (2.5, False)])
def test_what_is_later_than_observed_is_refused(until: float, *, fits: bool) -> None:
    if fits:
        read(until=until)
    else:
        with pytest.raises(RefusedError, match="later"):
            read(until=until)


def test_a_missing_column_is_named() -> None:
    with pytest.raises(RefusedError, match=r"no column partner.*touchpoint_id"):
        columns.read(touch_table(TOUCHES), event_table(EVENTS), by="partner")


def test_no_rows_give_no_credit() -> None:
    result, rows = run([], [], Plan(("linear", "markov:1", "shapley", "shapley_rate")))
    assert rows == []
    assert len(result.summary()) == 0


def test_ids_may_be_numbers() -> None:
    table = replaced(touch_table(TOUCHES), "touchpoint_id", pa.array([9, 10, 11]))
    assert read(table).touches.touchpoint.tolist() == [9, 10, 11]
    with pytest.raises(RefusedError, match="same id"):
        read(replaced(table, "touchpoint_id", pa.array([9, 9, 11])))


def test_text_may_come_as_a_dictionary() -> None:
    table = touch_table(TOUCHES)
    table = replaced(table, "key", table["key"].dictionary_encode())
    assert read(table).names.keys.to_pylist() == ["p", "q"]
