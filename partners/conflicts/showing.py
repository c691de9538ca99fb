"""What the pages of conflicts are given: the room with its proposal and reasons, and what a deal's page says of it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.conflicts import asking, queries, rules
from partners.conflicts.judging import judges_of, owners_of, why_barred
from partners.conflicts.lists import STATES
from partners.conflicts.queries import AwardView, ClaimView, Room, RulesInForce
from partners.conflicts.rules import (
    CLOSE_LABELS,
    FATE_LABELS,
    GROUND_LABELS,
    LEFT_LABELS,
    RESULT_LABELS,
    WITH_DAYS,
    Answer,
    AwardState,
    ConflictState,
    Fate,
    Ground,
    Proposal,
    Result,
    Rule,
    Step,
)
from partners.conflicts.schemas import AGREED, OWN, AgreementForm, ChoiceForm, DecisionForm, first_own
from partners.conflicts.settling import losers_of
from partners.deals import doors
from partners.deals.doors import Panel, Place
from partners.deals.queries import DealRecord
from partners.deals.rules import STAGE_LABELS, UNDECIDED, last_protected_day
from partners.deals.rules import STATE_LABELS as DEAL_STATES
from partners.deals.states import DealRole, DealState
from portal.approvals import queries as requests
from portal.core import formats
from portal.core.actor import Actor
from portal.core.i18n import N_, current_locale, ngettext
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.questions import Question
from portal.core.web.forms import Typed, empty_form
from portal.history.queries import Happening, Subject, Wording, knows, tells

PANEL: Final = "partners/conflicts/pages/panel.html"
_NAMED: Final = 3
_A_PAIR: Final = 2
"""Of two only one loses, and one text is enough."""
_RESULT_TONES: Final[Mapping[Result, tuple[str, str]]] = {
    Result.WAITING: ("us", "hourglass"),
    Result.WON: ("good", "circle-check"),
    Result.SHARED: ("good", "users"),
    Result.LOST: ("bad", "circle-x"),
    Result.FREE: ("draft", "circle-minus"),
    Result.LEFT: ("draft", "circle-minus"),
}
_ANSWERS: Final[Mapping[Rule, Mapping[Answer, str]]] = {
    Rule.PROTECTION: {
        Answer.NOBODY: N_("nobody is protected now"),
        Answer.SEVERAL: N_("several are protected now"),
        Answer.CLEAR: N_("%(who)s is protected now"),
    },
    Rule.CUSTOMER: {
        Answer.NOBODY: N_("no choice of the customer is recorded"),
        Answer.CLEAR: N_("the customer chose %(who)s"),
    },
    Rule.RECORD: {
        Answer.NOBODY: N_("no contract for these products runs through one of them"),
        Answer.SEVERAL: N_("contracts run through several of them"),
        Answer.CLEAR: N_("a running contract names %(who)s"),
    },
    Rule.FIRST_TOUCH: {
        Answer.NOBODY: N_("nobody met the customer in that time"),
        Answer.SEVERAL: N_("several met the customer first on the same day"),
        Answer.CLEAR: N_("%(who)s met the customer first"),
    },
    Rule.FIRST_REGISTRATION: {
        Answer.ELSEWHERE: N_("asked only where partners alone claim the customer"),
        Answer.SEVERAL: N_("several were registered at the same moment"),
        Answer.CLEAR: N_("%(who)s registered first"),
    },
    Rule.EARLIER_DIRECT: {
        Answer.ELSEWHERE: N_("asked only where a direct sale is among the claims"),
        Answer.SEVERAL: N_("several began at the same moment"),
        Answer.CLEAR: N_("%(who)s goes first by the times of both"),
    },
}
"""What a rule's answer is in words."""
_IF_NOT: Final[Mapping[Fate, str]] = {
    Fate.REVOKE: N_("Approved: where another goes on, a second person has to agree."),
    Fate.KEEP: N_("Won while it was protected: nothing can be decided against it."),
}
_UNANSWERED: Final[Mapping[AwardState, str]] = {
    AwardState.REFUSED: N_("%(decider)s did not agree to what %(asker)s had decided, so it is to be decided anew."),
    AwardState.WITHDRAWN: N_("%(asker)s asked a second person and took that back, so it is to be decided anew."),
    AwardState.LAPSED: N_("The claims changed after %(asker)s asked a second person, so it is to be decided anew."),
}
"""What became of a question to a second person."""

