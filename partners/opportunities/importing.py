"""Opportunities as an import: their fields with the headings that mean them, and how rows are taken in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from partners.customers.importing import text
from partners.customers.naming import PROBLEMS as NAMING_PROBLEMS
from partners.customers.naming import Named, find_named
from partners.customers.rules import search_text
from partners.deals.rules import STAGE_LABELS
from partners.deals.states import Stage
from portal.core import clock, db, formats
from portal.core.actor import SYSTEM, Actor
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import storing
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.dates import Moment
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.storing import Told
from portal.imports.values import Value

tells(opportunities__imported=Wording(N_("brought opportunities"), "file-import", "good"))

_NONE: Final = "XXX"
"""ISO 4217's code for no currency."""
ENDED: Final = frozenset({Stage.WON, Stage.LOST})
_STAGE_WORDS: Final[Mapping[Stage, tuple[str, ...]]] = {
    Stage.PROSPECT: ("1-Qualify", "Prospecting", "Appointment Scheduled", "New", "初步接触"),
    Stage.QUALIFIED: (
        "2-Develop", "Qualification", "Needs Analysis", "Value Proposition", "Id. Decision Makers",
        "Perception Analysis", "Qualified to Buy", "Qualified", "已确认",
    ),
    Stage.PROPOSAL: ("3-Propose", "Proposal/Price Quote", "Quote", "Presentation Scheduled", "方案", "报价"),
    Stage.NEGOTIATION: (
        "4-Close", "Negotiation/Review", "Negotiation", "Decision Maker Bought-In", "Contract Sent", "谈判",
    ),
    Stage.WON: ("Closed Won", "Closed-Won", "赢单", "成交"),
    Stage.LOST: ("Closed Lost", "Closed-Lost", "丢单", "输单"),
}  # fmt: skip


def _text(name: str, label: str, longest: int, *synonyms: str, required: bool = False) -> Field:
    return Field(name, ValueKind.TEXT, label, required=required, synonyms=synonyms, longest=longest)


KIND: Final = ImportKind(
    name="opportunities",
    label=N_("Opportunities"),
    source_id="source_id",
    fields=(
        _text("source_id", N_("Id in the source system"), 120, *words.DEAL_ID, *words.SOURCE_ID, required=True),
        _text(
            "account", N_("Account"), 200, *words.ACCOUNT_ID, "Associated Company IDs", *words.CUSTOMER, required=True
        ),
        _text("name", N_("Name"), 200, *words.DEAL_NAME, "Name", required=True),
        Field(
            "owner", ValueKind.TEXT, N_("Owner"), synonyms=words.OWNER, longest=254,
            help=N_("The e-mail address or the name of somebody of the vendor; without it, whoever imports."),
        ),
        _text("product_sku", N_("Article number"), 60, *words.PRODUCT),
        Field(
            "stage", ValueKind.CHOICE, N_("Stage of the sale"), synonyms=words.STAGE,
            choices=tuple(Choice(stage.value, (STAGE_LABELS[stage], *_STAGE_WORDS[stage])) for stage in Stage),
        ),
        Field("amount", ValueKind.MONEY, N_("Value, net"), synonyms=words.AMOUNT, currency="currency"),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=words.CURRENCY),
        Field("expected_close_on", ValueKind.DATE, N_("Expected close"), synonyms=words.CLOSE_DATE),
        Field("opened_at", ValueKind.MOMENT, N_("Opened"), required=True, synonyms=words.CREATED_AT),
        Field(
            "closed_at", ValueKind.MOMENT, N_("Closed"), synonyms=("Closed On", "Actual close date", "关闭时间"),
            help=N_("Of a sale that is won or lost; without it, the expected close."),
        ),
        _text("source", N_("Source"), 120, *words.LEAD_SOURCE),
        _text("notes", N_("Notes"), 10_000, *words.NOTES),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    **storing.PROBLEMS,
    **NAMING_PROBLEMS,
    "unknown_owner": N_("Nobody of the vendor is called or has the address “%(text)s”."),
    "needs_owner": N_("Say who of the vendor works it: by e-mail address or name."),
    "unknown_product": N_("There is no product with the article number “%(text)s”."),
    "needs_currency": N_("There is neither a value nor a currency. Give one currency for all rows."),
    "negative_amount": N_("The value is negative. An opportunity is worth nothing or more."),
    "needs_close": N_("A sale that is won or lost needs the day on which it closed."),
}
"""A sentence for each reason why a row is refused."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows refer to."""

    accounts: Named
    owners: Mapping[str, UUID]
    products: Mapping[str, UUID]
    importer: UUID | None
    """Who works what names nobody; the system itself works nothing."""


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
    """Rows without errors into opportunities. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.ACCOUNTS_WRITE)
    async with db.transaction(actor):
        known = _Known(
            await find_named(source_system, {text(row.values, "account") for row in rows}),
            await _find_owners(),
            await _find_products({text(row.values, "product_sku") for row in rows} - {""}),
            None if actor.membership_id == SYSTEM.membership_id else actor.membership_id,
        )
        told = [_told(row, known) for row in rows]
        return await storing.store_rows(KIND.name, "partners_opportunity", source_system, told, now=now)


async def _find_owners() -> dict[str, UUID]:
    """The vendor's people by address and by name, in lower case; a name that several have is left out."""
    rows = await db.sql(
        "SELECT m.id, lower(p.email) AS email, lower(p.name) AS name,"
        " count(*) OVER (PARTITION BY lower(p.name)) AS many"
        " FROM identity_membership m JOIN identity_person p ON p.id = m.person"
        " WHERE m.side = 'staff' AND m.ended_at IS NULL"
    )
    return {row["name"]: row["id"] for row in rows if row["many"] == 1} | {row["email"]: row["id"] for row in rows}


