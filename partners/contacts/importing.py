"""Contacts as an import: their fields with the headings that mean them, and how rows become people at accounts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from partners.contacts.rules import BUYING_ROLE_LABELS, BuyingRole, full_name
from partners.customers.importing import text
from partners.customers.naming import PROBLEMS as NAMING_PROBLEMS
from partners.customers.naming import Named, find_named
from partners.customers.rules import search_text, sort_name
from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import storing
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.storing import Told

tells(contacts__imported=Wording(N_("brought contacts"), "file-import", "good"))

_ROLE_WORDS: Final[Mapping[BuyingRole, tuple[str, ...]]] = {
    BuyingRole.DECISION_MAKER: ("Decision-Maker", "Decider", "Executive Sponsor", "决策者", "决策人", "拍板人"),
    BuyingRole.BUDGET_HOLDER: ("Economic Buyer", "Economic Decision Maker", "Budget owner", "预算负责人"),
    BuyingRole.CHAMPION: ("Coach", "Sponsor", "Advocate", "支持者", "内线"),
    BuyingRole.INFLUENCER: ("Business User Influencer", "影响者"),
    BuyingRole.EVALUATOR: ("Technical Buyer", "Technical Evaluator", "评估者", "技术评估人"),
    BuyingRole.USER: ("End User", "Business User", "使用者", "最终用户"),
    BuyingRole.LEGAL: ("Legal & Compliance", "Legal", "Purchasing", "Procurement", "采购", "法务"),
    BuyingRole.BLOCKER: ("Detractor", "反对者"),
    BuyingRole.OTHER: ("Other", "其他"),
}


def _text(name: str, label: str, longest: int, *synonyms: str, required: bool = False) -> Field:
    return Field(name, ValueKind.TEXT, label, required=required, synonyms=synonyms, longest=longest)


KIND: Final = ImportKind(
    name="contacts",
    label=N_("Contacts"),
    source_id="source_id",
    fields=(
        _text(
            "source_id", N_("Id in the source system"), 120, *words.SOURCE_ID, "Contact ID", "ContactID",
            "Record ID - Contact", "联系人编号", required=True,
        ),
        _text(
            "account", N_("Account"), 200, *words.ACCOUNT_ID, "Associated Company IDs", *words.CUSTOMER, required=True
        ),
        _text("name", N_("Name"), 120, *words.FULL_NAME),
        _text("first_name", N_("First name"), 80, *words.FIRST_NAME),
        _text("last_name", N_("Family name"), 80, *words.LAST_NAME),
        Field("email", ValueKind.EMAIL, N_("E-mail"), synonyms=words.EMAIL),
        _text("phone", N_("Phone"), 40, *words.PHONE),
        _text("job_title", N_("Job title"), 120, *words.JOB_TITLE),
        _text("persona", N_("Persona"), 60, "Buyer Persona", "Marketing Persona", "Contact Type", "画像", "人物画像"),
        Field(
            "buying_role", ValueKind.CHOICE, N_("Role in the purchase"),
            synonyms=("Buying Role", "Role", "Contact Role", "采购角色", "角色"),
            choices=tuple(Choice(role.value, (BUYING_ROLE_LABELS[role], *_ROLE_WORDS[role])) for role in BuyingRole),
        ),
        _text("language", N_("Language"), 40, *words.LANGUAGES),
        _text("city", N_("City"), 80, *words.CITY),
        Field("country", ValueKind.COUNTRY, N_("Country"), synonyms=words.COUNTRY),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    **storing.PROBLEMS,
    **NAMING_PROBLEMS,
    "nameless": N_("The row has neither a name nor an e-mail address."),
}
"""A sentence for each reason why a row is refused."""


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
    """Rows without errors into contacts. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.ACCOUNTS_WRITE)
    async with db.transaction(actor):
        named = await find_named(source_system, {text(row.values, "account") for row in rows})
        told = [_told(row, named) for row in rows]
        return await storing.store_rows(KIND.name, "partners_contact", source_system, told, now=now)


def _told(row: Parsed, named: Named) -> Told:
    """The contact's columns, or what is wrong with the row."""
    plain = {each.name: text(row.values, each.name) for each in KIND.fields}
    account = named.find(plain["account"], "account")
    name = full_name(plain["name"], plain["first_name"], plain["last_name"], plain["email"])
    problems = [account] if isinstance(account, CellError) else []
    if not name:
        problems.append(CellError("nameless", "", {}, "name"))
    kept = ("email", "phone", "job_title", "persona", "buying_role", "language", "city", "country")
    values = {each: plain[each] for each in kept} | {
        "account": account,
        "name": name,
        "search": search_text(name, plain["email"], plain["job_title"], plain["city"]),
        "sort_name": sort_name(name),
    }
    return Told(row.number, plain["source_id"], values, problems)


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.ACCOUNTS_WRITE, event="contacts.imported", order=32,
        about=N_("The people at accounts, with their persona and their role in a purchase."),
        href="/partners/contacts", problems=PROBLEMS,
    )
)  # fmt: skip
