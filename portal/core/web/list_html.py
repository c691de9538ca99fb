"""The rows of a list as HTML: written here and not by macros, because 200 cells were most of a page's work.

What a cell's class means on a phone stands in `portal/core/pages/lists.html`, which calls `draw_rows`.
"""

import re
from collections.abc import Callable, Collection, Sequence
from typing import Final

from markupsafe import Markup, escape

from portal.core.web.list_rows import Row
from portal.core.web.list_spec import Column, Kind
from portal.core.web.static import url_for_static

_SPECIAL: Final = re.compile(r"[&<>\"']")
_NOTHING: Final = '<span class="muted">–</span>'
_TO_THE_RIGHT: Final = frozenset({Kind.NUMBER, Kind.PERCENT})
_TIMES: Final = frozenset({Kind.DATE, Kind.DATETIME})

Frame = Callable[[bool, str], str]
"""The cell around its words; whether there are none decides about a phone."""


def draw_rows(rows: Sequence[Row], columns: Sequence[Column], labels: Sequence[str], more: Collection[str]) -> Markup:
    """The rows of the table's body; `labels` are the columns' headings, `more` what small screens leave out."""
    sprite = url_for_static("img/icons.svg")
    last = len(columns) - 1
    frames = [
        _frame(column, label, is_first=number == 0, is_last=number == last, is_more=column.key in more)
        for number, (column, label) in enumerate(zip(columns, labels, strict=True))
    ]
    cells = list(zip(columns, frames, strict=True))
    out: list[str] = []
    for row in rows:
        out.append("<tr>")
        is_first = True
        for column, frame in cells:
            text = row.text(column)
            out.append(frame(text == "", _words(row, column, text, sprite, is_first=is_first)))
            is_first = False
        out.append("</tr>")
    return Markup("".join(out))  # noqa: S704 -- each part is escaped below


def _words(row: Row, column: Column, text: str, sprite: str, *, is_first: bool) -> str:
    """What stands in a cell; a state with a tone is a badge."""
    if text == "":
        return _NOTHING
    written = _safe(text)
    state = row.state(column)
    if state is not None and state.tone:
        return (
            f'<span class="state {state.tone}"><svg class="i" viewBox="0 0 24 24" aria-hidden="true">'
            f'<use href="{sprite}#{state.icon}"/></svg>{written}</span>'
        )
    href = (row.href if is_first else "") or row.href_of(column)
    return f'<a href="{_safe(href)}">{written}</a>' if href else written


def _frame(column: Column, label: str, *, is_first: bool, is_last: bool, is_more: bool) -> Frame:
    """How the cells of a column begin and end, with words and without."""
    named = f' data-label="{_safe(label)}"'
    match column.kind:
        case _ if is_first:
            return lambda _empty, words: f'<td class="name clip">{words}</td>'
        case Kind.MONEY:
            start, end = '<td class="money', '">'
        case kind if kind in _TO_THE_RIGHT:
            start, end = '<td class="right', f'"{named}>'
        case kind if kind in _TIMES:
            start, end = '<td class="when' if is_last else '<td class="due', '">' if is_last else f'"{named}>'
        case Kind.STATE:
            start, end = '<td class="nowrap', '">'
        case _:
            start, end = '<td class="clip', '">'
    hidden = " more" if is_more else ""
    full, empty = f"{start}{hidden}{end}", f"{start}{hidden} none{end}"
    return lambda is_empty, words: f"{empty if is_empty else full}{words}</td>"


def _safe(text: str) -> str:
    """The text as HTML. Markup, such as a `<time>`, stays what it is."""
    if isinstance(text, Markup):
        return str(text)
    return str(escape(text)) if _SPECIAL.search(text) else text
