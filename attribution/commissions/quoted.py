"""Quotes as people read them: a panel on the deal's page and beside its form, with every step, and as JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

from attribution.commissions import quotes
from attribution.commissions.explain import REASON_LABELS, StepWords, part_words, words_of_step
from attribution.commissions.plan import kind_words, tier_words
from attribution.commissions.quotes import DealQuotes, Kept
from attribution.commissions.quoting import Accrued, Cause, Quote, QuotedLine, causes
from attribution.commissions.rules import Reason
from attribution.commissions.shares import PPB
from attribution.commissions.trace import WhyFact
from partners.deals import doors
from partners.deals.doors import Panel, Place
from partners.deals.queries import DealRecord
from partners.deals.rules import ROLE_LABELS, is_ended
from partners.deals.states import DealState, Stage
from portal.core import formats
from portal.core.actor import Actor
from portal.core.i18n import N_, current_locale
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question

_PANEL: Final = "attribution/commissions/pages/quote.html"
_HINT: Final = "attribution/commissions/pages/quote_hint.html"

CAUSE_LABELS: Final = {
    "deal.submitted": N_("when it was submitted"),
    "deal.amended": N_("when it was amended"),
    "deal.approved": N_("when it was approved"),
    "deal.taken_over": N_("when it was handed over"),
    "deal.role_agreed": N_("when it was agreed what part it plays"),
    quotes.AGREED: N_("when partners agreed on their parts"),
    quotes.TAKEN_IN: N_("after it was imported"),
}
_WHY_NOT: Final[Mapping[Reason, str]] = {
    Reason.NO_PLAN_IN_FORCE: N_("No commission plan is in force, so nobody can say what it will earn."),
    Reason.WAITS_FOR_RUN: N_(
        "The plan pays by the share of the credit for the sale. That is known when an attribution run covers the order."
    ),
    Reason.ROLE_NOT_PAID: N_(
        "The deal has the role “%(role)s”. The plan pays the partner whose deal protects the sale."
    ),
    Reason.OUTSIDE_PROGRAMME: N_("Only partners in the programme earn commission."),
    Reason.PARTNER_NOT_ELIGIBLE: N_("The plan has no clause for %(kinds)s in the tier %(tier)s."),
    Reason.BELOW_ONE_UNIT: N_("Less than half of the smallest unit of the currency."),
}


_PLAIN_CAUSES: Final[Mapping[Cause, str]] = {
    "nothing": N_("no clause of a plan paid for it"),
    "others": N_("the plan pays the partner's share of the credit, the rest is other parties' part"),
    "agreement": N_("the agreement about the customer divides it otherwise"),
    "lines": N_("the invoice has other lines, so single cents round differently"),
}


@dataclass(frozen=True, slots=True)
class LineWords:
    """A line of a quote with its steps."""

    title: str
    steps: list[StepWords]
    amount: str
    why: str


def line_words(quote: Quote, line: QuotedLine, *, own: bool) -> LineWords:
    """A line with what it is worth, and the steps from there."""
    name = (current_locale() == "zh_CN" and line.product_zh) or line.product
    return LineWords(
        title=_("%(quantity)s × %(product)s") % {"quantity": formats.number(line.quantity), "product": name},
        steps=[words_of_step(step, quote.currency, own=own) for step in line.steps],
        amount=formats.money(Money(line.amount_minor, quote.currency)),
        why=why_not(line.why, quote) if line.why else "",
    )


def why_not(why: WhyFact, quote: Quote) -> str:
    """Why nothing can be quoted, in the reader's words."""
    facts = {
        "role": _(ROLE_LABELS[quote.role]),
        "kinds": kind_words(quote.partner.kinds),
        "tier": tier_words((quote.partner.tier,)),
    }
    return _(_WHY_NOT[why.reason]) % facts


def difference_words(quoted: Quote, accrued: Accrued) -> str:
    """One sentence: what accrued is what was quoted, or why not."""
    found = causes(quoted, accrued)
    if not found:
        return _("Exactly as quoted.")
    if found == ("unpaid",):
        return _("As quoted so far; %(open)s is still to be paid.") % {
            "open": formats.money(accrued.invoiced - accrued.cash)
        }
    clauses = _("; ").join(_cause_words(one, quoted, accrued) for one in found)
    return _("Not what was quoted: %(causes)s.") % {"causes": clauses}


