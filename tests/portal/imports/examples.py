"""Kinds of import to test with, declared as a slice declares its own."""

from pathlib import Path
from typing import Final

from portal.core.i18n import N_
from portal.imports import vocabulary
from portal.imports.fields import Choice, Field, ImportKind, ValueKind

FILES: Final = Path(__file__).parent / "files"
SALESFORCE: Final = FILES / "salesforce-dataloader"
ADVENTUREWORKS: Final = FILES / "adventureworks"

DEALS: Final = ImportKind(
    name="deals",
    label=N_("Deals"),
    source_id="source_id",
    fields=(
        Field(
            "source_id",
            ValueKind.TEXT,
            N_("Source id"),
            required=True,
            synonyms=(*vocabulary.SOURCE_ID, *vocabulary.DEAL_ID),
            longest=120,
        ),
        Field("name", ValueKind.TEXT, N_("Deal"), required=True, synonyms=vocabulary.DEAL_NAME, longest=200),
        Field("customer", ValueKind.TEXT, N_("Customer"), required=True, synonyms=vocabulary.CUSTOMER, longest=200),
        Field("country", ValueKind.COUNTRY, N_("Country"), synonyms=vocabulary.COUNTRY),
        Field("website", ValueKind.DOMAIN, N_("Website"), synonyms=vocabulary.WEBSITE),
        Field("contact_email", ValueKind.EMAIL, N_("E-mail"), synonyms=vocabulary.EMAIL),
        Field("amount", ValueKind.MONEY, N_("Value"), synonyms=vocabulary.AMOUNT, currency="currency"),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), synonyms=vocabulary.CURRENCY),
        Field("close_on", ValueKind.DATE, N_("Close date"), required=True, synonyms=vocabulary.CLOSE_DATE),
        Field("created_at", ValueKind.MOMENT, N_("Created"), synonyms=vocabulary.CREATED_AT),
        Field(
            "stage",
            ValueKind.CHOICE,
            N_("Stage"),
            synonyms=vocabulary.STAGE,
            choices=(
                Choice("prospect", ("Prospecting", "1-Qualify", "初步接触")),
                Choice(
                    "qualified",
                    (
                        "Qualification",
                        "Needs Analysis",
                        "Value Proposition",
                        "Id. Decision Makers",
                        "2-Develop",
                        "已确认",
                    ),
                ),
                Choice("proposal", ("Proposal/Price Quote", "3-Propose", "方案")),
                Choice("negotiation", ("Negotiation/Review", "4-Close", "谈判")),
                Choice("won", ("Closed Won", "赢单")),
                Choice("lost", ("Closed Lost", "丢单")),
            ),
        ),
        Field("probability", ValueKind.DECIMAL, N_("Probability"), synonyms=vocabulary.PROBABILITY),
        Field("quantity", ValueKind.INTEGER, N_("Quantity"), synonyms=vocabulary.QUANTITY),
        Field("is_won", ValueKind.BOOLEAN, N_("Won"), synonyms=("IsWon",)),
        Field("products", ValueKind.LIST, N_("Products"), synonyms=("Product Names", *vocabulary.PRODUCT)),
        Field("notes", ValueKind.TEXT, N_("Notes"), synonyms=vocabulary.NOTES, longest=4000),
    ),
)

COMPANIES: Final = ImportKind(
    name="companies",
    label=N_("Companies"),
    source_id="source_id",
    fields=(
        Field(
            "source_id",
            ValueKind.TEXT,
            N_("Source id"),
            required=True,
            synonyms=(*vocabulary.ACCOUNT_ID, *vocabulary.SOURCE_ID),
        ),
        Field("name", ValueKind.TEXT, N_("Company"), required=True, synonyms=vocabulary.COMPANY_NAME),
        Field("country", ValueKind.COUNTRY, N_("Country"), synonyms=vocabulary.COUNTRY),
        Field("city", ValueKind.TEXT, N_("City"), synonyms=vocabulary.CITY),
        Field("website", ValueKind.DOMAIN, N_("Website"), synonyms=vocabulary.WEBSITE),
        Field("employees", ValueKind.INTEGER, N_("Employees"), synonyms=vocabulary.EMPLOYEES),
    ),
)
