"""The list of visitors, declared once for page, export and API. Vendor-only."""

from typing import Final

from attribution.visits.rules import RULE_LABELS
from portal.core.i18n import N_
from portal.core.web.lists import Column, Filter, Kind, ListSpec, Sort, State, Tab, vendor_rows

STATES: Final = {
    "unknown": State(N_("Not known yet"), "draft", "help-circle"),
    "attached": State(N_("Attached"), "good", "link"),
    "forgotten": State(N_("Consent withdrawn"), "you", "eye-off"),
}
_SHOWN: Final = (
    "CASE WHEN t.withdrawn_at IS NOT NULL THEN 'forgotten' WHEN l.id IS NOT NULL THEN 'attached' ELSE 'unknown' END"
)

VISITORS: Final = ListSpec(
    name="visitors",
    title=N_("Visitors"),
    path="/visits",
    table="attribution_visitor",
    joins=(
        "LEFT JOIN attribution_visitor_link l ON l.visitor = t.visitor AND l.undone_at IS NULL"
        " LEFT JOIN partners_account a ON a.id = l.account"
    ),
    visible=vendor_rows,
    columns=(
        Column(key="visitor", label=N_("Visitor"), sql="t.visitor"),
        Column(key="shown", label=N_("State"), sql=_SHOWN, kind=Kind.STATE, states=STATES),
        Column(key="customer", label=N_("Customer"), sql="a.legal_name", href="/partners/accounts/{account_id}"),
        Column(key="rule", label=N_("Because"), sql="l.rule", labels=RULE_LABELS),
        Column(key="touches", label=N_("Touchpoints"), sql="t.touches", kind=Kind.NUMBER),
        Column(key="first", label=N_("First visit"), sql="t.first_seen_at", kind=Kind.DATETIME),
        Column(key="last", label=N_("Last visit"), sql="t.last_seen_at", kind=Kind.DATETIME),
        Column(key="account_id", label=N_("Customer"), sql="l.account", in_table=False, in_export=False),
        Column(key="system", label=N_("Source system"), sql="t.source_system", in_table=False),
        Column(key="linked", label=N_("Attached at"), sql="l.linked_at", kind=Kind.DATETIME, in_table=False),
    ),
    sorts=(
        Sort(key="last", column="last_seen_at", type="timestamptz", descending=True),
        Sort(key="touches", column="touches", type="integer", descending=True),
    ),
    filters=(
        Filter(
            key="account", label=N_("Customer"), type="uuid",
            sql="EXISTS (SELECT FROM attribution_visitor_link x WHERE x.visitor = t.visitor AND x.undone_at IS NULL"
            " AND x.account = any(partners_accounts_of({value})))",
        ),
    ),
    tabs=(
        Tab(key="all", label=N_("All")),
        Tab(key="unknown", label=N_("Not known yet"), sql="l.id IS NULL"),
        Tab(key="attached", label=N_("Attached"), sql="l.id IS NOT NULL"),
    ),
    row_href="/visits/{id}",
)  # fmt: skip
