"""How a valuation is shown: figures, charts with their tables, and the comparison in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from attribution.credits.rules import PARTY_LABELS
from attribution.value.lists import GROUP_LABELS
from attribution.value.queries import GroupView, PartyView, ValuationView
from portal.core import formats
from portal.core.i18n import gettext as _
from portal.core.money import Money, exponent
from portal.core.web.charts import Chart

_DECIMALS: Final = 10_000


@dataclass(frozen=True, slots=True)
class Beside:
    """One outcome of customers that partners touched, beside like ones that none did."""

    label: str
    treated: str
    control: str
    difference: str
    interval: str


@dataclass(frozen=True, slots=True)
class Compared:
    """The matched comparison, or why there is none."""

    rows: tuple[Beside, ...]
    pairs: int
    unmatched: int
    is_alike: bool
    """Whether the matched are alike in the value of their first year: apart by less than a tenth of its spread."""


def name_of(party: PartyView) -> str:
    """A partner by its name, a side of the vendor's own by its word."""
    return party.name if party.partner_id else _(PARTY_LABELS.get(party.key, party.key))


def parties_chart(valuation: ValuationView, parties: Sequence[PartyView]) -> Chart:
    """Who has the largest part of lifetime value, as bars lying down."""
    currency = valuation.net.currency
    names = [name_of(one) for one in parties]
    totals = [one.net + one.expected if one.expected is not None else one.net for one in parties]
    return Chart(
        currency,
        _(
            "Each party's share of every customer's credit, of what that customer brought and is expected to bring."
            " It says whom the rules give it to, not what would be missing without somebody."
        ),
        {
            "categories": names,
            "panels": [
                {
                    "kind": "rows",
                    "unit": currency,
                    "format": {"style": "money", "currency": currency},
                    "series": [{"name": _("Lifetime value"), "values": [_drawn(one) for one in totals]}],
                }
            ],
        },
        {
            "head": [_("Party"), _("Customers"), _("Brought so far"), _("Expected"), _("Still customers")],
            "rows": [
                [
                    name,
                    formats.number(one.customers),
                    formats.money(one.net),
                    "–" if one.expected is None else formats.money(one.expected),
                    "–" if one.alive is None else formats.percent(_share(one.alive)),
                ]
                for name, one in zip(names, parties, strict=True)
            ],
        },
    )  # fmt: skip


def fit_chart(valuation: ValuationView) -> Chart:
    """Repeat purchases of all customers, those that were beside those that the model expects."""
    points = valuation.curve
    begins = valuation.observed_until - timedelta(weeks=int(points[-1]["week"])) if points else valuation.observed_until
    names = [formats.date(begins + timedelta(weeks=int(one["week"]))) for one in points]
    return Chart(
        _("repeat purchases so far"),
        _("The closer the two lines are, the better the model tells what has been. It is no promise of what comes."),
        {
            "categories": names,
            "panels": [
                {
                    "kind": "line",
                    "format": {"style": "number"},
                    "series": [
                        {"name": _("Observed"), "values": [one["was"] for one in points]},
                        {
                            "name": _("By the model"),
                            "values": [round(one["expected"], 1) for one in points],
                            "colour": 2,
                        },
                    ],
                }
            ],
        },
        {
            "head": [_("Up to"), _("Observed"), _("By the model")],
            "rows": [
                [name, formats.number(int(one["was"])), formats.number(Fraction(round(one["expected"])))]
                for name, one in zip(names, points, strict=True)
            ],
        },
    )


