"""Which contract continues which: one for one, two that become one, one that becomes two, and what a year loses."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from attribution.lifecycle.continuing import Contracts, Settings, Term
from portal.core.ids import new_id

GROUP = UUID(int=1)
YEAR = timedelta(days=364)
DAY = date(2024, 1, 1)


def term(
    starts: date, value: int = 365_00, *, ends: date | None = None, product: int = 7, currency: str = "EUR"
) -> Term:
    return Term(new_id(), f"C-{starts}", GROUP, UUID(int=product), None, currency, starts, ends or starts + YEAR, value)


def losses(*terms: Term, today: date = date(2030, 1, 1)) -> list[tuple[date, int, bool]]:
    """What shrank, but for what ended last and nothing continued."""
    found = Contracts(terms, Settings()).shrunk(today)
    return sorted((one.day, one.lost_minor, one.is_renewed) for one in found)


def last(one: Term) -> tuple[date, int, bool]:
    return (one.ends_on + timedelta(days=91), one.value_minor, False)


@pytest.mark.parametrize(
    ("days", "continues"), [(-91, False), (-90, True), (0, True), (90, True), (91, False)], ids=str
)
def test_a_contract_continues_one_that_ends_near_its_start(days: int, continues: bool) -> None:  # noqa: FBT001
    old = term(DAY)
    new = term(old.ends_on + timedelta(days=days))
    assert losses(old, new) == ([last(new)] if continues else sorted([last(old), last(new)]))


def test_one_product_is_continued_by_itself_before_another() -> None:
    ours, theirs = term(DAY, 365_00, product=1), term(DAY, 730_00, product=2)
    next_ours = term(date(2025, 1, 20), 365_00, product=1)
    next_theirs = term(date(2024, 12, 31), 730_00, product=2)
    assert losses(ours, theirs, next_ours, next_theirs) == sorted([last(next_ours), last(next_theirs)])


def test_two_that_become_one_are_one_renewal() -> None:
    one, two, both = term(DAY, 200_00, product=1), term(DAY, 165_00, product=2), term(date(2024, 12, 31), 365_00)
    assert losses(one, two, both) == [last(both)]
    less = term(date(2024, 12, 31), 300_00)
    assert losses(one, two, less) == [(less.starts_on, 65_00, True), last(less)]


def test_one_that_becomes_two_is_one_renewal() -> None:
    whole, one, two = term(DAY, 365_00), term(date(2024, 12, 31), 200_00), term(date(2025, 1, 5), 165_00, product=8)
    assert losses(whole, one, two) == sorted([last(one), last(two)])


def test_every_month_continues_the_month_before() -> None:
    months = [
        term(date(2024, number, 1), 30_00, ends=date(2024, number + 1, 1) - timedelta(days=1))
        for number in range(1, 12)
    ]
    contracts = Contracts(months, Settings())
    assert [one.term for one in contracts.shrunk(date(2030, 1, 1)) if not one.is_renewed] == [months[-1]]
    assert contracts.rests_from(DAY) == (date(2024, 12, 1), date(2024, 11, 30))


def test_currencies_are_not_compared() -> None:
    old, new = term(DAY, 365_00), term(date(2024, 12, 31), 1, currency="JPY")
    assert losses(old, new) == [last(new)]


def test_another_group_continues_nothing() -> None:
    old, new = term(DAY), term(date(2024, 12, 31))._replace(group=UUID(int=2))
    assert losses(old, new) == sorted([last(old), last(new)])


def test_the_nearest_start_is_renewed_by_an_order() -> None:
    terms = [term(DAY, ends=date(2024, 1, 31)), term(date(2024, 2, 1), ends=date(2024, 2, 29)), term(date(2024, 3, 1))]
    contracts = Contracts(terms, Settings())
    assert contracts.renewed_by(GROUP, date(2024, 2, 10)) == terms[1]
    assert contracts.renewed_by(GROUP, date(2024, 2, 20)) == terms[2]
    assert contracts.renewed_by(GROUP, date(2024, 4, 1)) is None
    assert contracts.renewed_by(UUID(int=2), date(2024, 2, 10)) is None


spans = st.tuples(st.integers(0, 1500), st.integers(0, 700), st.integers(0, 10**6), st.sampled_from((1, 2)))


@given(st.lists(spans, max_size=8), st.randoms())
def test_each_contract_ends_once_and_starts_once(told: list[tuple[int, int, int, int]], chance: st.DataObject) -> None:
    terms = [
        term(DAY + timedelta(days=start), value, ends=DAY + timedelta(days=start + days), product=product)
        for start, days, value, product in told
    ]
    contracts = Contracts(terms, Settings())
    before = [one.id for renewal in contracts._renewals for one in renewal.before]
    after = [one.id for renewal in contracts._renewals for one in renewal.after]
    assert len(before) == len(set(before))
    assert len(after) == len(set(after))
    for renewal in contracts._renewals:
        assert renewal.before
        assert renewal.after
    far = date(2040, 1, 1)
    listed = sorted((one.day, one.term.id) for one in contracts.shrunk(far))
    chance.shuffle(terms)  # type: ignore[attr-defined]
    again = Contracts(terms, Settings())
    assert sorted((one.day, one.term.id) for one in again.shrunk(far)) == listed
    assert again.rests_from(DAY) == contracts.rests_from(DAY)
