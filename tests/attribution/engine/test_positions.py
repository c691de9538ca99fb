"""Rule models: the shares that their makers publish, to the last part."""

from fractions import Fraction

import numpy as np
import pytest

from attribution.engine.errors import UnknownModelError
from attribution.engine.kernel import Plan
from attribution.engine.policy import Custom, custom_from_json
from attribution.engine.positions import CURVES, Settings
from attribution.engine.remainder import PPB
from tests.attribution.engine.make import Event, Touch, credited, run


def journey(*kinds: str, days: tuple[float, ...] = (), motion: str = "sell") -> list[Touch]:
    """A journey of touches t0, t1, … of these kinds, a day apart."""
    return [
        Touch(f"t{number}", "A", days[number] if days else number, f"k{number}", motion, kind)
        for number, kind in enumerate(kinds)
    ]


def shares(touches: list[Touch], model: str, settings: Settings | None = None) -> list[float]:
    """The share of each touch of one event on day 30, nought included."""
    credits_ = credited(touches, [Event("e", "A", 30)], model, settings=settings or Settings())["e", model]
    found = {touch: share for touch, share, _ in credits_}
    return [found.get(one.id, 0) / PPB for one in touches]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        ("first", [1, 0, 0, 0, 0]),
        ("last", [0, 0, 0, 0, 1]),
        ("first_last", [0.5, 0, 0, 0, 0.5]),
        ("linear", [0.2, 0.2, 0.2, 0.2, 0.2]),
        ("u_shaped", [0.4, 0.0666666667, 0.0666666667, 0.0666666666, 0.4]),
    ],
)
def test_five_touches(model: str, expected: list[float]) -> None:
    assert shares(journey(*["call"] * 5), model) == pytest.approx(expected, abs=0.6e-9)


@pytest.mark.parametrize(
    ("model", "length", "expected"),
    [
        ("u_shaped", 1, [1]),
        ("u_shaped", 2, [0.5, 0.5]),
        ("u_shaped", 3, [0.4, 0.2, 0.4]),
        ("u_shaped", 4, [0.4, 0.1, 0.1, 0.4]),
        ("first_last", 1, [1]),
        ("first_last", 2, [0.5, 0.5]),
        ("first", 1, [1]),
        ("last", 1, [1]),
        ("w_shaped", 1, [1]),
        ("full_path", 1, [1]),
        ("decay", 1, [1]),
    ],
)
def test_short_journeys(model: str, length: int, expected: list[float]) -> None:
    assert shares(journey(*["call"] * length), model) == expected


@pytest.mark.parametrize("model", CURVES)
@pytest.mark.parametrize("length", [1, 2, 3, 4, 7, 100])
def test_a_curve_is_what_its_page_says(model: str, length: int) -> None:
    weights = CURVES[model](length).tolist()
    exact = [Fraction(one, sum(weights)) for one in weights]
    assert len(exact) == length
    if model == "u_shaped" and length > 2:
        assert exact[0] == exact[-1] == Fraction(2, 5)
        assert set(exact[1:-1]) == {Fraction(1, 5) / (length - 2)}
    if model == "linear":
        assert set(exact) == {Fraction(1, length)}


def test_w_shaped_gives_thirty_to_each_milestone_and_ten_to_the_rest() -> None:
    touches = journey("call", "visit", "lead_created", "visit", "deal_created", "visit", "visit")
    assert shares(touches, "w_shaped") == pytest.approx([0.3, 0.025, 0.3, 0.025, 0.3, 0.025, 0.025])


def test_full_path_gives_22_and_a_half_to_each_milestone() -> None:
    touches = journey("call", "lead_created", "visit", "deal_created", "visit", "deal_closed")
    assert shares(touches, "full_path") == pytest.approx([0.225, 0.225, 0.05, 0.225, 0.05, 0.225])


def test_a_touch_that_is_two_milestones_gets_both() -> None:
    assert shares(journey("lead_created", "visit", "deal_created"), "w_shaped") == pytest.approx([0.6, 0.1, 0.3])


def test_missing_milestones_are_renormalised() -> None:
    assert shares(journey("call", "visit", "visit"), "w_shaped") == pytest.approx([0.75, 0.125, 0.125])
    assert shares(journey("call", "lead_created"), "w_shaped") == pytest.approx([0.5, 0.5])
    assert shares(journey("call", "visit"), "full_path") == pytest.approx([0.225 / 0.325, 0.1 / 0.325])


def test_only_the_first_touch_of_a_kind_is_the_milestone() -> None:
    touches = journey("call", "lead_created", "lead_created", "deal_created")
    assert shares(touches, "w_shaped") == pytest.approx([0.3, 0.3, 0.1, 0.3])


def test_a_touch_seven_days_before_the_newest_gets_half_as_much() -> None:
    """Google Analytics: with a half-life of 7 days, 8 days before is worth half of 1 day before, 15 days a quarter."""
    touches = journey("call", "call", "call", days=(15, 22, 29))
    assert shares(touches, "decay") == pytest.approx([1 / 7, 2 / 7, 4 / 7], abs=1e-9)
    assert shares(touches, "decay", Settings(half_life_days=14)) == pytest.approx(
        np.exp2([-1, -0.5, 0]) / np.exp2([-1, -0.5, 0]).sum(), abs=2e-9
    )


def test_custom_weighs_kind_and_motion_and_place() -> None:
    touches = [*journey("demo", "visit"), Touch("t2", "A", 3, "k", "service", "visit")]
    model = custom_from_json('{"kinds": {"demo": "2.5"}, "motions": {"service": 3}}')
    assert shares(touches, "custom", Settings(custom=model)) == pytest.approx([2.5 / 6.5, 1 / 6.5, 3 / 6.5], abs=1e-9)
    first = custom_from_json('{"curve": "first", "kinds": {"demo": 0}}')
    assert shares(touches, "custom", Settings(custom=first)) == pytest.approx([1 / 3] * 3, abs=1e-9)


def test_weights_of_nought_become_linear_and_are_counted() -> None:
    nothing = custom_from_json('{"kinds": {"call": 0}}')
    plan = Plan(("custom", "linear"), settings=Settings(custom=nothing))
    result, _ = run(journey("call", "call"), [Event("e", "A", 30)], plan)
    assert result.totals.linear.tolist() == [1, 0]
    assert (result.totals.shares[0] == result.totals.shares[1]).all()


def test_a_curve_that_is_none_is_refused() -> None:
    with pytest.raises(UnknownModelError, match="curve"):
        shares(journey("call"), "custom", Settings(custom=Custom(curve="spiral")))
