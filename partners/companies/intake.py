"""Taking many companies in at once: found again by their id elsewhere, checked together, written in few statements."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from partners.companies.rules import CompanyStatus, PartnerKind, Tier, makes_circle
from partners.companies.service import Profile, columns_of
from partners.customers import bulk
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.ids import new_id
from portal.imports.cells import CellError
from portal.imports.registry import Result
from portal.imports.states import RowOutcome

RECEIPTS: Final = "companies"
TEXTS: Final = ("legal_name", "local_name", "domain", "region", "city", "registry_id", "phone")
"""Columns that are taken as they come."""
_KEPT: Final = frozenset({"id", "created_at"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """A company as another system says it; what its file does not bring is None, or missing in `texts`."""

    number: int
    """Of the row."""
    source_id: str
    texts: Mapping[str, str]
    country: str
    currency: str
    kinds: tuple[PartnerKind, ...]
    tier: Tier | None = None
    status: CompanyStatus | None = None
    territories: tuple[tuple[str, str], ...] | None = None
    languages: tuple[str, ...] | None = None
    manager_email: str | None = None
    parent: str = ""
    """The distributor's id in the same system; empty leaves it where it is, unless `parent_from` ends it."""
    parent_from: date | None = None
    joined_on: date | None = None


@dataclass(frozen=True, slots=True)
class Above:
    """One time below a distributor."""

    parent: UUID
    since: date
    until: date | None


@dataclass(slots=True)
class Known:
    """What is stored already of all that a chunk speaks of."""

    receipts: dict[str, bulk.Receipt]
    companies: dict[UUID, dict[str, Any]]
    managers: dict[str, UUID]
    above: dict[UUID, list[Above]]
    parent_of: dict[UUID, UUID]
    """Everybody's present distributor, those of this chunk as they are decided."""
    busy: set[UUID]
    """Companies with open deals."""


