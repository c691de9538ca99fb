"""Every flow of deals: each state times each verb times each role, every state reached, and the pictures in the docs."""

import itertools
import re
from enum import StrEnum
from pathlib import Path
from typing import Final

import pytest

from partners.deals import pictures, rules, windows
from partners.deals.states import AmendmentState as A
from partners.deals.states import DealState, Stage
from partners.deals.states import ExtensionState as E
from portal.core.errors import Conflict, NotAllowed
from portal.core.flow import Flow
from portal.core.permissions import Role
from tests.partners.deals.test_rules import PARTNER_ROLES, VENDOR_ROLES, actor_of

DOCS: Final = Path(__file__).parents[3] / "docs" / "flows"
Table = dict[tuple[StrEnum, str], StrEnum]

EXTENSION_TABLE: Final[Table] = {
    (E.PENDING, "grant"): E.GRANTED,
    (E.PENDING, "refuse"): E.REFUSED,
    (E.PENDING, "take_back"): E.CLOSED,
}
AMENDMENT_TABLE: Final[Table] = {
    (A.PENDING, "accept"): A.ACCEPTED,
    (A.PENDING, "refuse"): A.REFUSED,
    (A.PENDING, "take_back"): A.CLOSED,
}
ASKED: Final = [(windows.EXTENSIONS, EXTENSION_TABLE), (windows.AMENDMENTS, AMENDMENT_TABLE)]


@pytest.mark.parametrize(("flow", "table"), ASKED, ids=lambda one: getattr(one, "name", ""))
def test_every_state_times_every_verb_times_every_role(flow: Flow, table: Table) -> None:
    assert {verb for _state, verb in table} == set(flow.moves)
    for state, verb, role in itertools.product(flow.states, flow.moves, Role):
        actor, holders = actor_of(role), PARTNER_ROLES if verb == "take_back" else VENDOR_ROLES
        if role not in holders:
            with pytest.raises(NotAllowed):
                flow.move(state, verb, actor)
        elif (state, verb) not in table:
            with pytest.raises(Conflict):
                flow.move(state, verb, actor)
        else:
            assert flow.move(state, verb, actor).target == table[state, verb]


@pytest.mark.parametrize(
    ("flow", "by_no_move", "first"),
    [
        (rules.FLOW, rules.BY_NO_MOVE, DealState.DRAFT),
        (rules.STAGES, (), Stage.PROSPECT),
        (windows.EXTENSIONS, windows.EXTENSION_BY_NO_MOVE, E.PENDING),
        (windows.AMENDMENTS, windows.AMENDMENT_BY_NO_MOVE, A.PENDING),
    ],
    ids=["registration", "sale", "extension", "amendment"],
)
def test_every_state_is_reached_from_the_first(
    flow: Flow, by_no_move: tuple[pictures.Way, ...], first: StrEnum
) -> None:
    arrows = pictures.arrows_of(flow, by_no_move)
    reached = {first}
    for _ in flow.states:
        reached |= {one.target for one in arrows if one.source in reached}
    assert reached == set(flow.states)


@pytest.mark.parametrize("name", sorted(pictures.pictures()))
def test_the_pictures_in_the_docs_are_those_of_the_code(name: str) -> None:
    """Remade by `python -m partners.deals.pictures docs/flows`."""
    assert (DOCS / name).read_text(encoding="utf-8") == pictures.pictures()[name]


def test_there_is_no_picture_of_something_else() -> None:
    assert {path.name for path in DOCS.glob("*.svg")} == set(pictures.pictures())


def test_a_picture_shows_every_state_and_every_way() -> None:
    said = " | ".join(re.findall(r"<text[^>]*>([^<]*)</text>", pictures.pictures()["registration.svg"]))
    for words in [
        *rules.STATE_LABELS.values(),
        *rules.FLOW.moves,
        "its day passes",
        "two people revoke it or hand it over",
    ]:
        assert words in said


def test_no_two_boxes_of_a_picture_lie_on_each_other() -> None:
    for flow in (rules.FLOW, rules.STAGES, windows.EXTENSIONS, windows.AMENDMENTS):
        plan = pictures.lay_out(list(flow.states), pictures.arrows_of(flow, ()))
        assert len(set(plan.places.values())) == len(plan.places)
