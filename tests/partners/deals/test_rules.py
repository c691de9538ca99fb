"""The deal's rules: every state times every verb times every role, protection, values and numbers."""

import itertools
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.deals import rules
from partners.deals.rules import FLOW, STAGES
from partners.deals.states import DealRole, DealState, LostReason, RejectCode, Stage
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, NotAllowed
from portal.core.permissions import Role, Side

S, T = DealState, Stage
ALPHA, OMEGA = UUID(int=1), UUID(int=2)
NOW = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
BERLIN = "Europe/Berlin"

FLOW_TABLE = {
    (S.DRAFT, "submit"): S.SUBMITTED,
    (S.DRAFT, "withdraw"): S.WITHDRAWN,
    (S.SUBMITTED, "take"): S.IN_REVIEW,
    (S.SUBMITTED, "withdraw"): S.WITHDRAWN,
    (S.IN_REVIEW, "ask"): S.INFO_REQUESTED,
    (S.IN_REVIEW, "approve"): S.APPROVED,
    (S.IN_REVIEW, "reject"): S.REJECTED,
    (S.IN_REVIEW, "withdraw"): S.WITHDRAWN,
    (S.INFO_REQUESTED, "answer"): S.IN_REVIEW,
    (S.REJECTED, "appeal"): S.IN_REVIEW,
    (S.INFO_REQUESTED, "reject"): S.REJECTED,
    (S.INFO_REQUESTED, "withdraw"): S.WITHDRAWN,
}
PARTNER_VERBS = {"submit", "answer", "withdraw", "appeal"}
VENDOR_VERBS = {"take", "ask", "approve", "reject"}
PARTNER_ROLES = {Role.PARTNER_ADMIN, Role.PARTNER_SALES}
VENDOR_ROLES = {Role.PARTNER_MANAGER}
OPEN = (T.PROSPECT, T.QUALIFIED, T.PROPOSAL, T.NEGOTIATION)
STAGE_VERBS = {
    "prospect": T.PROSPECT, "qualify": T.QUALIFIED, "propose": T.PROPOSAL, "negotiate": T.NEGOTIATION, "win": T.WON,
    "lose": T.LOST,
}  # fmt: skip


def actor_of(role: Role, partner: UUID = ALPHA) -> Actor:
    own = partner if role.side == Side.PARTNER else None
    return Actor(UUID(int=9), UUID(int=8), "N", "n@x.example", role.side, frozenset({role}), own)


def holders(verb: str) -> set[Role]:
    return PARTNER_ROLES if verb in PARTNER_VERBS else VENDOR_ROLES


@pytest.mark.parametrize(("state", "verb"), list(itertools.product(S, sorted(FLOW.moves))))
def test_every_state_times_every_verb_times_every_role(state: DealState, verb: str) -> None:
    for role in Role:
        actor = actor_of(role)
        if role not in holders(verb):
            with pytest.raises(NotAllowed):
                FLOW.move(state, verb, actor)
        elif (state, verb) not in FLOW_TABLE:
            with pytest.raises(Conflict):
                FLOW.move(state, verb, actor)
        else:
            assert FLOW.move(state, verb, actor).target == FLOW_TABLE[state, verb]
        offered = {move.verb for move in FLOW.available(state, actor)}
        assert (verb in offered) == (role in holders(verb) and (state, verb) in FLOW_TABLE)


def test_the_flow_has_these_verbs_and_no_others() -> None:
    assert set(FLOW.moves) == PARTNER_VERBS | VENDOR_VERBS
    with pytest.raises(NotAllowed):
        FLOW.move(S.APPROVED, "expire", SYSTEM)


@pytest.mark.parametrize(("stage", "verb"), list(itertools.product(T, sorted(STAGES.moves))))
def test_every_stage_times_every_verb_times_every_role(stage: Stage, verb: str) -> None:
    target = STAGE_VERBS[verb]
    for role in Role:
        actor = actor_of(role)
        if role not in PARTNER_ROLES:
            with pytest.raises(NotAllowed):
                STAGES.move(stage, verb, actor)
        elif stage not in OPEN or stage == target:
            with pytest.raises(Conflict):
                STAGES.move(stage, verb, actor)
        else:
            assert STAGES.move(stage, verb, actor).target == target


def test_moves_reach_every_state_but_a_draft_what_time_ends_and_what_two_people_revoke() -> None:
    reached = set(FLOW_TABLE.values())
    assert set(S) - reached == {S.DRAFT, S.EXPIRED, S.REVOKED}


def test_events_are_named_after_what_happened() -> None:
    for move in [*FLOW.moves.values(), *STAGES.moves.values()]:
        assert move.event.startswith("deal.")
    assert len({move.event for move in FLOW.moves.values()}) == len(FLOW.moves)


@pytest.mark.parametrize("role", sorted(PARTNER_ROLES | VENDOR_ROLES))
def test_what_is_offered(role: Role) -> None:
    for state, stage in itertools.product(S, T):
        check_offered(state, stage, role)


def check_offered(state: DealState, stage: Stage, role: Role) -> None:
    actor = actor_of(role)
    verbs = [move.verb for move in rules.available_moves(state, stage, ALPHA, actor)]
    appeals = role in PARTNER_ROLES and state == S.REJECTED and stage not in (T.WON, T.LOST)
    assert ("appeal" in verbs) == appeals
    assert "appeal" not in [m.verb for m in rules.available_moves(state, stage, ALPHA, actor, appealed=True)]
    assert ("approve" in verbs) == (role == Role.PARTNER_MANAGER and state == S.IN_REVIEW and stage != T.LOST)
    stages = [move.target for move in rules.available_stages(state, stage, ALPHA, actor)]
    if role == Role.PARTNER_MANAGER or state not in rules.STAGE_STATES or stage not in OPEN:
        assert stages == []
    else:
        assert (T.WON in stages) == (state == S.APPROVED)
        assert T.LOST in stages
        assert stage not in stages