@dataclass(slots=True)
class Plan:
    """What is to be written, once every row of the chunk has been looked at."""

    companies: list[dict[str, Any]] = field(default_factory=list)
    territories: dict[UUID, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    ended: list[tuple[UUID, date]] = field(default_factory=list)
    begun: list[tuple[UUID, UUID, date]] = field(default_factory=list)
    made: list[tuple[str, UUID, str]] = field(default_factory=list)


async def take(actor: Actor, rows: Sequence[Incoming], *, source_system: str, now: datetime) -> list[Result]:
    """What became of each row; a refused one leaves nothing behind."""
    today = clock.day_of(now, formats.time_zone().key)
    async with db.transaction(actor):
        await db.lock_subject(f"import {RECEIPTS}")
        known, plan = await _read(rows, source_system), Plan()
        results = [_take_one(row, known, plan, today, now) for row in rows]
        await _write(plan)
        await bulk.write_receipts(RECEIPTS, source_system, plan.made, now=now)
    return results


def _take_one(row: Incoming, known: Known, plan: Plan, today: date, now: datetime) -> Result:
    digest = bulk.content_hash(asdict(row) | {"number": 0})
    receipt = known.receipts.get(row.source_id)
    if receipt is not None and receipt.content_sha256 == digest:
        return row.number, RowOutcome.SAME, []
    before = known.companies.get(receipt.target_id) if receipt else None
    company_id = receipt.target_id if receipt else new_id()
    problems = _problems(row, company_id, before, known, today)
    if problems:
        return row.number, RowOutcome.REFUSED, problems
    plan.companies.append({"id": company_id, **_columns(row, before, known, today, now)})
    if row.territories is not None:
        plan.territories[company_id] = row.territories
    _plan_parent(row, company_id, known, plan, _parent_day(row, before, today))
    plan.made.append((row.source_id, company_id, digest))
    known.receipts[row.source_id] = bulk.Receipt(company_id, digest)
    return row.number, RowOutcome.CHANGED if before else RowOutcome.IMPORTED, []


def _problems(
    row: Incoming, company_id: UUID, before: Mapping[str, Any] | None, known: Known, today: date
) -> list[CellError]:
    """Why a row cannot be taken, each as a code."""
    found = []
    if row.manager_email and row.manager_email not in known.managers:
        found.append(CellError("unknown_manager", "", {"text": row.manager_email}, "manager_email"))
    if before is not None and row.status is not None and row.status != before["status"]:
        if before["status"] == CompanyStatus.TERMINATED:
            found.append(CellError("terminated_stays", "", {}, "status"))
        elif row.status == CompanyStatus.TERMINATED and company_id in known.busy:
            found.append(CellError("open_work", "", {}, "status"))
    return found + _parent_problems(row, company_id, known, _parent_day(row, before, today))


def _parent_problems(row: Incoming, company_id: UUID, known: Known, day: date) -> list[CellError]:
    parent = known.receipts.get(row.parent)
    if row.parent and parent is None:
        return [CellError("unknown_parent", "", {"text": row.parent}, "parent_source_id")]
    current = _current(known, company_id)
    target = parent.target_id if parent else None
    if target == (current.parent if current else None) or (target is None and row.parent_from is None):
        return []
    if target is not None and makes_circle(company_id, target, known.parent_of):
        return [CellError("circle", "", {}, "parent_source_id")]
    latest = max((one.until or one.since for one in known.above.get(company_id, ())), default=None)
    if latest is not None and (day <= latest if current else day < latest):
        return [CellError("parent_order", "", {"text": str(latest)}, "parent_from")]
    return []


def _plan_parent(row: Incoming, company_id: UUID, known: Known, plan: Plan, day: date) -> None:
    """End the present time below a distributor on the day on which another begins."""
    parent, current = known.receipts.get(row.parent), _current(known, company_id)
    target = parent.target_id if parent else None
    if target == (current.parent if current else None) or (target is None and row.parent_from is None):
        return
    if current is not None:
        plan.ended.append((company_id, day))
        known.parent_of.pop(company_id, None)
    if target is not None:
        plan.begun.append((company_id, target, day))
        known.parent_of[company_id] = target


def _current(known: Known, company_id: UUID) -> Above | None:
    return next((one for one in known.above.get(company_id, ()) if one.until is None), None)


def _parent_day(row: Incoming, before: Mapping[str, Any] | None, today: date) -> date:
    """From when a distributor counts: as said, else since a new company joined, else today."""
    return row.parent_from or (today if before else row.joined_on or today)


def _columns(
    row: Incoming, before: Mapping[str, Any] | None, known: Known, today: date, now: datetime
) -> dict[str, Any]:
    """The company's columns; what the file does not bring stays, or is what a new company begins with."""
    kept: Mapping[str, Any] = before or {
        **dict.fromkeys(TEXTS, ""), "tier": Tier.REGISTERED.value, "status": CompanyStatus.ACTIVE.value,
        "languages": [], "manager": None, "joined_on": today, "created_at": now,
    }  # fmt: skip
    texts = {name: row.texts.get(name, kept[name]) for name in TEXTS}
    manager = kept["manager"] if row.manager_email is None else known.managers.get(row.manager_email)
    profile = Profile(
        country=row.country, currency=row.currency, kinds=row.kinds, tier=row.tier or Tier(kept["tier"]),
        languages=row.languages if row.languages is not None else tuple(kept["languages"]), manager=manager, **texts,
    )  # fmt: skip
    return columns_of(profile) | {
        "status": row.status.value if row.status else kept["status"],
        "joined_on": row.joined_on or kept["joined_on"],
        "created_at": kept["created_at"],
        "changed_at": now,
    }


async def _read(rows: Sequence[Incoming], source_system: str) -> Known:
    """All that a chunk needs to know, in a fixed number of statements."""
    wanted = {row.source_id for row in rows} | {row.parent for row in rows if row.parent}
    receipts = await bulk.receipts(RECEIPTS, source_system, wanted)
    ids = [receipt.target_id for receipt in receipts.values()]
    companies = await db.sql("SELECT * FROM partners_company WHERE id = any($1) FOR UPDATE", ids)
    managers = await db.sql(
        "SELECT m.id, lower(p.email) AS email FROM identity_membership m JOIN identity_person p ON p.id = m.person"
        " WHERE m.side = 'staff' AND m.ended_at IS NULL AND 'partner_manager' = any(m.roles)"
        " AND lower(p.email) = any($1)",
        [row.manager_email for row in rows if row.manager_email],
    )
    pairs = await db.sql("SELECT partner_id, parent, since, until FROM partners_company_parent")
    ending = [receipts[row.source_id].target_id for row in rows if row.status and row.source_id in receipts]
    busy = await db.sql(
        "SELECT DISTINCT partner_id FROM partners_deal WHERE partner_id = any($1) AND stage NOT IN ('won', 'lost')"
        " AND state IN ('submitted', 'in_review', 'info_requested', 'approved')",
        ending,
    )
    above: dict[UUID, list[Above]] = {}
    for pair in pairs:
        above.setdefault(pair["partner_id"], []).append(Above(pair["parent"], pair["since"], pair["until"]))
    return Known(
        receipts=receipts,
        companies={row["id"]: row for row in companies},
        managers={row["email"]: row["id"] for row in managers},
        above=above,
        parent_of={pair["partner_id"]: pair["parent"] for pair in pairs if pair["until"] is None},
        busy={row["partner_id"] for row in busy},
    )


async def _write(plan: Plan) -> None:
    """The plan in a fixed number of statements."""
    if not plan.companies:
        return
    columns = ", ".join(plan.companies[0])
    changes = ", ".join(f"{name} = excluded.{name}" for name in plan.companies[0] if name not in _KEPT)
    await db.sql(
        f"INSERT INTO partners_company ({columns}) SELECT {columns}"
        f" FROM jsonb_populate_recordset(NULL::partners_company, $1::jsonb) ON CONFLICT (id) DO UPDATE SET {changes}",
        bulk.as_json(plan.companies),
    )
    await _write_territories(plan.territories)
    if plan.ended:
        await db.sql(
            "UPDATE partners_company_parent p SET until = e.day FROM unnest($1::uuid[], $2::date[]) AS e (company, day)"
            " WHERE p.partner_id = e.company AND p.until IS NULL",
            [one[0] for one in plan.ended], [one[1] for one in plan.ended],
        )  # fmt: skip
    if plan.begun:
        await db.sql(
            "INSERT INTO partners_company_parent (id, partner_id, parent, since)"
            " SELECT b.id, b.company, b.parent, b.since"
            " FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::date[]) AS b (id, company, parent, since)",
            [new_id() for _one in plan.begun], [one[0] for one in plan.begun], [one[1] for one in plan.begun],
            [one[2] for one in plan.begun],
        )  # fmt: skip


async def _write_territories(territories: Mapping[UUID, tuple[tuple[str, str], ...]]) -> None:
    """Exactly these for each of the companies, in two statements."""
    if not territories:
        return
    await db.sql("DELETE FROM partners_company_territory WHERE partner_id = any($1)", list(territories))
    rows = [(company, country, region) for company, pairs in territories.items() for country, region in pairs]
    await db.sql(
        "INSERT INTO partners_company_territory (id, partner_id, country, region)"
        " SELECT t.id, t.company, t.country, t.region"
        " FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) AS t (id, company, country, region)",
        [new_id() for _row in rows], [row[0] for row in rows], [row[1] for row in rows], [row[2] for row in rows],
    )  # fmt: skip
