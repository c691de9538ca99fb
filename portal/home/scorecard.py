"""The vendor's scorecard of one partner: what it did in a year, what its customers are worth, and others beside it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from partners.companies import queries as companies
from partners.companies.rules import KIND_LABELS, TIER_LABELS, PartnerKind
from portal.core import clock, formats
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.web.pages import Page
from portal.home import blocks
from portal.home.queries import months_back
from portal.home.scorecard_queries import Amounts, Facts, Value, Worked, Worth, get_facts

SHOW: Final = "portal/home/pages/scorecard.html"
MONTHS: Final = 12
"""The running one and those before."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number of the partner, beside the median of partners like it; None where nothing is known."""

    key: str
    label: str
    value: Value | None
    median: Value | None
    href: str = ""
    """The rows behind it."""
    note: str = ""
    why: str = ""
    is_days: bool = False

    def words(self, value: Value | None) -> str:
        """A value as it is read; a dash where nothing is known."""
        if value is None:
            return "–"
        if isinstance(value, Money):
            return formats.money(value)
        if isinstance(value, int):
            return formats.number(value)
        return formats.number(value, 1) if self.is_days else formats.percent(value)


class ScorecardPages(Controller):
    """What a partner does, as the vendor sees it."""

    path = "/partners/companies"

    @get("/{company_id:uuid}/scorecard", needs=Permission.ACCOUNTS_READ)
    async def show(self, actor: NamedDependency[Actor], company_id: FromPath[UUID]) -> Page:
        """One partner."""
        company, facts, months = await _read(actor, company_id)
        tier, kinds = company["tier"], company["kinds"]
        return Page(
            SHOW,
            company=company,
            facts=facts,
            since=months[0],
            tier=_(TIER_LABELS[tier]),
            kinds=", ".join(_(KIND_LABELS[PartnerKind(kind)]) for kind in kinds),
            groups=measures_of(actor, company_id, facts, months[0]),
            chart=_chart(facts, company_id, months) if actor.may(Permission.REVENUE_READ) else None,
        )


class ScorecardApi(Controller):
    """The scorecard as JSON."""

    path = "/api/v1/partners/companies"
    tags = ("partners",)

    @get("/{company_id:uuid}/scorecard", needs=Permission.ACCOUNTS_READ)
    async def show(self, actor: NamedDependency[Actor], company_id: FromPath[UUID]) -> dict[str, Any]:
        """Its measures: amounts in whole minor units, shares and days as decimal text, null for what is not known."""
        _company, facts, months = await _read(actor, company_id)
        measures = [one for _title, some in measures_of(actor, company_id, facts, months[0]) for one in some]
        return {
            "since": months[0].isoformat(),
            "peers": len(facts.peers),
            "measures": [
                {"key": one.key, "value": _plain(one.value), "median": _plain(one.median)} for one in measures
            ],
        }


async def _read(actor: Actor, company_id: UUID) -> tuple[dict[str, Any], Facts, list[date]]:
    today = clock.day_of(clock.now(), formats.time_zone().key)
    months = months_back(today, MONTHS)
    company = await companies.get_company(actor, company_id)
    return company, await get_facts(actor, company_id, since=months[0], today=today), months


def measures_of(actor: Actor, partner: UUID, facts: Facts, since: date) -> list[tuple[str, list[Measure]]]:
    """The measures that the actor may read, under their headings."""
    groups = [(_("Deals"), _deals(partner, facts, since))]
    money = []
    if actor.may(Permission.REVENUE_READ):
        money.append(_amount("invoiced", _("Invoiced"), facts, facts.invoiced, partner, f"/revenue?partner={partner}"))
    if actor.may(Permission.RUNS_READ):
        money.append(_credited(partner, facts))
    if actor.may(Permission.COMMISSIONS_READ):
        href = f"/commissions?partner={partner}&tab=paid&since={since}"
        money.append(_amount("earned", _("Commission earned"), facts, facts.earned, partner, href))
        money.append(
            replace(
                _amount("closed", _("Commission of closed months"), facts, facts.closed, partner, href),
                why=_(
                    "What a closed month says is final; what was taken back in a month that is still open is not in it."
                    " Payouts themselves are not made in this product yet."
                ),
            )
        )
    if money:
        groups.append((_("Revenue and commission"), money))
    if actor.may(Permission.REVENUE_READ):
        groups.append((_("Its customers"), _customers(partner, facts)))
    return groups


