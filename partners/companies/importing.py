"""Partner companies as an import: their fields with the headings that mean them, and what is wrong with a row."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final

from partners.companies import intake
from partners.companies.intake import Incoming
from partners.companies.rules import (
    KIND_LABELS,
    STATUS_LABELS,
    TIER_LABELS,
    CompanyStatus,
    PartnerKind,
    Tier,
    split_territory,
)
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission
from portal.history.queries import Wording, tells
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from portal.imports.values import Value

tells(companies__imported=Wording(N_("brought partners"), "file-import", "good"))

_KIND_WORDS: Final[Mapping[PartnerKind, tuple[str, ...]]] = {
    PartnerKind.DISTRIBUTOR: ("disti", "wholesaler", "总经销商", "分销商"),
    PartnerKind.RESELLER: ("dealer", "var", "value added reseller", "经销商"),
    PartnerKind.AGENT: ("代理商", "agency"),
    PartnerKind.REFERRAL: ("referrer", "推荐伙伴"),
    PartnerKind.SERVICE: ("services", "服务伙伴"),
    PartnerKind.INTEGRATOR: ("system integrator", "si", "集成商", "系统集成商"),
    PartnerKind.TECHNOLOGY: ("isv", "technology partner", "技术伙伴"),
}

KIND: Final = ImportKind(
    name="companies",
    label=N_("Partners"),
    source_id="source_id",
    fields=(
        Field(
            "source_id", ValueKind.TEXT, N_("Id in the source system"), required=True, longest=120,
            synonyms=(*words.SOURCE_ID, "partner id", "reseller id", "dealer id", "经销商编号", "合作伙伴编号"),
        ),
        Field(
            "legal_name", ValueKind.TEXT, N_("Legal name"), required=True,
            synonyms=(*words.COMPANY_NAME, *words.PARTNER), longest=200,
        ),
        Field("local_name", ValueKind.TEXT, N_("Name in the local language"), synonyms=words.LOCAL_NAME, longest=200),
        Field("domain", ValueKind.DOMAIN, N_("Website"), synonyms=words.WEBSITE, longest=120),
        Field("country", ValueKind.COUNTRY, N_("Country"), required=True, synonyms=words.COUNTRY),
        Field("region", ValueKind.TEXT, N_("Region"), synonyms=words.STATE, longest=80),
        Field("city", ValueKind.TEXT, N_("City"), synonyms=words.CITY, longest=80),
        Field("registry_id", ValueKind.TEXT, N_("Registry id"), synonyms=words.REGISTRY_ID, longest=60),
        Field(
            "kinds", ValueKind.LIST, N_("Kinds"), required=True, synonyms=("partner type", "kind", "类型", "伙伴类型"),
            choices=tuple(Choice(kind.value, (label, *_KIND_WORDS[kind])) for kind, label in KIND_LABELS.items()),
        ),
        Field(
            "tier", ValueKind.CHOICE, N_("Tier"), synonyms=words.TIER,
            choices=tuple(Choice(tier.value, (label,)) for tier, label in TIER_LABELS.items()),
        ),
        Field(
            "territories", ValueKind.LIST, N_("Territories"), synonyms=words.TERRITORY, longest=90,
            help=N_("DE for a country, DE-Bavaria for a region, several with semicolons."),
        ),
        Field(
            "manager_email", ValueKind.EMAIL, N_("Partner manager"),
            synonyms=("manager", "account manager", "owner email", "渠道经理", "渠道经理邮箱"),
            help=N_("The e-mail address of one of our partner managers."),
        ),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), required=True, synonyms=words.CURRENCY),
        Field("phone", ValueKind.TEXT, N_("Phone"), synonyms=words.PHONE, longest=40),
        Field("languages", ValueKind.LIST, N_("Languages"), synonyms=words.LANGUAGES, longest=10),
        Field(
            "status", ValueKind.CHOICE, N_("Status"), synonyms=words.STATUS,
            choices=tuple(Choice(status.value, (label,)) for status, label in STATUS_LABELS.items()),
        ),
        Field(
            "parent_source_id", ValueKind.TEXT, N_("Distributor above"), synonyms=words.PARENT, longest=120,
            help=N_("The distributor's id in the same source system; it has to be imported first."),
        ),
        Field(
            "parent_from", ValueKind.DATE, N_("Below it since"), synonyms=("parent since", "上级生效日期"),
            help=N_("Without it: since it joined, or since today when it is known already."),
        ),
        Field(
            "joined_on", ValueKind.DATE, N_("Joined"), synonyms=("partner since", "start date", "加入日期", "签约日期"),
        ),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    "repeated": N_("Another row of this file has the same id."),
    "territory": N_("“%(text)s” is not a territory: write DE for a country, DE-Bavaria for a region."),
    "unknown_manager": N_("No partner manager of ours has the address %(text)s. Invite that person first."),
    "unknown_parent": N_("The distributor %(text)s is not known yet. Import it first, then this row again."),
    "circle": N_("That would put the company under itself."),
    "parent_order": N_("It is below another distributor since %(text)s already. A new one can only begin later."),
    "terminated_stays": N_("The company is terminated, and a terminated company stays so."),
    "open_work": N_("The company has open deals: decide or close them before it is terminated."),
}
"""A sentence for each reason why a row is refused."""


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
    """Rows without errors into companies with territories, managers and distributors above. Raises NotAllowed."""
    actor.require(Permission.IMPORTS_WRITE)
    actor.require(Permission.COMPANIES_WRITE)
    refused: list[Result] = []
    incoming: list[Incoming] = []
    seen: set[str] = set()
    for row in rows:
        source_id = _text(row.values, "source_id")
        problems = [CellError("repeated", "", {}, "source_id")] if source_id in seen else []
        territories, wrong = _territories(row.values)
        problems += [CellError("territory", "", {"text": text}, "territories") for text in wrong]
        if problems:
            refused.append((row.number, RowOutcome.REFUSED, problems))
        else:
            seen.add(source_id)
            incoming.append(_incoming(row, source_id, territories))
    taken = await intake.take(actor, incoming, source_system=source_system, now=now)
    return sorted([*refused, *taken], key=lambda result: result[0])


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.COMPANIES_WRITE, event="companies.imported", order=10,
        about=N_("Partner companies: kinds, tier, territories, manager, and who is below which distributor."),
        href="/partners/companies", problems=PROBLEMS,
    )
)  # fmt: skip


def _territories(values: Mapping[str, Value]) -> tuple[tuple[tuple[str, str], ...], list[str]]:
    """Pairs of country and region, and the texts that are none."""
    pairs, wrong = [], []
    for text in _texts(values, "territories"):
        try:
            pairs.append(split_territory(text))
        except ValueError:
            wrong.append(text)
    return tuple(dict.fromkeys(pairs)), wrong


def _incoming(row: Parsed, source_id: str, territories: tuple[tuple[str, str], ...]) -> Incoming:
    """The values of a parsed row; the required ones are there."""
    values = row.values
    tier, status = _text(values, "tier"), _text(values, "status")
    parent_from, joined_on = values.get("parent_from"), values.get("joined_on")
    return Incoming(
        number=row.number,
        source_id=source_id,
        texts={name: _text(values, name) for name in intake.TEXTS if name in values},
        country=_text(values, "country"),
        currency=_text(values, "currency"),
        kinds=tuple(PartnerKind(kind) for kind in _texts(values, "kinds")),
        tier=Tier(tier) if tier else None,
        status=CompanyStatus(status) if status else None,
        territories=territories if "territories" in values else None,
        languages=_texts(values, "languages") if "languages" in values else None,
        manager_email=_text(values, "manager_email").lower() if "manager_email" in values else None,
        parent=_text(values, "parent_source_id"),
        parent_from=parent_from if isinstance(parent_from, date) else None,
        joined_on=joined_on if isinstance(joined_on, date) else None,
    )


def _text(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _texts(values: Mapping[str, Value], name: str) -> tuple[str, ...]:
    value = values.get(name)
    return tuple(str(one) for one in value) if isinstance(value, tuple) else ()