def worth_chart(valuation: ValuationView, groups: Sequence[GroupView]) -> Chart:
    """What one customer of each group is worth on average, as bars lying down, with the expectation's interval."""
    currency = valuation.net.currency
    ends = [(one.net + one.expected.low, one.net + one.expected.high) if one.expected else None for one in groups]
    spans = [_between(*map(formats.money, both)) if both else "–" for both in ends]
    series = {
        "name": _("Lifetime value, mean"),
        "values": [_drawn(one.value) for one in groups],
        "low": [_drawn(both[0]) if both else None for both in ends],
        "high": [_drawn(both[1]) if both else None for both in ends],
    }
    return Chart(
        currency,
        _(
            "What a customer of each group brought and is expected to bring, on average. The interval of 95 % is that"
            " of the expectation, if the model holds; how customers differ from one another is not in it."
        ),
        _lying(groups, currency, {"style": "money", "currency": currency}, series),
        {
            "head": [_("Touched by"), _("Customers"), _("Brought so far, median"), _("Brought so far, mean"),
                     _("Expected, mean"), _("Lifetime value, mean"), _("Interval, 95%")],
            "rows": [
                [
                    group_name(one),
                    formats.number(one.customers),
                    formats.money(one.median),
                    formats.money(one.net),
                    formats.money(one.expected.value) if one.expected else "–",
                    formats.money(one.value),
                    span,
                ]
                for one, span in zip(groups, spans, strict=True)
            ],
        },
    )  # fmt: skip


def kept_chart(groups: Sequence[GroupView]) -> Chart:
    """Which part of each group's customers bought again within a year, as bars lying down, with their interval."""
    told = [(one, one.kept) for one in groups if one.kept is not None]
    series = {
        "name": _("Retention"),
        "values": [float(kept.share) for _one, kept in told],
        "low": [float(kept.low) for _one, kept in told],
        "high": [float(kept.high) for _one, kept in told],
        "colour": 3,
    }
    return Chart(
        _("bought again within a year, %"),
        _(
            "Of the customers whose first purchase is a year ago or more, those who bought again within a year of it."
            " Groups of fewer than five such customers are left out. It shows that they came back, not why."
        ),
        _lying([one for one, _kept in told], "%", {"style": "percent"}, series),
        {
            "head": [_("Touched by"), _("First bought a year ago or more"), _("Retention"), _("Interval, 95%")],
            "rows": [
                [
                    group_name(one),
                    formats.number(one.due),
                    formats.percent(Fraction(kept.share)),
                    _between(formats.percent(Fraction(kept.low)), formats.percent(Fraction(kept.high))),
                ]
                for one, kept in told
            ],
        },
    )


def group_name(group: GroupView) -> str:
    """A partner by its name, others by their words."""
    return group.name or _(GROUP_LABELS.get(group.opens, group.key))


def _lying(
    groups: Sequence[GroupView], unit: str, style: Mapping[str, str], series: Mapping[str, Any]
) -> dict[str, Any]:
    panel = {"kind": "rows", "unit": unit, "format": style, "series": [series]}
    return {"categories": [group_name(one) for one in groups], "panels": [panel]}


def compared(valuation: ValuationView) -> Compared | None:
    """The comparison with matched customers; None where there is none."""
    found = valuation.comparison
    if "pairs" not in found:
        return None
    currency = valuation.net.currency
    kept, value = found["retention"], found["lifetime_value"]
    return Compared(
        (
            _beside(_("Still customers"), kept, lambda part: formats.percent(_share(part))),
            _beside(_("Lifetime value each"), value, lambda part: formats.money(_money(part, currency))),
        ),
        found["pairs"],
        found["unmatched"],
        abs(found["imbalance_after"]) < 0.1,  # noqa: PLR2004 -- as the engine's docs say: alike below it
    )


def _beside(label: str, effect: Mapping[str, float], write: Any) -> Beside:
    interval = _between(write(effect["low"]), write(effect["high"]))
    return Beside(label, write(effect["treated"]), write(effect["control"]), write(effect["difference"]), interval)


def _between(low: str, high: str) -> str:
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _share(part: Decimal | float) -> Fraction:
    """A probability as a share with four decimals: more would be noise."""
    return Fraction(round(part * _DECIMALS), _DECIMALS)


def _money(major: float, currency: str) -> Money:
    """An estimate in whole minor units, for reading."""
    return Money(round(major * float(10 ** exponent(currency))), currency)


def estimates_words(estimates: Mapping[str, float]) -> str:
    """Parameters as people cite them: `r = 0.2426, alpha = 4.4136`."""
    return ", ".join(f"{name} = {value:.4f}" for name, value in estimates.items())


def _drawn(amount: Money) -> float:
    """A plain number for drawing only: the table beneath has the exact amount."""
    return float(amount.decimal)
