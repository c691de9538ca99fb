"""What the cells of a column tell, and what is asked because they do not."""

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.imports.mapping import ColumnMapping
from portal.imports.questions import Answers, Study, study_columns
from portal.imports.reading import Row, RowKind
from portal.imports.records import Exact
from tests.portal.imports.examples import DEALS

NAMES = ("d", "n", "c", "q")


def study(dates: Any = (), numbers: Any = (), currencies: Any = (), quantities: Any = (), mapped: str = "d n q") -> Any:
    fields = {"d": "close_on", "n": "amount", "c": "currency", "q": "quantity"}
    mapping = ColumnMapping({fields[name]: name for name in mapped.split()})
    size = max(map(len, (dates, numbers, currencies, quantities)))
    rows = [
        Row(
            i + 1,
            i + 1,
            RowKind.DATA,
            tuple(column[i] if i < len(column) else "" for column in (dates, numbers, currencies, quantities)),
        )
        for i in range(size)
    ]
    return study_columns(DEALS, mapping, NAMES, rows)


def asked(found: Study, key: str = "close_on") -> Any:
    return next(((q.code, tuple(o.value for o in q.options)) for q in found.questions if q.key == key), None)


@pytest.mark.parametrize(
    ("cells", "settled", "question"),
    [
        (["2026-01-02", "2026-03-04"], None, None),
        (["01/02/2026"], None, ("date_order", ("dmy", "mdy"))),
        (["01/02/2026"] * 1000 + ["31/01/2026"], "dmy", None),
        (["01/02/2026"] * 1000 + ["1/31/2026"], "mdy", None),
        (["05/05/2026"], None, None),
        (["13/01/2026", "01/13/2026"], None, ("date_order_mixed", ("dmy", "mdy"))),
        (["13/01/2026"] * 50 + ["01/13/2026"], "dmy", None),
        (["05/11/09"], None, ("date_order", ("dmy", "mdy", "ymd"))),
        (["31/12/99", "05/11/09"], "dmy", None),
        (["13/01/24"], None, ("date_order", ("dmy", "ymd"))),
        (["45292", "45300"], None, ("excel_days", ("excel",))),
        (["45292", "2026-01-01"], None, None),
        ([Exact("2026-01-02"), "01/02/2026"], None, ("date_order", ("dmy", "mdy"))),
        (["rubbish", ""], None, None),
    ],
)
def test_dates(cells: Any, settled: str | None, question: Any) -> None:
    found = study(dates=cells)
    assert found.formats.get("close_on") == settled
    assert asked(found) == question


@pytest.mark.parametrize(
    ("cells", "settled", "question"),
    [
        (["1", "2"], ".", None),
        (["1.5"], ".", None),
        (["1,5"], ",", None),
        (["1.234"], None, ("decimal_sign", (".", ","))),
        (["1,234"] * 500 + ["1,234.5"], ".", None),
        (["1.234"] * 500 + ["1,5"], ",", None),
        (["1.5", "1,5"], None, ("decimal_sign_mixed", (".", ","))),
        (["1.5"] * 50 + ["1,5"], ".", None),
        ([Exact("1.234")], ".", None),
        (["rubbish", "NULL", "€"], ".", None),
    ],
)
def test_numbers(cells: Any, settled: str | None, question: Any) -> None:
    found = study(quantities=cells)
    assert found.formats.get("quantity") == settled
    assert asked(found, "quantity") == question


def test_a_question_shows_samples_and_what_each_answer_makes_of_them() -> None:
    found = study(dates=["05/11/2009", "06/11/2009"], quantities=["1.234"], numbers=["EUR 1,50"])
    dates, number = found.questions
    assert (dates.column, dates.samples) == ("d", ("05/11/2009", "06/11/2009"))
    assert [(o.value, o.reads) for o in dates.options] == [("dmy", "2009-11-05"), ("mdy", "2009-05-11")]
    assert [(o.value, o.reads) for o in number.options] == [(".", "1.234"), (",", "1234")]
    assert number.suggestion == ","
    assert dates.suggestion == ""


def test_amounts_without_a_currency_make_one_question_for_the_file() -> None:
    assert asked(study(numbers=["5.00"]), "*") == ("currency", ())
    assert asked(study(numbers=["$5.00"]), "*") == ("currency", ())
    assert asked(study(numbers=["€5.00", "5 USD", "NULL", ""]), "*") is None
    assert asked(study(numbers=["5.00"], currencies=["EUR"], mapped="n c"), "*") is None
    assert asked(study(numbers=["5.00", "6.00"], currencies=["EUR", ""], mapped="n c"), "*") == ("currency", ())
    mapping = ColumnMapping({"amount": "n"}, {"currency": "EUR"})
    assert study_columns(DEALS, mapping, NAMES, [Row(1, 1, RowKind.DATA, ("", "5", "", ""))]).questions == ()


def test_answers_close_questions_and_only_those_on_offer_count() -> None:
    found = study(dates=["05/11/2009"], numbers=["5.00"])
    assert [q.key for q in found.open_questions({})] == ["close_on", "*"]
    assert [q.key for q in found.open_questions({"close_on": "dmy", "*": "EUR"})] == []
    assert [q.key for q in found.open_questions({"close_on": "ymd", "*": "euro"})] == ["close_on", "*"]
    zone = dt.timezone(dt.timedelta(hours=8))
    answers = found.answers({"close_on": "dmy", "*": "EUR"}, zone)
    assert (answers.formats, answers.currency, answers.zone) == (
        {"amount": ".", "quantity": ".", "close_on": "dmy"},
        "EUR",
        zone,
    )
    assert Answers.from_json(answers.to_json(), zone) == answers
    assert found.answers({"*": "euro"}).currency == ""


@given(
    days=st.lists(st.dates(dt.date(1970, 1, 1), dt.date(2068, 1, 1)), min_size=1, max_size=30),
    order=st.sampled_from([("dmy", "%d/%m/%Y"), ("mdy", "%m/%d/%Y")]),
)
def test_a_column_in_one_order_is_never_settled_as_another(days: Any, order: Any) -> None:
    name, pattern = order
    found = study(dates=[day.strftime(pattern) for day in days])
    assert found.formats.get("close_on", name) == name
    if asked(found):
        assert name in asked(found)[1]


@given(
    amounts=st.lists(st.decimals(0, 10**7, places=2), min_size=1, max_size=30),
    style=st.sampled_from([(".", ","), (",", "."), (",", " ")]),
)
def test_a_column_with_one_sign_is_never_settled_as_another(amounts: Any, style: Any) -> None:
    sign, grouping = style
    cells = [f"{amount:,.2f}".translate({ord(","): grouping, ord("."): sign}) for amount in amounts]
    assert study(quantities=cells).formats["quantity"] == sign
