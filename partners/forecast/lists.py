"""The lists behind the numbers of the forecast, declared once for page, export and API."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from partners.deals.lists import STATES
from partners.deals.rules import STAGE_LABELS, STATE_LABELS
from partners.deals.states import Stage
from partners.forecast.queries import WEIGHTED, in_forecast
from portal.core import formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Sort, State, Tab, staff_only

STAGE_LOOKS: Final[dict[str, State]] = {
    Stage.PROSPECT.value: State(STAGE_LABELS[Stage.PROSPECT], "draft", "search"),
    Stage.QUALIFIED.value: State(STAGE_LABELS[Stage.QUALIFIED], "us", "check"),
    Stage.PROPOSAL.value: State(STAGE_LABELS[Stage.PROPOSAL], "us", "file-text"),
    Stage.NEGOTIATION.value: State(STAGE_LABELS[Stage.NEGOTIATION], "you", "message-reply"),
    Stage.WON.value: STATES[Stage.WON.value],
    Stage.LOST.value: STATES[Stage.LOST.value],
}
_OPEN_NOW: Final = f"{in_forecast('d')} AND d.currency = t.currency"
_MONTH: Final = "date_trunc('month', {of}.expected_close_on)"
_SAME_CURRENCY: Final = "d.currency = t.currency"
BECAME: Final = (
    Choice(value="won", label=N_("Won"), sql=f"d.stage = 'won' AND {_SAME_CURRENCY}"),
    Choice(value="lost", label=N_("Lost"), sql=f"d.stage = 'lost' AND {_SAME_CURRENCY}"),
    Choice(
        value="gone", label=N_("No longer followed"),
        sql=f"NOT ({_OPEN_NOW}) AND NOT (d.closed_at IS NOT NULL AND {_SAME_CURRENCY})",
    ),
    Choice(value="stage", label=N_("Moved to another stage"), sql=f"{_OPEN_NOW} AND d.stage <> t.stage"),
    Choice(value="amount", label=N_("Changed in value"), sql=f"{_OPEN_NOW} AND d.amount_minor <> t.amount_minor"),
    Choice(
        value="later", label=N_("Expected later than then"),
        sql=f"{_OPEN_NOW} AND {_MONTH.format(of='d')} > {_MONTH.format(of='t')}",
    ),
    Choice(
        value="sooner", label=N_("Expected sooner than then"),
        sql=f"{_OPEN_NOW} AND {_MONTH.format(of='d')} < {_MONTH.format(of='t')}",
    ),
)  # fmt: skip
"""What became of a deal of a snapshot: the lines of `rules.Move` that begin there."""


async def _month(_actor: Actor, chosen: str | None) -> Sequence[Choice]:
    """Only the one that is chosen, by a link from a number."""
    return [Choice(value=chosen, label=formats.month(date.fromisoformat(chosen)))] if chosen else []


def _filters(stage: str, month: str) -> tuple[Filter, ...]:
    """What both lists can be narrowed by."""
    return (
        Filter(
            key="stage", label=N_("Stage"), sql=f"{stage} = {{value}}",
            choices=tuple(
                Choice(value=one.value, label=STAGE_LABELS[one]) for one in Stage if one not in (Stage.WON, Stage.LOST)
            ),
        ),
        Filter(
            key="month", label=N_("Expected close"), type="date", choices=_month,
            sql=f"{month} >= {{value}} AND {month} < {{value}} + interval '1 month'",
        ),
        Filter(key="currency", label=N_("Currency"), sql="t.currency = {value}"),
        Filter(key="partner", label=N_("Partner"), sql="t.partner_id = {value}", type="uuid", when=staff_only),
    )  # fmt: skip


OPEN: Final = ListSpec(
    name="forecast",
    title=N_("Deals of the forecast"),
    path="/forecast/open",
    table="partners_deal",
    joins="JOIN partners_company p ON p.id = t.partner_id",
    columns=(
        Column(key="customer", label=N_("Customer"), sql="t.customer_name"),
        Column(key="partner", label=N_("Partner"), sql="p.legal_name", when=staff_only),
        Column(key="stage", label=N_("Stage"), sql="t.stage", kind=Kind.STATE, states=STAGE_LOOKS),
        Column(key="expected", label=N_("Expected close"), sql="t.expected_close_on", kind=Kind.DATE),
        Column(key="amount", label=N_("Value, net"), sql="t.amount_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(
            key="weighted", label=N_("Weighted value"), sql=WEIGHTED.format(of="t"), kind=Kind.MONEY,
            currency="t.currency",
        ),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME),
        Column(key="number", label=N_("Number"), sql="t.number", in_table=False),
        Column(key="state", label=N_("State"), sql="t.state", labels=STATE_LABELS, in_table=False),
        Column(key="submitted", label=N_("Submitted"), sql="t.submitted_at", kind=Kind.DATETIME, in_table=False),
    ),
    sorts=(
        Sort(key="amount", column="amount_minor", type="bigint", descending=True),
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
    ),
    filters=(
        *_filters("t.stage", "t.expected_close_on"),
        Filter(
            key="since", label=N_("Not in the snapshot of"), type="date", probes=True,
            sql="NOT EXISTS (SELECT FROM partners_forecast_deal f JOIN partners_forecast_snapshot s"
            " ON s.id = f.snapshot WHERE f.deal = t.id AND s.taken_on = {value} AND f.currency = t.currency)",
        ),
    ),
    tabs=(Tab(key="all", label=N_("All"), sql=in_forecast("t"), narrow=True),),
    row_href="/partners/deals/{id}",
)  # fmt: skip

KEPT: Final = ListSpec(
    name="forecast snapshots",
    title=N_("Deals in snapshots"),
    path="/forecast/kept",
    table="partners_forecast_deal",
    joins=(
        "JOIN partners_forecast_snapshot s ON s.id = t.snapshot JOIN partners_deal d ON d.id = t.deal"
        " JOIN partners_company p ON p.id = t.partner_id"
    ),
    columns=(
        Column(key="customer", label=N_("Customer"), sql="d.customer_name", href="/partners/deals/{deal}"),
        Column(key="partner", label=N_("Partner"), sql="p.legal_name", when=staff_only),
        Column(key="taken", label=N_("Snapshot of"), sql="s.taken_on", kind=Kind.DATE),
        Column(key="stage", label=N_("Stage then"), sql="t.stage", kind=Kind.STATE, states=STAGE_LOOKS),
        Column(key="expected", label=N_("Expected close then"), sql="t.expected_close_on", kind=Kind.DATE),
        Column(
            key="weighted", label=N_("Weighted value then"), sql="t.weighted_minor", kind=Kind.MONEY,
            currency="t.currency",
        ),
        Column(key="now", label=N_("Stage now"), sql="d.stage", kind=Kind.STATE, states=STAGE_LOOKS),
        Column(key="deal", label=N_("Deal"), sql="t.deal", in_table=False, in_export=False),
        Column(key="number", label=N_("Number"), sql="d.number", in_table=False),
        Column(
            key="amount", label=N_("Value then, net"), sql="t.amount_minor", kind=Kind.MONEY, currency="t.currency",
            in_table=False,
        ),
        Column(
            key="amount_now", label=N_("Value now, net"), sql="d.amount_minor", kind=Kind.MONEY, currency="d.currency",
            in_table=False,
        ),
        Column(key="expected_now", label=N_("Expected close now"), sql="d.expected_close_on", kind=Kind.DATE,
               in_table=False),
        Column(key="state_now", label=N_("State now"), sql="d.state", labels=STATE_LABELS, in_table=False),
    ),
    sorts=(Sort(key="weighted", column="weighted_minor", type="bigint", descending=True),),
    filters=(
        Filter(key="taken", label=N_("Snapshot of"), type="date", sql="s.taken_on = {value}"),
        Filter(key="became", label=N_("Since then"), choices=BECAME),
        *_filters("t.stage", "t.expected_close_on"),
    ),
    row_href="/partners/deals/{deal}",
)  # fmt: skip
