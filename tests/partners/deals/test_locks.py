"""The locks: every field in every state, for every role and side."""

import itertools
from uuid import UUID

import pytest

from partners.deals.locks import ASKABLE, FIELD_LABELS, LOCKS, DealField, Lock, lock_of, locks, why_locked
from partners.deals.states import DealState
from portal.core.actor import Actor
from portal.core.permissions import Role, Side

F, S = DealField, DealState
ALPHA, OMEGA = UUID(int=1), UUID(int=2)


def actor_of(role: Role, partner: UUID = ALPHA) -> Actor:
    own = partner if role.side == Side.PARTNER else None
    return Actor(UUID(int=9), UUID(int=8), "N", "n@x.example", role.side, frozenset({role}), own)


@pytest.mark.parametrize(("field", "state"), list(itertools.product(F, S)))
def test_every_field_in_every_state(field: DealField, state: DealState) -> None:
    unasked, asked = lock_of(field, state), lock_of(field, state, [field])
    if state == S.DRAFT or field == F.NOTES:
        assert (unasked, asked) == (Lock.OPEN, Lock.OPEN)
    elif state == S.INFO_REQUESTED and field != F.CUSTOMER:
        assert (unasked, asked) == (Lock.LOCKED, Lock.OPEN)
    else:
        assert (unasked, asked) == (Lock.LOCKED, Lock.LOCKED)


@pytest.mark.parametrize("role", Role)
def test_who_may_change_what_and_why_not(role: Role) -> None:
    writes = role in {Role.PARTNER_ADMIN, Role.PARTNER_SALES}
    for field, state in itertools.product(F, S):
        why = why_locked(field, state, ALPHA, actor_of(role), [field])
        is_open = lock_of(field, state, [field]) == Lock.OPEN
        assert (why == "") == (writes and is_open)
        assert why_locked(field, state, OMEGA, actor_of(role), [field])


def test_the_customer_is_never_opened_again() -> None:
    assert F.CUSTOMER not in ASKABLE
    for state in set(S) - {S.DRAFT}:
        assert "customer" in why_locked(F.CUSTOMER, state, ALPHA, actor_of(Role.PARTNER_SALES), list(F)).lower()


def test_the_table_names_every_field_once() -> None:
    assert set(LOCKS) == set(F) == set(FIELD_LABELS)
    assert set(ASKABLE) == set(F) - {F.CUSTOMER, F.NOTES}


def test_the_page_gets_a_reason_for_each_field() -> None:
    shown = locks(S.APPROVED, ALPHA, actor_of(Role.PARTNER_SALES))
    assert set(shown) == set(F)
    assert [field for field, why in shown.items() if not why] == [F.NOTES]
