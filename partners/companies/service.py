"""What can be done about partner companies."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

import asyncpg

from partners.companies import queries, rules
from partners.companies.rules import CompanyStatus, PartnerKind, Tier
from portal.core import db, events
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.money import is_currency
from portal.core.permissions import Permission
from portal.core.text import fold, sort_key
from portal.core.types import Audience
from portal.identity.handover import hands_over

SUBJECT: Final = "company"
OWN_FIELDS: Final = ("local_name", "domain", "phone", "languages")
"""What a partner may change of its own profile."""
LONGEST_LANGUAGE: Final = 10
"""Characters of a code."""


@dataclass(frozen=True, slots=True)
class Profile:
    """A company as a person writes it down."""

    legal_name: str
    country: str
    currency: str
    kinds: tuple[PartnerKind, ...]
    tier: Tier = Tier.REGISTERED
    local_name: str = ""
    domain: str = ""
    region: str = ""
    city: str = ""
    phone: str = ""
    registry_id: str = ""
    languages: tuple[str, ...] = ()
    manager: UUID | None = None
    territories: tuple[tuple[str, str], ...] = field(default=())
    """Pairs of country and region; an empty region is the whole country."""


def _checked(profile: Profile) -> None:
    problems = {}
    if not profile.legal_name.strip():
        problems["legal_name"] = _("Give the company's legal name.")
    if len(profile.country) != len("DE"):
        problems["country"] = _("Choose a country.")
    if not is_currency(profile.currency):
        problems["currency"] = _("This is not a currency code, such as EUR.")
    if not profile.kinds:
        problems["kinds"] = _("Choose at least one kind.")
    problems |= _problems_of_languages(profile.languages)
    if problems:
        raise Invalid(problems)


def _problems_of_languages(languages: Sequence[str]) -> dict[str, str]:
    if all(len(one) <= LONGEST_LANGUAGE for one in languages):
        return {}
    return {"languages": _("Write languages as codes, such as de or zh-Hans.")}


def search_text(*parts: str) -> str:
    """What lists search: the parts folded, in one text."""
    return fold(" ".join(part for part in parts if part))[:500]


def columns_of(profile: Profile) -> dict[str, Any]:
    """The company's columns from its profile, those made for searching and sorting included."""
    return {
        "legal_name": profile.legal_name.strip(),
        "local_name": profile.local_name.strip(),
        "domain": profile.domain.strip().lower(),
        "country": profile.country.upper(),
        "region": profile.region.strip(),
        "city": profile.city.strip(),
        "phone": profile.phone.strip(),
        "registry_id": profile.registry_id.strip(),
        "kinds": [kind.value for kind in profile.kinds],
        "tier": profile.tier.value,
        "currency": profile.currency,
        "languages": list(profile.languages),
        "manager": profile.manager,
        "search": search_text(profile.legal_name, profile.local_name, profile.city, profile.domain),
        "sort_name": sort_key(profile.local_name or profile.legal_name),
    }


async def _check_manager(actor: Actor, manager: UUID | None, *, known: UUID | None = None) -> None:
    """Raises Invalid unless it is one of the vendor's partner managers, or the one that was written there before."""
    if manager not in (None, known) and manager not in {key for key, _name in await queries.list_managers(actor)}:
        raise Invalid({"manager": _("Choose one of the partner managers.")})


async def create_company(actor: Actor, profile: Profile, *, now: datetime, today: date) -> UUID:
    """Take a company into the programme, active at once. Raises NotAllowed, Invalid."""
    actor.require(Permission.COMPANIES_WRITE)
    _checked(profile)
    company_id = new_id()
    values = columns_of(profile) | {
        "status": CompanyStatus.ACTIVE.value, "joined_on": today, "created_at": now,
        "changed_at": now,
    }  # fmt: skip
    async with db.transaction(actor):
        await _check_manager(actor, profile.manager)
        await insert_company(company_id, values)
        await write_territories(company_id, profile.territories)
        await events.record(
            actor, "company.created", SUBJECT, company_id, now=now, partner_id=company_id,
            changes={"legal_name": [None, profile.legal_name], "tier": [None, profile.tier.value]},
        )  # fmt: skip
    return company_id


async def change_company(actor: Actor, company_id: UUID, profile: Profile, *, now: datetime) -> None:
    """Write a company's profile anew. Raises NotFound, NotAllowed, Invalid."""
    actor.require(Permission.COMPANIES_WRITE)
    _checked(profile)
    async with db.transaction(actor):
        before = await queries.get_company(actor, company_id, lock=True)
        await _check_manager(actor, profile.manager, known=before["manager"])
        values = columns_of(profile)
        changed = {name: [before[name], value] for name, value in values.items() if before[name] != value}
        await update_company(company_id, values | {"changed_at": now})
        await write_territories(company_id, profile.territories)
        shown = {k: v for k, v in changed.items() if k not in ("search", "sort_name")}
        await events.record(
            actor, "company.changed", SUBJECT, company_id, now=now, partner_id=company_id, changes=shown
        )