def _deals(partner: UUID, facts: Facts, since: date) -> list[Measure]:
    """Registrations and sales of these months, and what is open now."""

    def of(part: Callable[[Worked], Value | None]) -> tuple[Value | None, Value | None]:
        return facts.beside(partner, {one: part(worked) for one, worked in facts.worked.items()})

    rows = f"/partners/deals?tab=all&partner={partner}"
    return [
        Measure("registered", _("Registrations"), *of(lambda one: one.registered), f"{rows}&submitted={since}"),
        Measure("approved", _("Approved"), *of(lambda one: one.approved), f"{rows}&approved={since}",
                why=_("Approved in these months; those whose protection has run out since are counted too.")),
        Measure("approval_rate", _("Approved, of those decided"), *of(lambda one: _part(one.approved, one.decided)),
                f"{rows}&decided={since}"),
        Measure("won_rate", _("Won, of those closed"), *of(lambda one: _part(one.won, one.won + one.lost)),
                f"{rows}&closed={since}"),
        Measure("days", _("Days to a decision, median"), *of(lambda one: one.days), f"{rows}&decided={since}",
                is_days=True, why=_("From registration to decision. It says how quick the vendor was, and how complete"
                                    " the registration.")),
        _amount("forecast", _("Open, weighted"), facts, facts.forecast, partner, f"/forecast/open?partner={partner}",
                why=_("Amounts of open sales times the chance of their stage. It is no promise.")),
    ]  # fmt: skip


def _credited(partner: UUID, facts: Facts) -> Measure:
    """What the paying model gives it, and its place among all partners."""
    currency = facts.run.currency if facts.run else ""
    amounts = {one: Money(minor, currency) for one, minor in facts.credited.items()}
    better = sum(1 for one in facts.credited.values() if one > facts.credited.get(partner, 0))
    place = _("place %(place)s of %(count)s") % {
        "place": formats.number(better + 1), "count": formats.number(len(facts.credited)),
    }  # fmt: skip
    return Measure(
        "credited", _("Credited revenue"), *facts.beside(partner, amounts),
        href=f"/runs/{facts.run.id}" if facts.run else "", note=place if partner in facts.credited else "",
        why=_("What the newest sealed run gives it under the paying model. It says whom the rules give it to, not what"
              " would be missing without it."),
    )  # fmt: skip


def _customers(partner: UUID, facts: Facts) -> list[Measure]:
    """Customers that it touched before their first purchase."""
    rows = f"/value/customers?group=partner:{partner}"

    def of(part: Callable[[Worth], Value | None]) -> tuple[Value | None, Value | None]:
        return facts.beside(partner, {one: part(worth) for one, worth in facts.worth.items()})

    counts = {one: count for one, (count, _asleep) in facts.customers.items()}
    asleep = {one: dormant for one, (_count, dormant) in facts.customers.items()}
    own = facts.worth.get(partner)
    few = "" if own or partner not in counts else _("too few customers to say")
    return [
        Measure("customers", _("Customers"), *facts.beside(partner, counts), rows,
                why=_("Those that it touched before their first purchase, as the newest sealed run froze it; a customer"
                      " that two partners touched counts with both.")),
        Measure("value", _("Lifetime value of one, mean"), *of(lambda one: one.value), rows, note=_span(own) or few),
        Measure("kept", _("Bought again within a year"), *of(lambda one: one.kept), rows, note=few,
                why=_("Of the customers whose first purchase is a year ago or more, those who bought again within a"
                      " year of it.")),
        Measure("dormant", _("Dormant"), *facts.beside(partner, asleep), f"{rows}&tab=dormant"),
    ]  # fmt: skip


def _span(worth: Worth | None) -> str:
    if worth is None or worth.low is None or worth.high is None:
        return ""
    return _("%(low)s to %(high)s") % {"low": formats.money(worth.low), "high": formats.money(worth.high)}


def _amount(key: str, label: str, facts: Facts, amounts: Amounts, partner: UUID, href: str, why: str = "") -> Measure:
    """Money in the partner's currency of most, beside others' in the same; currencies are never added up."""
    own = amounts.get(partner, {})
    if not own:
        return Measure(key, label, None, None, href, why=why)
    currency = max(own, key=lambda one: (own[one], one))
    same = {one: Money(some[currency], currency) for one, some in amounts.items() if currency in some}
    others = len(own) - 1
    note = ngettext("and %(num)s other currency", "and %(num)s other currencies", others) % {"num": others}
    return Measure(key, label, *facts.beside(partner, same), href, note if others else "", why)


def _part(count: int, whole: int) -> Fraction | None:
    return Fraction(count, whole) if whole else None


def _chart(facts: Facts, partner: UUID, months: list[date]) -> blocks.Chart | None:
    """What was invoiced through it by month, in its currency of most; None when it was nothing."""
    own = facts.invoiced.get(partner, {})
    if not own:
        return None
    currency = max(own, key=lambda one: (own[one], one))
    chart = blocks.money_chart("invoiced", _("Invoiced by month"), currency, months, facts.months.get(currency, {}))
    if not chart.table["rows"]:
        return None
    return replace(chart, sentence=_("Net of credit notes; the last month still runs. It does not say who won it."))


def _plain(value: Value | None) -> Any:
    """For JSON."""
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    return f"{float(value):.4f}" if isinstance(value, Fraction) else value
