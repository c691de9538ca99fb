"""What may stand in a header, and what of a text only its reader may see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.mail.rules import one_line, parts_of, plain_address, without_secrets


@given(text=st.text())
def test_one_line_is_one_line(text: str) -> None:
    line = one_line(text, 200)
    assert len(line) <= 200
    assert len(line.splitlines()) <= 1
    assert not any(ord(character) < 32 for character in line)


@pytest.mark.parametrize("good", ["pia@alpha.example", "p.i-a+x@a-b.co", "o_o@x.example"])
def test_an_address_is_taken(good: str) -> None:
    assert plain_address(good) == good


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "pia",
        "pia@",
        "@x.example",
        "a@b.example\r\nBcc: c@d.example",
        "a@b.example, c@d.example",
        "<a@b.example>",
        "a b@c.example",
        "a@b.example ",
        "a\x00@b.example",
        "a@b.example\n",
        '"a"@b.example',
        "a;b@c.example",
    ],
)
def test_what_could_smuggle_something_in_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match=r"(?s).*"):
        plain_address(bad)


def test_links_lose_what_they_open_and_keep_where_they_lead() -> None:
    text = "Open https://portal.example/invite/SECRET?x=1 now.\nOr http://127.0.0.1:8000/reset/TOKEN"
    assert without_secrets(text) == "Open https://portal.example/… now.\nOr http://127.0.0.1:8000/…"


@given(text=st.text(alphabet="ab \n:/h.tps"))
def test_the_pieces_of_a_text_are_the_text(text: str) -> None:
    assert "".join(piece for piece, _is_link in parts_of(text)) == text


def test_pieces_know_which_are_links() -> None:
    assert parts_of("See https://x.example/a, please") == [
        ("See ", False),
        ("https://x.example/a,", True),
        (" please", False),
    ]
