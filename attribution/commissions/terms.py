"""On what terms a partner has a part in a sale: from plans in force, or from a result that stands already. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date

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
from attribution.commissions.trace import Trace
from portal.core.money import rate
from portal.policies.queries import InForce
from portal.policies.rules import in_force_on


def decide_terms(
    sale: Sale,
    partner: Partner,
    registration: Registration | None,
    *,
    held: Iterable[Held],
    plans: Sequence[InForce],
    zone: str,
) -> Terms:
    """The terms of this partner, whether the sale is its own or only named it.

    The plan is the one in force on the day of the order, so one rate holds for all cash of a sale.
    """
    own = registration if registration and registration.partner_id == partner.id else None
    if not has_programme(partner):
        return Terms(partner, own, None, Why(Reason.OUTSIDE_PROGRAMME, {"status": partner.status}))
    if own is None:
        return Terms(partner, None, None, why_not_registered(sale, partner.id, held, zone))
    plan = in_force_on(plans, sale.ordered_on)
    if plan is None:
        facts = {"ordered_on": sale.ordered_on.isoformat()}
        return Terms(partner, own, None, Why(Reason.NO_PLAN_IN_FORCE, facts, _next_plan(plans, sale.ordered_on)))
    body: CommissionPlan = plan.body
    found = body.clause_for(partner.kinds, partner.tier)
    if found is None:
        facts = {"plan": f"{body.title} v{plan.number}", "kinds": " ".join(partner.kinds), "tier": partner.tier}
        return Terms(partner, own, None, Why(Reason.PARTNER_NOT_ELIGIBLE, facts, _next_plan(plans, sale.ordered_on)))
    clause = Clause(
        version_id=plan.version_id,
        number=plan.number,
        title=body.title,
        effective_from=plan.effective_from,
        code=found.code,
        name=found.name,
        rate=found.fraction,
        rate_text=f"{found.rate}%",
        kinds=tuple(kind.value for kind in found.kinds),
        tiers=tuple(tier.value for tier in found.tiers),
    )
    return Terms(partner, own, clause, None)


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
    return Terms(Partner(who.id, who.kinds, who.tier, who.status), registration, clause, None)
