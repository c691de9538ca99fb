"""Cursors: read back as written, and worth nothing anywhere else or changed."""

import base64
from typing import Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.web import cursors
from portal.core.web.cursors import LONGEST, Place, open_cursor, seal

PLACES = st.builds(
    Place,
    st.sampled_from(["after", "before"]),
    st.integers(0, 10**6),
    st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=200),
    st.uuids(),
)


@pytest.fixture(autouse=True, scope="module")
def _secret() -> None:
    cursors.use_secret("a secret for tests")


def place(way: Literal["after", "before"] = "after") -> Place:
    return Place(way, 25, "2026-11-18 11:00:00+00", UUID(int=7))


@given(PLACES, st.binary(max_size=60))
def test_it_comes_back_as_it_was(given_place: Place, context: bytes) -> None:
    assert open_cursor(seal(given_place, context), context) == given_place


@given(st.integers(min_value=0), st.integers(0, 255))
def test_one_changed_byte_makes_it_worthless(at: int, value: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(seal(place(), b"here") + "=="))
    before = bytes(raw)
    raw[at % len(raw)] = value
    found = open_cursor(base64.urlsafe_b64encode(raw).decode(), b"here")
    assert found == (place() if bytes(raw) == before else None)


@given(st.text(max_size=300))
def test_whatever_else_comes_is_no_cursor(text: str) -> None:
    assert open_cursor(text, b"here") is None


def test_it_is_worth_nothing_in_another_list() -> None:
    assert open_cursor(seal(place(), b"here"), b"there") is None


def test_the_border_between_context_and_place_is_signed() -> None:
    cursor = seal(place(), b"here")
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    moved = base64.urlsafe_b64encode(raw[:16] + b"e" + raw[16:]).decode()
    assert open_cursor(moved, b"her") is None


def test_another_secret_ends_it() -> None:
    cursor = seal(place(), b"here")
    cursors.use_secret("another")
    assert open_cursor(cursor, b"here") is None
    cursors.use_secret("a secret for tests")
    assert open_cursor(cursor, b"here") == place()


def test_a_long_one_is_not_even_read() -> None:
    assert open_cursor("A" * (LONGEST + 1), b"here") is None


def test_a_long_chinese_name_fits() -> None:
    assert len(seal(Place("after", 1_000, "客" * 1_000, UUID(int=7)), b"here")) < LONGEST
