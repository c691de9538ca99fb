"""Partner companies as an import: their fields with the headings that mean them, and how rows become companies."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from partners.companies import service
from partners.companies.rules import (
    KIND_LABELS,
    STATUS_LABELS,
    TIER_LABELS,
    CompanyStatus,
    PartnerKind,
    Tier,
    split_territory,
)
from partners.customers import bulk
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import Choice, Field, ImportKind, ValueKind
from portal.imports.registry import Importer, Result, register_importer
from portal.imports.rules import Parsed
from portal.imports.states import RowOutcome
from portal.imports.values import Value

KIND: Final = ImportKind(
    name="companies",
    label=N_("Partner companies"),
    source_id="source_id",
    fields=(
        Field(
            "source_id", ValueKind.TEXT, N_("Id in the source system"), required=True,
            synonyms=(*words.SOURCE_ID, *words.PARTNER), longest=120,
        ),
        Field("legal_name", ValueKind.TEXT, N_("Legal name"), required=True, synonyms=words.COMPANY_NAME, longest=200),
        Field("local_name", ValueKind.TEXT, N_("Name in the local language"), synonyms=words.LOCAL_NAME, longest=200),
        Field("domain", ValueKind.DOMAIN, N_("Website"), synonyms=words.WEBSITE, longest=120),
        Field("country", ValueKind.COUNTRY, N_("Country"), required=True, synonyms=words.COUNTRY),
        Field("region", ValueKind.TEXT, N_("Region"), synonyms=words.STATE, longest=80),
        Field("city", ValueKind.TEXT, N_("City"), synonyms=words.CITY, longest=80),
        Field("registry_id", ValueKind.TEXT, N_("Registry id"), synonyms=words.REGISTRY_ID, longest=60),
        Field(
            "kinds", ValueKind.LIST, N_("Kinds"), required=True, synonyms=("partner type", "伙伴类型"),
            choices=tuple(Choice(kind.value, (label,)) for kind, label in KIND_LABELS.items()),
        ),
        Field(
            "tier", ValueKind.CHOICE, N_("Tier"), synonyms=words.TIER,
            choices=tuple(Choice(tier.value, (label,)) for tier, label in TIER_LABELS.items()),
        ),
        Field(
            "territories", ValueKind.LIST, N_("Territories"), synonyms=words.TERRITORY,
            help=N_("DE for a country, DE-Bavaria for a region, separated by semicolons."),
        ),
        Field("manager_email", ValueKind.EMAIL, N_("E-mail of the partner manager"), synonyms=words.OWNER),
        Field("currency", ValueKind.CURRENCY, N_("Currency"), required=True, synonyms=words.CURRENCY),
        Field("phone", ValueKind.TEXT, N_("Phone"), synonyms=words.PHONE, longest=40),
        Field("languages", ValueKind.LIST, N_("Languages"), synonyms=words.LANGUAGES, longest=10),
        Field(
            "status", ValueKind.CHOICE, N_("Status"), synonyms=words.STATUS,
            choices=tuple(Choice(status.value, (label,)) for status, label in STATUS_LABELS.items()),
        ),
        Field("parent_source_id", ValueKind.TEXT, N_("Distributor above"), synonyms=words.PARENT, longest=120),
        Field("parent_from", ValueKind.DATE, N_("Below it since"), synonyms=("parent since", "上级生效日期")),
        Field("joined_on", ValueKind.DATE, N_("In the programme since"), synonyms=("joined", "加入日期")),
    ),
)  # fmt: skip

PROBLEMS: Final[Mapping[str, str]] = {
    "repeated": N_("Another row of this file has the same id."),
    "manager_unknown": N_("No partner manager has the address %(text)s."),
    "territory": N_("“%(text)s” is not a territory: write DE for a country, DE-Bavaria for a region."),
    "parent_unknown": N_("The distributor %(text)s is not known: import it first."),
    "parent_order": N_("The present distributor began on that day or later."),
}


async def apply(actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
    """Rows without errors into companies with territories and parents; changed ones are written anew.

    Another parent ends the present one on the day the new one begins. Raises NotAllowed.
    """
    actor.require(Permission.COMPANIES_WRITE)
    async with db.transaction(actor):
        known = await bulk.receipts(KIND.name, source_system, [_text(row.values, "source_id") for row in rows])
        parents = await bulk.receipts(KIND.name, source_system, [_text(row.values, "parent_source_id") for row in rows])
        ids = {key: one.target_id for key, one in {**parents, **known}.items()}
        taking = _Taking(ids, await _managers(rows), now)
        results = [await taking.take(row, known.get(_text(row.values, "source_id"))) for row in rows]
        await bulk.write_receipts(KIND.name, source_system, taking.made, now=now)
    return results


async def _managers(rows: Sequence[Parsed]) -> dict[str, UUID]:
    emails = list({_text(row.values, "manager_email").lower() for row in rows})
    found = await db.sql(
        "SELECT p.email, m.id FROM identity_membership m JOIN identity_person p ON p.id = m.person"
        " WHERE m.side = 'staff' AND m.ended_at IS NULL AND p.email = any($1)",
        emails,
    )
    return {row["email"]: row["id"] for row in found}


class _Taking:
    """One chunk of rows on its way in: companies are few, so each is written by itself."""

    def __init__(self, ids: dict[str, UUID], managers: Mapping[str, UUID], now: datetime) -> None:
        self._ids = ids
        self._managers = managers
        self._now = now
        self._seen: set[str] = set()
        self.made: list[tuple[str, UUID, str]] = []

    async def take(self, row: Parsed, before: bulk.Receipt | None) -> Result:
        """One row; refused, the same, or written."""
        source_id = _text(row.values, "source_id")
        problems = self._problems(row.values, source_id)
        self._seen.add(source_id)
        if problems:
            return row.number, RowOutcome.REFUSED, problems
        digest = bulk.content_hash({name: str(value) for name, value in row.values.items()})
        if before is not None and before.content_sha256 == digest:
            return row.number, RowOutcome.SAME, []
        company_id = before.target_id if before else new_id()
        try:
            async with db.savepoint():
                await self._write(company_id, row.values, fresh=before is None)
        except (asyncpg.CheckViolationError, asyncpg.ExclusionViolationError):
            return row.number, RowOutcome.REFUSED, [CellError("parent_order", "", {}, "parent_from")]
        self._ids[source_id] = company_id
        self.made.append((source_id, company_id, digest))
        return row.number, RowOutcome.CHANGED if before else RowOutcome.IMPORTED, []

    def _problems(self, values: Mapping[str, Value], source_id: str) -> list[CellError]:
        found = []
        if source_id in self._seen:
            found.append(CellError("repeated", "", {}, "source_id"))
        email, parent = _text(values, "manager_email").lower(), _text(values, "parent_source_id")
        if email and email not in self._managers:
            found.append(CellError("manager_unknown", "", {"text": email}, "manager_email"))
        if parent and parent not in self._ids:
            found.append(CellError("parent_unknown", "", {"text": parent}, "parent_source_id"))
        for text in _parts(values, "territories"):
            try:
                split_territory(text)
            except ValueError:
                found.append(CellError("territory", "", {"text": text}, "territories"))
        return found

    async def _write(self, company_id: UUID, values: Mapping[str, Value], *, fresh: bool) -> None:
        profile = self._profile(values)
        joined = values.get("joined_on")
        columns = service.columns_of(profile) | {
            "status": _text(values, "status") or CompanyStatus.ACTIVE.value,
            "changed_at": self._now,
        }
        if fresh:
            day = joined if isinstance(joined, date) else clock.day_of(self._now, formats.time_zone().key)
            await service.insert_company(company_id, columns | {"joined_on": day, "created_at": self._now})
        else:
            await service.update_company(company_id, columns)
        await service.write_territories(company_id, profile.territories)
        await self._set_parent(company_id, values)

    def _profile(self, values: Mapping[str, Value]) -> service.Profile:
        return service.Profile(
            legal_name=_text(values, "legal_name"),
            country=_text(values, "country"),
            currency=_text(values, "currency"),
            kinds=tuple(PartnerKind(kind) for kind in _parts(values, "kinds")),
            tier=Tier(_text(values, "tier") or Tier.REGISTERED),
            local_name=_text(values, "local_name"),
            domain=_text(values, "domain"),
            region=_text(values, "region"),
            city=_text(values, "city"),
            phone=_text(values, "phone"),
            registry_id=_text(values, "registry_id"),
            languages=_parts(values, "languages"),
            manager=self._managers.get(_text(values, "manager_email").lower()),
            territories=tuple(split_territory(text) for text in _parts(values, "territories")),
        )

    async def _set_parent(self, company_id: UUID, values: Mapping[str, Value]) -> None:
        parent = self._ids.get(_text(values, "parent_source_id"))
        since = values.get("parent_from")
        day = since if isinstance(since, date) else clock.day_of(self._now, formats.time_zone().key)
        present = await db.sql_one(
            "SELECT id, parent FROM partners_company_parent WHERE partner_id = $1 AND until IS NULL", company_id
        )
        if present and present["parent"] == parent:
            return
        if present:
            await db.sql("UPDATE partners_company_parent SET until = $2 WHERE id = $1", present["id"], day)
        if parent:
            await db.sql(
                "INSERT INTO partners_company_parent (id, partner_id, parent, since) VALUES ($1, $2, $3, $4)",
                new_id(), company_id, parent, day,
            )  # fmt: skip


def _text(values: Mapping[str, Value], name: str) -> str:
    value = values.get(name)
    return value if isinstance(value, str) else ""


def _parts(values: Mapping[str, Value], name: str) -> tuple[str, ...]:
    value: Any = values.get(name)
    return value if isinstance(value, tuple) else ()


IMPORTER: Final = register_importer(
    Importer(
        KIND, apply, Permission.COMPANIES_WRITE, event="companies.imported", order=10,
        about=N_("Partner companies with kinds, tier, territories, manager and the distributor above."),
        href="/partners/companies", problems=PROBLEMS,
    )
)  # fmt: skip
