"""Pictures of the flows of deals, drawn from the flows themselves: `python -m partners.deals.pictures docs/flows`."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from pathlib import Path
from typing import Final

from partners.deals import rules, windows
from portal.core.flow import Flow
from portal.core.permissions import Permission

BOX: Final = (150, 36)
PITCH: Final = (286, 92)
EDGE: Final = 28
_TOP: Final = 74
_BOW: Final = 26
"""How much higher a way over further columns is drawn for each of them."""
_PARTNER, _VENDOR, _NOBODY = "#0b6e7f", "#8a4b08", "#5b6470"
_LEGEND: Final = (("the partner", _PARTNER), ("the vendor", _VENDOR), ("time, or two people together", _NOBODY))
Way = tuple[StrEnum, StrEnum, str]
"""From, to, and what happens."""
Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Arrow:
    """One arrow: all that leads from one box to another, and whose it is."""

    source: StrEnum
    target: StrEnum
    words: str
    colour: str


@dataclass(frozen=True, slots=True)
class Plan:
    """Where each state stands, and which ones stand together because each leads to each other."""

    places: Mapping[StrEnum, Place]
    together: frozenset[StrEnum]
    width: float
    height: float


def pictures() -> dict[str, str]:
    """Every flow of deals as an SVG, by file name."""
    return {
        "registration.svg": draw("Registration", rules.FLOW, rules.STATE_LABELS, rules.BY_NO_MOVE),
        "sale.svg": draw("Sale", rules.STAGES, rules.STAGE_LABELS),
        "extension.svg": draw(
            "Extension of a protection", windows.EXTENSIONS, windows.EXTENSION_LABELS, windows.EXTENSION_BY_NO_MOVE
        ),
        "amendment.svg": draw(
            "Amendment of an approved deal", windows.AMENDMENTS, windows.AMENDMENT_LABELS, windows.AMENDMENT_BY_NO_MOVE
        ),
    }


def draw(title: str, flow: Flow, labels: Mapping[str, str], by_no_move: Sequence[Way] = ()) -> str:
    """One flow: boxes from left to right as it goes on, an arrow for every way there is."""
    arrows = arrows_of(flow, by_no_move)
    plan = lay_out(list(flow.states), arrows)
    inside = [_box(labels[state], place, state in plan.together) for state, place in plan.places.items()]
    outside = [
        _arrow(one, plan) for one in _merged(arrows, plan.together) if not {one.source, one.target} <= plan.together
    ]
    frame = _frame(plan) if plan.together else ""
    width, height = plan.width, plan.height
    parts = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}"'
            f' height="{height:g}" font-family="system-ui, sans-serif" font-size="13" role="img">'
        ),
        f"<title>{escape(title)}</title>",
        "<!-- Written by python -m partners.deals.pictures docs/flows -->",
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        f'<text x="{EDGE}" y="30" font-size="17" font-weight="600" fill="#1c2430">{escape(title)}</text>',
        _legend(),
        frame,
        *(line for line, _words in outside),
        *(words for _line, words in outside),
        *inside,
        "</svg>",
    ]
    return "\n".join(part for part in parts if part) + "\n"


def arrows_of(flow: Flow, by_no_move: Iterable[Way]) -> list[Arrow]:
    """Every move from each of its states, and what no move does."""
    moves = [
        Arrow(source, move.target, move.verb.replace("_", " "), _colour(move.permission))
        for move in flow.moves.values()
        for source in sorted(move.sources, key=list(flow.states).index)
    ]
    return moves + [Arrow(source, target, words, _NOBODY) for source, target, words in by_no_move]


def lay_out(states: Sequence[StrEnum], arrows: Sequence[Arrow]) -> Plan:
    """Each state right of all that lead to it and are declared before it; those of one column below each other."""
    both = {(one.source, one.target) for one in arrows}
    together = frozenset(
        one for one in states if any((one, other) in both and (other, one) in both and _clique(one, other, states, both)
                                     for other in states if other != one)
    )  # fmt: skip
    column: dict[StrEnum, int] = {}
    for state in states:
        before = [
            column[one.source] + 1
            for one in arrows
            if one.target == state and one.source in column and not {state, one.source} <= together
        ]
        column[state] = max(before, default=0)
    rows: dict[int, int] = {}
    places: dict[StrEnum, Place] = {}
    for state in states:
        row = rows.get(column[state], 0)
        rows[column[state]] = row + 1
        places[state] = (EDGE + column[state] * PITCH[0], _TOP + row * PITCH[1])
    deepest = max(rows.values())
    leaps = max((column[one.target] - column[one.source] for one in arrows), default=0)
    drop = (leaps - 1) * _BOW + 14 if leaps > 1 else 0
    places = {state: (x, y + drop) for state, (x, y) in places.items()}
    width = 2 * EDGE + max(column.values()) * PITCH[0] + BOX[0]
    return Plan(places, together, max(width, 560), _TOP + drop + deepest * PITCH[1] + EDGE)


def _clique(one: StrEnum, other: StrEnum, states: Sequence[StrEnum], both: set[tuple[StrEnum, StrEnum]]) -> bool:
    """Whether the two stand in a group of at least three in which each leads to each other."""
    return any(
        {(one, third), (third, one), (other, third), (third, other)} <= both
        for third in states
        if third not in (one, other)
    )


def _merged(arrows: Iterable[Arrow], together: frozenset[StrEnum]) -> list[Arrow]:
    """One arrow for what leads from the same to the same; those of a group leave it once."""
    found: dict[tuple[StrEnum, StrEnum], Arrow] = {}
    heads = {state: min(together) for state in together}
    for one in arrows:
        key = heads.get(one.source, one.source), one.target
        if key not in found:
            found[key] = Arrow(*key, one.words, one.colour)
        elif one.words not in found[key].words.split(", "):
            found[key] = Arrow(*key, f"{found[key].words}, {one.words}", found[key].colour)
    return list(found.values())


def _colour(permission: Permission) -> str:
    return _PARTNER if permission == Permission.DEALS_WRITE else _VENDOR


def _box(label: str, place: Place, grouped: bool) -> str:  # noqa: FBT001 -- one look or the other
    x, y = place
    stroke = "#9aa4b1" if grouped else "#1c2430"
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{BOX[0]}" height="{BOX[1]}" rx="7" fill="#f4f6f8" stroke="{stroke}"/>'
        f'<text x="{x + BOX[0] / 2:g}" y="{y + 23:g}" text-anchor="middle" fill="#1c2430">{escape(label)}</text>'
    )


def _frame(plan: Plan) -> str:
    """A line around those that lead to each other."""
    xs = [plan.places[one][0] for one in plan.together]
    ys = [plan.places[one][1] for one in plan.together]
    left, top = min(xs) - 12, min(ys) - 12
    width, height = max(xs) + BOX[0] + 12 - left, max(ys) + BOX[1] + 34 - top
    return (
        f'<rect x="{left:g}" y="{top:g}" width="{width:g}" height="{height:g}" rx="10" fill="none"'
        f' stroke="{_PARTNER}" stroke-dasharray="5 4"/>'
        f'<text x="{left + width / 2:g}" y="{top + height - 10:g}" text-anchor="middle" font-size="12"'
        f' fill="{_PARTNER}">to and fro</text>'
    )


def _arrow(arrow: Arrow, plan: Plan) -> tuple[str, str]:
    """A line from box to box and its words: ahead from side to side, further in a bow above, back in one below."""
    (x1, y1), (x2, y2) = plan.places[arrow.source], plan.places[arrow.target]
    columns = round((x2 - x1) / PITCH[0])
    if arrow.source in plan.together:
        x1 += 12
        y1 = (min(plan.places[one][1] for one in plan.together) + max(plan.places[one][1] for one in plan.together)) / 2
    if columns == 1:
        start, end = (x1 + BOX[0], y1 + BOX[1] / 2), (x2 - 5, y2 + BOX[1] / 2)
        reach = (end[0] - start[0]) / 2
        bends, share, turn = ((start[0] + reach, start[1]), (end[0] - reach, end[1])), 0.62, 0
    elif columns > 1:
        start, end = (x1 + BOX[0] / 2, y1), (x2 + BOX[0] / 2 - 12 * columns, y2 - 5)
        high = min(y1, y2) - _BOW * 4 / 3 * (columns - 1) - 12
        bends, share, turn = ((start[0], high), (end[0], high)), 0.25, 90
    else:
        start, end = (x1 + BOX[0] / 2, y1 + BOX[1]), (x2 + BOX[0] / 2, y2 + BOX[1] + 5)
        low = max(start[1], end[1]) + 34
        bends, share, turn = ((start[0], low), (end[0], low)), 0.3, -90
    (bx, by), (cx, cy) = bends
    x, y = (_on_curve(share, each) for each in zip(start, bends[0], bends[1], end, strict=True))
    half = 3.5 * len(arrow.words) + 4
    line = (
        f'<path d="M{start[0]:g} {start[1]:g} C{bx:g} {by:g} {cx:g} {cy:g} {end[0]:g} {end[1]:g}" fill="none"'
        f' stroke="{arrow.colour}" stroke-width="1.5"/><polygon points="5,0 -4,-4.5 -4,4.5" fill="{arrow.colour}"'
        f' transform="translate({end[0]:g} {end[1]:g}) rotate({turn})"/>'
    )
    words = (
        f'<rect x="{x - half:.1f}" y="{y - 9:.1f}" width="{2 * half:.1f}" height="17" fill="#ffffff"/>'
        f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-size="12" fill="{arrow.colour}">'
        f"{escape(arrow.words)}</text>"
    )
    return line, words


def _on_curve(share: float, points: tuple[float, ...]) -> float:
    """A coordinate of a cubic Bézier curve at this share of its way."""
    a, b, c, d = points
    rest = 1 - share
    return rest**3 * a + 3 * rest**2 * share * b + 3 * rest * share**2 * c + share**3 * d


def _legend() -> str:
    parts, x = [], float(EDGE)
    for words, colour in _LEGEND:
        parts.append(
            f'<rect x="{x:g}" y="44" width="14" height="3" fill="{colour}"/>'
            f'<text x="{x + 20:g}" y="49" font-size="12" fill="{colour}">{escape(words)}</text>'
        )
        x += 40 + 6.6 * len(words)
    return "".join(parts)


if __name__ == "__main__":
    for name, picture in pictures().items():
        (Path(sys.argv[1]) / name).write_text(picture, encoding="utf-8")
