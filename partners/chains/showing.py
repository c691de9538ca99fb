"""What pages show of approval chains: the steps to the vendor, how far it is to the partner, and who will be asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.chains import queries, service
from partners.chains.policy import APPROVER_LABELS, KEY, Chains
from partners.chains.queries import ChainView, Progress
from partners.chains.rules import Approver, Facts, NeededStep, Outcome, Step, open_steps, steps_for
from partners.chains.trying import Trial
from partners.companies.queries import basics_of
from partners.deals import rules as deals
from partners.deals.doors import Panel, Place, adds_form_panel, adds_panel
from partners.deals.queries import DealRecord
from partners.deals.states import DealState
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question, all_of
from portal.history.queries import Wording, tells
from portal.policies.queries import InForce, holds_on

STEPS: Final = "partners/chains/pages/steps.html"
PROGRESS: Final = "partners/chains/pages/progress.html"
BEFORE: Final = "partners/chains/pages/before.html"
_MOST_SHOWN: Final = 50

tells(
    deal__step_approved=Wording(
        N_("agreed to step %(step)s"), "user-check", "us", fills=lambda changes: {"step": str(changes["step"][1])}
    ),
    deal__step_handed_over=Wording(N_("asked a successor for a step of the approval"), "users", "us"),
)

OUTCOMES: Final = {
    Outcome.OPEN: ("us", "hourglass", N_("Under way")),
    Outcome.APPROVED: ("good", "circle-check", N_("All agreed")),
    Outcome.REFUSED: ("bad", "circle-x", N_("Rejected")),
    Outcome.REPLACED: ("draft", "history", N_("Replaced")),
    Outcome.DROPPED: ("draft", "ban", N_("Ended")),
}
"""Tone, icon and word of what became of a chain."""


@dataclass(frozen=True, slots=True)
class ShownStep:
    """One step as a page draws it."""

    number: int
    who: str
    tone: str
    icon: str
    word: str
    by: str = ""
    at: datetime | None = None
    note: str = ""
    why: str = ""
    facts: Sequence[tuple[str, str]] = field(default_factory=tuple)


@adds_panel
def steps_panel(actor: Actor, record: DealRecord, now: datetime) -> Question | None:
    """The chain with all its steps for the vendor, how far it is for the partner, and for a draft who will be asked."""
    if not actor.is_partner:
        return queries.chain_of(actor, record.id, now).then(lambda chain: chain and _steps(actor, record, chain))
    if record.state is DealState.DRAFT:
        return before_panel(actor, record, now)
    return queries.progress_of(actor, record.id).then(lambda found: found and _progress(record, found))


def _steps(actor: Actor, record: DealRecord, chain: ChainView) -> Panel:
    runs = chain.outcome is Outcome.OPEN and record.state is DealState.IN_REVIEW
    turn = chain.turn_of(actor) if runs else None
    tone, icon, word = OUTCOMES[chain.outcome]
    context = {
        "steps": shown_steps(actor, chain),
        "badge": (tone, icon, _(word)),
        "done": sum(step.is_done for step in chain.steps),
        "all": len(chain.steps),
        "turn": turn,
        "mine": service.asked_words(chain, turn.step.approver, turn.step.person) if turn else "",
        "for_whom": chain.names.get(turn.on_behalf_of, "") if turn and turn.on_behalf_of else "",
        "is_last": turn is not None and sum(not step.is_done for step in chain.steps) == 1,
        "url": f"/partners/deals/{record.id}/steps",
        "version": record.version,
        "may_reject": not actor.may(Permission.DEALS_DECIDE),
        "reject_codes": [(str(key), _(label)) for key, label in deals.REJECT_LABELS.items()],
    }
    place = Place.TOP if runs else Place.MAIN
    return Panel(STEPS, context, place, order=40, instead_of=frozenset({"approve"}) if runs else frozenset())


def shown_steps(actor: Actor, chain: ChainView) -> list[ShownStep]:
    """Each step with its state, who agreed and when, and why it is asked."""
    now_open = {step.id for step in open_steps(chain.steps)} if chain.outcome is Outcome.OPEN else set()
    return [_shown(actor, chain, step, is_open=step.id in now_open) for step in chain.steps]


def _shown(actor: Actor, chain: ChainView, step: Step, *, is_open: bool) -> ShownStep:
    tone, icon, word = ("good", "circle-check", N_("Agreed")) if step.is_done else (
        ("us", "hourglass", N_("Its turn")) if is_open else ("draft", "clock", N_("Not its turn yet"))
    )  # fmt: skip
    if not step.is_done and chain.outcome is not Outcome.OPEN:
        tone, icon, word = "draft", "ban", N_("Not asked any more")
    by = chain.names.get(step.decided_by, "") if step.decided_by else ""
    if step.on_behalf_of:
        by = _("%(name)s for %(absent)s") % {"name": by, "absent": chain.names.get(step.on_behalf_of, "")}
    return ShownStep(
        number=step.number,
        who=service.asked_words(chain, step.approver, step.person),
        tone=tone,
        icon=icon,
        word=_(word),
        by=by,
        at=step.decided_at,
        note=step.note,
        why=_why(step),
        facts=_why_facts(actor, chain, step),
    )


def _why(step: Step) -> str:
    if not step.rules:
        return _("A partner manager has the first word on every deal.")
    if step.unsure:
        return _("Something that the rule looks at is not known, such as a rate of the day, so it asks to be safe.")
    return _("The deal fits a rule that asks for this step.")


def _why_facts(actor: Actor, chain: ChainView, step: Step) -> list[tuple[str, str]]:
    found = [(_("Rule"), ", ".join(step.rules))] if step.rules else []
    if chain.version_number is not None and actor.may(Permission.POLICIES_READ):
        found.append((_("Version of the policy"), formats.number(chain.version_number)))
    found.append((_("Value then"), formats.money(chain.facts.amount)))
    if chain.facts.below_list:
        found.append((_("Below the list price"), formats.percent(chain.facts.below_list)))
    return [*found, (_("Found on"), formats.datetime_(chain.made_at))]


def _progress(record: DealRecord, found: Progress) -> Panel | None:
    if found.outcome in {Outcome.REPLACED, Outcome.DROPPED}:
        return None
    context = {
        "done": found.done,
        "all": len(found.asks),
        "asks": partner_words(found.asks, record.manager_name),
        "is_over": found.outcome is not Outcome.OPEN,
    }
    return Panel(PROGRESS, context, Place.ASIDE, order=40)


def partner_words(asks: Iterable[tuple[int, Approver]], manager: str) -> list[tuple[int, str]]:
    """Number and words of each step for a partner: whose work it is, and no name but its own manager's."""
    words = {
        Approver.OWN_MANAGER: manager or _("Your partner manager"),
        Approver.PARTNER_MANAGER: _("A partner manager"),
    }
    return [(number, words.get(approver) or _(APPROVER_LABELS[approver])) for number, approver in asks]


