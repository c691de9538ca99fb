"""Which touches an event draws on: windows by kind and motion, and what is carried over."""

import itertools

import pytest

from attribution.engine import policy, windows
from attribution.engine.errors import RefusedError, TooLargeError
from attribution.engine.kernel import Plan
from attribution.engine.policy import DEFAULT, KindRule
from tests.attribution.engine.make import Event, Touch, credited, log_of, run

MICROSECOND = 1 / 86_400_000_000


def drawn_on(touches: list[Touch], events: list[Event], event: str, rules: policy.Policy = DEFAULT) -> list[str | None]:
    """The touches that share in an event under `linear`."""
    return [touch for touch, _, _ in credited(touches, events, "linear", policy=rules)[event, "linear"]]


def touches(*days: float, motion: str = "sell") -> list[Touch]:
    return [Touch(f"t{day:g}", "A", day, "p", motion) for day in days]


def test_a_window_is_180_days_and_ends_with_the_event() -> None:
    found = drawn_on(touches(19.9, 20, 100, 200, 200.1), [Event("e", "A", 200)], "e")
    assert found == ["t20", "t100", "t200"]


def test_a_new_customer_counts_from_the_last_loss() -> None:
    events = [Event("e0", "A", 5, 0, "lost"), Event("e1", "A", 10, 0, "upsell"), Event("e2", "A", 20)]
    assert drawn_on(touches(1, 5, 6, 15), events, "e2") == ["t6", "t15"]
    events[0] = Event("e0", "A", 5, -1, "churn")
    assert drawn_on(touches(1, 5, 6, 15), events, "e2") == ["t6", "t15"]


def test_a_renewal_draws_on_its_term_however_long_and_care_weighs_double() -> None:
    rows = [Touch("t1", "A", 1, "p"), Touch("t2", "A", 12, "q", "service"), Touch("t3", "A", 13, "r"),
            Touch("t4", "A", 14, "s", "manage")]  # fmt: skip
    events = [Event("e1", "A", 10), Event("e2", "A", 800, 100, "upsell"), Event("e3", "A", 900, 100, "renewal")]
    found = credited(rows, events, "linear")["e3", "linear"]
    assert [(touch, value) for touch, _, value in found] == [("t2", 40), ("t3", 20), ("t4", 40)]


def test_an_upsell_counts_from_the_event_before_and_carries_a_fifth_of_the_acquisition() -> None:
    rows = [Touch("t1", "A", 1, "p"), Touch("t2", "A", 2, "q"), Touch("t3", "A", 15, "r"), Touch("t4", "A", 25, "s")]
    events = [Event("e1", "A", 10), Event("e2", "A", 20, 100, "renewal"), Event("e3", "A", 30, 1000, "upsell")]
    found = credited(rows, events, "linear", "first")
    assert [(touch, value) for touch, _, value in found["e3", "linear"]] == [("t1", 100), ("t2", 100), ("t4", 800)]
    assert [(touch, value) for touch, _, value in found["e3", "first"]] == [("t1", 200), ("t4", 800)]


def test_what_is_carried_over_stays_stated_when_a_part_has_no_touch() -> None:
    rows = [Touch("t1", "A", 1, "p")]
    events = [Event("e1", "A", 10), Event("e2", "A", 30, 1000, "cross_sell")]
    assert credited(rows, events, "linear")["e2", "linear"] == [("t1", 200_000_000, 200), (None, 800_000_000, 800)]
    late = [Touch("t1", "A", 20, "p")]
    assert credited(late, events, "linear")["e2", "linear"] == [(None, 200_000_000, 200), ("t1", 800_000_000, 800)]


def test_without_acquisition_nothing_is_carried_over() -> None:
    assert credited(touches(1), [Event("e1", "A", 30, 1000, "upsell")], "linear")["e1", "linear"] == [
        ("t1", 1_000_000_000, 1000)
    ]


def test_the_part_carried_over_is_a_setting() -> None:
    rows, events = touches(1, 15), [Event("e1", "A", 10), Event("e2", "A", 30, 1000, "upsell")]
    found = credited(rows, events, "linear", policy=policy.with_carry_over(DEFAULT, 0))
    assert found["e2", "linear"] == [("t15", 1_000_000_000, 1000)]


def test_events_of_one_instant_share_their_window() -> None:
    events = [Event("e1", "A", 20, kind="upsell"), Event("e2", "A", 20, kind="cross_sell")]
    assert drawn_on(touches(1), events, "e1") == drawn_on(touches(1), events, "e2") == ["t1"]


def test_a_touch_at_the_instant_of_an_event_belongs_to_it_and_not_to_the_next() -> None:
    events = [Event("e1", "A", 10, kind="upsell"), Event("e2", "A", 20, kind="upsell")]
    rows = [*touches(10), Touch("t10+", "A", 10 + MICROSECOND, "p")]
    assert drawn_on(rows, events, "e1") == ["t10"]
    assert drawn_on(rows, events, "e2") == ["t10+"]


