"""Lines that reports append after their data: totals, copyright, who made it. They are not data."""

import re
from collections.abc import Sequence
from typing import Final

MOST_LINES: Final = 16
"""A footer longer than this is taken for data."""

_FOOTER: Final = re.compile(
    r"""
    grand\ totals?(\ \([\d,.]+\ records?\))?:?
    | total\ (records|number\ of\ records)\b .*
    | copyright\ (\(c\)|©)\ [\d\s-]+ .* salesforce .*
    | confidential\ information\ -\ do\ not\ distribute .*
    | (generated|filtered)\ by:? .*
    | 总计 | 合计 | 总计\ ?[(（].* | 机密信息.*请勿(分发|散布|传播).* | 版权所有\ ?.*salesforce.*
    """,
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)


def is_footer_line(cells: Sequence[str]) -> bool:
    """Whether the first filled cell reads like the end of a report."""
    first = next((cell.strip() for cell in cells if cell.strip()), "")
    return bool(_FOOTER.fullmatch(first))


def may_be_footer(cells: Sequence[str], width: int) -> bool:
    """Whether a filled row could begin or go on with a footer: it reads like one, or only its first cell is filled."""
    alone = bool(cells[0].strip()) and not any(map(str.strip, cells[1:]))
    return is_footer_line(cells) or (alone and width > 1)


def footer_start(rows: Sequence[Sequence[str]], *, after_blank: bool) -> int:
    """Where the footer begins among the last rows of a file; their number when there is none.

    It begins after the last blank row before the first line that reads like a footer (`after_blank`: such a row
    stands before all of them), and without a blank row at that line itself, so that a sparsely filled last row of
    data stays data.
    """
    first = next((i for i, cells in enumerate(rows) if is_footer_line(cells)), len(rows))
    if first == len(rows):
        return first
    blanks = [i for i in range(first) if not any(map(str.strip, rows[i]))]
    if blanks:
        return blanks[-1] + 1
    return 0 if after_blank else first