def said_after(state: DealState) -> str:
    """What is said to who decided a step, by where the deal stands then."""
    if state is DealState.APPROVED:
        return _("You agreed as the last one: the deal is approved, and the partner is told.")
    if state is DealState.REJECTED:
        return _("Rejected. The partner is told why.")
    return _("You agreed. The next ones are asked.")


def trial_context(trial: Trial) -> dict[str, Any]:
    """What the page of a trial shows: how many, by rule and by whose work, and the newest deals with their steps."""
    return {
        "trial": trial,
        "rules": trial.by_rule.most_common(),
        "approvers": [(_(APPROVER_LABELS[key]), count) for key, count in trial.by_approver.most_common()],
        "shown": [(deal, _steps_in_words(steps)) for deal, steps in trial.asked[:_MOST_SHOWN]],
    }


def _steps_in_words(steps: Iterable[NeededStep]) -> str:
    """All steps in one line, in order."""
    return "; ".join(f"{one.number}. {one.person or _(APPROVER_LABELS[one.approver])}" for one in steps)


@adds_form_panel
def before_panel(actor: Actor, record: DealRecord | None, now: datetime) -> Question | None:
    """Who will decide, before it is submitted: the steps of a draft as it is, else the rules in words."""
    policy = holds_on(KEY, clock.day_of(now, formats.time_zone().key))
    if record is None:
        partner = basics_of(actor, actor.partner_id or UUID(int=0))
        return all_of(policy, partner).then(lambda found: _before_any(*found))
    if record.state is not DealState.DRAFT:
        return None
    facts = queries.facts_question(actor, record.id)
    return all_of(policy, facts).then(lambda found: _before(record, *found))


def _before(record: DealRecord, policy: InForce | None, facts: Facts | None) -> Panel | None:
    """The steps that a draft would need as it is."""
    if facts is None:
        return None
    steps = steps_for(facts, policy.body.rules if policy else (), _same_currency)
    words = partner_words([(step.number, step.approver) for step in steps], record.manager_name)
    shown = [(number, who, step.unsure) for (number, who), step in zip(words, steps, strict=True)]
    return Panel(BEFORE, {"steps": shown, "rules": [], "unsure": any(step.unsure for step in steps)})


def _same_currency(amount: Money, to: str) -> Money | None:
    """A partner is told nothing of the vendor's rates: another currency is not known here."""
    return amount if amount.currency == to else None


def _before_any(policy: InForce | None, partner: Mapping[str, Any] | None) -> Panel:
    """When, and whose work is asked then; only rules that can fit deals of this partner."""
    tier = partner["tier"] if partner else None
    document: Chains = policy.body if policy else Chains()
    found = []
    for rule in document.rules:
        if rule.tiers and tier not in rule.tiers:
            continue
        shown = rule.model_copy(update={"tiers": ()})
        who = dict.fromkeys(words for _number, words in partner_words([(n, a) for n, a, _p in rule.asked()], ""))
        found.append((shown.when(), ", ".join(who)))
    return Panel(BEFORE, {"rules": found, "steps": [], "unsure": False})
