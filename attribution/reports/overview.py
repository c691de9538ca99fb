"""Who brought what, by the newest sealed run: read and put into charts with their tables. Vendor-only."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from attribution.credits import queries as runs
from attribution.credits.queries import RunView
from attribution.credits.rules import MODEL_LABELS, NOBODY, PARTY_LABELS
from attribution.lifecycle.rules import KIND_LABELS, EventKind
from attribution.reports.flowing import flow_chart, funnel_rows
from attribution.reports.paths import QUARTERS
from partners.customers.rules import country_name
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.i18n import N_, current_locale
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question, rows_of
from portal.core.web.charts import Chart

PARTNERS: Final = "partners"
SIDES: Final = {
    PARTNERS: N_("Partners"),
    "marketing": PARTY_LABELS["marketing"],
    "sales": PARTY_LABELS["sales"],
    "unmapped": PARTY_LABELS["unmapped"],
    NOBODY: PARTY_LABELS[NOBODY],
}
"""All revenue falls to one of these, so that they add up to the whole."""
_COLOURS: Final = {PARTNERS: 1, "marketing": 3, "sales": 2, "unmapped": 8, NOBODY: 7}
_COHORTS: Final = 12
"""The newest quarters of first purchases that are shown, and how many quarters after each."""


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the page shows of one run under one model."""

    run: RunView
    model: str
    models: Sequence[tuple[str, str]]
    shares: Chart
    kinds: Chart
    positions: Chart | None
    """None until the run's report is made, which takes a moment after its sealing."""
    flows: Chart | None
    """None where no purchase of the newest quarters was touched."""
    funnel: Sequence[Mapping[str, str]]
    distance: Sequence[Mapping[str, str]]
    returns: Sequence[Mapping[str, str]]
    unpriced: int
    cohorts: Sequence["Cohort"]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers that first bought in one quarter, and which part of them bought in each of the quarters after it."""

    name: str
    customers: int
    parts: Sequence[tuple[str, int]]
    """In percent as it is written, and its level from 0 to 9 for the colour."""


_SUMS: Final = (
    "SELECT model, event_kind, CASE WHEN partner IS NOT NULL THEN 'partners' ELSE key END AS side,"
    " sum(value_minor)::bigint AS minor FROM attribution_run_sum WHERE run = $1 AND dimension = 'party'"
    " AND event_kind NOT IN ('contraction', 'churn') GROUP BY 1, 2, 3"
)
_CHANNELS: Final = (
    "SELECT s.key, coalesce(n.name, s.key) AS name, coalesce(n.name_zh, s.key) AS name_zh, s.value_minor AS minor"
    " FROM attribution_run_effect s LEFT JOIN attribution_source_node n ON n.key = s.key"
    " AND n.level IN ('origin', 'channel', 'unmapped') WHERE s.run = $1 AND s.dimension = 'channel' AND s.model = $2"
    " ORDER BY s.value_minor DESC, s.key"
)


async def find_overview(actor: Actor, model: str = "") -> Overview | None:
    """The newest sealed run under a model, its paying one unless it has the named one. None before any run.

    Raises NotAllowed.
    """
    actor.require(Permission.RUNS_READ)
    found = await runs.list_runs(actor, sealed=True, most=1)
    if not found:
        return None
    [run] = found
    chosen = model if model in run.models else run.paying_model
    async with db.transaction(actor):
        sums, channels, body = await db.ask_together([
            rows_of(_SUMS, run.id),
            rows_of(_CHANNELS, run.id, chosen),
            Question("SELECT body FROM attribution_report WHERE run = $1", (run.id,)),
        ])  # fmt: skip
    report: dict[str, Any] = json.loads(body) if body else {}
    names = {row["key"]: row["name_zh"] if current_locale() == "zh_CN" else row["name"] for row in channels}
    return Overview(
        run,
        chosen,
        [(one, _(MODEL_LABELS[one])) for one in run.models],
        _shares(run, sums),
        _kinds(run, [row for row in sums if row["model"] == chosen], chosen),
        _positions(report["positions"], names) if report.get("positions") else None,
        flow_chart(report["flows"], names, run.currency) if report.get("flows") else None,
        funnel_rows(report.get("funnel", []), names),
        [_way(one) for one in report.get("distance", [])],
        _returns(run, channels, names, report.get("costs", {})) if actor.may(Permission.COSTS_READ) else [],
        int(report.get("unpriced", 0)),
        [_cohort(one) for one in report.get("cohorts", [])][-_COHORTS:],
    )


def _shares(run: RunView, sums: Sequence[Mapping[str, Any]]) -> Chart:
    """Each model's revenue by side, in percent: they add up to 100."""
    totals: Counter[tuple[str, str]] = Counter()
    for row in sums:
        totals[row["model"], row["side"]] += row["minor"]
    sides = [side for side in SIDES if any(totals[model, side] for model in run.models)]
    whole = {model: sum(totals[model, side] for side in sides) or 1 for model in run.models}
    part = {(model, side): Fraction(totals[model, side], whole[model]) for model in run.models for side in sides}
    return Chart(
        _("share of revenue, %"),
        _("Under each model the parts add up to 100. Models differ in whom they favour; none of them proves a cause."),
        {
            "categories": [_(MODEL_LABELS[model]) for model in run.models],
            "panels": [
                {
                    "kind": "stack",
                    "unit": "%",
                    "format": {"style": "percent"},
                    "series": [
                        {
                            "name": _(SIDES[side]),
                            "colour": _COLOURS[side],
                            "values": [float(part[model, side]) for model in run.models],
                        }
                        for side in sides
                    ],
                }
            ],
        },
        {
            "head": [_("Model"), *(_(SIDES[side]) for side in sides)],
            "rows": [
                [_(MODEL_LABELS[model]), *(formats.percent(part[model, side]) for side in sides)]
                for model in run.models
            ],
        },
    )


