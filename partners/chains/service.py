"""What can be done in an approval chain: agree to a step or reject by it; steps are found anew for a changed deal."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from partners.chains import queries
from partners.chains.policy import APPROVER_LABELS, KEY, Chains
from partners.chains.queries import ChainView
from partners.chains.rules import (
    Approver,
    Convert,
    Facts,
    NeededStep,
    Outcome,
    Turn,
    carried,
    is_complete,
    open_steps,
    steps_for,
)
from partners.chains.tables import DealChain, DealStep
from partners.deals import queries as deals
from partners.deals.doors import guards_approval
from partners.deals.rules import is_own
from partners.deals.running import DEAL
from partners.deals.service import Said, move_deal
from partners.deals.states import DealState
from partners.deals.tables import Deal
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.events import record
from portal.core.flow import LONGEST_NOTE
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.identity.handover import hands_over
from portal.policies.queries import in_force
from portal.rates.queries import read_rates
from portal.rates.rules import MissingRate, Rates

NOTHING: Final = Said()


async def decide_step(
    actor: Actor, deal_id: UUID, verb: str, *, now: datetime, said: Said = NOTHING, version: int | None = None
) -> Deal:
    """Agree to the step whose turn it is for this actor (`approve`), or reject the deal by it (`reject`).

    With the last agreement the deal is approved by its own flow, in the same transaction. Two at once are taken one
    after the other. Raises NotFound, NotAllowed (naming whose turn it is), Invalid without words, and Conflict when the
    deal has moved on or cannot be approved itself.
    """
    actor.require(Permission.DEAL_STEPS_DECIDE)
    async with db.transaction(actor):
        deal = await deals.get_deal(actor, deal_id, lock=True)
        if not is_own(deal.partner_id, actor) or actor.is_partner:
            raise NotAllowed(_("Only the vendor's people agree to a deal."), code="permission")
        chain = await _running(actor, deal, version, now)
        turn = chain.turn_of(actor)
        if turn is None:
            raise NotAllowed(_not_yours(chain), code="turn")
        if verb == "reject":
            deal = await move_deal(actor, deal_id, verb, now=now, said=said, right=Permission.DEAL_STEPS_DECIDE)
            await end_chain(deal_id, Outcome.REFUSED, now)
            return deal
        if verb != "approve":
            raise Invalid({"verb": _("Choose one of the values offered.")})
        return await _agree(actor, deal, chain, turn, said, now)


async def _running(actor: Actor, deal: Deal, version: int | None, now: datetime) -> ChainView:
    """The chain in which something can be decided now. Raises Conflict."""
    if DealState(deal.state) is not DealState.IN_REVIEW or (version is not None and version != deal.version):
        raise Conflict(_("This has moved on since you opened it. Look again and decide anew."), code="flow")
    chain = await sync_chain(actor, deal, now)
    if chain is None:
        raise Conflict(_("This deal needs no further steps: a partner manager decides it alone."), code="no_chain")
    return chain


async def _agree(actor: Actor, deal: Deal, chain: ChainView, turn: Turn, said: Said, now: datetime) -> Deal:
    step, note = turn.step, said.note.strip()[:LONGEST_NOTE]
    await db.sql(
        "UPDATE partners_deal_step SET decided_by = $2, on_behalf_of = $3, decided_at = $4, note = $5 WHERE id = $1",
        step.id, actor.membership_id, turn.on_behalf_of, now, note,
    )  # fmt: skip
    done = 1 + sum(one.is_done for one in chain.steps)
    await db.sql("UPDATE partners_deal_chain SET done = $2 WHERE id = $1", chain.id, done)
    await record(
        actor, "deal.step_approved", DEAL, deal.id, now=now, note=note,
        changes={"step": [None, step.number], "approver": [None, step.approver],
                 "on_behalf_of": [None, turn.on_behalf_of], "policy_version": [None, chain.version_id]},
    )  # fmt: skip
    if done < len(chain.steps):
        return deal
    # The words are for colleagues; those of an approval go to the partner, so they are not passed on.
    approved = await move_deal(actor, deal.id, "approve", now=now, right=Permission.DEAL_STEPS_DECIDE)
    await end_chain(deal.id, Outcome.APPROVED, now)
    return approved


async def end_chain(deal_id: UUID, outcome: Outcome, now: datetime) -> None:
    """Close the running chain of a deal, if there is one; on the open unit."""
    await db.sql(
        "UPDATE partners_deal_chain SET outcome = $2, ended_at = $3 WHERE deal = $1 AND outcome = 'open'",
        deal_id, outcome, now,
    )  # fmt: skip


@guards_approval
async def require_steps(actor: Actor, deal: Deal, now: datetime) -> None:
    """A deal in review is approved when all its steps are agreed. Raises Conflict that says who is next."""
    if DealState(deal.state) is not DealState.IN_REVIEW:
        return
    chain = await sync_chain(actor, deal, now)
    if chain is not None and not is_complete(chain.steps):
        raise Conflict(_not_yours(chain), code="steps")


def _not_yours(chain: ChainView) -> str:
    """How far it is and whose turn it is."""
    done = sum(step.is_done for step in chain.steps)
    return _("%(done)s of %(all)s steps are agreed. Next: %(who)s.") % {
        "done": formats.number(done),
        "all": formats.number(len(chain.steps)),
        "who": ", ".join(asked_words(chain, step.approver, step.person) for step in open_steps(chain.steps)),
    }


def asked_words(chain: ChainView, approver: Approver, person: UUID | None) -> str:
    """Who is asked, for the vendor's eyes: the kind of work, and the name where it is one person."""
    one = chain.manager if approver is Approver.OWN_MANAGER else person
    name = chain.names.get(one, "") if one else ""
    return name or _(APPROVER_LABELS[approver])


