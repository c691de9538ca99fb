"""An agreement divides what a registered sale earns: to the cent, on the order's day, and blind to each other."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.commissions import proof
from attribution.commissions.agreeing import find_division, find_registered, part_of, sale_of_lead, takes_part
from attribution.commissions.parts import PER_PERCENT, Part, Side
from attribution.commissions.plan import Clause, CommissionPlan
from attribution.commissions.quoting import Accrued, Asked, Quote, QuotedProduct, causes, quote, quote_again
from attribution.commissions.rules import Earlier, LinkedDeal, Reason, Registration, Terms, reckon
from attribution.commissions.terms import decide_terms, terms_of
from attribution.commissions.trace import Trace, read_trace, write_trace
from partners.conflicts.agreements import Agreed, Party
from partners.deals.states import DealRole, DealState, Stage
from portal.core.money import Money, round_half_away, split_minor
from portal.policies.queries import InForce
from tests.attribution.commissions.test_by_credit import SHARE, plan
from tests.attribution.commissions.test_rules import (
    ALPHA,
    DAY,
    HELD,
    OMEGA,
    PARTNER,
    SALE,
    ZONE,
    clause,
    stored,
)

GROUP = uuid4()
DECIDED = datetime(2026, 11, 10, 9, tzinfo=UTC)
LEAD = Party(
    uuid4(), HELD.deal_id, "D-1", ALPHA, "Alpha AG", 60, DealRole.SELL, DealState.APPROVED, Stage.NEGOTIATION, DECIDED,
    HELD.ends, None,
)  # fmt: skip
JOINING = Party(
    uuid4(), uuid4(), "D-2", OMEGA, "Omega AG", 40, DealRole.CO_SELL, DealState.APPROVED, Stage.PROPOSAL, DECIDED,
    datetime(2027, 1, 31, 23, tzinfo=UTC), None,
)  # fmt: skip
AGREED = Agreed(uuid4(), uuid4(), DECIDED, frozenset({GROUP}), LEAD, JOINING)
REGISTERED = Registration(ALPHA, "protection", HELD.deal_id, "D-1", HELD.id, HELD.starts, HELD.ends)
RESELLER = replace(PARTNER, id=OMEGA)


def parts(percent: int) -> tuple[Part, Part]:
    """The lead's and the other's."""
    agreed = replace(
        AGREED, lead=replace(LEAD, percent=percent), joining=replace(JOINING, percent=100 - percent)
    )  # fmt: skip
    return part_of(agreed, Side.LEAD), part_of(agreed, Side.JOINING)


def run(cash: list[int], part: Part | None, percent: str = "9") -> list[Trace]:
    """Each cash event reckoned in turn, as it is stored."""
    on = Terms(PARTNER, REGISTERED, clause(percent), None, part=part)
    earlier: list[Earlier] = []
    traces = []
    for minor in cash:
        result = reckon(Money(minor, "EUR"), on, earlier)
        traces.append(stored(result, list(earlier), minor, on))
        earlier.append(Earlier(uuid4(), DAY, minor, result.amount.minor))
    return traces


percents = st.integers(1, 99)
rates = st.decimals("0.0001", "100", places=4).map(lambda value: format(value, "f"))
flows = st.lists(st.integers(-(10**9), 10**10), min_size=1, max_size=8)


@given(flows, percents, rates)
def test_both_together_earn_what_one_would_at_every_payment(cash: list[int], percent: int, rate: str) -> None:
    lead, joining = parts(percent)
    whole = [one.amount_minor for one in run(cash, None, rate)]
    of_lead, of_joining = run(cash, lead, rate), run(cash, joining, rate)
    assert [a.amount_minor + b.amount_minor for a, b in zip(of_lead, of_joining, strict=True)] == whole
    expected = split_minor(sum(whole), [percent, 100 - percent])
    assert [sum(one.amount_minor for one in several) for several in (of_lead, of_joining)] == expected
    for trace in (*of_lead, *of_joining):
        plain = json.loads(write_trace(trace)[0])
        assert proof.check(plain) == []
        assert proof.recompute(plain) == trace.amount_minor


@given(st.lists(st.integers(1, 10**9), min_size=1, max_size=8), percents)
def test_all_paid_back_is_all_taken_back(paid: list[int], percent: int) -> None:
    for part in parts(percent):
        assert sum(one.amount_minor for one in run([*paid, -sum(paid)], part)) == 0


def test_cents_that_split_evenly_in_cash_would_not_in_commission() -> None:
    """Halves of 1.00 at 9 percent are 0.045 each: rounded both, they were 0.10, and the sale pays 0.09."""
    assert 2 * round_half_away(Fraction(50 * 9, 100)) == 10
    assert [run([100], part)[0].amount_minor for part in parts(50)] == [5, 4]


def test_the_steps_go_from_the_rate_to_the_part() -> None:
    lead, joining = parts(60)
    [first], [second] = run([100_00], lead), run([100_00], joining)
    assert [(step.code, step.result) for step in first.steps] == [("rate", 9_00), ("agreed", 5_40)]
    assert [(step.code, step.result) for step in second.steps] == [
        ("rate", 9_00), ("agreed_others", 5_40), ("agreed_rest", 3_60),
    ]  # fmt: skip


@given(percents, percents)
def test_a_changed_part_does_not_pass_the_check(percent: int, other: int) -> None:
    for part in parts(percent):
        plain = json.loads(write_trace(run([100_000_00], part)[0])[0])
        changed = plain["agreement"] | {"share_ppb": other * PER_PERCENT, "others_ppb": (100 - other) * PER_PERCENT}
        assert bool(proof.check(plain | {"agreement": changed})) is (other * PER_PERCENT != part.ppb)
        assert proof.check(plain | {"agreement": plain["agreement"] | {"others_ppb": part.others_ppb + 1}})


def test_later_cash_keeps_the_part_that_stands_and_old_traces_keep_their_seal() -> None:
    for part in parts(37):
        on = Terms(PARTNER, REGISTERED, clause(), None, part=part)
        trace = stored(reckon(Money(100_00, "EUR"), on, []), [], 100_00, on)
        again = terms_of(read_trace(write_trace(trace)[0]))
        assert (again and again.part) == part
    assert "agreement" not in json.loads(write_trace(run([1], None)[0])[0])


@pytest.mark.security
def test_a_trace_tells_nothing_of_the_other_but_what_is_left() -> None:
    lead, joining = parts(60)
    for part, other in ((lead, JOINING), (joining, LEAD)):
        told = json.loads(write_trace(run([100_00], part)[0])[0])["agreement"]
        assert str(other.claim_id) not in str(told)
        assert set(told) == {
            *("agreement_id", "claim_id", "side", "decided_at", "decided_on", "share_ppb", "others_ppb", "divides"),
        }


# --- which agreement divides, and from when


def divided(day: date, group: UUID = GROUP) -> list[bool]:
    """Whether it divides an order of that day; nothing where it is not about it."""
    found = find_division([AGREED], REGISTERED, group, day, ZONE)
    return [] if found is None else [found.divides]


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 11, 9), []),
        (date(2026, 11, 10), [True]),
        (date(2027, 1, 31), [True]),
        (date(2027, 2, 1), [False]),
    ],
)
def test_it_is_about_orders_from_the_day_of_the_decision_while_the_other_deal_stands(
    day: date, expected: list[bool]
) -> None:
    assert divided(day) == expected


def test_it_is_about_the_products_that_both_claimed() -> None:
    assert divided(DAY, uuid4()) == []


def test_of_two_about_one_deal_the_later_counts_from_its_day_on() -> None:
    later = replace(AGREED, id=uuid4(), decided_at=DECIDED + timedelta(days=20))
    for day, expected in ((date(2026, 11, 29), AGREED), (date(2026, 11, 30), later)):
        found = find_division([later, AGREED], REGISTERED, GROUP, day, ZONE)
        assert found is not None
        assert found.agreed == expected


TAKES_PART: list[dict[str, Any]] = [
    {},
    {"decided_at": DECIDED + timedelta(days=8)},
    {"state": DealState.REVOKED, "protected_until": datetime(2026, 11, 18, 9, tzinfo=UTC)},
    {"stage": Stage.LOST, "closed_at": datetime(2026, 11, 18, 9, tzinfo=UTC)},
    {"stage": Stage.WON, "closed_at": DECIDED, "state": DealState.EXPIRED},
]
TAKES_NO_PART: list[dict[str, Any]] = [
    {"state": DealState.SUBMITTED, "decided_at": None},
    {"state": DealState.REJECTED},
    {"state": DealState.WITHDRAWN, "decided_at": None},
    {"decided_at": DECIDED + timedelta(days=9)},
    {"state": DealState.REVOKED, "protected_until": datetime(2026, 11, 17, 9, tzinfo=UTC)},
    {"state": DealState.EXPIRED, "protected_until": datetime(2026, 11, 17, 23, tzinfo=UTC)},
    {"stage": Stage.LOST, "closed_at": datetime(2026, 11, 17, 9, tzinfo=UTC)},
]


@pytest.mark.parametrize("change", TAKES_PART)
def test_the_other_takes_part_while_its_deal_is_approved(change: dict[str, Any]) -> None:
    assert takes_part(replace(JOINING, **change), DAY, ZONE)


@pytest.mark.parametrize("change", TAKES_NO_PART)
def test_it_takes_no_part_before_the_approval_nor_after_the_end(change: dict[str, Any]) -> None:
    assert not takes_part(replace(JOINING, **change), DAY, ZONE)


def test_a_sale_that_names_the_joining_deal_is_one_of_the_deal_it_joins() -> None:
    named = LinkedDeal(JOINING.deal_id, "D-2", OMEGA, DealRole.CO_SELL, DealState.APPROVED, Stage.PROPOSAL, None, None)
    sale = replace(SALE, deal=named)
    asked = sale_of_lead(sale, [AGREED], GROUP, ZONE)
    found = find_registered(sale, asked, [], ZONE)
    assert found is not None
    assert (found.partner_id, found.deal_id, found.found_by) == (ALPHA, LEAD.deal_id, "agreement")
    assert sale_of_lead(sale, [AGREED], uuid4(), ZONE) is sale
    assert sale_of_lead(SALE, [AGREED], GROUP, ZONE) is SALE


# --- on what terms


def decided(part: Part | None, *clauses: Any, credited: Any = None) -> Terms:
    own = Registration(OMEGA, "agreement", JOINING.deal_id, "D-2")
    return decide_terms(
        SALE, RESELLER, own, held=[], plans=[plan(*clauses)], zone=ZONE, credited=credited, part=part
    )  # fmt: skip


def test_who_joins_is_paid_by_its_own_clause_once() -> None:
    joining = parts(60)[1]
    by_registration = Clause(code="§ 1", name="All", rate="7.5")
    by_credit = Clause(code="§ 2", name="By credit", rate="5", to="credited_partners")
    on = decided(joining, by_registration, by_credit)
    assert (on.clause and on.clause.code, on.part, on.share) == ("§ 1", joining, None)
    on = decided(joining, by_credit, by_registration, credited={OMEGA: SHARE})
    assert (on.clause and on.clause.code, on.part, on.share) == ("§ 2", None, SHARE)


def test_who_took_no_part_then_is_told_why() -> None:
    joining = replace(parts(60)[1], divides=False)
    on = decided(joining, Clause(code="§ 1", name="All", rate="7.5"))
    assert on.clause is None
    assert (on.why and on.why.reason, on.part) == (Reason.NOT_JOINED_THEN, joining)


# --- quotes


def quoted(part: Part, *lines: tuple[int, bool], role: DealRole = DealRole.SELL) -> Quote:
    products = tuple(
        QuotedProduct(
            sku=f"K-{value}", product="Insight", product_zh="洞察", quantity=1, net_minor=value, is_divided=is_divided
        )
        for value, is_divided in lines
    )
    asked = Asked(JOINING.deal_id, "D-2", role, RESELLER, "EUR", DAY, None, products, part)
    return quote(asked, [plan(Clause(code="§ 1", name="All", rate="9"))], ZONE)


@given(st.lists(st.integers(0, 10**10), min_size=1, max_size=4), percents)
def test_a_quote_by_agreement_is_what_it_will_earn_and_can_be_reckoned_again(values: list[int], percent: int) -> None:
    for part in parts(percent):
        role = DealRole.SELL if part.side == Side.LEAD else DealRole.CO_SELL
        found = quoted(part, *((value, True) for value in values), role=role)
        assert [line.amount_minor for line in found.lines] == [run([one], part)[0].amount_minor for one in values]
        assert found.parts == {part.ppb}
        stored_one = Quote.model_validate_json(found.document)
        assert found.plan is not None
        in_force = InForce(
            found.plan.version_id, 2, date(2026, 1, 1),
            CommissionPlan(title="Influence", clauses=(Clause(code="§ 1", name="All", rate="9"),)),
        )  # fmt: skip
        assert quote_again(stored_one, in_force) == found == stored_one


def test_lines_that_only_one_claimed_are_quoted_as_ever() -> None:
    lead, joining = parts(60)
    assert [line.amount_minor for line in quoted(lead, (100_00, True), (100_00, False)).lines] == [5_40, 9_00]
    found = quoted(joining, (100_00, True), (100_00, False), role=DealRole.CO_SELL)
    assert [line.amount_minor for line in found.lines] == [3_60, 0]
    assert [line.why and line.why.reason for line in found.lines] == [None, Reason.ROLE_NOT_PAID]
    assert found.why is None
    assert found.parts == frozenset({400_000_000, None})


def test_a_quote_without_an_agreement_keeps_its_seal() -> None:
    asked = Asked(JOINING.deal_id, "D-2", DealRole.SELL, RESELLER, "EUR", DAY, None, ())
    plain = json.loads(quote(asked, [], ZONE).document)
    assert "agreement" not in plain
    line = QuotedProduct(sku="K", product="Insight", product_zh="", quantity=1, net_minor=1)
    plain = json.loads(quote(replace(asked, lines=(line,)), [], ZONE).document)
    assert "is_divided" not in plain["lines"][0]


def test_a_difference_by_an_agreement_is_told() -> None:
    found = quoted(parts(60)[0], (100_00, True))
    rates_then = frozenset({(found.plan.version_id, found.plan.clause, found.plan.rate)}) if found.plan else frozenset()
    accrued = Accrued(
        Money(9_00, "EUR"), Money(100_00, "EUR"), Money(100_00, "EUR"), rates_then, "Influence v2", by_credit=False,
        parts=frozenset({None}),
    )  # fmt: skip
    assert causes(found, accrued) == ("agreement",)
    as_quoted = replace(accrued, amount=found.total, parts=found.parts)
    assert causes(found, as_quoted) == ()
