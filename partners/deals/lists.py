"""The list of deals, declared once for page, export and API."""

from collections.abc import Sequence
from typing import Final

from partners.contacts.queries import chosen_account
from partners.deals.queries import waits_for_vendor
from partners.deals.rules import (
    LOST_LABELS,
    REJECT_LABELS,
    ROLE_LABELS,
    SOURCE_LABELS,
    STAGE_LABELS,
    STATE_LABELS,
)
from partners.deals.states import DealState, Stage
from partners.products.queries import list_groups, local_name
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Search, Sort, State, Tab, staff_only

PROTECTED: Final = "protected"
STATES: Final = {
    DealState.DRAFT.value: State(STATE_LABELS[DealState.DRAFT], "draft", "pencil"),
    DealState.SUBMITTED.value: State(STATE_LABELS[DealState.SUBMITTED], "us", "inbox"),
    DealState.IN_REVIEW.value: State(STATE_LABELS[DealState.IN_REVIEW], "us", "eye-search"),
    DealState.INFO_REQUESTED.value: State(STATE_LABELS[DealState.INFO_REQUESTED], "you", "message-question"),
    DealState.APPROVED.value: State(STATE_LABELS[DealState.APPROVED], "good", "circle-check"),
    PROTECTED: State(N_("Protected"), "safe", "shield-check"),
    DealState.REJECTED.value: State(STATE_LABELS[DealState.REJECTED], "bad", "circle-x"),
    DealState.WITHDRAWN.value: State(STATE_LABELS[DealState.WITHDRAWN], "draft", "arrow-back-up"),
    DealState.EXPIRED.value: State(STATE_LABELS[DealState.EXPIRED], "draft", "shield-off"),
    DealState.REVOKED.value: State(STATE_LABELS[DealState.REVOKED], "bad", "shield-x"),
    Stage.WON.value: State(STAGE_LABELS[Stage.WON], "good", "trophy"),
    Stage.LOST.value: State(STAGE_LABELS[Stage.LOST], "bad", "circle-minus"),
}
"""How a deal is shown in one word: how the sale ended, else where the registration stands."""

_SHOWN: Final = (
    "CASE WHEN t.stage IN ('won', 'lost') THEN t.stage WHEN t.state = 'approved' AND t.role = 'sell'"
    f" THEN '{PROTECTED}' ELSE t.state END"
)
_PRODUCTS: Final = (
    "SELECT string_agg({name}, ', ' ORDER BY l.position) FROM partners_deal_line l"
    " JOIN partners_product x ON x.id = l.product WHERE l.deal = t.id"
)
_SOON_DAYS: Final = 30
_ACTING: Final = "(SELECT absences_acts_for({membership}, {today}::date))::uuid[]"
"""Oneself, and for whom one acts today because they are away."""


def shown_as(state: DealState, stage: Stage, role: str) -> str:
    """The key of `STATES` for a deal: what `_SHOWN` says in the database."""
    if stage in (Stage.WON, Stage.LOST):
        return stage.value
    return PROTECTED if state == DealState.APPROVED and role == "sell" else state.value


def _partner_only(actor: Actor) -> bool:
    return actor.is_partner


def _decides(actor: Actor) -> bool:
    return actor.may(Permission.DEALS_DECIDE) and not actor.is_partner


def _sells(actor: Actor) -> bool:
    return actor.is_partner and actor.may(Permission.DEALS_WRITE)


async def _groups(actor: Actor, _chosen: str | None) -> Sequence[Choice]:
    return [Choice(value=str(row["id"]), label=local_name(row)) for row in await list_groups(actor)]


def _since(column: str) -> str:
    """From the start of a day on the vendor's calendar on."""
    return f"{column} >= {{value}}::timestamp AT TIME ZONE {{zone}}"