def _cause_words(cause: Cause, quoted: Quote, accrued: Accrued) -> str:
    match cause:
        case "plan":
            return _("the plan of the order day was another, %(plan)s") % {"plan": accrued.plan}
        case "price":
            facts = {"invoiced": formats.money(accrued.invoiced), "quoted": formats.money(quoted.net)}
            return _("%(invoiced)s was invoiced, %(quoted)s was quoted") % facts
        case "unpaid":
            return _("%(open)s is still to be paid") % {"open": formats.money(accrued.invoiced - accrued.cash)}
        case _:
            return _(_PLAIN_CAUSES[cause])


def panel_context(actor: Actor, found: DealQuotes, quote: Quote) -> dict[str, Any]:
    """What the panel of a deal shows. No statement."""
    own = quote.partner.id == actor.partner_id
    newest: Kept | None = found.kept[0] if found.kept else None
    return {
        "quote": quote,
        "newest": newest,
        "when": _(CAUSE_LABELS[newest.cause]) if newest else "",
        "earlier": [
            (formats.date(one.made_at), formats.money(one.quote.total) if one.quote.plan else _short(one.quote))
            for one in found.kept[1:]
        ],
        "plan": f"{quote.plan.title} v{quote.plan.number}" if quote.plan else "",
        "part": part_words(Fraction(quote.agreement.share_ppb, PPB)) if quote.agreement else "",
        "lines": [line_words(quote, line, own=own) for line in quote.lines],
        "why": why_not(quote.why, quote) if quote.why else "",
        "short": _short(quote),
        "accrued": found.accrued,
        "difference": difference_words(quote, found.accrued) if found.accrued else "",
    }


def _short(quote: Quote) -> str:
    """Why nothing is quoted, in a few words."""
    return _(REASON_LABELS[quote.why.reason]) if quote.why else ""


@doors.adds_panel
def quote_panel(actor: Actor, record: DealRecord, now: datetime) -> Question | None:
    """What the deal will earn: as it was quoted, or as it would be today; and what has accrued."""
    if not actor.may(Permission.COMMISSIONS_READ):
        return None
    question = quotes.quotes_of(actor, record.id, now=now, is_draft=record.state == DealState.DRAFT)
    is_over = is_ended(record.state, record.stage) and record.stage != Stage.WON
    return question.then(lambda found: _panel(actor, found, is_over=is_over))


def _panel(actor: Actor, found: DealQuotes | None, *, is_over: bool) -> Panel | None:
    if found is None or found.counts is None:
        return None
    # Orders from while it was protected may still be paid; without any, the amount is what might have been.
    context = panel_context(actor, found, found.counts) | {"is_over": is_over and not found.accrued}
    return Panel(_PANEL, context, Place.ASIDE, order=20)


@doors.adds_form_panel
def quote_hint(actor: Actor, record: DealRecord | None, now: datetime) -> Question | None:
    """Beside the form: what the deal will earn as it was saved last; before that, the partner's own rate."""
    if actor.partner_id is None or not actor.may(Permission.COMMISSIONS_READ):
        return None
    if record is None:
        rate = quotes.own_rate_of(actor, actor.partner_id, now=now)
        return rate.then(lambda found: Panel(_HINT, {"rate": found, "quote": None, "why": ""}))
    return quotes.quotes_of(actor, record.id, now=now, is_draft=record.state == DealState.DRAFT).then(_hint)


def _hint(found: DealQuotes | None) -> Panel | None:
    if found is None or found.counts is None:
        return None
    quote = found.counts
    return Panel(_HINT, {"rate": None, "quote": quote, "why": why_not(quote.why, quote) if quote.why else ""})


def quotes_json(found: DealQuotes) -> dict[str, Any]:
    """Quotes for programs; amounts in whole minor units."""
    accrued = found.accrued
    return {
        "quotes": [
            {"id": str(one.id), "made_at": one.made_at, "cause": one.cause, "sha256": one.seal,
             "quote": json.loads(one.quote.document)}
            for one in found.kept
        ],
        "today": json.loads(found.today.document) if found.today else None,
        "accrued": {"amount_minor": accrued.amount.minor, "cash_minor": accrued.cash.minor,
                    "invoiced_minor": accrued.invoiced.minor, "currency": accrued.amount.currency}
        if accrued else None,
    }  # fmt: skip
