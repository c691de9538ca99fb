"""The list of partner companies, declared once for page, export and API."""

from collections.abc import Sequence
from typing import Final

from partners.companies import queries
from partners.companies.rules import KIND_LABELS, STATUS_LABELS, TIER_LABELS, CompanyStatus
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Search, Sort, State, Tab, rows_by

STATES: Final = {
    CompanyStatus.APPLIED.value: State(STATUS_LABELS[CompanyStatus.APPLIED], "us", "inbox"),
    CompanyStatus.ACTIVE.value: State(STATUS_LABELS[CompanyStatus.ACTIVE], "good", "check"),
    CompanyStatus.SUSPENDED.value: State(STATUS_LABELS[CompanyStatus.SUSPENDED], "you", "player-pause"),
    CompanyStatus.TERMINATED.value: State(STATUS_LABELS[CompanyStatus.TERMINATED], "draft", "circle-x"),
}
_MANAGER: Final = (
    "(SELECT p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person WHERE m.id = t.manager)"
)


async def _managers(actor: Actor, _chosen: str | None) -> Sequence[Choice]:
    return [Choice(value=str(key), label=name) for key, name in await queries.list_managers(actor)]


COMPANIES: Final = ListSpec(
    name="partners",
    title=N_("Partners"),
    path="/partners/companies",
    table="partners_company",
    visible=rows_by("t.id"),
    columns=(
        Column(key="name", label=N_("Partner"), sql="coalesce(nullif(t.local_name, ''), t.legal_name)"),
        Column(
            key="tier", label=N_("Tier"), sql="t.tier", labels={key.value: label for key, label in TIER_LABELS.items()}
        ),
        Column(key="country", label=N_("Country"), sql="t.country"),
        Column(key="city", label=N_("City"), sql="t.city"),
        Column(key="manager", label=N_("Partner manager"), sql=_MANAGER),
        Column(key="status", label=N_("Status"), sql="t.status", kind=Kind.STATE, states=STATES),
        Column(key="joined", label=N_("Joined"), sql="t.joined_on", kind=Kind.DATE),
        Column(key="legal_name", label=N_("Legal name"), sql="t.legal_name", in_table=False),
        Column(key="kinds", label=N_("Kinds"), sql="array_to_string(t.kinds, ', ')", in_table=False),
        Column(key="currency", label=N_("Currency"), sql="t.currency", in_table=False),
        Column(key="domain", label=N_("Website"), sql="t.domain", in_table=False),
    ),
    sorts=(
        Sort(key="name", column="sort_name", type="text"),
        Sort(key="joined", column="joined_on", type="date", descending=True),
    ),
    filters=(
        Filter(
            key="tier",
            label=N_("Tier"),
            sql="t.tier = {value}",
            choices=tuple(Choice(value=tier.value, label=label) for tier, label in TIER_LABELS.items()),
        ),
        Filter(
            key="kind",
            label=N_("Kind"),
            sql="{value} = any(t.kinds)",
            choices=tuple(Choice(value=kind.value, label=label) for kind, label in KIND_LABELS.items()),
        ),
        Filter(
            key="status",
            label=N_("Status"),
            sql="t.status = {value}",
            choices=tuple(Choice(value=status.value, label=label) for status, label in STATUS_LABELS.items()),
        ),
        Filter(key="manager", label=N_("Partner manager"), sql="t.manager = {value}", type="uuid", choices=_managers),
    ),
    tabs=(
        Tab(
            key="mine",
            label=N_("My portfolio"),
            sql="t.manager = {membership}",
            when=lambda actor: "partner_manager" in actor.roles,
        ),
        Tab(key="all", label=N_("All")),
    ),
    search=Search(column="t.search", placeholder=N_("Find by name, city or website")),
    row_href="/partners/companies/{id}",
)
