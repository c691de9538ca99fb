"""Customers by who touched them before their first purchase: who counts where, what is too few, and who came back."""

import csv
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid5

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from attribution.credits.rules import portion
from attribution.value.reckoning import CUSTOMERS, GROUPS, Task, reckon
from attribution.value.rules import FEWEST, PATTERN_LABELS, pattern_of
from tests.attribution.value.test_reckoning import NAMES, PARTNER, Order, many, task_of

OTHER = str(uuid5(NAMES, "other"))
TIERS = {PARTNER: "gold", OTHER: "silver"}
COLUMNS = (
    *("dimension", "key", "folded", "customers", "net", "median", "expected", "low", "high", "value"),
    *("due", "kept", "kept_low", "kept_high"),
)


def groups_of(task: Task) -> dict[str, dict[str, str]]:
    """What is written of each group, by its name."""
    with (task.place / GROUPS).open(encoding="utf-8", newline="") as file:
        rows = [dict(zip(COLUMNS, row, strict=True)) for row in csv.reader(file)]
    return {f"{row['dimension']}:{row['key']}": row for row in rows}


def names_of(task: Task) -> dict[str, set[str]]:
    """The groups of each customer."""
    with (task.place / CUSTOMERS).open(encoding="utf-8", newline="") as file:
        return {row[0]: set(row[11].strip("{}").split(",")) for row in csv.reader(file)}


def once(count: int, begin: int = 0, days: int = 30, minor: int = 1_00) -> list[Order]:
    """So many customers who each bought once."""
    return [(f"c{begin + number:03}", days, minor, "new_logo") for number in range(count)]


def test_a_customer_of_two_partners_counts_with_both_and_once_in_all(tmp_path: Path) -> None:
    orders = once(FEWEST)
    touched = [(number, PARTNER, "sell") for number in range(FEWEST)]
    touched += [(number, OTHER, "service") for number in range(FEWEST)]
    task = task_of(tmp_path, orders, [(0, "", 0)], touched=touched, tiers=TIERS)
    reckon(task)
    found = {name: row["customers"] for name, row in groups_of(task).items()}
    assert found == dict.fromkeys(
        (
            *("all:", f"partner:{PARTNER}", f"partner:{OTHER}", "tier:gold", "tier:silver"),
            *("motion:sell", "motion:service", "pattern:partners"),
        ),
        str(FEWEST),
    )
    assert all(names == set(found) for names in names_of(task).values())


def test_only_touches_of_the_first_purchase_count(tmp_path: Path) -> None:
    """Who came in for the second purchase has not brought the customer."""
    orders = [*once(FEWEST, days=40), *once(FEWEST, days=10)]
    touched = [(number, "marketing", "") for number in range(FEWEST)]
    touched += [(FEWEST + number, PARTNER, "sell") for number in range(FEWEST)]
    task = task_of(tmp_path, orders, [(0, "", 0)], touched=touched, tiers=TIERS)
    reckon(task)
    assert set(groups_of(task)) == {"all:", "pattern:marketing"}


def test_groups_of_too_few_customers_are_one_and_none_is_lost(tmp_path: Path) -> None:
    """Three of one partner and two of another are five together; a customer of both would be counted once."""
    orders = once(FEWEST)
    touched = [(number, PARTNER if number < 3 else OTHER, "sell") for number in range(FEWEST)]
    touched.append((0, OTHER, "sell"))
    task = task_of(tmp_path, orders, [(0, "", 0)], touched=touched, tiers=TIERS)
    reckon(task)
    found = groups_of(task)
    assert {name for name in found if name.startswith("partner:")} == {"partner:few"}
    assert (found["partner:few"]["customers"], found["partner:few"]["folded"]) == (str(FEWEST), "2")
    assert found["motion:sell"]["folded"] == "0"
    listed = names_of(task)
    assert all("partner:few" in names for names in listed.values())
    assert sum(f"partner:{OTHER}" in names for names in listed.values()) == 3  # each still leads to its own


@pytest.mark.parametrize("days", [364, 365, 366])
def test_who_had_no_year_to_come_back_is_not_asked(tmp_path: Path, days: int) -> None:
    task = task_of(tmp_path, once(FEWEST, days=days), [(0, "", 0)])
    reckon(task)
    whole = groups_of(task)["all:"]
    assert whole["due"] == (str(FEWEST) if days >= 365 else "0")
    assert whole["kept"] == ("0" if days >= 365 else "")