def test_losses_draw_on_service_and_manage_only() -> None:
    rows = [Touch("t1", "A", 11, "p"), Touch("t2", "A", 12, "q", "service"), Touch("t3", "A", 13, "r", "manage")]
    events = [Event("e1", "A", 10), Event("e2", "A", 20, -100, "contraction"), Event("e3", "A", 30, -100, "churn")]
    found = credited(rows, events, "linear")
    assert [(touch, value) for touch, _, value in found["e3", "linear"]] == [("t2", -50), ("t3", -50)]


def test_other_accounts_do_not_matter() -> None:
    rows = [Touch("t1", "A", 1, "p"), Touch("t2", "B", 1, "q"), Touch("t3", "C", 1, "r")]
    assert drawn_on(rows, [Event("e", "B", 5), Event("f", "C", 3)], "e") == ["t2"]


def test_ties_in_time_go_by_touchpoint_id() -> None:
    rows = [Touch("tb", "A", 1, "p"), Touch("ta", "A", 1, "q"), Touch("tc", "A", 1, "r")]
    found = credited(rows, [Event("e", "A", 5)], "first", "last")
    assert found["e", "first"][0][0] == "ta"
    assert found["e", "last"][0][0] == "tc"


def test_what_is_left_over_goes_by_touchpoint_id_not_by_time() -> None:
    rows = [Touch("tc", "A", 1, "p"), Touch("tb", "A", 2, "q"), Touch("ta", "A", 3, "r")]
    found = credited(rows, [Event("e", "A", 5, 101)], "linear")["e", "linear"]
    assert [(touch, value) for touch, _, value in found] == [("tc", 33), ("tb", 34), ("ta", 34)]


def test_a_motion_may_have_a_window_of_its_own() -> None:
    rules = {**DEFAULT, "new_logo": KindRule(1, frozenset({"churn"}), 180, lookback_by_motion={"influence": 30})}
    rows = [Touch("t1", "A", 60, "p", "influence"), Touch("t2", "A", 70, "q"), Touch("t3", "A", 90, "r", "influence")]
    assert drawn_on(rows, [Event("e", "A", 100)], "e", rules) == ["t2", "t3"]


def test_a_shorter_window_holds_wherever_there_is_one() -> None:
    events = [Event("e", "A", 100)]
    assert drawn_on(touches(1, 95), events, "e", policy.with_lookback(DEFAULT, 10)) == ["t95"]
    renewal = [Event("e", "A", 100, kind="renewal")]
    assert drawn_on(touches(1, 95), renewal, "e", policy.with_lookback(DEFAULT, 10)) == ["t1", "t95"]


def test_touches_after_the_last_event_are_a_journey_that_ended_in_nothing() -> None:
    log = log_of([*touches(1, 15, 16), Touch("x", "B", 3, "q")], [Event("e", "A", 10)])
    journeys = windows.build(log, DEFAULT)
    assert sorted(map(len, _split(journeys.open_rows.tolist(), journeys.open_first.tolist()))) == [1, 2]


def _split(rows: list[int], first: list[int]) -> list[list[int]]:
    return [rows[low:high] for low, high in itertools.pairwise(first)]


def test_a_policy_is_read_as_it_is_written() -> None:
    written = policy.to_json(DEFAULT)
    assert policy.to_json(policy.from_json(written)) == written
    some = policy.from_json('{"upsell": {"sign": 1, "since": ["*"], "lookback_days": 90, "carry_over_percent": 50}}')
    assert (some["upsell"].carry_over_percent, some["churn"]) == (50, DEFAULT["churn"])


@pytest.mark.parametrize(
    "body",
    ["[]", "{", '{"x": {"sign": 1}}', '{"x": {"sign": 2, "since": [], "lookback_days": 1}}',
     '{"x": {"sign": 1, "since": [], "lookback_days": 1, "weights": {"sell": -1}}}',
     '{"x": {"sign": 1, "since": [], "lookback_days": 1, "carry_over_percent": 101}}',
     '{"x": {"sign": 1, "since": [], "lookback_days": 1, "unknown": 1}}'],
)  # fmt: skip
def test_what_is_no_policy_is_refused(body: str) -> None:
    with pytest.raises(RefusedError):
        policy.from_json(body)


@pytest.mark.parametrize("body", ["[]", "{", '{"kinds": {"a": "x"}}', '{"kinds": {"a": -1}}', '{"kinds": {"a": "1/0"}}',
                                  '{"kinds": {"a": "0.1234567"}}'])  # fmt: skip
def test_what_is_no_custom_model_is_refused(body: str) -> None:
    with pytest.raises(RefusedError):
        policy.custom_from_json(body)


def test_a_million_touches_on_one_account_are_computed_and_more_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = touches(*range(1, 40))
    monkeypatch.setattr(windows, "LONGEST_JOURNEY", 39)
    run(rows, [Event("e", "A", 50)], Plan(("linear",)))
    monkeypatch.setattr(windows, "LONGEST_JOURNEY", 38)
    with pytest.raises(TooLargeError, match="39 touches; at most 38"):
        run(rows, [Event("e", "A", 50)], Plan(("linear",)))
    monkeypatch.setattr(windows, "MOST_ROWS", 38)
    with pytest.raises(TooLargeError, match="39 touches together"):
        run(rows, [Event("e", "A", 50)], Plan(("linear",)))
