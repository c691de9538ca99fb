"""What the pages of commissions are given: one commission in words and as a picture, earnings by month, reports."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from attribution.commissions import explain, queries
from attribution.commissions.plan import kind_words, tier_words
from attribution.commissions.queries import CommissionView, MonthTotal, PartnerTotal
from attribution.commissions.rules import Outcome
from attribution.commissions.shares import PPB
from attribution.touchpoints.rules import TOUCH_KIND_LABELS, TouchKind
from partners.conflicts.agreements import Party
from partners.conflicts.rules import WHOLE
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.money import Money, round_half_away
from portal.core.permissions import Permission
from portal.core.web.cells import CellValue
from portal.core.web.charts import Chart
from portal.core.web.export import Field
from portal.identity.queries import names_of
from portal.ledger.queries import Balance, Period, list_balances, list_periods

MONTHS: Final = 12
"""Of a chart, the running one last."""
_MOST_PANELS: Final = 3


def today() -> date:
    """The vendor's day."""
    return clock.day_of(clock.now(), formats.time_zone().key)


def commission_context(actor: Actor, view: CommissionView) -> dict[str, Any]:
    """All that the page of a commission shows. No statement."""
    trace, own = view.trace, view.partner_id == actor.partner_id
    base = "/earnings" if actor.is_partner else "/commissions"
    why, when = explain.why_words(trace.why) if trace.why else ("", "")
    return {
        "view": view,
        "trace": trace,
        "base": base,
        "heading": _heading(view),
        "own": own,
        "steps": explain.step_words(trace, own=own),
        "product": explain.product_name(trace),
        "net": Money(trace.invoice.net_minor, trace.currency),
        "credit": _credit(view, own=own),
        "agreement": _agreement(view, own=own),
        "plan": explain.plan_name(trace),
        "why": why,
        "when": when,
        "stages": _stages(view),
        "seal": explain.seal_words(view.seal),
        "kinds": kind_words(trace.partner.kinds),
        "tier": tier_words((trace.partner.tier,)),
        "clause_kinds": kind_words(trace.plan.kinds) if trace.plan else "",
        "clause_tiers": tier_words(trace.plan.tiers) if trace.plan else "",
        "outcome_labels": explain.OUTCOME_LABELS,
    }


@dataclass(frozen=True, slots=True)
class Credit:
    """The partner's share of the credit with its own touches; of all others their share alone."""

    about: str
    own_label: str
    own: Fraction
    own_text: str
    others: Fraction
    others_text: str
    touches: list[tuple[str, datetime]]
    commitment: str


def _credit(view: CommissionView, *, own: bool) -> Credit | None:
    found = view.trace.credit
    if found is None:
        return None
    share, others = Fraction(found.share_ppb, PPB), Fraction(found.others_ppb, PPB)
    return Credit(
        about=explain.credit_words(found),
        own_label=_("Your company") if own else view.partner_name,
        own=share,
        own_text=explain.share_words(share),
        others=others,
        others_text=explain.share_words(others),
        touches=[(_(TOUCH_KIND_LABELS[TouchKind(one.kind)]), one.at) for one in found.touches],
        commitment=explain.seal_words(found.commitment),
    )


@dataclass(frozen=True, slots=True)
class AgreedRow:
    """A party of an agreement: its part, and for the vendor who it is."""

    label: str
    part: Fraction
    part_text: str
    is_own: bool
    company: UUID | None = None
    deal: UUID | None = None
    deal_number: str = ""


@dataclass(frozen=True, slots=True)
class AgreedWords:
    """How an agreement divides the sale; to a partner all others are one line, without a name."""

    about: str
    divides: bool
    rows: list[AgreedRow]
    conflict: UUID | None


def _agreement(view: CommissionView, *, own: bool) -> AgreedWords | None:
    found = view.trace.agreement
    if found is None:
        return None
    about = _("for orders from %(day)s on") % {"day": formats.date(found.decided_on)}
    if view.agreed is not None:
        rows = [_agreed_row(one, is_own=one.claim_id == found.claim_id) for one in view.agreed.parties]
        return AgreedWords(about, found.divides, rows, view.agreed.conflict_id)
    label = _("Your company") if own else view.partner_name
    parts = ((label, found.share_ppb), (_("All others"), found.others_ppb))
    rows = [
        AgreedRow(name, Fraction(ppb, PPB), explain.part_words(Fraction(ppb, PPB)), is_own=name == label)
        for name, ppb in parts
    ]
    return AgreedWords(about, found.divides, rows, None)


def _agreed_row(party: Party, *, is_own: bool) -> AgreedRow:
    part = Fraction(party.percent, WHOLE)
    return AgreedRow(
        party.partner_name, part, explain.part_words(part), is_own, party.partner_id, party.deal_id, party.deal_number
    )  # fmt: skip


