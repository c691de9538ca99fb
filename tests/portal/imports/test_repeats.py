"""A file's id stands for one row: the same id further down is refused, however the file is cut into chunks."""

from hypothesis import given
from hypothesis import strategies as st

from portal.imports.cells import CellError
from portal.imports.registry import REPEATED
from portal.imports.repeats import Repeats
from portal.imports.rules import Parsed

WRONG = (CellError("required", "", {}, "name"),)


def row(number: int, told: str | None, *, wrong: bool = False) -> Parsed:
    return Parsed(number, {"source_id": told}, WRONG if wrong else (), ())


def codes(rows: list[Parsed]) -> list[list[str]]:
    return [[error.code for error in one.errors] for one in rows]


@given(st.lists(st.tuples(st.sampled_from("ABCD"), st.booleans()), max_size=30), st.integers(1, 7))
def test_cutting_the_file_makes_no_difference(told: list[tuple[str, bool]], size: int) -> None:
    rows = [row(number, name, wrong=wrong) for number, (name, wrong) in enumerate(told)]
    whole, cut = Repeats("source_id"), Repeats("source_id")
    chunks = [list(cut.mark(rows[start : start + size])) for start in range(0, len(rows), size)]
    marked = [one for chunk in chunks for one in chunk]
    assert marked == list(whole.mark(rows))
    fine = [one.values["source_id"] for one in marked if one.ok]
    assert len(fine) == len(set(fine))
    assert set(fine) == {name for name, wrong in told if not wrong}


def test_a_row_that_is_wrong_anyway_uses_no_id_up() -> None:
    rows = [row(1, "A", wrong=True), row(2, "A"), row(3, "A"), row(4, None), row(5, None)]
    assert codes(list(Repeats("source_id").mark(rows))) == [["required"], [], [REPEATED], [], []]


def test_a_kind_without_ids_has_no_repeats() -> None:
    rows = [row(1, "A"), row(2, "A")]
    assert list(Repeats("").mark(rows)) == rows


def test_lines_of_one_invoice_are_told_apart_by_their_number() -> None:
    rows = [
        Parsed(number, {"source_id": "A", "line_number": line}, (), ()) for number, line in enumerate(["1", "2", "1"])
    ]
    assert codes(list(Repeats("source_id", "line_number").mark(rows))) == [[], [], [REPEATED]]
