"""What a deal is quoted is what it earns once it is invoiced so, under the same plan, to the cent."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.commissions.plan import CommissionPlan
from attribution.commissions.quoting import Accrued, Asked, Quote, QuotedProduct, causes, quote, quote_again
from attribution.commissions.rules import Earlier, Held, LinkedDeal, Partner, Reason, Sale, find_registration, reckon
from attribution.commissions.terms import decide_terms
from partners.companies.rules import CompanyStatus, PartnerKind, Tier
from partners.deals.states import DealRole, DealState, Stage
from portal.core.money import Money
from portal.policies.queries import InForce

ZONE = "Europe/Berlin"
TODAY = date(2026, 11, 18)
DEAL = uuid4()
RATES = st.decimals("0.0001", "100", places=4).map(lambda value: format(value, "f"))
CLAUSES = st.fixed_dictionaries(
    {
        "code": st.sampled_from(["§ 1", "§ 2", "§ 3"]),
        "name": st.just("A clause"),
        "kinds": st.lists(st.sampled_from(list(PartnerKind)), max_size=3),
        "tiers": st.lists(st.sampled_from(list(Tier)), max_size=3),
        "rate": RATES,
    }
)
PLANS = st.builds(
    lambda clauses: CommissionPlan.model_validate({"title": "A plan", "clauses": clauses}),
    st.lists(CLAUSES, min_size=1, max_size=4),
)
PARTNERS = st.builds(
    Partner,
    st.just(uuid4()),
    st.lists(st.sampled_from([kind.value for kind in PartnerKind]), min_size=1, max_size=3).map(tuple),
    st.sampled_from([tier.value for tier in Tier]),
    st.sampled_from([CompanyStatus.ACTIVE.value, CompanyStatus.SUSPENDED.value]),
)
LINES = st.lists(st.lists(st.integers(0, 10**10), min_size=1, max_size=4), min_size=1, max_size=6)
"""Of each line of the deal the payments that it is paid in."""


def in_force(body: CommissionPlan, since: date = date(2026, 1, 1), number: int = 1) -> InForce:
    return InForce(uuid4(), number, since, body)


def flat(rate: str = "9", **more: Any) -> CommissionPlan:
    return CommissionPlan.model_validate(
        {"title": "A plan", "clauses": [{"code": "§ 1", "name": "All", "rate": rate} | more]}
    )


def asked(partner: Partner, *values: int, role: DealRole = DealRole.SELL, expected: date | None = None) -> Asked:
    lines = tuple(
        QuotedProduct(sku=f"K-{number}", product="Insight", product_zh="洞察", quantity=1, net_minor=value)
        for number, value in enumerate(values)
    )
    return Asked(DEAL, "D-1", role, partner, "EUR", TODAY, expected, lines)


PARTNER = Partner(uuid4(), ("reseller",), "gold", "active")


def earned(partner: Partner, parts: Sequence[int], plan: InForce, invoice: UUID, ordered_on: date) -> int:
    """What an invoice line that names the won deal brings, payment by payment, by the rules that accrue."""
    deal = LinkedDeal(DEAL, "D-1", partner.id, DealRole.SELL, DealState.APPROVED, Stage.WON, None, None)
    sale = Sale(invoice, partner.id, deal, ordered_on, "EUR")
    held: tuple[Held, ...] = ()
    terms = decide_terms(
        sale, partner, find_registration(sale, held, ZONE), held=held, plans=(plan,), zone=ZONE, credited=None
    )
    before: list[Earlier] = []
    for minor in parts:
        got = reckon(Money(minor, "EUR"), terms, before).amount.minor
        before.append(Earlier(uuid4(), ordered_on, minor, got))
    return sum(one.earned_minor for one in before)


@given(PLANS, PARTNERS, LINES, st.integers(-30, 200))
def test_what_is_quoted_is_what_accrues(
    plan: CommissionPlan, partner: Partner, paid: list[list[int]], days: int
) -> None:
    version = in_force(plan)
    expected = TODAY + timedelta(days=days)
    quoted = quote(asked(partner, *(sum(parts) for parts in paid), expected=expected), (version,), ZONE)
    came = [earned(partner, parts, version, uuid4(), quoted.ordered_on) for parts in paid]
    assert [line.amount_minor for line in quoted.lines] == came
    assert quoted.total_minor == sum(came)
    assert (quoted.plan is None) == (quoted.why is not None)


@given(PLANS, PARTNERS, LINES)
def test_a_stored_quote_gives_the_same_again(plan: CommissionPlan, partner: Partner, paid: list[list[int]]) -> None:
    version = in_force(plan)
    quoted = quote(asked(partner, *(sum(parts) for parts in paid)), (version,), ZONE)
    stored = Quote.model_validate_json(quoted.document)
    assert stored == quoted
    assert quote_again(stored, version) == quoted


def test_each_line_tells_its_steps() -> None:
    quoted = quote(asked(PARTNER, 1000_05, 20_00), (in_force(flat()),), ZONE)
    assert [line.amount_minor for line in quoted.lines] == [90_00, 1_80]
    assert [[step.code for step in line.steps] for line in quoted.lines] == [["rate"], ["rate"]]
    assert quoted.lines[0].steps[0].exact == "180009/20"


def test_without_a_plan_it_says_so() -> None:
    quoted = quote(asked(PARTNER, 1000_00), (), ZONE)
    assert quoted.why is not None
    assert (quoted.why.reason, quoted.total_minor, quoted.in_force) == (Reason.NO_PLAN_IN_FORCE, 0, None)


@pytest.mark.parametrize(
    ("plan", "partner", "role", "reason"),
    [
        (flat(to="credited_partners"), PARTNER, DealRole.SELL, Reason.WAITS_FOR_RUN),
        (flat(), PARTNER, DealRole.INFLUENCE, Reason.ROLE_NOT_PAID),
        (flat(tiers=["silver"]), PARTNER, DealRole.SELL, Reason.PARTNER_NOT_ELIGIBLE),
        (flat(), Partner(PARTNER.id, ("reseller",), "gold", "terminated"), DealRole.SELL, Reason.OUTSIDE_PROGRAMME),
    ],
)
def test_what_cannot_be_known_or_earned_is_said(
    plan: CommissionPlan, partner: Partner, role: DealRole, reason: Reason
) -> None:
    version = in_force(plan)
    quoted = quote(asked(partner, 1000_00, role=role), (version,), ZONE)
    assert quoted.why is not None
    assert (quoted.why.reason, quoted.total_minor, quoted.in_force) == (reason, 0, version.version_id)
    assert quote_again(quoted, version) == quoted


def test_the_plan_of_today_counts_and_the_next_one_is_named() -> None:
    now, later = in_force(flat("9")), in_force(flat("5"), date(2026, 12, 1), 2)
    assert quote(asked(PARTNER, 100_00, expected=date(2026, 11, 30)), (now, later), ZONE).next_plan_on is None
    quoted = quote(asked(PARTNER, 100_00, expected=date(2026, 12, 1)), (now, later), ZONE)
    assert (quoted.total_minor, quoted.next_plan_on) == (9_00, date(2026, 12, 1))


def test_an_order_expected_in_the_past_is_expected_today() -> None:
    quoted = quote(asked(PARTNER, 100_00, expected=date(2025, 1, 1)), (in_force(flat()),), ZONE)
    assert (quoted.ordered_on, quoted.total_minor) == (TODAY, 9_00)


@pytest.mark.parametrize(
    ("amount", "cash", "invoiced", "rate", "by_credit", "expected"),
    [
        (90_00, 1000_00, 1000_00, "9%", False, ()),
        (45_00, 500_00, 1000_00, "9%", False, ("unpaid",)),
        (72_00, 800_00, 800_00, "9%", False, ("price",)),
        (50_00, 1000_00, 1000_00, "5%", False, ("plan",)),
        (45_00, 1000_00, 1000_00, "9%", True, ("others",)),
        (10_00, 400_00, 800_00, "5%", True, ("plan", "others", "price", "unpaid")),
        (90_01, 1000_00, 1000_00, "9%", False, ("lines",)),
        (0, 1000_00, 1000_00, "", False, ("nothing",)),
    ],
)
def test_what_accrued_otherwise_is_explained(
    amount: int, cash: int, invoiced: int, rate: str, *, by_credit: bool, expected: tuple[str, ...]
) -> None:
    quoted = quote(asked(PARTNER, 1000_00), (in_force(flat()),), ZONE)
    assert quoted.plan is not None
    rates = frozenset({(quoted.plan.version_id, "§ 1", rate)}) if rate else frozenset()
    accrued = Accrued(Money(amount, "EUR"), Money(cash, "EUR"), Money(invoiced, "EUR"), rates, "", by_credit)
    assert causes(quoted, accrued) == expected