def _heading(view: CommissionView) -> str:
    if view.outcome == Outcome.ZERO:
        refund = view.trace.cash.amount_minor < 0
        return _("Why this refund took nothing back") if refund else _("Why this payment earned nothing")
    return _("How we got %(amount)s") % {"amount": formats.money(view.amount)}


def _stages(view: CommissionView) -> list[dict[str, Any]]:
    """From the invoice line over the payment to the commission; nothing where no money came down."""
    trace = view.trace
    net, cash = trace.invoice.net_minor, trace.cash.amount_minor
    if view.amount.minor <= 0 or cash <= 0 or trace.plan is None:
        return []
    whole = {"value": max(net, cash), "amount": _money(net, trace.currency), "label": _("on the invoice line")}
    paid = {"value": cash, "amount": _money(cash, trace.currency), "label": _("payment received")}
    if net > cash:
        paid |= {"rest_amount": _money(net - cash, trace.currency), "rest_label": _("paid otherwise, or still open")}
    label = _("commission, %(rate)s") % {"rate": trace.plan.rate}
    if trace.agreement is not None and trace.agreement.divides:
        agreed = explain.part_words(Fraction(trace.agreement.share_ppb, PPB))
        label = _("%(part)s of %(rate)s") % {"part": agreed, "rate": trace.plan.rate}
    if trace.credit is not None:
        part = round_half_away(Fraction(cash * trace.credit.share_ppb, PPB))
        shared = {
            "value": part,
            "amount": _money(part, trace.currency),
            "label": _("share of the credit"),
            "rest_amount": _money(cash - part, trace.currency),
            "rest_label": _("all others'"),
        }
        return [whole, paid, shared, {"value": view.amount.minor, "amount": formats.money(view.amount), "label": label}]
    return [whole, paid, {"value": view.amount.minor, "amount": formats.money(view.amount), "label": label}]


def _money(minor: int, currency: str) -> str:
    return formats.money(Money(minor, currency))


async def earnings_context(actor: Actor, partner_id: UUID) -> dict[str, Any]:
    """What is owed to a partner, and what each of the last months brought. One statement."""
    balances = await list_balances(actor, partner_id=partner_id)
    running = clock.month_of(today())
    months = _months_until(running)
    currencies = _by_size(balances)
    owed = [
        sum((one.amount for one in balances if one.amount.currency == currency), Money.zero(currency))
        for currency in currencies
    ]
    main = currencies[0] if currencies else ""
    by_month = {(one.period, one.amount.currency): one.amount.minor for one in balances}
    return {
        "owed": owed,
        "this_month": Money(by_month.get((running, main), 0), main) if main else None,
        "last_month": Money(by_month.get((months[-2], main), 0), main) if main else None,
        "trend": [by_month.get((month, main), 0) for month in months],
        "chart": _chart(months, currencies[:_MOST_PANELS], by_month),
    }


def _months_until(running: date) -> list[date]:
    months = [running]
    while len(months) < MONTHS:
        months.append(clock.previous_month(months[-1]))
    return months[::-1]


def _by_size(balances: Sequence[Balance]) -> list[str]:
    """Currencies, the one with the most entries first."""
    counts: dict[str, int] = {}
    for one in balances:
        counts[one.amount.currency] = counts.get(one.amount.currency, 0) + 1
    return sorted(counts, key=lambda currency: (-counts[currency], currency))


def _chart(months: Sequence[date], currencies: Sequence[str], minor: Mapping[tuple[date, str], int]) -> Chart:
    """Bars by month, a panel for each currency; the running month is marked as unfinished.

    Before the first month with an entry there is no data; after it, a month without one brought nothing.
    """
    first = min((month for month, _currency in minor), default=months[-1])

    def amount(month: date, currency: str) -> Money | None:
        return None if month < first else Money(minor.get((month, currency), 0), currency)

    names = [formats.month(month) for month in months]
    panels = [
        {
            "title": _("Commission in %(currency)s") % {"currency": currency} if len(currencies) > 1 else "",
            "unit": currency,
            "kind": "bar",
            "format": {"style": "money", "currency": currency},
            "series": [
                {
                    "name": _("Commission"),
                    "values": [_drawn(amount(month, currency)) for month in months],
                    "colour": 2,
                    "open": True,
                }
            ],
        }
        for currency in currencies
    ]
    rows = [
        [name, *(_written(amount(month, currency)) for currency in currencies)]
        for month, name in zip(months, names, strict=True)
    ]
    return Chart(
        unit=_(", ").join(currencies),
        sentence=_("By ledger month, refunds taken off. The last month is still running."),
        option={"categories": names, "panels": panels},
        table={"head": [_("Month"), *currencies], "rows": rows if currencies else []},
    )


