"""Rules of the ledger: postings, mirrors, and the month that takes an amount."""

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.money import Money
from portal.ledger.rules import (
    AccountCode,
    NewEntry,
    Posting,
    first_open,
    mirror,
    month_after,
    months_between,
    movement,
    next_to_close,
)

EXPENSE, PAYABLE = AccountCode.COMMISSION_EXPENSE, AccountCode.PARTNER_PAYABLE


@pytest.mark.parametrize(
    ("debit", "credit", "minor"), [(EXPENSE, PAYABLE, 0), (EXPENSE, PAYABLE, -1), (EXPENSE, EXPENSE, 1)]
)
def test_a_posting_moves_something_between_two_accounts(debit: AccountCode, credit: AccountCode, minor: int) -> None:
    with pytest.raises(ValueError, match="posting"):
        Posting(debit, credit, Money(minor, "EUR"))


@given(st.integers(-(10**12), 10**12).filter(bool))
def test_a_negative_amount_goes_the_other_way(minor: int) -> None:
    there = movement(EXPENSE, PAYABLE, Money(minor, "EUR"))
    back = movement(EXPENSE, PAYABLE, Money(-minor, "EUR"))
    assert (there,) == mirror([back])
    assert there.amount == back.amount == Money(abs(minor), "EUR")


def test_an_entry_has_postings_and_is_named_by_the_first_of_its_month() -> None:
    posting = movement(EXPENSE, PAYABLE, Money(1, "EUR"))
    for period, postings in ((date(2026, 11, 2), (posting,)), (date(2026, 11, 1), ())):
        with pytest.raises(ValueError, match="entry"):
            NewEntry(uuid4(), "commission", uuid4(), "accrual", period, postings)


@pytest.mark.parametrize(
    ("day", "last_closed", "expected"),
    [
        (date(2026, 11, 18), None, date(2026, 11, 1)),
        (date(2026, 11, 18), date(2026, 10, 1), date(2026, 11, 1)),
        (date(2026, 10, 31), date(2026, 10, 1), date(2026, 11, 1)),
        (date(2026, 8, 1), date(2026, 12, 1), date(2027, 1, 1)),
        (date(2027, 1, 1), date(2026, 10, 1), date(2027, 1, 1)),
    ],
)
def test_what_comes_late_goes_into_the_earliest_open_month(day: date, last_closed: date | None, expected: date) -> None:
    assert first_open(day, last_closed) == expected


def test_months_are_closed_in_order() -> None:
    assert next_to_close(None, None) is None
    assert next_to_close(None, date(2026, 8, 1)) == date(2026, 8, 1)
    assert next_to_close(date(2026, 12, 1), date(2026, 8, 1)) == date(2027, 1, 1)


@given(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
def test_the_month_after_begins_where_this_one_ends(day: date) -> None:
    month = day.replace(day=1)
    assert month_after(month).day == 1
    assert 28 <= (month_after(month) - month).days <= 31
    assert list(months_between(month, month_after(month))) == [month, month_after(month)]
