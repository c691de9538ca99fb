"""What is true of the ledger: postings between two accounts, and months that are closed in order. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from uuid import UUID

from portal.core.money import Money


class AccountCode(StrEnum):
    """The chart of accounts, as far as it is used."""

    COMMISSION_EXPENSE = "commission_expense"
    """The vendor's cost of commission."""
    PARTNER_PAYABLE = "partner_payable"
    """What the vendor owes a partner."""


OF_PARTNER: Final = frozenset({AccountCode.PARTNER_PAYABLE})
"""Accounts that each partner has its own of; the others are the vendor's, one per currency."""

REVERSAL: Final = "reversal"
"""The kind of an entry that undoes another one in full."""


@dataclass(frozen=True, slots=True)
class Posting:
    """One movement of a positive amount: out of the credited account, into the debited one."""

    debit: AccountCode
    credit: AccountCode
    amount: Money

    def __post_init__(self) -> None:
        """Refuse what is no movement. Raises ValueError."""
        if self.amount.minor <= 0 or self.debit == self.credit:
            message = f"a posting moves more than zero between two accounts, not {self}"
            raise ValueError(message)

    @property
    def mirrored(self) -> "Posting":
        """The same amount the other way."""
        return Posting(self.credit, self.debit, self.amount)


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry as it is to be written. A cause has at most one entry of a kind."""

    partner_id: UUID
    cause_type: str
    cause_id: UUID
    kind: str
    period: date
    """The first day of its month; must be open (`first_open`)."""
    postings: tuple[Posting, ...]
    reverses: UUID | None = None
    """The entry that this one undoes in full."""

    def __post_init__(self) -> None:
        """Refuse an entry that moves nothing, or names its period by another day. Raises ValueError."""
        if not self.postings or self.period.day != 1:
            message = f"an entry has postings and the first of a month, not {self.postings} on {self.period}"
            raise ValueError(message)


def movement(debit: AccountCode, credit: AccountCode, amount: Money) -> Posting:
    """The posting of a signed amount: a negative one goes the other way. Raises ValueError for nothing."""
    return Posting(debit, credit, amount) if amount.minor > 0 else Posting(credit, debit, -amount)


def mirror(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Postings that undo these."""
    return tuple(posting.mirrored for posting in postings)


def month_after(month: date) -> date:
    """The first day of the month after this first day."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def first_open(day: date, last_closed: date | None) -> date:
    """The month that takes what happened on `day`: its own, or the earliest open one after it.

    Months are closed in order, so everything up to `last_closed` (the first day of a month) is closed.
    """
    own = day.replace(day=1)
    return own if last_closed is None else max(own, month_after(last_closed))


def next_to_close(last_closed: date | None, first_used: date | None) -> date | None:
    """The only month that can be closed now: the one after the last closed, else the first with an entry."""
    return first_used if last_closed is None else month_after(last_closed)


def months_between(first: date, last: date) -> Sequence[date]:
    """The first days of all months from `first` to `last`, both included."""
    found: list[date] = []
    while first <= last:
        found.append(first)
        first = month_after(first)
    return found
