"""What a segment is called and holds, and whose it is to change."""

import pytest

from portal.core.ids import new_id
from portal.segments import rules


@pytest.mark.parametrize(
    ("name", "query", "wrong"),
    [
        ("Small ones", "size=10-49", []), ("", "size=10-49", ["name"]), ("x" * 81, "q=a", ["name"]),
        ("Small ones", "", ["query"]), ("Small ones", "q=" + "a" * 1000, ["query"]), ("", "", ["name", "query"]),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_segment(name: str, query: str, wrong: list[str]) -> None:
    assert list(rules.problems_of(rules.written(name), query)) == wrong


def test_a_name_has_one_space_between_words() -> None:
    assert rules.written("  Small\t ones ") == "Small ones"


def test_only_its_owner_changes_it_unless_nobody_else_can() -> None:
    me, you = new_id(), new_id()
    assert rules.may_change(me, me, is_shared=False, owner_is_gone=False)
    assert not rules.may_change(me, you, is_shared=True, owner_is_gone=False)
    assert not rules.may_change(me, you, is_shared=False, owner_is_gone=True)
    assert rules.may_change(me, you, is_shared=True, owner_is_gone=True)
