"""On what terms a partner has a part in a sale: from plans in force, or from a result that stands already. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from uuid import UUID

from attribution.commissions.parts import Part, Side
from attribution.commissions.plan import Clause as PlanClause
from attribution.commissions.plan import CommissionPlan
from attribution.commissions.rules import (
    Clause,
    Held,
    Partner,
    Reason,
    Registration,
    Sale,
    Terms,
    Why,
    has_programme,
    why_not_registered,
)
from attribution.commissions.shares import OwnTouch, Share
from attribution.commissions.trace import AgreementFact, Trace
from portal.core.money import rate
from portal.policies.queries import InForce
from portal.policies.rules import in_force_on

Credited = Mapping[UUID, Share]
"""What one sealed run credits for a sale, by partner."""


def decide_terms(
    sale: Sale,
    partner: Partner,
    registration: Registration | None,
    *,
    held: Iterable[Held],
    plans: Sequence[InForce],
    zone: str,
    credited: Credited | None = None,
    part: Part | None = None,
) -> Terms:
    """The terms of this partner: whether the sale is its own, or it is credited, or was only named.

    The plan is the one in force on the day of the order, so one rate holds for all cash of a sale. `credited` is what
    a sealed run says of the sale; None where none covers it yet. `part`: what an agreement about the registered sale
    gives this partner; of one that joins, `registration` is its own deal.
    """
    own = registration if registration and registration.partner_id == partner.id else None
    if not has_programme(partner):
        return Terms(partner, own, None, Why(Reason.OUTSIDE_PROGRAMME, {"status": partner.status}))
    plan = in_force_on(plans, sale.ordered_on)
    by_credit = _clause_by_credit(plan, partner) if plan else None
    if plan is not None and by_credit is not None:
        return _terms_by_credit(partner, own, plan, by_credit, credited, sale.ordered_on)
    if own is None:
        return Terms(partner, None, None, why_not_registered(sale, partner.id, held, zone))
    return _terms_by_registration(sale, partner, own, plan, plans, part)


def _terms_by_registration(
    sale: Sale, partner: Partner, own: Registration, plan: InForce | None, plans: Sequence[InForce], part: Part | None
) -> Terms:
    """The clause for the partner's own sale, or for its part in one; or why there is none."""
    ordered = {"ordered_on": sale.ordered_on.isoformat()}
    if part is not None and part.side == Side.JOINING and not part.divides:
        why = Why(Reason.NOT_JOINED_THEN, ordered | {"deal": own.deal_number})
        return Terms(partner, own, None, why, part=part)
    if plan is None:
        why = Why(Reason.NO_PLAN_IN_FORCE, ordered, _next_plan(plans, sale.ordered_on))
        return Terms(partner, own, None, why, part=part)
    body: CommissionPlan = plan.body
    found = body.clause_for(partner.kinds, partner.tier)
    if found is None:
        facts = {"plan": f"{body.title} v{plan.number}", "kinds": " ".join(partner.kinds), "tier": partner.tier}
        why = Why(Reason.PARTNER_NOT_ELIGIBLE, facts, _next_plan(plans, sale.ordered_on))
        return Terms(partner, own, None, why, part=part)
    return Terms(partner, own, _clause(plan, found), None, part=part)


def _clause_by_credit(plan: InForce, partner: Partner) -> PlanClause | None:
    """The clause that fits the partner, if it pays by credit."""
    body: CommissionPlan = plan.body
    found = body.clause_for(partner.kinds, partner.tier)
    return found if found is not None and found.is_by_credit else None


def _terms_by_credit(
    partner: Partner,
    own: Registration | None,
    plan: InForce,
    found: PlanClause,
    credited: Credited | None,
    ordered_on: date,
) -> Terms:
    """A share of the sale, or why there is none: it waits for a run, or nothing of it is the partner's."""
    facts = {"ordered_on": ordered_on.isoformat()}
    if credited is None:
        return Terms(partner, own, None, Why(Reason.WAITS_FOR_RUN, facts))
    share = credited.get(partner.id)
    if share is None or share.ppb == 0:
        return Terms(partner, own, None, Why(Reason.NOT_CREDITED, facts))
    return Terms(partner, own, _clause(plan, found), None, share)


def _clause(plan: InForce, found: PlanClause) -> Clause:
    """A clause of a plan's version as it is reckoned by."""
    return Clause(
        version_id=plan.version_id,
        number=plan.number,
        title=plan.body.title,
        effective_from=plan.effective_from,
        code=found.code,
        name=found.name,
        rate=found.fraction,
        rate_text=f"{found.rate}%",
        kinds=tuple(kind.value for kind in found.kinds),
        tiers=tuple(tier.value for tier in found.tiers),
    )


def _next_plan(plans: Sequence[InForce], day: date) -> date | None:
    """From when another version holds, if one is approved already."""
    return min((plan.effective_from for plan in plans if plan.effective_from > day), default=None)


def terms_of(trace: Trace) -> Terms | None:
    """The terms that a stored result was reckoned on, if a clause paid: they hold for all later cash of the sale."""
    plan = trace.plan
    if plan is None:
        return None
    who, found = trace.partner, trace.registration
    registration = None if found is None else Registration(
        who.id, found.found_by, found.deal_id, found.deal_number, found.protection_id, found.protected_from,
        found.protected_until, found.won_at,
    )  # fmt: skip
    clause = Clause(
        plan.version_id, plan.number, plan.title, plan.effective_from, plan.clause, plan.clause_name, rate(plan.rate),
        plan.rate, plan.kinds, plan.tiers,
    )  # fmt: skip
    who_then = Partner(who.id, who.kinds, who.tier, who.status)
    return Terms(who_then, registration, clause, None, _share_of(trace), part_told_by(trace.agreement))


def _share_of(trace: Trace) -> Share | None:
    """The share that a stored result was paid for: it holds for all later cash, whatever later runs say."""
    found = trace.credit
    if found is None:
        return None
    touches = tuple(OwnTouch(one.id, one.at, one.kind) for one in found.touches)
    return Share(
        found.run_id, found.run_number, found.event_kind, found.event_on, found.share_ppb, touches, found.commitment
    )


def part_told_by(found: AgreementFact | None) -> Part | None:
    """The part that a stored result or quote was reckoned for."""
    if found is None:
        return None
    return Part(
        found.agreement_id, found.claim_id, Side(found.side), found.decided_at, found.share_ppb, found.divides
    )  # fmt: skip
