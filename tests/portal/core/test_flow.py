"""A flow: every verb from every state for everybody does exactly what was declared, and nothing else."""

from enum import StrEnum
from itertools import product

import pytest

from partners.deals import rules
from portal.core.actor import Actor
from portal.core.errors import Conflict, NotAllowed
from portal.core.flow import Flow, Move
from portal.core.ids import new_id
from portal.core.permissions import Permission, Role, Side


class Lamp(StrEnum):
    OFF = "off"
    ON = "on"
    BROKEN = "broken"


FLOW = Flow(
    "lamp",
    Lamp,
    [
        Move("light", frozenset({Lamp.OFF}), Lamp.ON, Permission.DEALS_WRITE, "lamp.lit", "Light"),
        Move("break", frozenset({Lamp.OFF, Lamp.ON}), Lamp.BROKEN, Permission.DEALS_DECIDE, "lamp.broken", "Break"),
    ],
)


def actor(*roles: Role) -> Actor:
    side = Side.PARTNER if any(role.side == Side.PARTNER for role in roles) else Side.STAFF
    return Actor(new_id(), new_id(), "A", "", side, frozenset(roles), new_id() if side == Side.PARTNER else None)


PIA, VERA, AUDRA = actor(Role.PARTNER_SALES), actor(Role.PARTNER_MANAGER), actor(Role.AUDITOR)
MAY = {("light", PIA), ("break", VERA)}


@pytest.mark.parametrize(
    ("state", "verb", "who"), list(product(Lamp, ["light", "break", "polish"], [PIA, VERA, AUDRA]))
)
def test_every_state_times_every_verb_times_everybody(state: Lamp, verb: str, who: Actor) -> None:
    if (verb, who) not in MAY:
        with pytest.raises(NotAllowed):
            FLOW.move(state, verb, who)
    elif state not in FLOW.moves[verb].sources:
        with pytest.raises(Conflict):
            FLOW.move(state, verb, who)
    else:
        assert FLOW.move(state, verb, who).verb == verb


@pytest.mark.parametrize(("state", "who"), list(product(Lamp, [PIA, VERA, AUDRA])))
def test_what_is_available_is_what_can_be_done(state: Lamp, who: Actor) -> None:
    available = {move.verb for move in FLOW.available(state, who)}
    assert available == {verb for verb, move in FLOW.moves.items() if state in move.sources and (verb, who) in MAY}


def test_a_right_that_is_missing_is_said_before_the_state() -> None:
    """Otherwise a refusal would tell in which state it is."""
    for state in Lamp:
        with pytest.raises(NotAllowed):
            FLOW.move(state, "light", AUDRA)


def test_its_permissions_are_those_of_its_moves() -> None:
    assert FLOW.permissions == {Permission.DEALS_WRITE, Permission.DEALS_DECIDE}


@pytest.mark.parametrize("flow", [rules.FLOW, rules.STAGES], ids=lambda flow: flow.name)
def test_declared_flows_name_known_states_and_events_after_their_subject(flow: Flow) -> None:
    for move in flow.moves.values():
        assert {*move.sources, move.target} <= set(flow.states)
        assert move.event.startswith("deal.")
        assert not move.permission.value.endswith(".read"), "a read permission never moves anything"
