"""Text for searching and sorting: what people take for the same is the same, whatever they typed it with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core.text import LONGEST_KEY, fold, sort_key

ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80)


@given(ANY)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY)
def test_case_and_spaces_never_matter(text: str) -> None:
    assert fold(f"  {text}\t ") == fold(text)
    assert "  " not in fold(text)


@given(st.text(alphabet="abcdefghij KLMNOPQRST0123456789", max_size=40))
def test_width_and_case_are_one(text: str) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) if letter != " " else "\u3000" for letter in text)
    assert fold(wide) == fold(text) == fold(text.upper()) == fold(text.lower())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "muller"),
        ("Müller", "Mu\u0308ller"),
        ("STRASSE", "straße"),
        ("Łódź", "łodz"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("\u212b", "å"),
        ("Café\u00a0Noir", "cafe noir"),
        ("株式会社", "株式会社"),
    ],
)
def test_what_people_take_for_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(("one", "other"), [("が", "か"), ("müller", "mueller"), ("李", "理")])
def test_what_they_do_not(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_chinese_sorts_by_its_sound() -> None:
    names = ["中软国际", "阿里巴巴", "Beta AG", "华为技术", "腾讯"]
    assert sorted(names, key=sort_key) == ["阿里巴巴", "Beta AG", "华为技术", "腾讯", "中软国际"]


@given(ANY)
def test_a_key_fits_its_column(text: str) -> None:
    assert len(sort_key(text * 20)) <= LONGEST_KEY
