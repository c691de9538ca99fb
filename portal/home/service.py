"""Putting the home page together from what each slice can tell this person."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction
from typing import Any, Final

from attribution.claims import queries as claims
from attribution.commissions.explain import REASON_LABELS
from attribution.commissions.rules import Reason
from partners.chains import queries as chains
from partners.conflicts import queries as conflicts
from partners.deals import figures
from partners.deals import queries as deals
from partners.deals.rules import OPEN_STAGES, STAGE_LABELS
from partners.response import queries as answers
from portal.absences.queries import Covered, covered_of
from portal.approvals import queries as approvals
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question
from portal.history.queries import Happening, latest_of
from portal.home import blocks, queries
from portal.home.blocks import Chart, Figure, Wait
from portal.home.waits import waits_of

MONTHS: Final = 6
CHANGES: Final = 8


@dataclass(frozen=True, slots=True)
class Home:
    """Everything on somebody's home page."""

    waits: list[Wait]
    more: list[tuple[str, str]]
    """Where the rest of what waits stands, when there is too much for this page: words and address."""
    waiting: int
    """How much waits altogether."""
    figures: list[Figure]
    charts: list[Chart]
    changes: list[Happening]
    covered: list[Covered]
    """For whom this person acts today, because they are away."""


async def home_of(actor: Actor, *, now: datetime) -> Home:
    """The home page of this person: what waits, how things are, what changed."""
    today = now.astimezone(formats.time_zone()).date()
    async with db.transaction(actor):
        told = await db.ask_by_name(_questions(actor, now, today))
    waits, more, waiting = waits_of(actor, told, now)
    return Home(
        waits=waits,
        more=more,
        waiting=waiting,
        figures=(_partner_figures if actor.is_partner else _staff_figures)(actor, told, now),
        charts=_charts(actor, told, today),
        changes=told["changes"],
        covered=told["covered"] or [],
    )


def _questions(actor: Actor, now: datetime, today: date) -> dict[str, Question | None]:
    """All that is asked together for the home page of this person."""
    since = queries.months_back(today, MONTHS)[0]
    return {
        "overdue": answers.overdue_of(actor, now),
        "steps": chains.waiting_steps_of(actor, now),
        "deals": deals.waiting_of(actor, most=6),
        "conflicts": conflicts.waiting_of(actor),
        "claims": claims.waiting_of(actor),
        "endings": queries.endings_of(actor, now),
        "approvals": approvals.pending_of(actor),
        "pipeline": _pipeline(actor, today),
        "earned": queries.earned_of(actor, since),
        "won": _win_rate(actor, now),
        "programme": None if actor.is_partner else queries.PROGRAMME,
        "decided": None if actor.is_partner else queries.decided_of(actor, since, MONTHS, formats.time_zone().key),
        "unpaid": None if actor.is_partner else queries.unpaid_of(actor, since),
        "changes": latest_of(actor, most=CHANGES),
        "covered": covered_of(actor, now),
    }


def _pipeline(actor: Actor, today: date) -> Question | None:
    if not actor.may(Permission.DEALS_READ):
        return None
    months = queries.months_ahead(today, MONTHS)
    manager = actor.membership_id if actor.may(Permission.DEALS_DECIDE) else None
    return figures.pipeline_of(
        actor, since=months[0], until=queries.months_ahead(today, MONTHS + 1)[-1], partner_id=actor.partner_id,
        manager=manager,
    )  # fmt: skip


def _win_rate(actor: Actor, now: datetime) -> Question | None:
    """The partner's own; of the vendor that of who sees no earnings, for a manager's portfolio."""
    if not actor.may(Permission.DEALS_READ) or not (actor.is_partner or not actor.may(Permission.COMMISSIONS_READ)):
        return None
    manager = actor.membership_id if actor.may(Permission.DEALS_DECIDE) else None
    return figures.win_rate_of(actor, now=now, partner_id=actor.partner_id, manager=manager)


def main_currency(pipeline: list[figures.PipelineCell], earned: Mapping[str, Mapping[date, int]]) -> str:
    """The currency that most of it is in: charts never add up different ones."""
    counts: dict[str, int] = {}
    for cell in pipeline:
        counts[cell.amount.currency] = counts.get(cell.amount.currency, 0) + cell.count
    for currency, months in earned.items():
        counts[currency] = counts.get(currency, 0) + len(months)
    return max(sorted(counts), key=lambda currency: counts[currency], default="EUR")


def _money_of(told: Mapping[str, Any]) -> tuple[list[figures.PipelineCell], dict[str, dict[date, int]], str]:
    """The pipeline, what was earned by currency and month, and the currency that figures and charts are in."""
    pipeline, earned = told["pipeline"] or [], told["earned"] or {}
    return pipeline, earned, main_currency(pipeline, earned)


def _partner_figures(actor: Actor, told: Mapping[str, Any], now: datetime) -> list[Figure]:
    found = []
    pipeline, earned, currency = _money_of(told)
    if actor.may(Permission.DEALS_READ):
        found.append(_pipeline_figure(pipeline, currency))
    if actor.may(Permission.COMMISSIONS_READ):
        found.append(_earned_figure(now, earned.get(currency, {}), currency))
    if told["won"]:
        found.append(_win_figure(told["won"]))
    return found