async def _find_products(skus: set[str]) -> dict[str, UUID]:
    rows = await db.sql("SELECT sku, id FROM partners_product WHERE sku = any($1::text[])", list(skus))
    return {row["sku"]: row["id"] for row in rows}


def _told(row: Parsed, known: _Known) -> Told:
    """The opportunity's columns, or what is wrong with the row."""
    values = row.values
    opened, told = values["opened_at"], values.get("amount")
    amount = told if isinstance(told, Money) else Money(0, text(values, "currency") or _NONE)
    if not isinstance(opened, Moment):
        message = f"a parsed row has a time, not {opened!r}"
        raise TypeError(message)
    account = known.accounts.find(text(values, "account"), "account")
    owner, sku = text(values, "owner"), text(values, "product_sku")
    stage = Stage(text(values, "stage") or Stage.PROSPECT)
    expected = values.get("expected_close_on")
    closed = _closed_at(values) if stage in ENDED else None
    wrong = (
        (not owner and known.importer is None, "needs_owner", "owner", ""),
        (bool(owner) and owner.lower() not in known.owners, "unknown_owner", "owner", owner),
        (bool(sku) and sku not in known.products, "unknown_product", "product_sku", sku),
        (amount.currency == _NONE, "needs_currency", "currency", ""),
        (amount.minor < 0, "negative_amount", "amount", ""),
        (stage in ENDED and closed is None, "needs_close", "closed_at", ""),
    )
    problems = [CellError(code, "", {"text": what}, name) for is_wrong, code, name, what in wrong if is_wrong]
    if isinstance(account, CellError):
        problems.append(account)
    columns: dict[str, Any] = {
        "account": account,
        "name": text(values, "name"),
        "owner": known.owners.get(owner.lower()) if owner else known.importer,
        "product": known.products.get(sku),
        "stage": stage.value,
        "amount_minor": amount.minor,
        "currency": amount.currency,
        "expected_close_on": expected if isinstance(expected, date) else None,
        "opened_at": opened.at,
        "closed_at": closed,
        "source": text(values, "source"),
        "notes": text(values, "notes"),
        "search": search_text(text(values, "name"), text(values, "account")),
    }
    return Told(row.number, text(values, "source_id"), columns, problems)


def _closed_at(values: Mapping[str, Value]) -> datetime | None:
    """When it was won or lost: as told, else the start of the day on which it was expected."""
    closed, expected = values.get("closed_at"), values.get("expected_close_on")
    if isinstance(closed, Moment):
        return closed.at
    return clock.start_of(expected, formats.time_zone().key) if isinstance(expected, date) else None


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.ACCOUNTS_WRITE, event="opportunities.imported", order=42,
        about=N_("Sales that the vendor works itself, with their owner."),
        href="/partners/opportunities", problems=PROBLEMS,
    )
)  # fmt: skip