def _drawn(amount: Money | None) -> float | None:
    """A plain number for drawing only: the table beneath has the exact amount."""
    return None if amount is None else float(amount.decimal)


def _written(amount: Money | None) -> str:
    return "–" if amount is None else formats.money(amount)


@dataclass(frozen=True, slots=True)
class Month:
    """A month of the ledger with its totals by currency, and whether it can be closed now."""

    period: date
    closed: Period | None
    """None while it is open."""
    closed_by: str
    is_running: bool
    can_close: bool
    totals: list[MonthTotal]


async def months_context(actor: Actor) -> dict[str, Any]:
    """All months with their totals. Four statements."""
    totals = await queries.list_month_totals(actor)
    months = await _months(actor, totals)
    return {"months": months, "chart": _months_chart(months)}


async def _months(actor: Actor, totals: Sequence[MonthTotal]) -> list[Month]:
    running = clock.month_of(today())
    periods = await list_periods(actor, running=running)
    names = await names_of(actor, {one.closed_by for one in periods if one.closed_by})
    due = min((one.period for one in periods if not one.is_closed), default=running)
    return [
        Month(
            period=one.period,
            closed=one if one.is_closed else None,
            closed_by=names.get(one.closed_by, "") if one.closed_by else "",
            is_running=one.period >= running,
            can_close=one.period == due < running and actor.may(Permission.PERIODS_CLOSE),
            totals=[total for total in totals if total.period == one.period],
        )
        for one in periods
    ]


def _months_chart(months: Sequence[Month]) -> Chart:
    minor = {(total.period, total.net.currency): total.net.minor for month in months for total in month.totals}
    counts: dict[str, int] = {}
    for month in months:
        for total in month.totals:
            counts[total.net.currency] = counts.get(total.net.currency, 0) + total.results
    currencies = sorted(counts, key=lambda currency: (-counts[currency], currency))
    return _chart(_months_until(clock.month_of(today())), currencies[:_MOST_PANELS], minor)


async def month_context(actor: Actor, period: date) -> dict[str, Any]:
    """The report of a month. Five statements."""
    totals = await queries.list_month_totals(actor, period)
    months = await _months(actor, totals)
    running = clock.month_of(today())
    unused = Month(period, None, "", is_running=period >= running, can_close=False, totals=[])
    return {
        "month": next((one for one in months if one.period == period), unused),
        "partners": await queries.list_partner_totals(actor, period),
        "is_equal": not any(one.difference for one in totals),
    }


def report_fields() -> list[Field]:
    """The columns of a month's report as a file; the rows are those of `queries.stream_report`."""
    plain = (
        (_("Partner"), "partner"),
        (_("Customer"), "customer"),
        (_("Product"), "product"),
        (_("Invoice line"), "invoice"),
        (_("Payment"), "cash"),
        (_("Paid on"), "paid_on"),
        (_("Plan"), "plan"),
        (_("Clause"), "clause"),
        (_("Commission rate"), "rate"),
    )
    last = ((_("Ledger month"), "period"), (_("Trace"), "id"), (_("Seal"), "seal"))
    return [
        *(Field(heading, _value_of(name)) for heading, name in plain),
        Field(_("Cash received"), _amount_of("cash_minor")),
        Field(_("Commission"), _amount_of("amount_minor")),
        Field(_("Currency"), _value_of("currency")),
        *(Field(heading, _value_of(name)) for heading, name in last),
    ]


def _value_of(name: str) -> Callable[[Mapping[str, Any]], CellValue]:
    return lambda row: row.get(name)


def _amount_of(name: str) -> Callable[[Mapping[str, Any]], CellValue]:
    def amount(row: Mapping[str, Any]) -> CellValue:
        minor = row.get(name)
        return None if minor is None else Money(minor, row["currency"]).decimal

    return amount


def month_json(month: Month, partners: Sequence[PartnerTotal] | None = None) -> dict[str, Any]:
    """A month for programs; amounts in whole minor units."""
    plain: dict[str, Any] = {
        "period": month.period.isoformat(),
        "closed_at": month.closed.closed_at if month.closed else None,
        "totals": [_total_json(one) | {"partners": one.partners} for one in month.totals],
    }
    if partners is not None:
        plain["partners"] = [
            _total_json(one) | {"partner_id": str(one.partner_id), "partner": one.partner_name} for one in partners
        ]
    return plain


def _total_json(one: MonthTotal | PartnerTotal) -> dict[str, Any]:
    return {
        "currency": one.net.currency,
        "accrued_minor": one.accrued.minor,
        "taken_back_minor": one.taken_back.minor,
        "net_minor": one.net.minor,
        "ledger_minor": one.ledger.minor,
        "results": one.results,
    }
