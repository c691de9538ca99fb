"""A trace in the reader's words: the steps with their sums, why it is this partner's sale, why nothing was paid."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from attribution.commissions.plan import kind_words, tier_words
from attribution.commissions.rules import Outcome, Reason
from attribution.commissions.trace import CreditFact, Part, RegistrationFact, Step, Trace, WhyFact
from attribution.lifecycle.rules import KIND_LABELS as LIFECYCLE_LABELS
from attribution.lifecycle.rules import EventKind
from partners.deals.rules import ROLE_LABELS
from partners.deals.states import DealRole
from portal.core import formats
from portal.core.i18n import N_, current_locale
from portal.core.i18n import gettext as _
from portal.core.money import Money, exponent

OUTCOME_LABELS: Final = {
    Outcome.ACCRUED: N_("Accrued"),
    Outcome.REVERSED: N_("Taken back"),
    Outcome.ZERO: N_("Not paid"),
}
REASON_LABELS: Final = {
    Reason.NO_REGISTERED_DEAL: N_("No registered deal"),
    Reason.NOT_PROTECTED_THEN: N_("Not protected on the order day"),
    Reason.DEAL_UNDECIDED: N_("The deal is not decided yet"),
    Reason.DEAL_NOT_APPROVED: N_("The deal was not approved"),
    Reason.ROLE_NOT_PAID: N_("This role is not paid"),
    Reason.NOT_JOINED_THEN: N_("Took no part on the order day"),
    Reason.OUTSIDE_PROGRAMME: N_("Partner outside the programme"),
    Reason.NO_PLAN_IN_FORCE: N_("No plan in force"),
    Reason.WAITS_FOR_RUN: N_("Waits for an attribution run"),
    Reason.NOT_CREDITED: N_("No credit for this sale"),
    Reason.PARTNER_NOT_ELIGIBLE: N_("No clause for this partner"),
    Reason.BELOW_ONE_UNIT: N_("Below one cent"),
    Reason.NOTHING_LEFT: N_("Nothing left to earn"),
    Reason.REFUNDS_EXCEED: N_("Refunds exceed payments"),
    Reason.RECKONED_AGAIN: N_("Reckoned again"),
}
_SIGNS: Final = {"+": "+", "-": formats.MINUS, "*": "×"}
_MOST_DECIMALS: Final = 12
_PARTS: Final = frozenset({"part", "others_part"})
_SHARE_DECIMALS: Final = 4
_WHY: Final[Mapping[Reason, str]] = {
    Reason.NO_REGISTERED_DEAL: N_(
        "The customer ordered on %(ordered_on)s. No approved deal of yours covered this customer and product then."
    ),
    Reason.NOT_PROTECTED_THEN: N_(
        "The customer ordered on %(ordered_on)s. Your deal %(deal)s was protected from %(first_day)s to %(last_day)s,"
        " both days included."
    ),
    Reason.DEAL_UNDECIDED: N_("The invoice names your deal %(deal)s, and that is not decided yet."),
    Reason.DEAL_NOT_APPROVED: N_("The invoice names your deal %(deal)s, and that was not approved."),
    Reason.ROLE_NOT_PAID: N_(
        "Your deal %(deal)s has the role “%(role)s”. This plan pays the partner whose deal protects the sale."
    ),
    Reason.NOT_JOINED_THEN: N_(
        "The customer ordered on %(ordered_on)s. By an agreement your deal %(deal)s takes part in this sale while it is"
        " approved, and on that day it was not."
    ),
    Reason.OUTSIDE_PROGRAMME: N_("Only partners in the programme earn commission, and your company was not in it."),
    Reason.NO_PLAN_IN_FORCE: N_("No commission plan was in force on %(ordered_on)s, when the customer ordered."),
    Reason.WAITS_FOR_RUN: N_(
        "This plan pays by your share of the credit for the order of %(ordered_on)s, and no attribution run covers that"
        " order yet."
    ),
    Reason.NOT_CREDITED: N_(
        "This plan pays by your share of the credit for the order of %(ordered_on)s. None of your touches counted"
        " for it."
    ),
    Reason.PARTNER_NOT_ELIGIBLE: N_("%(plan)s has no clause for %(kinds)s in the tier %(tier)s."),
    Reason.BELOW_ONE_UNIT: N_(
        "Your rate on this payment comes to less than half of the smallest unit of the currency."
    ),
    Reason.NOTHING_LEFT: N_(
        "All that was earned from this sale had been taken back before, so nothing is left to take."
    ),
    Reason.REFUNDS_EXCEED: N_("More has been refunded than paid on this invoice line so far."),
    Reason.RECKONED_AGAIN: N_("This result was undone because the payment was reckoned again."),
}
_WHEN: Final[Mapping[Reason, str]] = {
    Reason.NO_REGISTERED_DEAL: N_("For this order it stays so. Orders from the day of an approval on are covered."),
    Reason.NOT_PROTECTED_THEN: N_(
        "For this order it stays so. Register the next one, or ask for an extension in time."
    ),
    Reason.DEAL_UNDECIDED: N_("It is reckoned again by itself as soon as the deal is decided."),
    Reason.DEAL_NOT_APPROVED: N_("It stays so unless the decision is changed."),
    Reason.ROLE_NOT_PAID: N_("It stays so under this plan."),
    Reason.NOT_JOINED_THEN: N_("For this order it stays so. Orders of days on which your deal is approved count."),
    Reason.OUTSIDE_PROGRAMME: N_("Sales after your company has joined the programme can earn."),
    Reason.NO_PLAN_IN_FORCE: N_("It stays so until a plan is approved; orders from its first day on can earn."),
    Reason.WAITS_FOR_RUN: N_("It is reckoned again by itself as soon as the next run is sealed."),
    Reason.NOT_CREDITED: N_(
        "It stays so unless a contribution of yours is approved and the vendor adopts a later run."
    ),
    Reason.PARTNER_NOT_ELIGIBLE: N_("It stays so for this order; a plan or a tier that follows counts for later ones."),
    Reason.BELOW_ONE_UNIT: N_("It is not lost: the next payment on this invoice line counts it in."),
    Reason.NOTHING_LEFT: N_("The next payment on this invoice line earns again."),
    Reason.REFUNDS_EXCEED: N_("Payments beyond what was refunded earn again."),
    Reason.RECKONED_AGAIN: N_("The new result is listed under the payments of this invoice line."),
}
_FROM_DAY: Final = N_("Orders from %(day)s on fall under the next version of the plan.")


@dataclass(frozen=True, slots=True)
class StepWords:
    """One step as the page shows it."""

    code: str
    title: str
    sum: str
    result: str
    note: str


def step_words(trace: Trace, *, own: bool) -> list[StepWords]:
    """The steps of the calculation: whose sale it is, what came in, what the plan makes of it.

    `own`: told to the partner that it is about; otherwise to the vendor, or to the distributor above.
    """
    found = trace.registration
    whose = [StepWords("sale", _("Whose sale it is"), sale_words(found), found.deal_number, "")] if found else []
    return [*whose, _cash_words(trace), *(words_of_step(step, trace.currency, own=own) for step in trace.steps)]


def _cash_words(trace: Trace) -> StepWords:
    """The payment or refund itself, as a part of its invoice line."""
    cash, net = Money(trace.cash.amount_minor, trace.currency), Money(trace.invoice.net_minor, trace.currency)
    title = _("The customer was refunded") if cash.minor < 0 else _("The customer paid")
    whole = {"cash": formats.money(cash), "net": formats.money(net)}
    if net.minor > 0:
        share = formats.percent(Fraction(abs(cash.minor), net.minor))
        text = _("%(cash)s of %(net)s on the invoice line, %(share)s") % {**whole, "share": share}
    else:
        text = _("%(cash)s of %(net)s on the invoice line") % whole
    return StepWords("cash", title, text, formats.money(cash), "")


def words_of_step(step: Step, currency: str, *, own: bool) -> StepWords:
    """One step of a reckoning, with its formula written out."""
    titles = {
        "cash_so_far": _("Together with what came before"),
        "floor": _("More was refunded than paid: never below nothing"),
        "split": _("Your share of the credit") if own else _("The partner's share of the credit"),
        "rate": _("Your rate") if own else _("The partner's rate"),
        "agreed": _("Split by agreement: %(part)s yours") if own else _("Split by agreement: %(part)s the partner's"),
        "agreed_others": _("Split by agreement: %(part)s all others'"),
        "agreed_rest": _("Less that, what is yours") if own else _("Less that, what is the partner's"),
        "less_earned": _("Less what you earned from it before") if own else _("Less what was earned from it before"),
        "undo": _("The earlier result is undone in full"),
    }
    part = next((part_words(Fraction(one.value)) for one in step.parts if one.name in _PARTS), "")
    rounding = Fraction(step.rounding)
    sign = "+" if rounding > 0 else ""
    rounded = _("rounding %(by)s") % {"by": sign + exact_number(rounding, currency)} if rounding else _("exact")
    formula = " ".join(_part_words(part, currency) for part in step.parts)
    equals = exact_number(Fraction(step.exact), currency)
    result = formats.money(Money(step.result, currency))
    title = titles[step.code] % {"part": part} if part else titles[step.code]
    return StepWords(step.code, title, f"{formula} = {equals}", result, rounded)


def _part_words(part: Part, currency: str) -> str:
    if part.op == "max":
        return _("but at least %(amount)s") % {"amount": formats.money(Money(int(part.value), currency))}
    sign = f"{_SIGNS[part.op]} " if part.op else ""
    if part.name in _PARTS:
        return f"{sign}{part_words(Fraction(part.value))}"
    if part.name == "share":
        return f"{sign}{share_words(Fraction(part.value))}"
    value = part.value if part.value.endswith("%") else formats.money(Money(int(part.value), currency))
    return f"{sign}{value}"


def share_words(share: Fraction) -> str:
    """A share in percent with four decimals: enough to tell shares apart, short enough to be read."""
    return f"{formats.number(share * 100, _SHARE_DECIMALS)}%"


def part_words(part: Fraction) -> str:
    """The part by an agreement, which is made in whole percent."""
    return f"{formats.number(part * 100)}%"


def credit_words(credit: CreditFact) -> str:
    """What the share is of."""
    facts = {
        "event": _(LIFECYCLE_LABELS[EventKind(credit.event_kind)]),
        "day": formats.date(credit.event_on),
        "run": credit.run_number,
    }
    return _("%(event)s on %(day)s, as run %(run)s has frozen it") % facts


def exact_number(minor: Fraction, currency: str) -> str:
    """Minor units as a number of major units with all its decimals; `…` where they do not end."""
    value = minor / 10 ** exponent(currency)
    for decimals in range(exponent(currency), _MOST_DECIMALS + 1):
        if (value * 10**decimals).denominator == 1:
            return formats.number(value, decimals)
    return formats.number(value, _MOST_DECIMALS) + "…"


def why_words(why: WhyFact) -> tuple[str, str]:
    """Why nothing was paid, and when it could be otherwise."""
    facts = {name: _fact_words(name, value) for name, value in why.facts.items()}
    later = _FROM_DAY if why.could_change_on else _WHEN[why.reason]
    day = {"day": formats.date(why.could_change_on)} if why.could_change_on else {}
    return _(_WHY[why.reason]) % facts, _(later) % day


def _fact_words(name: str, value: str) -> str:
    if name in {"ordered_on", "first_day", "last_day"}:
        return formats.date(date.fromisoformat(value))
    if name == "role":
        return _(ROLE_LABELS[DealRole(value)])
    if name == "tier":
        return tier_words((value,))
    return kind_words(tuple(value.split())) if name == "kinds" else value


def sale_words(found: RegistrationFact) -> str:
    """Why it is this partner's sale, with its bounds."""
    facts = {
        "deal": found.deal_number,
        "first": formats.date(found.first_day) if found.first_day else "",
        "last": formats.date(found.last_day) if found.last_day else "",
        "won": formats.date(found.won_at) if found.won_at else "",
    }
    if found.found_by == "protection":
        sentence = _(
            "Deal %(deal)s protected customer and product group from %(first)s to %(last)s, both days included."
        )
    elif found.found_by == "agreement":
        sentence = _("By an agreement of two partners deal %(deal)s has a part in this sale.")
    elif found.won_at:
        sentence = _("The invoice names deal %(deal)s, won on %(won)s while it was protected: that holds for ever.")
    else:
        sentence = _("The invoice names deal %(deal)s, which was approved and had not ended.")
    return sentence % facts


def product_name(trace: Trace) -> str:
    """The product in the reader's language."""
    invoice = trace.invoice
    return invoice.product_zh if invoice.product_zh and current_locale() == "zh_CN" else invoice.product


def plan_name(trace: Trace) -> str:
    """The plan with its version, as people cite it; empty where none paid."""
    return f"{trace.plan.title} v{trace.plan.number}" if trace.plan else ""


def seal_words(sealed: str) -> str:
    """The seal in groups of four, so that two people can compare it."""
    return " ".join(sealed[start : start + 4] for start in range(0, len(sealed), 4))
