"""Terms as an import: their fields with the headings that mean them, and how rows become contracts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from partners.public import ACCOUNT_PROBLEMS, NamedAccounts, find_named_accounts
from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.text import fold
from portal.history.queries import Wording, tells
from portal.imports import storing
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.storing import Told
from portal.imports.values import Value

tells(terms__imported=Wording(N_("brought contracts"), "file-import", "good"))


def _text(name: str, label: str, longest: int, *synonyms: str, required: bool = False) -> Field:
    return Field(name, ValueKind.TEXT, label, required=required, synonyms=synonyms, longest=longest)


KIND: Final = ImportKind(
    name="terms",
    label=N_("Contracts"),
    source_id="source_id",
    fields=(
        _text(
            "source_id", N_("Id in the source system"), 120, "Contract ID", "Contract Number", "Subscription ID",
            "Subscription Number", "Term ID", "合同编号", "合同号", "订阅编号", *words.SOURCE_ID, required=True,
        ),
        _text("account", N_("Account"), 200, *words.ACCOUNT_ID, *words.CUSTOMER, required=True),
        _text("product_sku", N_("Article number"), 60, *words.PRODUCT, required=True),
        _text("partner_source_id", N_("Partner of record"), 120, *words.PARTNER),
        Field(
            "quantity", ValueKind.INTEGER, N_("Quantity"), required=True,
            synonyms=(*words.QUANTITY, "Seats", "席位"),
        ),
        Field("starts_on", ValueKind.DATE, N_("First day"), required=True, synonyms=words.TERM_START),
        Field("ends_on", ValueKind.DATE, N_("Last day"), required=True, synonyms=words.TERM_END),
        Field("value", ValueKind.MONEY, N_("Value, net"), required=True, synonyms=words.AMOUNT, currency="currency"),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=words.CURRENCY),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    **storing.PROBLEMS,
    **ACCOUNT_PROBLEMS,
    "unknown_product": N_("There is no product with the article number “%(text)s”."),
    "unknown_partner": N_("There is no partner “%(text)s”. Import the companies of this system first."),
    "ends_before": N_("The last day is before the first day."),
    "no_quantity": N_("The quantity has to be one or more."),
    "negative_value": N_("The value is negative. A contract is worth nothing or more."),
}
"""A sentence for each reason why a row is refused."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What rows refer to."""

    accounts: NamedAccounts
    products: Mapping[str, UUID]
    partners: Mapping[str, UUID]
    source_system: str


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
    """Rows without errors into terms. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.REVENUE_WRITE)
    async with db.transaction(actor):
        known = _Known(
            await find_named_accounts(source_system, {_plain(row.values, "account") for row in rows}),
            await _find_products({_plain(row.values, "product_sku") for row in rows}),
            await _find_partners({_plain(row.values, "partner_source_id") for row in rows} - {""}, source_system),
            source_system,
        )
        told = [_told(row, known) for row in rows]
        return await storing.store_rows(KIND.name, "attribution_term", source_system, told, now=now)


async def _find_products(skus: set[str]) -> dict[str, UUID]:
    rows = await db.sql("SELECT sku, id FROM partners_product WHERE sku = any($1::text[])", list(skus))
    return {row["sku"]: row["id"] for row in rows}


async def _find_partners(told: set[str], source_system: str) -> dict[str, UUID]:
    rows = await db.sql(
        "SELECT source_id, target_id FROM imports_source_receipt"
        " WHERE kind = 'companies' AND source_system = $1 AND source_id = any($2::text[])",
        source_system, list(told),
    )  # fmt: skip
    return {row["source_id"]: row["target_id"] for row in rows}


def _told(row: Parsed, known: _Known) -> Told:
    """The term's columns, or what is wrong with the row."""
    values = row.values
    worth, starts, ends, quantity = values["value"], values["starts_on"], values["ends_on"], values["quantity"]
    if (
        not isinstance(worth, Money)
        or not isinstance(quantity, int)
        or not isinstance(starts, date)
        or not isinstance(ends, date)
    ):
        message = f"a parsed row has value, quantity and days, not {worth!r}, {quantity!r}, {starts!r}, {ends!r}"
        raise TypeError(message)
    account = known.accounts.find(_plain(values, "account"), "account")
    sku, partner = _plain(values, "product_sku"), _plain(values, "partner_source_id")
    wrong = (
        (sku not in known.products, "unknown_product", "product_sku", sku),
        (bool(partner) and partner not in known.partners, "unknown_partner", "partner_source_id", partner),
        (ends < starts, "ends_before", "ends_on", ""),
        (quantity < 1, "no_quantity", "quantity", ""),
        (worth.minor < 0, "negative_value", "value", ""),
    )
    problems = [CellError(code, "", {"text": what}, name) for is_wrong, code, name, what in wrong if is_wrong]
    if isinstance(account, CellError):
        problems.append(account)
    source_id = _plain(values, "source_id")
    columns: dict[str, Any] = {
        "account": account,
        "product": known.products.get(sku),
        "partner": known.partners.get(partner),
        "number": source_id,
        "source_system": known.source_system,
        "quantity": quantity,
        "starts_on": starts,
        "ends_on": ends,
        "value_minor": worth.minor,
        "currency": worth.currency,
        "search": fold(source_id),
    }
    return Told(row.number, source_id, columns, problems)


def _plain(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.REVENUE_WRITE, event="terms.imported", order=45,
        about=N_("What customers have from a day to a day: they say when a renewal is due."), href="/terms",
        problems=PROBLEMS,
    )
)  # fmt: skip