tells(
    conflict__found=Wording(N_("found that several claim the customer"), "gavel", "us"),
    conflict__changed=Wording(N_("saw that the claims changed"), "refresh"),
    conflict__choice_recorded=Wording(N_("recorded the customer’s choice"), "message", "us"),
    conflict__award_refused=Wording(N_("did not agree as the second person"), "circle-x", "bad"),
    conflict__award_withdrawn=Wording(N_("took back what a second person was asked"), "circle-minus"),
    conflict__award_lapsed=Wording(N_("ended the question to a second person, since the claims changed"), "refresh"),
    conflict__decided=Wording(N_("settled who goes on"), "gavel", "good"),
    conflict__reopened=Wording(N_("opened it again because of an appeal"), "refresh", "you"),
    conflict__closed=Wording(N_("closed it: nothing was left to decide"), "circle-minus", "draft"),
    deal__role_agreed=Wording(N_("agreed on another role"), "users", "us"),
)
knows(
    conflict=Subject(
        N_("Conflicts"), "/partners/conflicts/{id}", frozenset({Permission.CONFLICTS_READ}), "gavel",
        table="partners_conflict", name="account_name", is_vendors=True,
        fields={
            "state": N_("State"), "claims": N_("Claims"), "chosen": N_("The customer’s own choice"),
            "winner": N_("Who goes on"), "ground": N_("Settled by"), "followed": N_("As the rules proposed"),
            "parts": N_("Parts in percent"), "close_reason": N_("Why it was closed"),
        },
        words={**rules.STATE_LABELS, **GROUND_LABELS, **CLOSE_LABELS},
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Forms:
    """The three forms of the room, as typed or as they begin."""

    decision: Typed[Any]
    agreement: Typed[Any]
    choice: Typed[ChoiceForm]


def who(claim: ClaimView) -> str:
    """Whose claim it is, in words."""
    return claim.partner_name or _("the vendor itself")


def partners_of(room: Room) -> list[ClaimView]:
    """The registrations among which is decided."""
    return [claim for claim in room.waiting if not claim.is_direct]


def first_forms(room: Room, proposal: Proposal) -> Forms:
    """The forms with what the rules propose in them."""
    ground = proposal.rule.value if proposal.rule else ""
    seen = {"version": room.version}
    claims = [claim.id for claim in partners_of(room)]
    return Forms(
        empty_form(DecisionForm, winner=proposal.winner, ground=ground, **seen, **first_own(OWN, claims)),
        empty_form(AgreementForm, lead=proposal.winner, **seen, **first_own(AGREED, claims)),
        empty_form(ChoiceForm, claim=room.chosen, said=room.choice_words, evidence=room.choice_evidence),
    )


async def room_context(
    actor: Actor,
    room: Room,
    in_force: RulesInForce,
    told: Sequence[Happening],
    *,
    now: datetime,
    forms: Forms | None = None,
) -> dict[str, Any]:
    """All that the room shows; `told`: its story. One statement where a second person is asked."""
    proposal = queries.proposal_of(room, in_force.document, now)
    partners = partners_of(room)
    decides = room.is_waiting and actor.may(Permission.DEALS_DECIDE) and room.asked is None
    barred = why_barred(room, actor.membership_id) if decides else None
    winner = room.claim(room.winner) if room.state == ConflictState.DECIDED else None
    return {
        "room": room,
        "shown": STATES[room.state.value],
        "groups": ", ".join(_group_names(room)),
        "claims": [_shown(claim, room, in_force, proposal) for claim in room.claims],
        "proposal": proposal,
        "proposed": room.claim(proposal.winner),
        "proposed_by": _(GROUND_LABELS[proposal.rule]) if proposal.rule else "",
        "steps": [_step_words(step, room) for step in proposal.steps],
        "in_force": in_force,
        "may_decide": decides and barred is None,
        "why_not": barred.message if barred else "",
        "asked": await _asked(actor, room, room.asked) if room.asked else None,
        "unanswered": _unanswered(room.unanswered) if room.is_waiting and room.unanswered else None,
        "forms_of": forms or first_forms(room, proposal),
        "options": [(one.id, _option(one)) for one in room.waiting],
        "winners": [(one.id, _option(one), _if_not(one)) for one in room.waiting],
        "joiners": [(one.id, _option(one)) for one in partners if one.fate == Fate.REJECT],
        "partners": [(one.id, _option(one)) for one in partners],
        "own": [(number, one.id, _option(one)) for number, one in enumerate(partners[: rules.MOST_OWN_WORDS], start=1)]
        if len(room.waiting) > _A_PAIR else [],
        "may_agree": len({one.partner_id for one in partners}) > 1
        and any(one.fate == Fate.REJECT for one in partners),
        "grounds": [(key.value, _(GROUND_LABELS[key])) for key in Ground if key != Ground.AGREEMENT],
        "winner": winner,
        "winner_name": who(winner) if winner else "",
        "to_approve": winner is not None and not winner.is_direct and winner.state in UNDECIDED
        and actor.may(Permission.DEALS_DECIDE),
        "ground_label": _(GROUND_LABELS[room.ground]) if room.ground else "",
        "close_label": _(CLOSE_LABELS[room.close_reason]) if room.close_reason else "",
        "decisions": [_decision(one, room) for one in reversed(room.decisions)],
        "chosen_name": who(chosen) if (chosen := room.claim(room.chosen)) else "",
        "timeline": told,
    }  # fmt: skip


def _group_names(room: Room) -> list[str]:
    chinese = current_locale() == "zh_CN"
    return [(chinese and group.name_zh) or group.name for group in room.groups]


def _option(claim: ClaimView) -> str:
    return f"{who(claim)}, {claim.label}"


def _if_not(claim: ClaimView) -> str:
    """What must be known before another is chosen than this one."""
    return _(_IF_NOT[claim.fate]) if claim.fate in _IF_NOT else ""


def _shown(claim: ClaimView, room: Room, in_force: RulesInForce, proposal: Proposal) -> dict[str, Any]:
    """One claim as a column of the room."""
    tone, icon = _RESULT_TONES[claim.result]
    zone = formats.time_zone().key
    return {
        "id": claim.id,
        "name": who(claim),
        "label": claim.label,
        "href": f"/partners/{'opportunities' if claim.is_direct else 'deals'}/{claim.subject}",
        "partner_href": "" if claim.is_direct else f"/partners/companies/{claim.partner_id}",
        "kind": _("Direct opportunity") if claim.is_direct else _("Registration"),
        "state": _(STAGE_LABELS[claim.state] if claim.is_direct else DEAL_STATES[claim.state]),
        "owner": claim.owner_name,
        "amount": claim.amount,
        "claimed_at": claim.claimed_at,
        "first_touch": claim.first_touch,
        "first_touch_at": claim.first_touch_at,
        "touched": _touched(claim, room, in_force),
        "of_record": claim.of_record,
        "of_record_until": claim.of_record_until,
        "protected_until": last_protected_day(claim.protected_until, zone) if claim.protected_until else None,
        "is_revoked": claim.state == DealState.REVOKED,
        "result": _(RESULT_LABELS[claim.result]),
        "left": _(LEFT_LABELS[claim.left_reason]) if claim.left_reason else "",
        "tone": tone,
        "icon": icon,
        "part": claim.part_percent,
        "is_proposed": room.is_waiting and claim.id == proposal.winner,
        "is_chosen": claim.id == room.chosen,
    }


def _touched(claim: ClaimView, room: Room, in_force: RulesInForce) -> dict[str, Any] | None:
    """How often and when first its owner met the customer in the time that the policy looks at."""
    days = next((one.days for one in in_force.document.rules if one.rule == Rule.FIRST_TOUCH), 0)
    since, last = rules.window([one.as_claim() for one in room.claims], days)
    found = sorted(day for day in claim.touch_days if since <= day <= last)
    return {"count": len(found), "first": found[0], "since": since} if days and found else None


def _step_words(step: Step, room: Room) -> tuple[str, str]:
    """A rule that was asked, and what it said."""
    label = _(GROUND_LABELS[step.rule])
    if step.rule in WITH_DAYS:
        days = ngettext("%(count)s day", "%(count)s days", step.days) % {"count": formats.number(step.days)}
        label = f"{label}, {days}"
    winner = room.claim(step.winner)
    said = _(_ANSWERS[step.rule].get(step.answer, _ANSWERS[step.rule][Answer.CLEAR]))
    return label, said % {"who": who(winner)} if winner else said


def _decision(one: queries.DecisionView, room: Room) -> dict[str, Any]:
    """A decision as the room tells it."""
    winner, proposed = room.claim(one.winner), room.claim(one.proposed)
    return {
        "number": one.number,
        "winner": who(winner) if winner else "",
        "ground": _(GROUND_LABELS[one.ground]),
        "proposed": who(proposed) if proposed else "",
        "proposed_rule": _(GROUND_LABELS[one.proposed_rule]) if one.proposed_rule else "",
        "note": one.note,
        "words": one.words,
        "own_words": _own_words(one.own_words, room),
        "by": one.decided_by_name,
        "agreed_by": one.agreed_by_name,
        "at": one.decided_at,
        "policy_version": one.policy_version,
    }


def _own_words(own_words: Mapping[UUID, str], room: Room) -> list[tuple[str, str]]:
    """Whom something was written to alone, and what."""
    return [(_option(claim), own_words[claim.id]) for claim in room.claims if claim.id in own_words]


async def _asked(actor: Actor, room: Room, award: AwardView) -> dict[str, Any]:
    """What waits for a second person, as the room tells it."""
    winner, joining = room.claim(award.winner), room.claim(award.parts.joining if award.parts else None)
    barred = frozenset(owners_of(room) | judges_of(room) | {award.requested_by})
    may_answer = actor.may(Permission.APPROVALS_DECIDE) and actor.may(Permission.DEALS_DECIDE)
    return {
        "winner": who(winner) if winner else "",
        "joining": who(joining) if joining else "",
        "ground": _(GROUND_LABELS[award.ground]),
        "losers": [
            (_("Decided against"), f"{_option(one)}: {_(FATE_LABELS[one.fate])}")
            for one in losers_of(room, award.winner, joining.id if joining else None)
        ],
        "by": award.requested_by_name,
        "at": award.requested_at,
        "href": f"/approvals/{award.request_id}" if actor.may(Permission.APPROVALS_READ) else "",
        "deciders": _some(await requests.list_deciders(actor, Permission.DEALS_DECIDE, barred)),
        "is_own": actor.membership_id == award.requested_by,
        "may_answer": may_answer and actor.membership_id not in barred,
        "is_same": asking.is_same(room, award),
    }


def _some(names: Sequence[str]) -> str:
    """The first names of many, and how many more; the request's own page has them all."""
    shown = ", ".join(names[:_NAMED])
    if not names:
        return _("nobody yet: an administrator has to give somebody the role first")
    more = len(names) - _NAMED
    if more < 1:
        return shown
    words = ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more)
    return words % {"names": shown, "count": formats.number(more)}


def _unanswered(award: AwardView) -> dict[str, Any]:
    """What came of a question that was not agreed to."""
    words = _UNANSWERED[award.state]
    names = {"asker": award.requested_by_name, "decider": award.decided_by_name}
    return {"said": _(words) % names, "note": award.decision_note, "at": award.decided_at}


def as_json(room: Room, in_force: RulesInForce, now: datetime) -> dict[str, Any]:
    """The room for programs: claims with their evidence, decisions, and what the rules propose."""
    proposal = queries.proposal_of(room, in_force.document, now)
    plain = asdict(room)
    for claim in plain["claims"]:
        amount = claim.pop("amount")
        claim |= {"amount_minor": amount["minor"], "currency": amount["currency"]}
    return plain | {"proposal": asdict(proposal) | {"policy_version": in_force.version_id}}


@doors.adds_panel
def conflict_panel(actor: Actor, record: DealRecord, _now: datetime) -> Question | None:
    """On a deal's page, for the vendor alone: with how many others it is or was in conflict."""
    if record.role not in {DealRole.SELL, DealRole.CO_SELL}:
        return None
    question = queries.conflict_of(actor, record.id)
    return question and question.then(_panel)


def _panel(found: queries.OfDeal | None) -> Panel | None:
    if found is None or (found.state == ConflictState.CLOSED and found.result != Result.WAITING):
        return None
    waits = found.result == Result.WAITING
    return Panel(
        PANEL,
        {"conflict": found, "waits": waits, "result": _(RESULT_LABELS[found.result])},
        Place.TOP if waits else Place.ASIDE,
        10,
    )
