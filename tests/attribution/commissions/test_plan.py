"""The plan document: percentages, which clause fits, and what its lint refuses."""

from fractions import Fraction
from typing import Any

import pytest
from pydantic import ValidationError

from attribution.commissions.plan import DEFAULT, PLAN, Clause, CommissionPlan, lines, lint
from partners.companies.rules import PartnerKind, Tier
from portal.core.i18n import using

RESELLER, AGENT = PartnerKind.RESELLER, PartnerKind.AGENT


def plan(*clauses: dict[str, Any]) -> CommissionPlan:
    filled = ({"code": f"§ {n}", "name": "A clause", "rate": "7"} | clause for n, clause in enumerate(clauses, 1))
    return CommissionPlan.model_validate({"title": "Plan", "clauses": tuple(filled)})


@pytest.mark.parametrize(
    ("text", "rate"),
    [("7", Fraction(7, 100)), ("7.5%", Fraction(3, 40)), ("100", Fraction(1)), ("0.0001", Fraction(1, 10**6))],
)
def test_a_percentage_is_exact(text: str, rate: Fraction) -> None:
    assert Clause(code="§ 1", name="A clause", rate=text).fraction == rate


@pytest.mark.parametrize("text", ["0", "0.0", "-1", "100.1", "101", "7,5", "1e1", "", "7.12345", "٧", "07"])
def test_a_percentage_is_plain(text: str) -> None:
    with pytest.raises(ValidationError):
        Clause(code="§ 1", name="A clause", rate=text)


def test_the_first_clause_that_fits_counts() -> None:
    found = plan(
        {"kinds": (RESELLER,), "tiers": (Tier.GOLD,), "rate": "9"},
        {"kinds": (RESELLER, AGENT)},
        {"tiers": (Tier.SILVER,), "rate": "1"},
    )
    assert [
        (clause and clause.rate)
        for clause in (
            found.clause_for(["reseller"], "gold"),
            found.clause_for(["service", "reseller"], "gold"),
            found.clause_for(["agent"], "gold"),
            found.clause_for(["service"], "silver"),
            found.clause_for(["service"], "gold"),
            found.clause_for([], "gold"),
        )
    ] == ["9", "9", "7", "1", None, None]


def test_a_plan_refuses_what_it_does_not_know() -> None:
    for wrong in ({"kinds": ("friend",)}, {"base": "revenue"}, {"cap": "10"}, {"to": "everybody"}):
        with pytest.raises(ValidationError):
            plan(wrong)
    with pytest.raises(ValidationError):
        plan()


def test_the_default_passes() -> None:
    assert lint(DEFAULT) == []
    assert PLAN.read(DEFAULT.model_dump(mode="json"), 1) == DEFAULT


def test_a_code_stands_once() -> None:
    assert lint(plan({"code": "§ 1", "tiers": (Tier.GOLD, Tier.PLATINUM)}, {"code": "§ 1"})) == [
        "The code § 1 stands for two clauses. Give each its own."
    ]


def test_a_clause_that_nobody_reaches_is_refused() -> None:
    assert lint(plan({"kinds": (RESELLER,)}, {}, {"kinds": (RESELLER,), "tiers": (Tier.GOLD,)})) == [
        "Nobody reaches § 3: earlier clauses take all its partners. Move it up or remove it."
    ]
    assert lint(plan({"kinds": (RESELLER,)}, {"kinds": (RESELLER, AGENT)})) == []


def test_a_tier_does_not_fall_through() -> None:
    found = plan({"kinds": (RESELLER,), "tiers": (Tier.SILVER, Tier.PLATINUM)})
    assert lint(found) == ["Reseller: Gold earns nothing, although Silver does. Add a clause for it."]


def test_lint_speaks_chinese() -> None:
    with using("zh_CN"):
        (sentence,) = lint(plan({"kinds": (RESELLER,), "tiers": (Tier.REGISTERED, Tier.GOLD, Tier.PLATINUM)}))
    assert "Add a clause" not in sentence


def test_a_plan_is_told_in_lines() -> None:
    told = {line.key: line.value for line in lines(DEFAULT)}
    assert told["title"] == "Reseller programme"
    assert told["§ 3.2.rate"] == "9%"
    assert told["§ 3.2.kinds"] == "Reseller, Integrator"
    assert told["§ 3.4.tiers"] == "All tiers"