DEALS: Final = ListSpec(
    name="deals",
    title=N_("Deals"),
    path="/partners/deals",
    table="partners_deal",
    joins="JOIN partners_company p ON p.id = t.partner_id",
    columns=(
        Column(key="customer", label=N_("Customer"), sql="t.customer_name"),
        Column(key="partner", label=N_("Partner"), sql="p.legal_name", when=staff_only),
        Column(key="number", label=N_("Number"), sql="t.number", when=_partner_only),
        Column(key="products", label=N_("Products"), sql=_PRODUCTS.format(name="x.name")),
        Column(key="amount", label=N_("Value, net"), sql="t.amount_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(key="shown", label=N_("State"), sql=_SHOWN, kind=Kind.STATE, states=STATES, in_export=False),
        Column(
            key="ends", label=N_("Ends"), kind=Kind.DATETIME,
            sql="CASE WHEN t.state = 'approved' AND t.closed_at IS NULL THEN t.protected_until END",
        ),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME),
        Column(key="registration", label=N_("Number"), sql="t.number", in_table=False, when=staff_only),
        Column(key="state", label=N_("State"), sql="t.state", labels=STATE_LABELS, in_table=False),
        Column(key="stage", label=N_("Stage"), sql="t.stage", labels=STAGE_LABELS, in_table=False),
        Column(key="role", label=N_("Role"), sql="t.role", labels=ROLE_LABELS, in_table=False),
        Column(key="source", label=N_("Source"), sql="t.source", labels=SOURCE_LABELS, in_table=False),
        Column(key="expected", label=N_("Expected close"), sql="t.expected_close_on", kind=Kind.DATE, in_table=False),
        Column(key="submitted", label=N_("Submitted"), sql="t.submitted_at", kind=Kind.DATETIME, in_table=False),
        Column(key="decided", label=N_("Decided"), sql="t.decided_at", kind=Kind.DATETIME, in_table=False),
        Column(key="closed", label=N_("Closed"), sql="t.closed_at", kind=Kind.DATETIME, in_table=False),
        Column(
            key="reject_code", label=N_("Reason of the rejection"), sql="t.reject_code", labels=REJECT_LABELS,
            in_table=False,
        ),
        Column(
            key="lost_reason", label=N_("Reason of the loss"), sql="t.lost_reason", labels=LOST_LABELS, in_table=False
        ),
        Column(key="competitor", label=N_("Competitor"), sql="t.competitor", in_table=False),
        Column(key="reference", label=N_("The partner's own reference"), sql="t.reference", in_table=False),
    ),
    sorts=(
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
        Sort(key="customer", column="customer_name", type="text"),
        Sort(key="amount", column="amount_minor", type="bigint", descending=True),
    ),
    filters=(
        Filter(
            key="state", label=N_("State"), sql="t.state = {value}",
            choices=tuple(Choice(value=state.value, label=STATE_LABELS[state]) for state in DealState),
        ),
        Filter(
            key="stage", label=N_("Stage"), sql="t.stage = {value}",
            choices=tuple(Choice(value=stage.value, label=STAGE_LABELS[stage]) for stage in Stage),
        ),
        Filter(
            key="role", label=N_("Role"), sql="t.role = {value}",
            choices=tuple(Choice(value=str(role), label=label) for role, label in ROLE_LABELS.items()),
        ),
        Filter(
            key="group", label=N_("Product group"), type="uuid", choices=_groups,
            probes=True,
            sql="EXISTS (SELECT FROM partners_deal_line l WHERE l.deal = t.id AND l.product = any(array("
            'SELECT x.id FROM partners_product x WHERE x."group" = {value})))',
        ),
        Filter(
            key="age", label=N_("Changed"),
            choices=(
                Choice(value="day", label=N_("in the last day"), sql="t.changed_at > {now} - interval '1 day'"),
                Choice(value="week", label=N_("in the last week"), sql="t.changed_at > {now} - interval '7 days'"),
                Choice(value="month", label=N_("in the last month"), sql="t.changed_at > {now} - interval '30 days'"),
            ),
        ),
        Filter(key="partner", label=N_("Partner"), sql="t.partner_id = {value}", type="uuid", when=staff_only),
        Filter(key="submitted", label=N_("Registered since"), sql=_since("t.submitted_at"), type="date"),
        Filter(
            key="decided", label=N_("Decided since"), type="date",
            sql=f"{_since('t.decided_at')} AND t.state IN ('approved', 'rejected', 'expired', 'revoked')",
        ),
        Filter(
            key="approved", label=N_("Approved since"), type="date",
            sql=f"{_since('t.decided_at')} AND t.state IN ('approved', 'expired', 'revoked')",
        ),
        Filter(key="closed", label=N_("Closed since"), sql=_since("t.closed_at"), type="date"),
        Filter(key="card", label=N_("Customer"), sql="t.card = {value}", type="uuid"),
        Filter(
            key="account", label=N_("Account"), type="uuid", choices=chosen_account, when=staff_only,
            sql="t.card = any(array(SELECT l.card FROM partners_card_link l"
            " WHERE l.account = any(partners_accounts_of({value}))))",
        ),
    ),
    tabs=(
        Tab(
            key="waits", label=N_("Waits for me"), when=_decides, sql=waits_for_vendor("t", _ACTING),
            narrow=True,
        ),
        Tab(
            key="answer", label=N_("Waits for me"), when=_sells,
            sql="t.state = 'info_requested' AND t.partner_id = {partner}",
        ),
        Tab(
            key="asked", label=N_("Asked while running"), when=_decides,
            narrow=True,
            sql="t.pending <> '' AND t.partner_id = any(array(SELECT c.id FROM partners_company c"
            f" WHERE c.manager = any({_ACTING})))",
        ),
        Tab(
            key="portfolio", label=N_("My portfolio"), when=_decides,
            sql="p.manager = {membership} AND t.state <> 'draft'",
        ),
        Tab(key="mine", label=N_("Mine"), sql="t.owner = {membership}", when=_sells),
        Tab(
            key="ending", label=N_("Protection ends soon"), narrow=True,
            sql="t.state = 'approved' AND t.closed_at IS NULL AND t.protected_until > {now}"
            f" AND t.protected_until < {{now}} + interval '{_SOON_DAYS} days'",
        ),
        Tab(key="all", label=N_("All")),
    ),
    search=Search(column="t.search", placeholder=N_("Filter by name or number")),
    row_href="/partners/deals/{id}",
)  # fmt: skip
