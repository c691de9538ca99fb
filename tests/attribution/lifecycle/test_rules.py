"""Which lifecycle events follow from lines of revenue and contracts: by example, through time, and whatever the lines."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.lifecycle.continuing import Settings, Term
from attribution.lifecycle.rules import (
    KIND_LABELS,
    LOSSES,
    Derived,
    EventKind,
    Line,
    NewEvent,
    Reason,
    add_months,
    derive,
    worth,
)
from portal.core.ids import new_id

ACCOUNT = UUID(int=1)
GROUPS = tuple(UUID(int=100 + number) for number in range(3))
BIKES, CLOTHES, _PARTS = GROUPS
PARTNERS = (None, UUID(int=200), UUID(int=201))
DAY = date(2024, 3, 4)
SETTINGS = Settings()
TODAY = date(2026, 11, 18)


def invoice(day: date, net: int = 100_00, group: UUID = BIKES, currency: str = "EUR", **more: Any) -> Line:
    return Line(new_id(), "invoice_line", None, group, None, currency, net, day, day)._replace(**more)


def child(parent: Line, kind: str, net: int, day: date) -> Line:
    return parent._replace(id=new_id(), kind=kind, parent=parent.id, net_minor=net, day=day)


def term(starts: date, ends: date, value: int = 365_00, group: UUID = BIKES, product: int = 300) -> Term:
    return Term(new_id(), f"C-{starts}", group, UUID(int=product), None, "EUR", starts, ends, value)


def life(lines: Sequence[Line], terms: Sequence[Term] = (), today: date = TODAY) -> Derived:
    return derive(ACCOUNT, lines, terms, SETTINGS, today)


def told(lines: Sequence[Line], terms: Sequence[Term] = (), today: date = TODAY) -> list[tuple[str, str, int]]:
    """Kind, day and value of each event."""
    return [(one.kind.value, one.day.isoformat(), one.value_minor) for one in life(lines, terms, today).events]


def soon(day: date, days: int) -> date:
    return day + timedelta(days=days)


# ---- orders ----


def test_the_first_order_is_a_new_customer_whatever_it_is_of() -> None:
    lines = [invoice(DAY), invoice(DAY, 50_00, CLOTHES), invoice(DAY, 7_00, CLOTHES, "USD"), invoice(DAY, 1_00)]
    events = life(lines, today=soon(DAY, 1)).events
    assert {(one.kind, one.group, one.currency, one.value_minor, one.reason) for one in events} == {
        (EventKind.NEW_LOGO, BIKES, "EUR", 101_00, Reason.FIRST_ORDER),
        (EventKind.NEW_LOGO, CLOTHES, "EUR", 50_00, Reason.FIRST_ORDER),
        (EventKind.NEW_LOGO, CLOTHES, "USD", 7_00, Reason.FIRST_ORDER),
    }


def test_another_group_later_is_cross_sell_and_the_same_group_upsell() -> None:
    lines = [invoice(DAY), invoice(soon(DAY, 9), 5_00, CLOTHES), invoice(soon(DAY, 20), 6_00, CLOTHES)]
    first, second, third = life(lines, today=soon(DAY, 30)).events
    assert (second.kind, second.reason, second.facts) == ("cross_sell", "new_group", {"first_on": "2024-03-04"})
    assert (third.kind, third.reason, third.facts) == ("upsell", "bought_again", {"before_on": "2024-03-13"})
    assert first.kind == "new_logo"


def test_a_group_bought_twice_on_the_day_it_is_new_is_cross_sold_once_a_currency() -> None:
    later = soon(DAY, 9)
    lines = [invoice(DAY), invoice(later, 1_00, CLOTHES), invoice(later, 2_00, CLOTHES),
             invoice(later, 4_00, CLOTHES, "USD")]  # fmt: skip
    assert sorted(told(lines, today=soon(DAY, 30)))[:2] == [
        ("cross_sell", "2024-03-13", 3_00), ("cross_sell", "2024-03-13", 4_00),
    ]  # fmt: skip


def test_payments_refunds_and_credit_notes_stand_with_their_invoice_line() -> None:
    sold = invoice(DAY)
    paid = child(sold, "payment", 90_00, soon(DAY, 30))
    credited = child(sold, "credit_note", -10_00, soon(DAY, 20))
    refunded = child(sold, "refund", -4_00, soon(DAY, 40))
    [event] = life([refunded, credited, paid, sold], today=soon(DAY, 50)).events
    assert set(event.lines) == {sold.id, paid.id, credited.id, refunded.id}
    assert event.value_minor == 90_00


@pytest.mark.parametrize(
    ("net", "credited", "refunded", "left"),
    [
        (100, 0, 0, 100),
        (100, -30, 0, 70),
        (100, 0, -30, 70),
        (100, -30, -20, 70),  # the refund settles a part of the credit note
        (100, -20, -30, 70),
        (100, -100, -100, 0),
        (100, -120, 0, 0),  # never below zero
        (0, 0, 0, 0),
    ],
)
def test_what_is_left_of_a_line(net: int, credited: int, refunded: int, left: int) -> None:
    assert worth(net, credited, refunded) == left


def test_who_invoiced_most_is_the_partner_of_an_order() -> None:
    _nobody, small, large = PARTNERS
    lines = [invoice(DAY, 90_00), invoice(DAY, 10_00, partner=small), invoice(DAY, 11_00, partner=large)]
    assert [one.partner for one in life(lines, today=DAY).events] == [large]
    assert [one.partner for one in life(lines[:1], today=DAY).events] == [None]


# ---- churn and coming back ----


def test_without_a_payment_for_eighteen_months_a_customer_has_churned() -> None:
    sold = invoice(date(2024, 3, 4))
    lines = [sold, child(sold, "payment", 100_00, date(2024, 4, 15))]
    assert told(lines, today=date(2025, 10, 14)) == [("new_logo", "2024-03-04", 100_00)]
    assert told(lines, today=date(2025, 10, 15))[1:] == [("churn", "2025-10-15", -100_00)]
    assert life(lines, today=date(2025, 10, 14)).standing.asleep_on == date(2025, 10, 15)  # type: ignore[union-attr]


def test_an_order_nobody_paid_counts_by_its_day() -> None:
    assert told([invoice(date(2024, 3, 4))], today=date(2025, 9, 4))[1:] == [("churn", "2025-09-04", -100_00)]


def test_a_running_paid_contract_keeps_a_customer_to_its_last_day() -> None:
    sold, runs = invoice(DAY), term(DAY, date(2026, 3, 3))
    assert [kind for kind, *_rest in told([sold], [runs], date(2026, 3, 3))] == ["new_logo"]
    [_new, gone] = life([sold], [runs], date(2026, 3, 4)).events
    assert (gone.kind, gone.day, gone.reason) == (EventKind.CHURN, date(2026, 3, 4), Reason.TERM_ENDED)
    assert gone.facts == {"last_on": "2024-03-04", "months": 18, "ended_on": "2026-03-03"}


def test_a_contract_for_nothing_keeps_nobody() -> None:
    runs = term(DAY, date(2026, 3, 3), value=0)
    assert told([invoice(DAY)], [runs])[1:] == [("churn", "2025-09-04", -100_00)]


def test_a_contract_runs_on_until_the_one_that_continues_it_starts() -> None:
    old, new = term(DAY, date(2026, 3, 3)), term(date(2026, 4, 1), date(2027, 3, 31), 400_00)
    assert [kind for kind, *_rest in told([invoice(DAY)], [old, new])] == ["new_logo"]


def test_churn_is_worth_the_year_before_the_last_payment_by_currency() -> None:
    lines = [
        invoice(date(2024, 1, 9), 1_00),  # a year before to the day is no more in it
        invoice(date(2024, 2, 1), 2_00),
        invoice(date(2024, 2, 1), 4_00, currency="USD"),
        invoice(date(2025, 1, 9), 8_00),
    ]
    lost = [one for one in life(lines).events if one.kind is EventKind.CHURN]
    assert {(one.day, one.currency, one.value_minor) for one in lost} == {
        (date(2026, 7, 9), "EUR", -10_00), (date(2026, 7, 9), "USD", -4_00),
    }  # fmt: skip


def test_the_first_day_back_is_reactivation_and_known_groups_stay_known() -> None:
    back = date(2026, 6, 1)
    lines = [invoice(DAY), invoice(back, 2_00), invoice(back, 3_00, CLOTHES), invoice(soon(back, 5), 4_00),
             invoice(soon(back, 6), 5_00, GROUPS[2])]  # fmt: skip
    assert [kind for kind, *_rest in told(lines)] == [
        "new_logo", "churn", "reactivation", "reactivation", "upsell", "cross_sell",
    ]  # fmt: skip
    assert life(lines).events[2].facts == {"churned_on": "2025-09-04", "last_on": "2024-03-04"}


def test_whoever_orders_on_the_very_day_has_not_churned() -> None:
    assert [kind for kind, *_rest in told([invoice(DAY), invoice(date(2025, 9, 4))])] == ["new_logo", "upsell"]
    assert [kind for kind, *_rest in told([invoice(DAY), invoice(date(2025, 9, 5))])] == [
        "new_logo", "churn", "reactivation",
    ]  # fmt: skip


def test_paying_an_old_debt_brings_nobody_back() -> None:
    sold = invoice(DAY)
    lines = [sold, child(sold, "payment", 100_00, date(2026, 1, 5))]
    assert [kind for kind, *_rest in told(lines)] == ["new_logo", "churn"]
    standing = life(lines).standing
    assert standing is not None
    assert (standing.asleep_on, standing.last_on) == (date(2025, 9, 4), date(2026, 1, 5))
    assert life([*lines, invoice(date(2026, 2, 1))]).events[-1].facts["last_on"] == "2026-01-05"


@pytest.mark.parametrize(
    ("day", "months", "there"),
    [
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 18, date(2025, 8, 29)),
        (date(2024, 8, 31), 18, date(2026, 2, 28)),
        (date(2022, 8, 31), 18, date(2024, 2, 29)),
        (date(2024, 12, 31), 18, date(2026, 6, 30)),
        (date(2025, 6, 30), 18, date(2026, 12, 30)),
        (date(2026, 1, 31), -12, date(2025, 1, 31)),
        (date(2024, 2, 29), -12, date(2023, 2, 28)),
    ],
)
def test_months_end_where_the_calendar_says(day: date, months: int, there: date) -> None:
    assert add_months(day, months) == there


# ---- contracts ----


def test_an_order_near_the_start_of_a_continuing_contract_renews_it() -> None:
    old, new = term(DAY, date(2025, 3, 3)), term(date(2025, 3, 4), date(2026, 3, 3))
    lines = [invoice(DAY), invoice(date(2025, 2, 2), 1_00), invoice(date(2025, 4, 3), 2_00),
             invoice(date(2025, 4, 4), 4_00)]  # fmt: skip
    events = life(lines, [old, new], date(2025, 6, 1)).events
    assert [one.kind.value for one in events] == ["new_logo", "renewal", "renewal", "upsell"]
    assert [one.term for one in events] == [None, new.id, new.id, None]
    assert events[1].facts == {"term": new.number, "starts_on": "2025-03-04"}


def test_an_order_of_another_group_renews_nothing() -> None:
    terms = [term(DAY, date(2025, 3, 3)), term(date(2025, 3, 4), date(2026, 3, 3))]
    lines = [invoice(DAY), invoice(date(2025, 3, 4), 1_00, CLOTHES)]
    assert [kind for kind, *_rest in told(lines, terms, date(2025, 6, 1))] == ["new_logo", "cross_sell"]


def test_a_contract_renewed_for_less_is_a_contraction_by_what_a_year_loses() -> None:
    old, new = term(DAY, soon(DAY, 364), 365_00), term(soon(DAY, 365), soon(DAY, 729), 265_00)
    [_new, less] = life([invoice(DAY)], [old, new], soon(DAY, 365)).events
    assert (less.kind, less.day, less.value_minor, less.term) == ("contraction", soon(DAY, 365), -100_00, new.id)
    assert less.facts == {"term": new.number, "was_minor": 365_00, "is_minor": 265_00}


def test_a_longer_contract_at_the_same_price_a_day_loses_nothing() -> None:
    terms = [term(DAY, soon(DAY, 364), 365_00), term(soon(DAY, 365), soon(DAY, 365 + 729), 730_00)]
    assert [kind for kind, *_rest in told([invoice(DAY)], terms, soon(DAY, 400))] == ["new_logo"]


def test_what_nothing_continued_is_a_contraction_once_that_is_certain() -> None:
    ends, bought = date(2025, 3, 3), [invoice(DAY), invoice(date(2025, 1, 1), 5_00, CLOTHES)]
    old = term(DAY, ends)
    assert [kind for kind, *_rest in told(bought, [old], date(2025, 6, 1))] == ["new_logo", "cross_sell"]
    lost = life(bought, [old], date(2025, 6, 2)).events[-1]
    assert (lost.kind, lost.day, lost.reason, lost.value_minor) == (
        "contraction", date(2025, 6, 2), "not_continued", -365_00,
    )  # fmt: skip
    assert lost.facts == {"term": old.number, "ended_on": "2025-03-03", "days": 90}


def test_of_a_customer_that_is_dormant_by_then_churn_says_it() -> None:
    terms = [term(DAY, date(2026, 3, 3))]
    assert [kind for kind, *_rest in told([invoice(DAY)], terms)] == ["new_logo", "churn"]


def test_time_alone_is_due_on_the_next_day_on_which_something_shows() -> None:
    old = term(DAY, date(2025, 3, 3))
    standing = life([invoice(DAY)], [old], date(2025, 4, 1)).standing
    assert standing is not None
    assert (standing.asleep_on, standing.due_on) == (date(2025, 9, 4), date(2025, 6, 2))
    standing = life([invoice(DAY)], [old], date(2025, 6, 2)).standing
    assert standing is not None
    assert standing.due_on == date(2025, 9, 4)


def test_a_payment_dated_after_today_keeps_nobody_until_then() -> None:
    sold = invoice(date(2026, 1, 1))
    lines = [sold, child(sold, "payment", 1, date(2027, 7, 2))]
    standing = life(lines, today=date(2026, 11, 18)).standing
    assert standing is not None
    assert (standing.last_on, standing.due_on) == (date(2026, 1, 1), date(2027, 7, 1))
    assert [kind for kind, *_rest in told(lines, today=date(2027, 7, 1))] == ["new_logo", "churn"]
    assert told(lines, today=date(2027, 7, 3)) == told(lines, today=date(2027, 7, 1))


def test_who_has_contracts_only_has_no_first_order() -> None:
    derived = life([], [term(DAY, date(2025, 3, 3))], date(2025, 7, 1))
    assert [one.kind for one in derived.events] == [EventKind.CONTRACTION]
    assert derived.standing is not None
    assert (derived.standing.first_on, derived.standing.asleep_on) == (None, date(2025, 3, 4))
    assert life([]) == Derived((), None)


# ---- whatever the lines ----

days = st.dates(date(2020, 1, 1), date(2026, 11, 17))
cents = st.integers(0, 10**9)


@st.composite
def histories(draw: st.DrawFn) -> list[Line]:
    """Invoice lines with what followed, some of it more than was sold."""
    lines = []
    for _number in range(draw(st.integers(0, 12))):
        sold = invoice(
            draw(days), draw(cents), draw(st.sampled_from(GROUPS)), draw(st.sampled_from(("EUR", "JPY"))),
            partner=draw(st.sampled_from(PARTNERS)),
        )  # fmt: skip
        lines.append(sold)
        for _child in range(draw(st.integers(0, 3))):
            kind = draw(st.sampled_from(("payment", "refund", "credit_note")))
            minor = draw(cents) * (1 if kind == "payment" else -1)
            lines.append(child(sold, kind, minor, soon(sold.ordered_on, draw(st.integers(0, 700)))))
    return lines


@st.composite
def contracts(draw: st.DrawFn) -> list[Term]:
    found = []
    for _number in range(draw(st.integers(0, 6))):
        starts = draw(days)
        ends = soon(starts, draw(st.integers(0, 1200)))
        product = draw(st.sampled_from((300, 301)))
        found.append(term(starts, ends, draw(st.integers(0, 10**7)), draw(st.sampled_from(GROUPS)), product))
    return found


def gains(events: Sequence[NewEvent]) -> list[NewEvent]:
    return [one for one in events if one.kind not in LOSSES]


@given(histories(), contracts())
def test_every_line_belongs_to_exactly_one_event(lines: list[Line], terms: list[Term]) -> None:
    events = life(lines, terms).events
    held = Counter(line for one in events for line in one.lines)
    assert held == Counter(line.id for line in lines)
    assert all(bool(one.lines) == (one.kind not in LOSSES) for one in events)
    assert len({one.id for one in events}) == len(events)


@given(histories(), contracts(), st.randoms())
def test_the_order_of_rows_changes_nothing(lines: list[Line], terms: list[Term], chance: st.DataObject) -> None:
    before = life(lines, terms)
    chance.shuffle(lines)  # type: ignore[attr-defined]
    chance.shuffle(terms)  # type: ignore[attr-defined]
    assert life(lines, terms) == before


@given(histories(), contracts())
def test_gains_add_up_to_what_is_left_of_all_invoice_lines(lines: list[Line], terms: list[Term]) -> None:
    back: dict[tuple[UUID | None, str], int] = defaultdict(int)
    for line in lines:
        back[line.parent, line.kind] += line.net_minor
    left: dict[str, int] = defaultdict(int)
    for line in lines:
        if line.parent is None:
            left[line.currency] += worth(line.net_minor, back[line.id, "credit_note"], back[line.id, "refund"])
    found: dict[str, int] = defaultdict(int)
    for one in gains(life(lines, terms).events):
        found[one.currency] += one.value_minor
    assert found == left


@given(histories(), contracts())
def test_a_customer_is_new_once_and_then_goes_and_comes_in_turn(lines: list[Line], terms: list[Term]) -> None:
    events = life(lines, terms).events
    assert len({one.day for one in events if one.kind is EventKind.NEW_LOGO}) == bool(lines)
    turning = {EventKind.NEW_LOGO, EventKind.CHURN, EventKind.REACTIVATION}
    turns = sorted({(one.day, one.kind is not EventKind.CHURN) for one in events if one.kind in turning})
    assert all(one != other for (_day, one), (_other_day, other) in pairwise(turns))
    assert [is_here for _day, is_here in turns][:1] in ([], [True])


@given(histories(), contracts())
def test_gains_are_never_below_and_losses_never_above_zero(lines: list[Line], terms: list[Term]) -> None:
    for one in life(lines, terms).events:
        assert one.value_minor <= 0 if one.kind in LOSSES else one.value_minor >= 0
        assert one.kind not in LOSSES or one.day <= TODAY


@given(histories(), histories(), contracts())
def test_later_lines_change_nothing_that_was_before_them(
    lines: list[Line], more: list[Line], terms: list[Term]
) -> None:
    """But for what credit notes take from the value of an event, and more payments of the same orders."""
    if not more:
        return
    since = min(line.ordered_on for line in more)
    before = [one for one in life(lines, terms).events if one.day < since]
    after = [one for one in life(lines + more, terms).events if one.day < since]
    assert after == before


@given(histories(), contracts(), st.integers(0, 900))
def test_time_adds_events_only_when_it_is_due(lines: list[Line], terms: list[Term], days_on: int) -> None:
    now = date(2026, 11, 18)
    derived = life(lines, terms, now)
    if derived.standing is None:
        return
    due, later = derived.standing.due_on, soon(now, days_on)
    assert due is None or due > now
    if due is None or later < due:
        assert life(lines, terms, later).events == derived.events
    else:
        assert set(map(str, derived.events)) <= set(map(str, life(lines, terms, later).events))


def test_each_kind_has_a_word() -> None:
    assert set(KIND_LABELS) == set(EventKind)