async def change_own_profile(actor: Actor, values: dict[str, Any], *, now: datetime) -> None:
    """A partner's administrator writes what is its own to say: local name, website, phone, languages."""
    actor.require(Permission.COMPANY_WRITE)
    if actor.partner_id is None or set(values) - set(OWN_FIELDS):
        raise Invalid({"": _("This cannot be changed here.")})
    if problems := _problems_of_languages(values.get("languages", ())):
        raise Invalid(problems)
    async with db.transaction(actor):
        before = await queries.get_company(actor, actor.partner_id, lock=False)
        changed = {name: [before[name], value] for name, value in values.items() if before[name] != value}
        merged = {**before, **values}
        made = {
            "search": search_text(merged["legal_name"], merged["local_name"], merged["city"], merged["domain"]),
            "sort_name": sort_key(merged["local_name"] or merged["legal_name"]),
        }
        await update_company(actor.partner_id, values | made | {"changed_at": now})
        await events.record(
            actor, "company.changed", SUBJECT, actor.partner_id, now=now, partner_id=actor.partner_id, changes=changed
        )


async def set_parent(actor: Actor, company_id: UUID, parent_id: UUID | None, *, since: date, now: datetime) -> None:
    """Put a company under a distributor from a day on (None: under nobody).

    Raises NotFound, NotAllowed, Conflict for a circle or a day before the present parent's own.
    """
    actor.require(Permission.COMPANIES_WRITE)
    async with db.transaction(actor):
        await queries.get_company(actor, company_id, lock=True)
        if parent_id is not None:
            await queries.get_company(actor, parent_id, lock=False)
            pairs = await db.sql("SELECT partner_id, parent FROM partners_company_parent WHERE until IS NULL")
            if rules.makes_circle(company_id, parent_id, {p["partner_id"]: p["parent"] for p in pairs}):
                raise Conflict(_("That would put the company under itself."), code="circle")
        await _end_parent(company_id, since)
        if parent_id is not None:
            await db.sql(
                "INSERT INTO partners_company_parent (id, partner_id, parent, since) VALUES ($1, $2, $3, $4)",
                new_id(), company_id, parent_id, since,
            )  # fmt: skip
        await events.record(
            actor, "company.parent_set", SUBJECT, company_id, now=now, partner_id=company_id,
            changes={"parent": [None, str(parent_id) if parent_id else None], "since": [None, since.isoformat()]},
        )  # fmt: skip


async def _end_parent(company_id: UUID, since: date) -> None:
    try:
        await db.sql(
            "UPDATE partners_company_parent SET until = $2 WHERE partner_id = $1 AND until IS NULL",
            company_id, since,
        )  # fmt: skip
    except asyncpg.CheckViolationError as error:
        raise Conflict(_("The present parent began on that day or later."), code="parent_order") from error


async def set_status(actor: Actor, company_id: UUID, status: CompanyStatus, *, note: str, now: datetime) -> None:
    """Suspend, terminate or take back a company; its people lose or regain access at once. Raises NotFound."""
    actor.require(Permission.COMPANIES_WRITE)
    async with db.transaction(actor):
        before = await queries.get_company(actor, company_id, lock=True)
        if before["status"] == CompanyStatus.TERMINATED:
            raise Conflict(_("A terminated company stays so."), code="flow")
        if status == CompanyStatus.TERMINATED:
            await _refuse_with_open_work(company_id)
        await update_company(company_id, {"status": status.value, "changed_at": now})
        await events.record(
            actor, "company.status_set", SUBJECT, company_id, now=now, partner_id=company_id,
            audience=Audience.VENDOR, changes={"status": [before["status"], status.value]}, note=note,
        )  # fmt: skip


async def _refuse_with_open_work(company_id: UUID) -> None:
    open_deals = await db.sql_value(
        "SELECT count(*) FROM partners_deal WHERE partner_id = $1 AND stage NOT IN ('won', 'lost')"
        " AND state IN ('submitted', 'in_review', 'info_requested', 'approved')",
        company_id,
    )
    if open_deals:
        raise Conflict(_("%(count)s open deals: decide or close them first.") % {"count": open_deals}, code="open_work")


async def write_territories(company_id: UUID, territories: tuple[tuple[str, str], ...]) -> None:
    """Write a company's territories anew, on the open unit."""
    await db.sql("DELETE FROM partners_company_territory WHERE partner_id = $1", company_id)
    rows: list[tuple[object, ...]] = [(new_id(), company_id, c, r) for c, r in dict.fromkeys(territories)]
    if rows:
        await db.sql_many(
            "INSERT INTO partners_company_territory (id, partner_id, country, region) VALUES ($1, $2, $3, $4)", rows
        )


async def insert_company(company_id: UUID, values: dict[str, Any]) -> None:
    """Write a new company's columns, on the open unit."""
    names = ", ".join(["id", *values])
    places = ", ".join(f"${number}" for number in range(1, len(values) + 2))
    await db.sql(f"INSERT INTO partners_company ({names}) VALUES ({places})", company_id, *values.values())


async def update_company(company_id: UUID, values: dict[str, Any]) -> None:
    """Write some of a company's columns anew, on the open unit."""
    sets = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, 2))
    await db.sql(f"UPDATE partners_company SET {sets} WHERE id = $1", company_id, *values.values())


@hands_over("companies")
async def _hand_over(_actor: Actor, leaver: UUID, successor: UUID, now: datetime) -> int:
    """A leaving partner manager's portfolio goes to the successor."""
    if _actor.is_partner:
        return 0
    moved = await db.sql(
        "UPDATE partners_company SET manager = $2, changed_at = $3 WHERE manager = $1 RETURNING id",
        leaver, successor, now,
    )  # fmt: skip
    return len(moved)
