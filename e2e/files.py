"""Files of the stories: the revenue that finance brings, and the reports that it takes away, read again."""

import csv
import io
import re
from decimal import Decimal
from pathlib import Path
from typing import Final

from python_calamine import CalamineWorkbook

from e2e import world

INVOICED: Final = Decimal("4560.00")
PART: Final = Decimal("2000.00")
REST: Final = Decimal("2560.00")
REFUND: Final = Decimal("-560.00")
RATE: Final = Decimal("0.09")
"""What the plan pays to resellers of gold."""
INVOICE_COLUMN: Final = "Posten"
"""The heading of the invoice line that a payment belongs to: one that is not guessed, so that a person maps it."""


def revenue_file(number: int) -> bytes:
    """The revenue of a story as the accounting system writes it: an invoice line, a part payment, the rest, a refund.

    `number` is the story's, by which its customer is known there.
    """
    today, line = world.today().isoformat(), f"RE-{number}"
    columns = (
        "type",
        "line id",
        INVOICE_COLUMN,
        "customer number",
        "sku",
        "order date",
        "posting date",
        "qty",
        "net",
        "ccy",
    )
    rows = (
        ("invoice", line, "", f"S-{number}", "INS-S", today, today, "38", INVOICED, "EUR"),
        ("payment", f"{line}-1", line, "", "", "", today, "", PART, "EUR"),
        ("payment", f"{line}-2", line, "", "", "", today, "", REST, "EUR"),
        ("refund", f"{line}-3", line, "", "", "", today, "", REFUND, "EUR"),
    )
    text = io.StringIO()
    csv.writer(text, delimiter=";").writerows([columns, *rows])
    return text.getvalue().encode()


def read_rows(path: Path, file_type: str) -> list[list[str]]:
    """All rows of a report, as text."""
    if file_type == "csv":
        return list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"))))
    sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    return [[str(cell) for cell in row] for row in sheet.to_python()]


def amounts(text: str) -> list[Decimal]:
    """The amounts of euro in a text, in order."""
    return [_number(sign + digits) for sign, digits in re.findall(r"([-−]?)€\s?([\d,]+\.\d\d)", text)]


def _number(text: str) -> Decimal:
    return Decimal(text.replace("−", "-").replace(",", ""))
