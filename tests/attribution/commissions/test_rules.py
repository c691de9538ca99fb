"""Rules of commissions: whose sale it is, what cash earns, and that no cent is lost or made."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.commissions import proof
from attribution.commissions.rules import (
    Clause,
    Earlier,
    Held,
    LinkedDeal,
    Outcome,
    Partner,
    Reason,
    Registration,
    Result,
    Sale,
    Terms,
    Why,
    concerned,
    covers,
    find_registration,
    first_day,
    last_day,
    reckon,
    undo,
    why_not_registered,
)
from attribution.commissions.terms import terms_of
from attribution.commissions.trace import (
    CashFact,
    InvoiceFact,
    Occasion,
    Trace,
    canonical,
    make_trace,
    read_trace,
    seal,
    write_trace,
)
from partners.deals.states import DealRole, DealState, Stage
from portal.core.money import Money, rate

ZONE = "Europe/Berlin"
ALPHA, OMEGA = uuid4(), uuid4()
DAY = date(2026, 11, 18)
PARTNER = Partner(ALPHA, ("reseller",), "gold", "active")
HELD = Held(
    uuid4(), uuid4(), "D-1", ALPHA,
    datetime(2026, 11, 1, 13, 30, tzinfo=UTC), datetime(2026, 11, 30, 23, tzinfo=UTC),
)  # fmt: skip
DEAL = LinkedDeal(
    HELD.deal_id, "D-1", ALPHA, DealRole.SELL, DealState.APPROVED, Stage.NEGOTIATION, HELD.ends, None,
)  # fmt: skip
SALE = Sale(uuid4(), ALPHA, None, DAY, "EUR")


def clause(percent: str = "9") -> Clause:
    return Clause(
        uuid4(),
        4,
        "Reseller DACH",
        date(2026, 7, 1),
        "§ 3.2",
        "Resellers",
        rate(f"{percent}%"),
        f"{percent}%",
        ("reseller",),
        (),
    )


def terms(percent: str = "9") -> Terms:
    found = Registration(ALPHA, "protection", HELD.deal_id, "D-1", HELD.id, HELD.starts, HELD.ends)
    return Terms(PARTNER, found, clause(percent), None)


def run(events: list[int], percent: str, currency: str = "EUR") -> list[tuple[Result, list[Earlier]]]:
    """Each cash event reckoned in turn, with what came before it."""
    done: list[tuple[Result, list[Earlier]]] = []
    earlier: list[Earlier] = []
    for minor in events:
        result = reckon(Money(minor, currency), terms(percent), earlier)
        done.append((result, list(earlier)))
        earlier.append(Earlier(uuid4(), DAY, minor, result.amount.minor))
    return done


def stored(result: Result, earlier: list[Earlier], minor: int, on: Terms, reverses: UUID | None = None) -> Trace:
    kind = "refund" if minor < 0 else "payment"
    occasion = Occasion(
        uuid4(), CashFact(id=uuid4(), kind=kind, source_id="S-1-P1", occurred_on=DAY, amount_minor=minor),
        InvoiceFact(
            id=SALE.invoice_id, source_id="S-1", ordered_on=DAY, invoiced_on=DAY, net_minor=100_00, quantity=1,
            sku="K-1", product="Insight", product_zh="洞察",
        ),
        "Sennerei Alpgold AG", tuple(earlier), date(2026, 11, 1), datetime(2026, 11, 18, 11, tzinfo=UTC), ZONE, reverses,
    )  # fmt: skip
    return make_trace(occasion, on, result)


amounts = st.integers(0, 10**11)
percents = st.decimals("0.0001", "100", places=4).map(lambda value: format(value, "f"))
cash_flows = st.lists(st.integers(-(10**9), 10**10), min_size=1, max_size=12)


@given(st.lists(amounts, min_size=1, max_size=12), percents)
def test_parts_equal_the_whole_however_it_is_paid(parts: list[int], percent: str) -> None:
    whole = reckon(Money(sum(parts), "EUR"), terms(percent), []).amount
    assert sum(result.amount.minor for result, _earlier in run(parts, percent)) == whole.minor


@given(st.lists(amounts, min_size=1, max_size=12), percents)
def test_a_refund_of_everything_returns_exactly_to_zero(parts: list[int], percent: str) -> None:
    results = run([*parts, -sum(parts)], percent)
    assert sum(result.amount.minor for result, _earlier in results) == 0


@given(st.lists(amounts, min_size=1, max_size=6), percents)
def test_refunds_mirror_payments_in_reverse_order(parts: list[int], percent: str) -> None:
    results = [result.amount.minor for result, _e in run([*parts, *(-part for part in reversed(parts))], percent)]
    assert results[len(parts) :] == [-minor for minor in reversed(results[: len(parts)])]


@given(cash_flows, percents)
def test_never_more_is_taken_back_than_was_earned(flow: list[int], percent: str) -> None:
    total = 0
    for result, _earlier in run(flow, percent):
        total += result.amount.minor
        assert total >= 0


@given(cash_flows, percents)
def test_every_step_of_the_stored_trace_recomputes(flow: list[int], percent: str) -> None:
    for minor, (result, earlier) in zip(flow, run(flow, percent), strict=True):
        trace = stored(result, earlier, minor, terms(percent))
        text, sealed = write_trace(trace)
        plain = json.loads(text)
        assert proof.check(plain) == []
        assert proof.recompute(plain) == result.amount.minor
        assert canonical(plain) == text
        assert proof.seal(text.encode()) == seal(text) == sealed
        assert read_trace(text) == trace


@given(cash_flows, percents, st.integers(-3, 3).filter(bool))
def test_a_changed_number_does_not_pass_the_check(flow: list[int], percent: str, by: int) -> None:
    result, earlier = run(flow, percent)[-1]
    plain = json.loads(write_trace(stored(result, earlier, flow[-1], terms(percent)))[0])
    assert proof.check(plain | {"amount_minor": plain["amount_minor"] + by})
    assert proof.check(plain | {"cash_before_minor": plain["cash_before_minor"] + by})


@given(st.integers(-(10**10), 10**10))
def test_undoing_mirrors(minor: int) -> None:
    result = undo(Money(minor, "EUR"))
    assert result.amount.minor == -minor
    trace = stored(result, [Earlier(uuid4(), DAY, 100, minor)], 100, terms(), reverses=uuid4())
    assert proof.check(json.loads(write_trace(trace)[0])) == []


def test_the_steps_of_a_single_payment() -> None:
    result = reckon(Money(2736_00, "EUR"), terms("5.5"), [])
    assert [(step.code, step.exact, step.result) for step in result.steps] == [("rate", Fraction(15048), 150_48)]
    assert (result.outcome, result.why) == (Outcome.ACCRUED, None)


def test_the_steps_of_a_second_payment() -> None:
    before = [Earlier(uuid4(), DAY, 33_33, 3_00)]
    result = reckon(Money(33_34, "EUR"), terms("9"), before)
    assert [(step.code, step.exact, step.result) for step in result.steps] == [
        ("cash_so_far", Fraction(66_67), 66_67),
        ("rate", Fraction(60003, 100), 6_00),
        ("less_earned", Fraction(3_00), 3_00),
    ]


@pytest.mark.parametrize(
    ("flow", "reason"),
    [
        ([4], Reason.BELOW_ONE_UNIT),
        ([0], Reason.BELOW_ONE_UNIT),
        ([-500], Reason.NOTHING_LEFT),
        ([-500, 300], Reason.REFUNDS_EXCEED),
    ],
)
def test_nothing_has_a_reason(flow: list[int], reason: Reason) -> None:
    result, _earlier = run(flow, "9")[-1]
    assert result.outcome == Outcome.ZERO
    assert result.why == Why(reason)


def test_without_a_clause_there_is_nothing_to_reckon() -> None:
    why = Why(Reason.NO_REGISTERED_DEAL)
    result = reckon(Money(100, "JPY"), Terms(PARTNER, None, None, why), [])
    assert (result.amount, result.steps, result.why) == (Money(0, "JPY"), (), why)


def test_later_cash_is_reckoned_on_the_terms_that_stand() -> None:
    on = terms("7.5")
    trace = stored(reckon(Money(100_00, "EUR"), on, []), [], 100_00, on)
    assert terms_of(read_trace(write_trace(trace)[0])) == on
    nothing = Terms(PARTNER, None, None, Why(Reason.NO_PLAN_IN_FORCE))
    assert terms_of(stored(reckon(Money(1, "EUR"), nothing, []), [], 1, nothing)) is None


# --- whose sale it is


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 10, 31), False),
        (date(2026, 11, 1), True),  # approved in the afternoon: the day counts
        (date(2026, 11, 30), True),
        (date(2026, 12, 1), False),  # it ends at midnight in Berlin, which is 23:00 in UTC
    ],
)
def test_bounds_of_protection_are_days_of_the_vendor(day: date, *, expected: bool) -> None:
    assert covers(HELD, day, ZONE) is expected
    assert (first_day(HELD.starts, ZONE), last_day(HELD.ends, ZONE)) == (date(2026, 11, 1), date(2026, 11, 30))


def test_a_protection_that_was_revoked_at_once_covers_nothing() -> None:
    assert not covers(replace(HELD, ends=HELD.starts), date(2026, 11, 1), ZONE)


def test_on_a_shared_day_the_earlier_protection_counts() -> None:
    noon = datetime(2026, 11, 18, 11, tzinfo=UTC)
    first = replace(HELD, ends=noon)
    second = replace(HELD, id=uuid4(), partner_id=OMEGA, starts=noon + timedelta(hours=1))
    found = find_registration(SALE, [second, first], ZONE)
    assert found is not None
    assert found.partner_id == ALPHA


@pytest.mark.parametrize(
    ("deal", "expected"),
    [
        (DEAL, True),
        (replace(DEAL, state=DealState.EXPIRED), True),
        (replace(DEAL, protected_until=datetime(2026, 11, 17, tzinfo=UTC)), False),
        (replace(DEAL, state=DealState.SUBMITTED), False),
        (replace(DEAL, state=DealState.REJECTED), False),
        (replace(DEAL, role=DealRole.INFLUENCE), False),
        (
            replace(
                DEAL, state=DealState.EXPIRED, stage=Stage.WON, closed_at=datetime(2026, 9, 1, tzinfo=UTC),
                protected_until=datetime(2026, 9, 2, tzinfo=UTC),
            ),
            True,
        ),
        (
            replace(
                DEAL, state=DealState.EXPIRED, stage=Stage.WON, closed_at=datetime(2026, 9, 3, tzinfo=UTC),
                protected_until=datetime(2026, 9, 2, tzinfo=UTC),
            ),
            False,
        ),
    ],
)  # fmt: skip
def test_a_named_deal_makes_it_its_partners_sale(deal: LinkedDeal, *, expected: bool) -> None:
    found = find_registration(replace(SALE, deal=deal), [], ZONE)
    assert (found is not None) is expected
    assert found is None or (found.found_by, found.deal_id) == ("deal", deal.id)


def test_a_named_deal_goes_before_a_protection() -> None:
    rival = replace(HELD, id=uuid4(), deal_id=uuid4(), partner_id=OMEGA)
    found = find_registration(replace(SALE, deal=DEAL), [rival], ZONE)
    assert found is not None
    assert (found.partner_id, found.protection_id) == (ALPHA, None)
    own = find_registration(replace(SALE, deal=DEAL), [HELD], ZONE)
    assert own is not None
    assert (own.found_by, own.protection_id, own.starts) == ("deal", HELD.id, HELD.starts)


def test_everybody_who_has_a_part_gets_a_result_once() -> None:
    third = uuid4()
    sale = replace(SALE, partner_id=OMEGA, deal=replace(DEAL, partner_id=third))
    found = find_registration(SALE, [HELD], ZONE)
    assert concerned(sale, found) == [ALPHA, OMEGA, third]
    assert concerned(SALE, found) == [ALPHA]
    assert concerned(replace(SALE, partner_id=None), None) == []


@pytest.mark.security
def test_why_not_never_depends_on_a_rival() -> None:
    rivals = [replace(HELD, id=uuid4(), deal_id=uuid4(), partner_id=OMEGA)]
    assert why_not_registered(SALE, ALPHA, rivals, ZONE) == why_not_registered(SALE, ALPHA, [], ZONE)


def test_why_not_says_when_it_was_protected() -> None:
    why = why_not_registered(replace(SALE, ordered_on=date(2026, 12, 24)), ALPHA, [HELD], ZONE)
    assert why == Why(
        Reason.NOT_PROTECTED_THEN,
        {"ordered_on": "2026-12-24", "deal": "D-1", "first_day": "2026-11-01", "last_day": "2026-11-30"},
    )


@pytest.mark.parametrize(
    ("deal", "reason"),
    [
        (replace(DEAL, state=DealState.IN_REVIEW), Reason.DEAL_UNDECIDED),
        (replace(DEAL, state=DealState.REJECTED), Reason.DEAL_NOT_APPROVED),
        (replace(DEAL, role=DealRole.CO_SELL), Reason.ROLE_NOT_PAID),
        (replace(DEAL, partner_id=OMEGA), Reason.NO_REGISTERED_DEAL),
    ],
)
def test_why_not_of_a_named_deal(deal: LinkedDeal, reason: Reason) -> None:
    assert why_not_registered(replace(SALE, deal=deal), ALPHA, [], ZONE).reason == reason
