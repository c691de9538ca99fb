"""Every code has a sentence, in English and in Chinese, that says what is wrong and what to do."""

import re
import string
from typing import Any

import pytest

from portal.core import i18n
from portal.imports import messages
from portal.imports.cells import CellError
from portal.imports.codes import CellCode, FileCode, MappingCode, RowCode
from portal.imports.limits import Unreadable
from portal.imports.mapping import MatchReason

GROUPS: dict[Any, Any] = {
    FileCode: messages.FILES,
    RowCode: messages.ROWS,
    CellCode: messages.CELLS,
    MappingCode: messages.MAPPINGS,
}
SENTENCES = [
    *(sentence for group in GROUPS.values() for sentence in group.values()),
    *messages.SHAPES.values(),
    *messages.QUESTIONS.values(),
    *messages.MATCHES.values(),
    *messages.LABELS.values(),
]


def blanks(sentence: str) -> Any:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("codes", GROUPS, ids=lambda codes: codes.__name__)
def test_every_code_has_a_sentence(codes: Any) -> None:
    assert set(GROUPS[codes]) == set(codes)
    assert set(messages.MATCHES) == set(MatchReason)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_every_sentence_is_translated_with_the_same_blanks(sentence: str) -> None:
    with i18n.using("zh_CN"):
        chinese = i18n.gettext(sentence)
    assert re.search(r"[\u4e00-\u9fff]", chinese)
    assert blanks(chinese) == blanks(sentence)


def test_sentences_in_both_languages() -> None:
    error = CellError(CellCode.NOT_A_DATE, "Close Date", {"text": "soon"})
    assert messages.explain_cell(error) == "Close Date: “soon” is not a date. Write it as 2026-01-31."
    row = CellError(RowCode.TOO_FEW_CELLS, "", {"expected": 4, "found": 2})
    assert messages.explain_cell(row).startswith("The row has 2 cells, but there are 4 columns.")
    assert (
        messages.explain_cell(CellError("gone_since", "", {}))
        == "This row was refused for a reason that is no longer known."
    )
    with i18n.using("zh_CN"):
        assert messages.explain_cell(error) == "Close Date：“soon”不是日期，请写成 2026-01-31 的形式。"
        assert messages.explain_file(Unreadable(FileCode.EMPTY_FILE)) == "文件是空的。请重新导出后再上传。"


def test_text_from_the_file_cannot_change_a_sentence() -> None:
    error = CellError(CellCode.NOT_A_NUMBER, "{x}", {"text": "{text} {0} %s"})
    assert messages.explain_cell(error) == "{x}: “{text} {0} %s” is not a number. Write digits only, such as 1234.50."


def test_reasons_and_questions() -> None:
    assert messages.explain_shape("mark") == "The file says so itself, by a mark at its beginning."
    assert messages.ask("date_order", "Close Date") == "Does the day or the month come first in “Close Date”?"
    assert messages.explain_match(MatchReason.FUZZY) == "Similar name, please check"
