"""The lists of customers, declared once for page, export and API: a partner's cards, the vendor's accounts."""

from typing import Final

from partners.customers.rules import SIZE_BANDS
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.web.lists import (
    Choice,
    Column,
    Filter,
    Kind,
    ListSpec,
    Search,
    Sort,
    Tab,
    staff_only,
)

_PLACE: Final = "nullif(concat_ws(', ', nullif(t.city, ''), nullif(t.region, ''), t.country), '')"
_SIZES: Final = tuple(Choice(value=band, label=band) for band in SIZE_BANDS)


_PARTNERS_OF: Final = (
    "count(DISTINCT c.partner_id) FROM partners_card_link l JOIN partners_customer_card c ON c.id = l.card"
    " WHERE l.account = any(partners_accounts_of(t.id))"
)


_TAGS: Final = (
    "string_agg(DISTINCT g.name, ', ' ORDER BY g.name) FROM partners_account_tag x JOIN partners_tag g ON g.id = x.tag"
    " WHERE x.account = any(partners_accounts_of(t.id))"
)
_TAGGED: Final = (
    "t.id IN (SELECT coalesce(m.canonical, x.account) FROM partners_tag g JOIN partners_account_tag x ON x.tag = g.id"
    " LEFT JOIN partners_account_alias m ON m.account = x.account AND m.undone_at IS NULL"
    " WHERE lower(g.name) = lower({value}))"
)


def _partner_only(actor: Actor) -> bool:
    return actor.is_partner


def _unmerged(actor: Actor) -> str:
    """The vendor's accounts without those that were merged into others: these are found on the others' pages."""
    if actor.is_partner:
        return "false"
    return "NOT EXISTS (SELECT FROM partners_account_alias m WHERE m.account = t.id AND m.undone_at IS NULL)"


CARDS: Final = ListSpec(
    name="customers",
    title=N_("Customers"),
    path="/partners/cards",
    table="partners_customer_card",
    joins="JOIN partners_company p ON p.id = t.partner_id",
    columns=(
        Column(key="name", label=N_("Customer"), sql="t.legal_name"),
        Column(key="partner", label=N_("Partner"), sql="p.legal_name", when=staff_only),
        Column(key="local_name", label=N_("Local name"), sql="t.local_name", when=_partner_only),
        Column(key="place", label=N_("Place"), sql=_PLACE),
        Column(key="industry", label=N_("Industry"), sql="t.industry"),
        Column(key="size", label=N_("Size"), sql="t.size"),
        Column(
            key="people", label=N_("People"), kind=Kind.NUMBER,
            sql="SELECT count(*) FROM partners_card_contact x WHERE x.card = t.id",
        ),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME),
        Column(key="country", label=N_("Country"), sql="t.country", in_table=False),
        Column(key="domain", label=N_("Website"), sql="t.domain", in_table=False),
        Column(key="registry_id", label=N_("Registry id"), sql="t.registry_id", in_table=False),
        Column(key="created", label=N_("Created"), sql="t.created_at", kind=Kind.DATETIME, in_table=False),
    ),
    sorts=(
        Sort(key="name", column="sort_name", type="text"),
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
    ),
    filters=(
        Filter(key="size", label=N_("Size"), sql="t.size = {value}", choices=_SIZES),
        Filter(
            key="linked", label=N_("Account"), when=staff_only,
            choices=(
                Choice(
                    value="yes", label=N_("linked"),
                    sql="EXISTS (SELECT FROM partners_card_link l WHERE l.card = t.id)",
                ),
                Choice(
                    value="no", label=N_("not linked"),
                    sql="NOT EXISTS (SELECT FROM partners_card_link l WHERE l.card = t.id)",
                ),
            ),
        ),
        Filter(key="partner", label=N_("Partner"), sql="t.partner_id = {value}", type="uuid", when=staff_only),
    ),
    search=Search(column="t.search", placeholder=N_("Find by name, place or website")),
    row_href="/partners/cards/{id}",
)  # fmt: skip

ACCOUNTS: Final = ListSpec(
    name="accounts",
    title=N_("Customers"),
    path="/partners/accounts",
    table="partners_account",
    visible=_unmerged,
    columns=(
        Column(key="name", label=N_("Customer"), sql="t.legal_name"),
        Column(key="place", label=N_("Place"), sql=_PLACE),
        Column(key="industry", label=N_("Industry"), sql="t.industry"),
        Column(key="size", label=N_("Size"), sql="t.size"),
        Column(
            key="partners", label=N_("Partners"), kind=Kind.NUMBER,
            sql=f"SELECT {_PARTNERS_OF}",
        ),
        Column(key="tags", label=N_("Tags"), sql=f"SELECT {_TAGS}"),
        Column(key="changed", label=N_("Changed"), sql="t.changed_at", kind=Kind.DATETIME),
        Column(key="local_name", label=N_("Local name"), sql="t.local_name", in_table=False),
        Column(key="country", label=N_("Country"), sql="t.country", in_table=False),
        Column(key="domain", label=N_("Website"), sql="t.domain", in_table=False),
        Column(key="registry_id", label=N_("Registry id"), sql="t.registry_id", in_table=False),
        Column(key="phone", label=N_("Phone"), sql="t.phone", in_table=False),
        Column(key="created", label=N_("Created"), sql="t.created_at", kind=Kind.DATETIME, in_table=False),
    ),
    sorts=(
        Sort(key="name", column="sort_name", type="text"),
        Sort(key="changed", column="changed_at", type="timestamptz", descending=True),
    ),
    filters=(
        Filter(key="size", label=N_("Size"), sql="t.size = {value}", choices=_SIZES),
        Filter(key="country", label=N_("Country"), sql="t.country = upper({value})"),
        Filter(key="tag", label=N_("Tag"), sql=_TAGGED),
    ),
    tabs=(
        Tab(key="all", label=N_("All")),
        Tab(
            key="shared", label=N_("With several partners"), counted=False,
            sql=f"(SELECT {_PARTNERS_OF}) > 1",
        ),
    ),
    search=Search(column="t.search", placeholder=N_("Find by name, place or website")),
    row_href="/partners/accounts/{id}",
)  # fmt: skip
