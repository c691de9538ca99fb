"""What mails about steps of an approval let their reader do by a link: agree to the step that the mail spoke of."""

from datetime import datetime
from typing import Final

from partners.chains import queries, service
from partners.chains.queries import ChainView
from partners.chains.rules import Turn
from partners.chains.showing import said_after
from partners.deals.acting import read_offered, said_of
from partners.deals.queries import DealRecord, get_deal
from partners.deals.running import DEAL
from partners.deals.service import Said
from partners.deals.states import DealState
from portal.core import formats
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.notices.acting import Action, Offer, Shown, acts_on

_PATH: Final = "/partners/deals/{id}#steps"
AGREE: Final = {f"agree_{number}": number for number in (1, 2, 3)}
"""The verb of a link and its step: a link about an earlier step never agrees to a later one."""


def verb_of(turn: Turn) -> str:
    """The verb by which a link agrees to this step."""
    return f"agree_{turn.step.number}"


async def _turn(actor: Actor, offer: Offer, state: str, now: datetime) -> tuple[ChainView, Turn]:
    """The chain, and the step of the link if it is still this actor's to decide. Raises Conflict."""
    chain = await queries.find_chain(actor, offer.subject_id, now, running=True)
    turn = chain.turn_of(actor) if chain and state == DealState.IN_REVIEW else None
    if chain is None or turn is None or turn.step.number != AGREE[offer.verb]:
        raise Conflict(
            _("This step does not wait for you any more. Somebody else may have agreed, or the deal was decided."),
            code="turn",
        )
    return chain, turn


async def _show(actor: Actor, offer: Offer, now: datetime) -> Shown:
    """The facts on which one agrees, why one is asked, and who has agreed. Raises Conflict."""
    record = await read_offered(actor, offer)
    chain, turn = await _turn(actor, offer, record.state, now)
    is_last = sum(not step.is_done for step in chain.steps) == 1
    names = {"customer": record.customer_name, "partner": record.partner_name}
    title = _("Agree to %(customer)s for %(partner)s?") % names
    if is_last:
        title = _("Agree as the last one, and approve %(customer)s for %(partner)s?") % names
    colleagues = [
        (_("Words of %(name)s") % {"name": chain.names.get(step.decided_by, "")}, step.note)
        for step in chain.steps
        if step.decided_by and step.note
    ]
    said = said_of(record)
    return Shown(
        title=title, facts=_facts(record, chain, turn), subject=said["subject"], quotes=[*said["quotes"], *colleagues],
        button=_("Agree and approve the deal") if is_last else _("Agree"), words_label=_("Your words to colleagues"),
    )  # fmt: skip


def _facts(record: DealRecord, chain: ChainView, turn: Turn) -> list[tuple[str, str]]:
    """What the page of the link shows: the deal, and the step in it."""
    asked = service.asked_words(chain, turn.step.approver, turn.step.person)
    done = [chain.names.get(step.decided_by, "") for step in chain.steps if step.decided_by]
    facts = [
        (_("Number"), record.number),
        (_("Partner"), record.partner_name),
        (_("Customer"), record.customer_name),
        (_("Products"), ", ".join(f"{line.quantity} × {line.name}" for line in record.lines)),
        (_("Value, net"), formats.money(record.amount)),
        (_("Below the list price"), formats.percent(chain.facts.below_list) if chain.facts.below_list else ""),
        (_("Step %(number)s") % {"number": turn.step.number}, asked),
        (_("You cover for"), chain.names.get(turn.on_behalf_of, "") if turn.on_behalf_of else ""),
        (_("Rule"), ", ".join(turn.step.rules)),
        (_("Agreed by"), ", ".join(done)),
    ]
    return [(label, value) for label, value in facts if value]


async def _agree(actor: Actor, offer: Offer, words: str, now: datetime) -> str:
    """Agree to the step. Raises what the service raises, and Conflict."""
    deal = await get_deal(actor, offer.subject_id, lock=True)
    await _turn(actor, offer, deal.state, now)
    deal = await service.decide_step(actor, deal.id, "approve", now=now, said=Said(words), version=offer.version)
    return said_after(DealState(deal.state))


for _verb in AGREE:
    acts_on(DEAL, _verb, Action(N_("Agree"), _PATH, Permission.DEAL_STEPS_DECIDE, _show, _agree))
