"""The list of approvals in steps, declared once for page, export and API: first what waits for whoever looks."""

from typing import Final

from partners.chains.queries import WAITING
from partners.chains.showing import OUTCOMES
from portal.core.i18n import N_
from portal.core.web.lists import Column, Kind, ListSpec, Sort, State, Tab, vendor_rows

_MINE: Final = f"t.id = any(array(SELECT c.id{WAITING}))"
_STATES: Final = {outcome.value: State(label, tone, icon) for outcome, (tone, icon, label) in OUTCOMES.items()}

STEPS: Final = ListSpec(
    name="approval steps",
    title=N_("Approval steps"),
    path="/partners/steps",
    table="partners_deal_chain",
    joins="JOIN partners_deal d ON d.id = t.deal JOIN partners_company p ON p.id = t.partner_id",
    visible=vendor_rows,
    columns=(
        Column(key="customer", label=N_("Customer"), sql="d.customer_name"),
        Column(key="partner", label=N_("Partner"), sql="p.legal_name"),
        Column(key="amount", label=N_("Value, net"), sql="d.amount_minor", kind=Kind.MONEY, currency="d.currency"),
        Column(key="state", label=N_("State"), sql="t.outcome", kind=Kind.STATE, states=_STATES),
        Column(key="done", label=N_("Agreed"), sql="t.done", kind=Kind.NUMBER),
        Column(key="steps", label=N_("Steps"), sql="cardinality(t.asks)", kind=Kind.NUMBER),
        Column(key="made", label=N_("Found on"), sql="t.made_at", kind=Kind.DATETIME),
        Column(key="ended", label=N_("Ended"), sql="t.ended_at", kind=Kind.DATETIME, in_table=False),
        Column(key="number", label=N_("Number"), sql="d.number", in_table=False),
        Column(key="deal", label=N_("Deal"), sql="t.deal", in_table=False, in_export=False),
    ),
    sorts=(
        Sort(key="made", column="made_at", type="timestamptz", descending=True),
    ),
    tabs=(
        Tab(key="mine", label=N_("Waits for me"), sql=_MINE, narrow=True),
        Tab(key="running", label=N_("Under way"), sql="t.outcome = 'open'", narrow=True),
        Tab(key="all", label=N_("All"), counted=False),
    ),
    row_href="/partners/deals/{deal}#steps",
)  # fmt: skip
