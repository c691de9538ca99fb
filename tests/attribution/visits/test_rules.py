"""What a page may tell, how much at once, and which sites are sites."""

from datetime import timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, tuples
from pydantic import ValidationError

from attribution.visits.policy import Website
from attribution.visits.rules import TOUCH_KINDS, RateLimit, VisitKind, clean_origin, sender_of, visitor_name
from attribution.visits.schemas import Message
from tests.make import NOON

KEY = "k" * 32


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://www.example.com", "https://www.example.com"),
        (" HTTPS://WWW.Example.com/ ", "https://www.example.com"),
        ("https://www.example.com:443", "https://www.example.com"),
        ("https://www.example.com:8443", "https://www.example.com:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(typed: str, origin: str) -> None:
    assert clean_origin(typed) == origin


@pytest.mark.parametrize(
    "typed",
    ["", "www.example.com", "http://www.example.com", "https://", "https://a.example/page", "https://a.example?x=1",
     "https://me@a.example", "ftp://a.example", "null", "https://a.example:port", "https://[bad"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(typed: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 -- the standard library's own words
        clean_origin(typed)
    with pytest.raises(ValidationError):
        Website(origins=(typed,))


def test_a_site_counts_once() -> None:
    assert Website(origins=("https://a.example", "https://a.example/")).origins == ("https://a.example",)


@pytest.mark.parametrize(
    ("address", "sender"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("somewhere", "somewhere"),
    ],
)
def test_whom_an_address_counts_for(address: str, sender: str) -> None:
    assert sender_of(address) == sender


@given(lists(tuples(integers(0, 3), integers(1, 20)), max_size=60))
def test_nobody_sends_more_than_the_limit_and_who_stays_below_is_never_refused(sent: list[tuple[int, int]]) -> None:
    limit, taken = RateLimit(each=50, in_all=10_000), dict.fromkeys(range(4), 0)
    for who, events in sent:
        allowed = limit.allows(str(who), events, NOON)
        assert allowed == (taken[who] + events <= 50)
        taken[who] += events if allowed else 0


def test_all_together_are_limited_and_the_next_minute_begins_anew() -> None:
    limit = RateLimit(each=50, in_all=60)
    assert limit.allows("a", 50, NOON)
    assert not limit.allows("b", 11, NOON + timedelta(seconds=59))
    assert limit.allows("b", 10, NOON + timedelta(seconds=59))
    assert limit.allows("b", 50, NOON + timedelta(seconds=60))


def test_the_touches_of_a_visitor_carry_our_own_id() -> None:
    one = uuid4()
    assert visitor_name(one) == f"web:{one}"
    assert set(TOUCH_KINDS) == set(VisitKind)


def test_a_message_in_full() -> None:
    told = {
        "visitor": KEY, "consent": True,
        "events": [{"id": "e-000001", "kind": "page", "page": "/prices", "medium": "email", "campaign": "Spring"}],
    }  # fmt: skip
    [event] = Message.model_validate(told).events
    assert (event.kind, event.page, event.campaign, event.email) == (VisitKind.PAGE, "/prices", "Spring", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"visitor": "short"},
        {"visitor": "x" * 65},
        {"visitor": "spaces are no part of it"},
        {"consent": "yes"},
        {"partner": "somebody"},
        {"events": [{"id": "e-000001", "kind": "meeting"}]},
        {"events": [{"id": "e 1", "kind": "page"}]},
        {"events": [{"id": "e-000001", "kind": "page", "page": "x" * 201}]},
        {"events": [{"id": "e-000001", "kind": "page", "page": "a\x00b"}]},
        {"events": [{"id": "e-000001", "kind": "page", "account": "x"}]},
        {"events": [{"id": f"e-{n:06}", "kind": "page"} for n in range(21)]},
    ],
)
def test_what_is_no_message(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Message.model_validate({"visitor": KEY, "consent": True, "events": []} | wrong)
