"""Commission by credit: each partner's share of the cash, to the cent, and nothing of others but their share."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.commissions import proof
from attribution.commissions.crediting import commit
from attribution.commissions.plan import Clause, CommissionPlan
from attribution.commissions.rules import Earlier, Partner, Reason, Terms, concerned, reckon
from attribution.commissions.shares import PPB, OwnTouch, Share
from attribution.commissions.terms import decide_terms, terms_of
from attribution.commissions.trace import Trace, read_trace, write_trace
from partners.companies.rules import PartnerKind
from portal.core.money import Money, round_half_away
from portal.policies.queries import InForce
from tests.attribution.commissions.test_rules import ALPHA, DAY, OMEGA, PARTNER, SALE, ZONE, clause, stored

TOUCH = OwnTouch(uuid4(), datetime(2026, 10, 2, 9, tzinfo=UTC), "demo")
SHARE = Share(uuid4(), "R-2026-11-12", "new_logo", DAY, 250_000_000, (TOUCH,), "ab" * 32)
AGENT = Partner(OMEGA, ("agent",), "gold", "active")


def terms(ppb: int, percent: str = "10") -> Terms:
    return Terms(PARTNER, None, clause(percent), None, replace(SHARE, ppb=ppb))


def run(cash: list[int], on: Terms) -> list[Trace]:
    """Each cash event reckoned in turn, as it is stored."""
    earlier: list[Earlier] = []
    traces = []
    for minor in cash:
        result = reckon(Money(minor, "EUR"), on, earlier)
        traces.append(stored(result, list(earlier), minor, on))
        earlier.append(Earlier(uuid4(), DAY, minor, result.amount.minor))
    return traces


shares = st.integers(0, PPB)
percents = st.decimals("0.0001", "100", places=4).map(lambda value: format(value, "f"))
flows = st.lists(st.integers(-(10**9), 10**10), min_size=1, max_size=8)


@given(flows, shares, percents)
def test_parts_equal_the_whole_and_the_proof_holds(cash: list[int], ppb: int, percent: str) -> None:
    traces = run(cash, terms(ppb, percent))
    part = round_half_away(Fraction(max(sum(cash), 0) * ppb, PPB))
    assert sum(one.amount_minor for one in traces) == round_half_away(part * Fraction(percent) / 100)
    for trace in traces:
        plain = json.loads(write_trace(trace)[0])
        assert proof.check(plain) == []
        assert proof.recompute(plain) == trace.amount_minor


@given(st.integers(1, 10**10), st.lists(st.integers(1, 10**6), min_size=1, max_size=6), percents)
def test_all_partners_together_never_earn_more_than_one_would(cash: int, weights: list[int], percent: str) -> None:
    cuts = [0, *(PPB * sum(weights[: place + 1]) // sum(weights) for place in range(len(weights)))]
    earned = [run([cash], terms(high - low, percent))[0].amount_minor for low, high in pairwise(cuts)]
    alone = run([cash], terms(PPB, percent))[0].amount_minor
    assert abs(sum(earned) - alone) <= len(weights)  # each part is rounded once at the split and once at the rate


@given(shares)
def test_a_changed_share_does_not_pass_the_check(ppb: int) -> None:
    plain = json.loads(write_trace(run([100_00], terms(ppb))[0])[0])
    assert proof.check(plain | {"credit": plain["credit"] | {"share_ppb": (ppb + 1) % (PPB + 1)}})


def test_the_steps_go_from_cash_over_the_share_to_the_rate() -> None:
    [trace] = run([100_00], terms(250_000_000))
    assert [(step.code, step.result) for step in trace.steps] == [("split", 25_00), ("rate", 2_50)]
    assert trace.credit is not None
    assert (trace.credit.share_ppb, trace.credit.others_ppb) == (250_000_000, 750_000_000)
    assert [one.id for one in trace.credit.touches] == [TOUCH.id]


def test_later_cash_stays_with_the_share_that_stands() -> None:
    on = terms(123_456_789)
    assert terms_of(read_trace(write_trace(run([100_00], on)[0])[0])) == on


def test_what_was_sealed_before_there_was_credit_keeps_its_seal() -> None:
    by_registration = Terms(PARTNER, None, clause(), None)
    text, _seal = write_trace(stored(reckon(Money(1, "EUR"), by_registration, []), [], 1, by_registration))
    assert "credit" not in json.loads(text)
    assert read_trace(text).document == text


# --- on what terms


def plan(*clauses: Clause) -> InForce:
    body = CommissionPlan(title="Influence", clauses=clauses)
    return InForce(version_id=uuid4(), number=2, effective_from=date(2026, 1, 1), body=body)


BY_CREDIT = plan(
    Clause(code="§ 1", name="Agents", kinds=(PartnerKind.AGENT,), rate="5", to="credited_partners"),
    Clause(code="§ 2", name="All others", rate="9"),
)


def decided(credited: dict[UUID, Share] | None, partner: Partner = AGENT) -> Terms:
    return decide_terms(SALE, partner, None, held=[], plans=[BY_CREDIT], zone=ZONE, credited=credited)


@pytest.mark.parametrize(
    ("credited", "reason"),
    [
        (None, Reason.WAITS_FOR_RUN),
        ({}, Reason.NOT_CREDITED),
        ({OMEGA: replace(SHARE, ppb=0)}, Reason.NOT_CREDITED),
        ({ALPHA: SHARE}, Reason.NOT_CREDITED),
    ],
)
def test_why_a_share_pays_nothing(credited: dict[UUID, Share] | None, reason: Reason) -> None:
    found = decided(credited)
    assert found.clause is None
    assert found.why is not None
    assert found.why.reason == reason


def test_a_credited_partner_needs_no_registration() -> None:
    found = decided({OMEGA: SHARE})
    assert found.clause is not None
    assert (found.clause.code, found.share, found.registration) == ("§ 1", SHARE, None)


def test_another_clause_pays_by_registration_whatever_a_run_says() -> None:
    found = decided({ALPHA: SHARE}, PARTNER)
    assert found.why is not None
    assert (found.share, found.why.reason) == (None, Reason.NO_REGISTERED_DEAL)


def test_whoever_is_credited_gets_a_result() -> None:
    assert concerned(SALE, None, [OMEGA, ALPHA]) == [ALPHA, OMEGA]


# --- what is told of others


@pytest.mark.security
def test_a_trace_tells_the_share_of_others_alone() -> None:
    plain = json.loads(write_trace(run([100_00], terms(250_000_000))[0])[0])["credit"]
    assert set(plain) == {
        "run_id", "run_number", "event_kind", "event_on", "share_ppb", "others_ppb", "touches", "commitment",
    }  # fmt: skip


@pytest.mark.security
def test_the_commitment_tells_nothing_without_its_salt() -> None:
    """Whoever knows its own touches cannot try out whether there was anybody else."""
    rows = [{"touchpoint": TOUCH.id, "key": str(ALPHA), "share_ppb": PPB}]
    assert commit(rows, "1" * 64) != commit(rows, "2" * 64)
    assert commit(rows, "1" * 64) == commit(list(reversed(rows)), "1" * 64)