def _pipeline_figure(pipeline: list[figures.PipelineCell], currency: str) -> Figure:
    mine = [cell for cell in pipeline if cell.amount.currency == currency]
    count = sum(cell.count for cell in mine)
    total = sum((cell.amount for cell in mine), Money.zero(currency))
    months = sorted({cell.month for cell in mine})
    trend = [float(sum(cell.amount.minor for cell in mine if cell.month == month)) for month in months]
    return Figure(
        label=_("Open pipeline"),
        value=formats.money(total) if mine else None,
        note=ngettext("%(count)s deal, next six months", "%(count)s deals, next six months", count) % {"count": count},
        trend=trend,
        why=_("Open deals that are expected to close in these six months, at their full value. No lost or won ones."),
    )


def _earned_figure(now: datetime, months: Mapping[date, int], currency: str) -> Figure:
    today = now.astimezone(formats.time_zone()).date()
    first = date(today.year, today.month - (today.month - 1) % 3, 1)
    began = queries.months_back(first, 4)[0]
    this = sum(minor for month, minor in months.items() if month >= first)
    before = sum(minor for month, minor in months.items() if began <= month < first)
    return Figure(
        label=_("Earned this quarter"),
        value=formats.money(Money(this, currency)) if months else None,
        note=_("%(amount)s in the quarter before") % {"amount": formats.money(Money(before, currency))},
        trend=[float(months[month]) for month in sorted(months)],
        series=2,
        why=_("Commission accrued on payments of this quarter, refunds taken off. Open a line to see every step."),
    )


def _win_figure(win: figures.WinRate) -> Figure:
    rate: Fraction | None = win.rate
    return Figure(
        label=_("Win rate, 12 months"),
        value=formats.percent(rate) if rate is not None else None,
        note=_("%(won)s of %(closed)s closed deals") % {"won": win.won, "closed": win.won + win.lost},
        series=3,
        why=_("Deals won, of all deals won or lost in the last twelve months."),
    )


def _staff_figures(actor: Actor, told: Mapping[str, Any], now: datetime) -> list[Figure]:
    programme: queries.Programme = told["programme"]
    found = [
        Figure(
            label=_("Registrations waiting"),
            value=formats.number(programme.waiting_decisions),
            note=_("submitted or in review, all partners"),
            why=_("Registrations that the vendor has not decided yet."),
        ),
        Figure(
            label=_("Active partners"),
            value=formats.number(programme.active_partners),
            note=ngettext("%(count)s open deal", "%(count)s open deals", programme.open_deals)
            % {"count": _bounded(programme.open_deals)},
            why=_("Companies in the programme whose people have access."),
        ),
    ]
    _pipeline_cells, earned, currency = _money_of(told)
    if actor.may(Permission.COMMISSIONS_READ):
        found.append(_earned_figure(now, earned.get(currency, {}), currency))
    elif told["won"]:
        found.append(_win_figure(told["won"]))
    return found


def _bounded(count: int) -> str:
    """The count, or `10,000+`."""
    most = queries.MOST_COUNTED
    return f"{formats.number(most)}+" if count > most else formats.number(count)


def _charts(actor: Actor, told: Mapping[str, Any], today: date) -> list[Chart]:
    found = []
    pipeline, earned, currency = _money_of(told)
    back, ahead = queries.months_back(today, MONTHS), queries.months_ahead(today, MONTHS)
    if actor.may(Permission.DEALS_READ):
        found.append(_pipeline_chart(pipeline, currency, ahead, actor))
    if actor.may(Permission.COMMISSIONS_READ):
        found.append(
            blocks.money_chart("commission", _("Commission accrued"), currency, back, earned.get(currency, {}))
        )
    if not actor.is_partner:
        found += _staff_charts(told, back)
    return found


def _pipeline_chart(pipeline: list[figures.PipelineCell], currency: str, months: list[date], actor: Actor) -> Chart:
    series: dict[str, dict[date, int]] = {}
    for stage in OPEN_STAGES:
        cells = [cell for cell in pipeline if cell.stage is stage and cell.amount.currency == currency]
        values: dict[date, int] = {}
        for cell in cells:
            values[cell.month] = values.get(cell.month, 0) + cell.amount.minor
        series[_(STAGE_LABELS[stage])] = values
    others = {cell.amount.currency for cell in pipeline} - {currency}
    sentence = _("Open deals by the month in which they are expected to close, and how far they are.")
    if actor.may(Permission.DEALS_DECIDE):
        sentence = _("Open deals of your portfolio by the month in which they are expected to close.")
    if others:
        sentence += " " + _("Deals in %(currencies)s are not in it.") % {"currencies": ", ".join(sorted(others))}
    return blocks.stacked_chart("pipeline", _("Open pipeline"), currency, sentence, months, series, currency=currency)


def _staff_charts(told: Mapping[str, Any], months: list[date]) -> list[Chart]:
    words = {"approved": _("Approved"), "rejected": _("Rejected")}
    series = {
        label: {month: count for month, outcome, count in told["decided"] if outcome == key}
        for key, label in words.items()
    }
    found = [
        blocks.stacked_chart(
            "decided", _("Registrations decided"), _("registrations"),
            _("What the vendor decided in each month, whatever became of it since."), months, series,
        )
    ]  # fmt: skip
    if told["unpaid"]:
        rows = [(_(REASON_LABELS[Reason(code)]), count) for code, count in told["unpaid"]]
        found.append(
            blocks.rows_chart(
                "unpaid", _("Why payments earned nothing"),
                _("Payments of these months without commission, by reason. Each has its page with the reasons."), rows,
            )
        )  # fmt: skip
    return found