async def sync_chain(actor: Actor, deal: Deal, now: datetime) -> ChainView | None:
    """The running chain of a locked deal in review: made when there is none, made anew when the deal has changed.

    An agreement of the old chain stays where nothing of the deal became more; all others are asked again.
    None for a deal that needs no chain. On the open unit of the vendor; found twice, it is the same.
    """
    running = await queries.find_chain(actor, deal.id, now, running=True)
    facts = await queries.read_facts(actor, deal.id)
    if facts is None:
        raise NotFound
    if running is not None and running.facts == facts:
        return running
    day = clock.day_of(now, formats.time_zone().key)
    policy = await in_force(actor, KEY, day)
    needed: Sequence[NeededStep] = ()
    if policy is not None:
        on = await converter(policy.body, [facts.amount.currency], day, day)
        needed = steps_for(facts, policy.body.rules, on(day))
    if running is not None:
        await end_chain(deal.id, Outcome.REPLACED, now)
    if policy is None or not needed:
        return None
    await _insert(deal, policy.version_id, facts, needed, running, now)
    return await queries.find_chain(actor, deal.id, now, running=True)


async def converter(document: Chains, currencies: Iterable[str], first: date, last: date) -> Callable[[date], Convert]:
    """How amounts of these currencies compare with the rules' on each of these days: by the vendor's own rates."""
    of_rules = {rule.currency for rule in document.rules if rule.value}
    wanted = of_rules | set(currencies) if of_rules else set()
    rates = await read_rates(wanted, first, last) if len(wanted) > 1 else Rates({})

    def on(day: date) -> Convert:
        def convert(amount: Money, to: str) -> Money | None:
            try:
                return rates.convert(amount, to, day)
            except MissingRate:
                return None

        return convert

    return on


async def find_missing_chains(*, now: datetime) -> int:
    """Make the chains of deals in review that need one and have none; how many. Running twice does no harm.

    For reviews that began before the policy held, and for deals that came with a file.
    """
    day = clock.day_of(now, formats.time_zone().key)
    async with db.transaction(SYSTEM):
        policy = await in_force(SYSTEM, KEY, day)
        if policy is None or not policy.body.rules:
            return 0
        found = await queries.list_without_chain()
        on = await converter(policy.body, {one.facts.amount.currency for one in found}, day, day)
    made = 0
    for one in found:
        if not steps_for(one.facts, policy.body.rules, on(day)):
            continue
        async with db.transaction(SYSTEM):
            deal = await deals.get_deal(SYSTEM, one.id, lock=True)
            if DealState(deal.state) is DealState.IN_REVIEW:
                made += await sync_chain(SYSTEM, deal, now) is not None
    return made


async def _insert(
    deal: Deal, version: UUID, facts: Facts, needed: Sequence[NeededStep], before: ChainView | None, now: datetime
) -> None:
    """The rows of a new chain, with what still counts of the one before."""
    members = await queries.find_members([step.person for step in needed if step.person])
    chain_id, steps = new_id(), []
    for step in needed:
        person = members.get(step.person)
        kept = carried(before.steps, before.facts, facts, (step.number, step.approver, person)) if before else None
        steps.append(
            DealStep(
                id=new_id(),
                chain=chain_id,
                number=step.number,
                approver=step.approver,
                person=person,
                rules=list(step.rules),
                unsure=step.unsure,
                decided_by=kept.decided_by if kept else None,
                on_behalf_of=kept.on_behalf_of if kept else None,
                decided_at=kept.decided_at if kept else None,
                note=kept.note if kept else "",
            )
        )
    chain = DealChain(
        id=chain_id,
        partner_id=deal.partner_id,
        deal=deal.id,
        policy_version=version,
        facts=facts.as_json(),
        asks=[f"{step.number}:{step.approver}" for step in needed],
        done=sum(step.decided_by is not None for step in steps),
        made_at=now,
    )
    await chain.save()
    await DealStep.insert(*steps)


@hands_over("deal_steps")
async def hand_over_steps(actor: Actor, leaver: UUID, successor: UUID, now: datetime) -> int:
    """Ask the successor where the leaver was asked by name and has not answered; how many steps.

    Only the vendor's people are asked, and when a partner ends an access, none of them leaves.
    """
    if actor.is_partner:
        return 0
    rows = await db.sql(
        "UPDATE partners_deal_step s SET person = $2 FROM partners_deal_chain c WHERE c.id = s.chain"
        " AND c.outcome = 'open' AND s.person = $1 AND s.decided_by IS NULL RETURNING c.deal",
        leaver, successor,
    )  # fmt: skip
    for deal_id in sorted({row["deal"] for row in rows}):
        changes = {"membership": [leaver, successor]}
        await record(actor, "deal.step_handed_over", DEAL, deal_id, changes=changes, now=now)
    return len(rows)
