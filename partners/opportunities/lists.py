"""The list of the vendor's own opportunities, declared once for page, export and API. Vendor-only."""

from typing import Final

from partners.contacts.queries import chosen_account
from partners.deals.rules import STAGE_LABELS
from partners.deals.states import Stage
from portal.core.i18n import N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Search, Sort, State, Tab, vendor_rows

_TONES: Final = {
    Stage.PROSPECT: ("draft", "circle-dashed"),
    Stage.QUALIFIED: ("us", "search"),
    Stage.PROPOSAL: ("us", "file-text"),
    Stage.NEGOTIATION: ("us", "message"),
    Stage.WON: ("good", "trophy"),
    Stage.LOST: ("bad", "circle-minus"),
}
STAGES: Final = {stage.value: State(STAGE_LABELS[stage], *_TONES[stage]) for stage in Stage}

OPPORTUNITIES: Final = ListSpec(
    name="opportunities",
    title=N_("Opportunities"),
    path="/partners/opportunities",
    table="partners_opportunity",
    joins=(
        "JOIN partners_account a ON a.id = t.account LEFT JOIN partners_product p ON p.id = t.product"
        " LEFT JOIN identity_membership m ON m.id = t.owner LEFT JOIN identity_person o ON o.id = m.person"
    ),
    visible=vendor_rows,
    columns=(
        Column(key="name", label=N_("Opportunity"), sql="t.name"),
        Column(key="account", label=N_("Account"), sql="a.legal_name", href="/partners/accounts/{account_id}"),
        Column(key="owner", label=N_("Owner"), sql="coalesce(o.name, '')"),
        Column(key="stage", label=N_("Stage"), sql="t.stage", kind=Kind.STATE, states=STAGES),
        Column(key="amount", label=N_("Value, net"), sql="t.amount_minor", kind=Kind.MONEY, currency="t.currency"),
        Column(key="close", label=N_("Expected close"), sql="t.expected_close_on", kind=Kind.DATE),
        Column(key="opened", label=N_("Opened"), sql="t.opened_at", kind=Kind.DATETIME),
        Column(key="account_id", label=N_("Account"), sql="t.account", in_table=False, in_export=False),
        Column(key="product", label=N_("Product"), sql="coalesce(p.name, '')", in_table=False),
        Column(key="closed", label=N_("Closed"), sql="t.closed_at", kind=Kind.DATETIME, in_table=False),
        Column(key="source", label=N_("Source"), sql="t.source", in_table=False),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME, in_table=False),
    ),
    sorts=(
        Sort(key="opened", column="opened_at", type="timestamptz", descending=True),
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
        Sort(key="amount", column="amount_minor", type="bigint", descending=True),
    ),
    filters=(
        Filter(
            key="stage", label=N_("Stage"), sql="t.stage = {value}",
            choices=tuple(Choice(value=str(stage), label=label) for stage, label in STAGE_LABELS.items()),
        ),
        Filter(
            key="account", label=N_("Account"), sql="t.account = any(partners_accounts_of({value}))", type="uuid",
            choices=chosen_account,
        ),
    ),
    tabs=(
        Tab(key="all", label=N_("All"), counted=False),
        Tab(key="open", label=N_("Going on"), sql="t.closed_at IS NULL", counted=False),
        Tab(key="ended", label=N_("Won or lost"), sql="t.closed_at IS NOT NULL", counted=False),
    ),
    search=Search(column="t.search", placeholder=N_("Find by name")),
    row_href="/partners/opportunities/{id}",
)  # fmt: skip
