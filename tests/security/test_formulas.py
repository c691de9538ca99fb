"""No exported cell is a formula: hostile text in every column of every table, every export, both kinds of file."""

import csv
import io
import itertools
import re
import zipfile
from collections.abc import Callable
from typing import Final

import pytest
from litestar import Litestar
from python_calamine import CalamineWorkbook

from portal.core.web import cells, export
from portal.imports import service as imports
from tests.make import NOON, Cast
from tests.security.answers import questions_of, right_answer
from tests.security.asking import Asking, Question
from tests.security.objects import WORDS
from tests.security.planting import ABOUT, plant
from tests.security.policy import POLICY
from tests.security.wire import Answer
from tests.settle import settle

pytestmark = pytest.mark.security

STARTS: Final = ("=", "+", "-", "@", "\t=", "\r=", "＝", '"=', " =", "\u200b=")
"""How a text begins that some spreadsheet takes for a formula."""
PLANTED: Final = "zqf"
EXPORTS: Final = sorted(route for route in POLICY if "{file_type:str}" in route)
FROM_FILES: Final = frozenset(route for route in EXPORTS if route.startswith("GET /imports/{"))
"""What these hold is read from a file: they have a test of their own."""
WITHOUT_WORDS: Final = frozenset({"GET /runs/export/{file_type:str}"})
"""What these hold nobody writes: numbers, days, states, hashes."""
ALL: Final = "$1::uuid IS NOT NULL"
VENDORS: Final = dict.fromkeys(
    (
        *("partners_product", "partners_product_group", "partners_account", "partners_contact", "partners_opportunity"),
        *(
            "attribution_revenue",
            "attribution_term",
            "attribution_touchpoint",
            "attribution_cost",
            "mail_message",
            "rates_rate",
            "partners_conflict",
            "partners_conflict_claim",
        ),
    ),
    ALL,
)
_NUMBER: Final = re.compile(r"[+-]?[0-9.,]+")


def hostile() -> Callable[[str], str]:
    """Another text for each column, each with another beginning."""
    count = itertools.count()
    return lambda _where: f"{STARTS[(number := next(count)) % len(STARTS)]}{PLANTED}{number:05d}(1)"


def is_formula(cell: str) -> bool:
    """What a spreadsheet would calculate; numbers are none."""
    rest = cell.lstrip(' "\u200b\ufeff')
    return rest[:1] in {"=", "+", "-", "@", "\t", "\r", "＝"} and not _NUMBER.fullmatch(rest)


def plain(cell: str) -> str:
    """The cell without what guards it: a reader that knows the mark gets the text back."""
    return re.sub(r"(^|(?<=[\t\r\n;]))'", "", cell)


def asked(route: str, file_type: str) -> list[Question]:
    """An export by everybody who may, about its own object: the auditor sees most, others have other first tabs."""
    found = [q for q in questions_of(route, POLICY[route]) if q.transport == file_type]
    allowed = {q.caller: q for q in reversed(found) if not right_answer(q, POLICY[route]).denied}
    return [allowed[name] for name in ("audra", "vera", "sam", "ada", "paul") if name in allowed]


def csv_cells(file: bytes) -> list[list[str]]:
    """The cells as a strict reader finds them."""
    return list(csv.reader(io.StringIO(file.decode("utf-8-sig"), newline=""), strict=True))


def xlsx_cells(file: bytes) -> list[list[str]]:
    """The cells as a spreadsheet's reader finds them."""
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(file)).get_sheet_by_index(0)
    return [[cell if isinstance(cell, str) else "" for cell in row] for row in sheet.to_python()]


def has_formula(file: bytes) -> bool:
    """Whether a workbook holds a calculated cell, a link or anything else that acts."""
    with zipfile.ZipFile(io.BytesIO(file)) as book:
        sheets = [book.read(name) for name in book.namelist() if name.startswith("xl/worksheets/")]
    return any(b"<f>" in sheet or b"<f " in sheet or b"<hyperlink" in sheet for sheet in sheets)


