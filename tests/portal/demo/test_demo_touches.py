"""Touches of the demo: as many as are promised, and the effect of each partner exactly as it is written down."""

from collections import Counter, defaultdict
from datetime import date
from itertools import groupby

import pytest

from attribution.touchpoints.rules import Motion, TouchKind
from portal.demo.companies import MAIN
from portal.demo.contacts import PERSONAS
from portal.demo.effects import BASE_PERCENT, NOBODY, Effect, planted_effects
from portal.demo.generate import Demo
from portal.demo.reading import read_source
from tests.portal.demo.conftest import TODAY

Rows = dict[str, list[dict[str, str]]]


def journey_of(row: dict[str, str]) -> str:
    return row["source_id"].rpartition("-")[0]


def test_the_truth_is_written_down_for_every_partner() -> None:
    effects = planted_effects()
    assert set(effects) == set(read_source().resellers)
    assert Counter(effect.word for effect in effects.values()) == {
        "none": 150, "weak": 124, "solid": 228, "strong": 133, "outstanding": 66,
    }  # fmt: skip
    assert {effect.buys_percent for effect in effects.values()} == {25, 35, 45, 60, 75}
    assert Effect("none", BASE_PERCENT) == NOBODY


@pytest.mark.parametrize(
    ("percent", "bought", "lost"), [(25, 10, 30), (35, 10, 19), (45, 9, 11), (60, 3, 2), (75, 3, 1)]
)
def test_how_many_led_to_nothing(percent: int, bought: int, lost: int) -> None:
    assert Effect("", percent).lost(bought) == lost


def test_each_partners_effect_is_in_the_touches(demo: Demo, rows: Rows) -> None:
    """Of the journeys that a partner touched, the share that ended in a purchase is what was written down."""
    bought: dict[str, set[str]] = defaultdict(set)
    lost: dict[str, set[str]] = defaultdict(set)
    for row in rows["touchpoints"]:
        if row["partner_source_id"]:
            found = bought if row["account"] else lost
            found[row["partner_source_id"]].add(journey_of(row))
    keys = {partner.code: key for key, partner in demo.partners.items()}
    assert len(bought) > 250
    for code, journeys in bought.items():
        assert len(lost[code]) == planted_effects()[keys[code]].lost(len(journeys)), code


def test_without_a_partner_the_base_holds(rows: Rows) -> None:
    by_journey: dict[str, bool] = {}
    for row in rows["touchpoints"]:
        journey = journey_of(row)
        by_journey[journey] = by_journey.get(journey, False) or bool(row["partner_source_id"])
    alone = [journey for journey, with_partner in by_journey.items() if not with_partner]
    ended = sum(journey.startswith("J-") for journey in alone)
    assert ended * 100 // len(alone) == BASE_PERCENT


def test_as_many_touches_and_people_as_promised(demo: Demo) -> None:
    counts = demo.counts()
    assert 105 <= counts["touches per purchase, tenths"] <= 115
    assert 55 <= counts["people per purchase, tenths"] <= 65
    assert 87 <= counts["revenue through partners, percent"] <= 93
    assert (counts["purchases"], counts["touches before purchases"], counts["touches that led to nothing"]) == (
        1_629, 17_889, 8_522,
    )  # fmt: skip


def test_touches_lie_before_what_they_led_to(demo: Demo, rows: Rows) -> None:
    days = {f"J-{bundle.id}": bundle.day for bundle in demo.bundles}
    by_journey = groupby(rows["touchpoints"], journey_of)
    seen = 0
    for journey, several in by_journey:
        touches = [date.fromisoformat(row["occurred_at"][:10]) for row in several]
        assert touches == sorted(touches)
        assert touches[-1] < days.get(journey, TODAY)
        seen += 1
    assert seen > len(days)


def test_every_partner_of_a_journey_touches_it(demo: Demo, rows: Rows) -> None:
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows["touchpoints"]:
        found[journey_of(row)].add(row["partner_source_id"])
    for bundle in demo.bundles:
        named = {helper.partner.code for helper in demo.journeys.helpers(bundle)}
        assert found[f"J-{bundle.id}"] - {""} == named


def test_who_never_invoices_is_in_it_too(demo: Demo, rows: Rows) -> None:
    silent = {
        partner.code for partner in demo.partners.values() if not {"reseller", "distributor"} & set(partner.kinds)
    }
    motions = {row["motion"] for row in rows["touchpoints"] if row["partner_source_id"] in silent}
    assert motions == {"influence", "build", "service"}
    assert any(row["partner_source_id"] == demo.partners[MAIN].code for row in rows["touchpoints"])


def test_rows_are_what_the_importers_take(rows: Rows) -> None:
    touches = rows["touchpoints"]
    assert len({row["source_id"] for row in touches}) == len(touches)
    assert {row["kind"] for row in touches} <= set(TouchKind)
    assert {row["motion"] for row in touches} <= {"", *Motion}
    assert all(bool(row["account"]) != bool(row["visitor"]) for row in touches)
    contacts = {row["source_id"]: row["account"] for row in rows["contacts"]}
    assert all(contacts[row["contact"]] == row["account"] for row in touches if row["account"])
    assert {row["persona"] for row in rows["contacts"]} == {persona for persona, _role in PERSONAS}
    assert len({row["email"] for row in rows["contacts"]}) == len(rows["contacts"])
    assert any(row["channel"] == "Comparison portal" for row in touches)


def test_costs_are_planned_and_arise(rows: Rows) -> None:
    costs = rows["costs"]
    assert len({row["source_id"] for row in costs}) == len(costs) == 84
    assert Counter(row["kind"] for row in costs) == {"planned": 48, "actual": 36}
    assert all(row["ends_on"] < TODAY.isoformat() for row in costs if row["kind"] == "actual")