@pytest.mark.parametrize(("later", "kept"), [(800 - 365, 1), (800 - 366, 0), (800, 0)])
def test_kept_is_who_bought_again_within_a_year_of_the_first_purchase(tmp_path: Path, later: int, kept: int) -> None:
    """A second order on the same day is the same purchase."""
    orders = [*once(6, days=800), ("c000", later, 5_00, "upsell")]
    task = task_of(tmp_path, orders, [(0, "", 0)])
    reckon(task)
    whole = groups_of(task)["all:"]
    interval = portion(kept, 6)
    assert interval is not None
    assert [float(whole[name]) for name in ("kept", "kept_low", "kept_high")] == pytest.approx(
        [interval.share, interval.low, interval.high]
    )


def test_of_too_few_who_had_the_time_no_retention_is_told(tmp_path: Path) -> None:
    orders = [*once(FEWEST - 1, days=800), *once(3, begin=50)]
    task = task_of(tmp_path, orders, [(0, "", 0)])
    reckon(task)
    whole = groups_of(task)["all:"]
    assert (whole["customers"], whole["due"], whole["kept"]) == ("7", "4", "")


@pytest.mark.parametrize(
    ("sides", "pattern"),
    [
        (set(), "nobody"),
        ({"unmapped"}, "unmapped"),
        ({"unmapped", "sales"}, "sales"),
        ({"sales", "partners", "marketing"}, "partners+marketing+sales"),
    ],
)
def test_a_pattern_names_the_sides_that_are_known(sides: set[str], pattern: str) -> None:
    assert pattern_of(sides) == pattern
    assert pattern in PATTERN_LABELS


def test_every_group_has_its_interval_and_that_of_all_is_the_valuations(tmp_path: Path) -> None:
    orders = many(300, np.random.default_rng(5))
    touched = [(number, PARTNER if number % 2 else "marketing", "sell") for number in range(len(orders))]
    task = task_of(tmp_path, orders, [(0, "", 0)], touched=touched, tiers=TIERS)
    found = reckon(task)
    rows = groups_of(task)
    whole = rows["all:"]
    for name in ("expected", "low", "high"):
        assert abs(int(whole[name]) * int(whole["customers"]) - found[f"{name}_minor"]) <= int(whole["customers"])
    for row in rows.values():
        assert int(row["low"]) < int(row["expected"]) < int(row["high"])
        assert int(row["value"]) == int(row["net"]) + int(row["expected"])


SIDES = (PARTNER, OTHER, "marketing", "sales", "unmapped")
TOUCHES = st.lists(st.tuples(st.integers(0, 11), st.sampled_from(SIDES)), max_size=40)


@settings(max_examples=25)
@given(touches=TOUCHES, amounts=st.lists(st.integers(1, 10**9), min_size=12, max_size=12))
def test_patterns_part_all_customers_and_their_money(
    tmp_path_factory: pytest.TempPathFactory, touches: Sequence[tuple[int, str]], amounts: Sequence[int]
) -> None:
    """Each customer is in one pattern: numbers and amounts add up to those of all."""
    orders = [(f"c{number:02}", 30, minor, "new_logo") for number, minor in enumerate(amounts)]
    touched = [(event, key, "sell" if len(key) == 36 else "") for event, key in touches]
    task = task_of(tmp_path_factory.mktemp("groups"), orders, [(0, "", 0)], touched=touched, tiers=TIERS)
    reckon(task)
    rows = groups_of(task)
    patterns = [row for name, row in rows.items() if name.startswith("pattern:")]
    assert sum(int(row["customers"]) for row in patterns) == 12 == int(rows["all:"]["customers"])
    totals = sum(int(row["customers"]) * int(row["net"]) for row in patterns)
    assert abs(totals - sum(amounts)) <= 12
    assert all(int(row["customers"]) >= FEWEST for name, row in rows.items() if not name.endswith(":few"))
    listed = names_of(task)
    for name, row in rows.items():
        assert sum(name in names for names in listed.values()) == int(row["customers"])