def judged(question: Question, answer: Answer, planted: set[str]) -> tuple[list[str], int]:
    """What is wrong with a file, and how many hostile texts it holds."""
    if answer.status != 200:
        return [f"{question}: {answer.status}"], 0
    is_csv = question.transport == "csv"
    found = [cell for row in (csv_cells(answer.body) if is_csv else xlsx_cells(answer.body)) for cell in row]
    wrong = [f"{question}: {cell!r}" for cell in found if is_formula(cell)]
    if not is_csv and has_formula(answer.body):
        wrong.append(f"{question}: a formula in the sheet")
    hostile_ones = [cell for cell in found if PLANTED in cell]
    wrong += [
        f"{question}: {cell!r} is not what was stored"
        for cell in hostile_ones
        if not any(text in plain(cell) for text in planted if text[-8:] in cell)
    ]
    return wrong, len(hostile_ones)


@pytest.fixture(autouse=True)
def _this_month(monkeypatch: pytest.MonkeyPatch) -> None:
    """The month in which something was earned."""
    monkeypatch.setitem(WORDS, "month", "2026-11")


async def try_all(app: Litestar, cast: Cast) -> tuple[list[str], dict[str, int]]:
    """What could be calculated, or was lost; and how many hostile texts each export held."""
    asking = await Asking.begin(app, cast)
    planted = set(await plant(cast.alpha, hostile(), about={**ABOUT, **VENDORS}))
    wrong: list[str] = []
    held: dict[str, int] = {}
    for route in sorted(set(EXPORTS) - FROM_FILES - WITHOUT_WORDS):
        for file_type in ("csv", "xlsx"):
            for question in asked(route, file_type):
                bad, count = judged(question, await asking.ask(question, POLICY[route]), planted)
                wrong += bad
                held[f"{route} as {file_type}"] = count
                if count:
                    break
    return wrong, held


async def test_no_export_holds_a_formula(app: Litestar, cast: Cast, capsys: pytest.CaptureFixture[str]) -> None:
    wrong, held = await try_all(app, cast)
    with capsys.disabled():
        print(f"\nformulas: {sum(held.values())} hostile cells in {len(held)} files, {len(wrong)} wrong")
    assert not wrong, "\n".join(wrong[:40])
    bare = [name for name, count in held.items() if not count]
    assert not bare, f"nothing hostile was in these: {bare}"


async def test_refused_rows_of_a_file_go_back_without_formulas(app: Litestar, cast: Cast) -> None:
    asking = await Asking.begin(app, cast)
    text = hostile()
    written = io.StringIO(newline="")
    rows = [(f"A-{number}", text(""), "XX") for number in range(len(STARTS))]
    csv.writer(written).writerows([("Account ID", "Company", "Country"), *rows])
    content = written.getvalue().encode()
    job = await imports.bring_file(cast.vera, "accounts", "a.csv", content, source_system="crm", now=NOON)
    await imports.start(cast.vera, job, now=NOON)
    await settle()
    for path in ("refused", "report"):
        for file_type in ("csv", "xlsx"):
            address = f"/imports/{job}/{path}/export/{file_type}"
            answer = await asking.wire.send("GET", address, asking.people["vera"].headers())
            cells_of = csv_cells if file_type == "csv" else xlsx_cells
            found = [cell for row in cells_of(answer.body) for cell in row]
            assert sum(PLANTED in cell for cell in found) == (len(STARTS) if path == "refused" else 0), address
            assert not any(is_formula(cell) for cell in found), address


# --- controls: each kind of file without its guard ---


@pytest.mark.parametrize(
    ("module", "guard", "found"), [(cells, "safe_csv_text", "as csv"), (export, "safe_text", "as xlsx")]
)
async def test_a_guard_that_is_gone_is_found(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch, module: object, guard: str, found: str
) -> None:
    monkeypatch.setattr(module, guard, lambda text: text)
    wrong, held = await try_all(app, cast)
    files = {one.partition(": ")[0].partition(" by ")[0] for one in wrong if f"{found}:" in one}
    assert len(files) == len(held) // 2