def _kinds(run: RunView, sums: Sequence[Mapping[str, Any]], model: str) -> Chart:
    """Revenue by kind of lifecycle event and side, under one model."""
    minor = {(row["event_kind"], row["side"]): row["minor"] for row in sums}
    kinds = [kind for kind in EventKind if any(minor.get((kind, side)) for side in SIDES)]
    sides = [side for side in SIDES if any(minor.get((kind, side)) for kind in kinds)]
    amounts = {(kind, side): Money(minor.get((kind, side), 0), run.currency) for kind in kinds for side in sides}
    return Chart(
        run.currency,
        _("What each side is credited with by kind of event, under %(model)s. Losses are not netted.")
        % {"model": _(MODEL_LABELS[model])},
        {
            "categories": [_(KIND_LABELS[kind]) for kind in kinds],
            "panels": [
                {
                    "kind": "stack",
                    "unit": run.currency,
                    "format": {"style": "money", "currency": run.currency},
                    "series": [
                        {
                            "name": _(SIDES[side]),
                            "colour": _COLOURS[side],
                            "values": [float(amounts[kind, side].decimal) for kind in kinds],
                        }
                        for side in sides
                    ],
                }
            ],
        },
        {
            "head": [_("Kind of event"), *(_(SIDES[side]) for side in sides)],
            "rows": [[_(KIND_LABELS[kind]), *(formats.money(amounts[kind, side]) for side in sides)] for kind in kinds],
        },
    )


def _positions(rows: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Chart:
    """Where in journeys each channel stood, over the newest quarters."""
    quarters = sorted({row["quarter"] for row in rows})[-QUARTERS:]
    recent = [row for row in rows if row["quarter"] in quarters]
    counts: Counter[tuple[str, str]] = Counter()
    for row in recent:
        for place in ("first", "middle", "last"):
            counts[row["channel"], place] += row[place]
    totals = Counter({key: sum(counts[key, place] for place in ("first", "middle", "last")) for key, _p in counts})
    channels = [key for key, _count in totals.most_common()]
    shown = [names.get(key, key) for key in channels]
    places = {"first": _("First"), "middle": _("In the middle"), "last": _("Last")}
    return Chart(
        _("touches"),
        _("Where touches of each channel stood on the way to a purchase, %(first)s to %(last)s. Standing first or last"
          " says nothing of how much it counted.") % {"first": quarters[0], "last": quarters[-1]},
        {
            "categories": shown,
            "panels": [
                {
                    "kind": "stack",
                    "format": {"style": "number"},
                    "series": [
                        {"name": words, "values": [counts[key, place] for key in channels]}
                        for place, words in places.items()
                    ],
                }
            ],
        },
        {
            "head": [_("Channel"), _("Quarter"), *places.values()],
            "rows": [
                [names.get(row["channel"], row["channel"]), row["quarter"],
                 *(formats.number(row[place]) for place in places)]
                for row in sorted(recent, key=lambda one: (channels.index(one["channel"]), one["quarter"]))
            ],
        },
    )  # fmt: skip


def _cohort(one: Mapping[str, Any]) -> Cohort:
    parts = [Fraction(count, one["customers"]) for count in one["active"][1 : _COHORTS + 1]]
    return Cohort(one["cohort"], one["customers"], [(formats.percent(part), min(9, int(part * 20))) for part in parts])


def _way(one: Mapping[str, Any]) -> dict[str, str]:
    """Touches, people and days to first purchases: the median with its quartiles."""

    def spread(values: Sequence[float]) -> str:
        low, middle, high = (formats.number(Decimal(str(value)), 0 if value == int(value) else 1) for value in values)
        return f"{middle} ({low}–{high})"

    return {
        "where": country_name(one["country"]) if one["country"] else _("All"),
        "events": formats.number(one["events"]),
        "touches": spread(one["touches"]),
        "people": spread(one["people"]),
        "days": spread(one["days"]),
    }


def _returns(
    run: RunView, channels: Sequence[Mapping[str, Any]], names: Mapping[str, str], costs: Mapping[str, int]
) -> list[dict[str, str]]:
    """What each channel cost and is credited with, and how many times the one is in the other."""
    credited = {row["key"]: row["minor"] for row in channels}
    found = []
    for key in sorted(costs, key=lambda one: -credited.get(one, 0)):
        cost, value = Money(costs[key], run.currency), Money(credited.get(key, 0), run.currency)
        times = formats.number(Fraction(value.minor, cost.minor), 1) if cost.minor else "–"
        found.append({
            "channel": names.get(key, key), "cost": formats.money(cost), "value": formats.money(value), "times": times,
        })  # fmt: skip
    return found
