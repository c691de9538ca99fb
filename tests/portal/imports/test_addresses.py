"""Mail addresses, domains and web addresses."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.addresses import parse_domain, parse_email, parse_url
from portal.imports.cells import BadCell


def outcome(function: Callable[..., Any], text: str) -> Any:
    try:
        return function(text)
    except BadCell as problem:
        return problem.code


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("vera@Example.COM", "vera@example.com"), ("Vera Li <vera@example.com>", "vera@example.com"), ("mailto:v@example.com?subject=x", "v@example.com"),
        ("V.Li+x@mail.example.com", "V.Li+x@mail.example.com"), ("李@例子.公司", "李@xn--fsqu00a.xn--55qx5d"),
        ("vera", "not_an_email"), ("vera@localhost", "not_an_email"), ("@example.com", "not_an_email"), ("a b@example.com", "not_an_email"),
        ("a@b@example.com", "not_an_email"), (".a@example.com", "not_an_email"), ("a..b@example.com", "not_an_email"), ("a@-x.com", "not_an_email"),
        ("a@1.2.3.4", "not_an_email"), ("x" * 65 + "@example.com", "not_an_email"), ("", "not_an_email"),
    ],
)  # fmt: skip
def test_mail_addresses(text: str, expected: Any) -> None:
    assert outcome(parse_email, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://www.Example.com/path?q=1", "example.com"), ("example.com", "example.com"), ("www.example.com.", "example.com"),
        ("HTTPS://shop.example.co.uk:8443/", "shop.example.co.uk"), ("//example.com/x", "example.com"), ("example.com:8080/x", "example.com"),
        ("vera@example.com", "example.com"), ("Vera <vera@example.com>", "example.com"), ("例子.公司", "xn--fsqu00a.xn--55qx5d"),
        ("www.accountInsert0.com", "accountinsert0.com"), ("none", "not_a_domain"), ("http://", "not_a_domain"), ("1.2.3.4", "not_a_domain"),
        ("a b.com", "not_a_domain"), ("http://[::1", "not_a_domain"), ("x" * 70 + ".com", "not_a_domain"),
    ],
)  # fmt: skip
def test_domains(text: str, expected: Any) -> None:
    assert outcome(parse_domain, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Example.com/Path?q=1", "https://example.com/Path?q=1"), ("http://example.com:8080", "http://example.com:8080"),
        ("javascript:alert(1)", "not_a_url"), ("ftp://example.com", "not_a_url"), ("https://user:pw@example.com", "not_a_url"),
        ("https://exa mple.com", "not_a_url"), ("https://example.com:99999", "not_a_url"), ("x" * 3000 + ".com", "not_a_url"), ("data:text/html,x", "not_a_url"),
    ],
)  # fmt: skip
def test_web_addresses(text: str, expected: Any) -> None:
    assert outcome(parse_url, text) == expected


@given(text=st.text(max_size=40))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    for function in (parse_email, parse_domain, parse_url):
        found = outcome(function, text)
        assert isinstance(found, str)
        if not found.startswith("not_a"):
            assert outcome(function, found) == found