def test_a_distributor_is_offered_nothing_on_deals_below_it() -> None:
    above = actor_of(Role.PARTNER_ADMIN, OMEGA)
    for state, stage in itertools.product(S, T):
        assert rules.available_moves(state, stage, ALPHA, above) == []
        assert rules.available_stages(state, stage, ALPHA, above) == []


def test_one_primary_button_at_most() -> None:
    for state, role in itertools.product(S, Role):
        tones = [move.tone for move in FLOW.available(state, actor_of(role))]
        assert tones.count("primary") <= 1
        assert tones == sorted(tones, key=["primary", "quiet", "danger"].index)


def test_probabilities_rise_with_the_stage() -> None:
    rising = [rules.PROBABILITY[stage] for stage in OPEN]
    assert rising == sorted(rising)
    assert set(rules.PROBABILITY) == set(T)
    assert rules.PROBABILITY[T.WON] == 1
    assert rules.PROBABILITY[T.LOST] == 0
    assert all(isinstance(one, Fraction) for one in rules.PROBABILITY.values())


@pytest.mark.parametrize("role", DealRole)
def test_only_sell_is_exclusive(role: DealRole) -> None:
    assert rules.is_exclusive(role) == (role == DealRole.SELL)


def test_what_counts_against_the_limit() -> None:
    for state, stage in itertools.product(S, T):
        waiting = state in {S.SUBMITTED, S.IN_REVIEW, S.INFO_REQUESTED}
        assert rules.counts_as_open(state, stage) == (waiting or (state == S.APPROVED and stage in OPEN))


def test_protection_lasts_whole_days_in_the_vendors_zone() -> None:
    approved = datetime(2026, 11, 19, 15, 50, tzinfo=UTC)
    until = rules.protected_until(approved, 90, BERLIN)
    assert rules.last_protected_day(until, BERLIN) == date(2027, 2, 17)
    assert until == datetime(2027, 2, 17, 23, 0, tzinfo=UTC)


def test_the_day_of_approval_is_the_vendors_day() -> None:
    late = datetime(2026, 11, 18, 23, 30, tzinfo=UTC)
    assert rules.last_protected_day(rules.protected_until(late, 1, BERLIN), BERLIN) == date(2026, 11, 20)
    assert rules.last_protected_day(rules.protected_until(late, 1, "UTC"), "UTC") == date(2026, 11, 19)


@given(
    st.integers(0, 20 * 365 * 24 * 60).map(
        lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    st.integers(1, 730),
    st.sampled_from([BERLIN, "Asia/Shanghai", "America/New_York", "UTC"]),
)
def test_protection_is_never_shorter_than_promised(approved: datetime, days: int, zone: str) -> None:
    until = rules.protected_until(approved, days, zone)
    assert timedelta(days=days) - timedelta(hours=1) <= until - approved <= timedelta(days=days + 1, hours=1)
    local = until.astimezone(ZoneInfo(zone))
    assert (local - timedelta(microseconds=1)).date() == rules.last_protected_day(until, zone)
    assert rules.last_protected_day(until, zone) - approved.astimezone(ZoneInfo(zone)).date() == timedelta(days=days)


def test_time_ends_what_is_approved_and_not_won() -> None:
    days = (None, NOW - timedelta(1), NOW, NOW + timedelta(1))
    for state, stage, until in itertools.product(S, T, days):
        over = until is not None and until <= NOW
        assert rules.is_due_to_expire(state, stage, until, NOW) == (state == S.APPROVED and stage != T.WON and over)
        assert rules.is_running(state, until, NOW) == (state == S.APPROVED and (until is None or until > NOW))


@given(st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, 10**9)), max_size=20))
def test_a_deals_value_is_the_sum_of_its_lines(lines: list[tuple[int, int]]) -> None:
    assert rules.deal_value(lines) == sum(rules.line_value(quantity, price) for quantity, price in lines)


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("Lindau Systemhaus GmbH", "LS"), ("Contoso Ltd.", "CO"), ("上海云帆科技有限公司", "SHYF"), ("GmbH", "GM"),
        ("", "D"), ("A Bike Store", "ABS"), ("Müller & Söhne GmbH & Co. KG", "MS"), ("!!!", "D"),
        ("One Two Three Four Five Inc.", "OTTF"),
    ],
)  # fmt: skip
def test_numbers_begin_with_the_partners_initials(name: str, prefix: str) -> None:
    assert rules.number_prefix(name) == prefix


def test_a_number_says_partner_year_and_count() -> None:
    assert rules.deal_number("LS", 2026, 31) == "LS-2026-031"
    assert rules.deal_number("LS", 2026, 1234) == "LS-2026-1234"


@given(st.text(max_size=200), st.integers(2000, 2100), st.integers(1, 999_999))
def test_a_number_always_fits(name: str, year: int, count: int) -> None:
    number = rules.deal_number(rules.number_prefix(name), year, count)
    assert len(number) <= 20
    assert number.isascii()


def test_every_word_has_a_label() -> None:
    assert set(rules.STATE_LABELS) == set(S)
    assert set(rules.STAGE_LABELS) == set(T)
    assert set(rules.ROLE_LABELS) == set(DealRole)
    assert set(rules.REJECT_LABELS) == set(RejectCode)
    assert set(rules.LOST_LABELS) == set(LostReason)
