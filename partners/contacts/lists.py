"""The list of contacts, declared once for page, export and API. Vendor-only."""

from typing import Final

from partners.contacts import queries
from partners.contacts.rules import BUYING_ROLE_LABELS
from portal.core.i18n import N_
from portal.core.web.lists import Choice, Column, Filter, Kind, ListSpec, Search, Sort, State, vendor_rows

ROLES: Final = {
    "": State(N_("not given"), "draft", "circle-minus"),
    **{role.value: State(label, "us", "user") for role, label in BUYING_ROLE_LABELS.items()},
}

CONTACTS: Final = ListSpec(
    name="contacts",
    title=N_("Contacts"),
    path="/partners/contacts",
    table="partners_contact",
    joins="JOIN partners_account a ON a.id = t.account",
    visible=vendor_rows,
    columns=(
        Column(key="name", label=N_("Name"), sql="t.name"),
        Column(key="account", label=N_("Account"), sql="a.legal_name", href="/partners/accounts/{account_id}"),
        Column(key="job_title", label=N_("Job title"), sql="t.job_title"),
        Column(key="role", label=N_("Role in the purchase"), sql="t.buying_role", kind=Kind.STATE, states=ROLES),
        Column(key="persona", label=N_("Persona"), sql="t.persona"),
        Column(key="email", label=N_("E-mail"), sql="t.email"),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME),
        Column(key="account_id", label=N_("Account"), sql="t.account", in_table=False, in_export=False),
        Column(key="phone", label=N_("Phone"), sql="t.phone", in_table=False),
        Column(key="city", label=N_("City"), sql="t.city", in_table=False),
        Column(key="country", label=N_("Country"), sql="t.country", in_table=False),
        Column(key="language", label=N_("Language"), sql="t.language", in_table=False),
    ),
    sorts=(
        Sort(key="name", column="sort_name", type="text"),
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
    ),
    filters=(
        Filter(
            key="role", label=N_("Role in the purchase"), sql="t.buying_role = {value}",
            choices=tuple(Choice(value=role.value, label=label) for role, label in BUYING_ROLE_LABELS.items()),
        ),
        Filter(
            key="account", label=N_("Account"), sql="t.account = any(partners_accounts_of({value}))", type="uuid",
            choices=queries.chosen_account,
        ),
    ),
    search=Search(column="t.search", placeholder=N_("Find by name, e-mail or job title")),
    row_href="/partners/contacts/{id}",
)  # fmt: skip
