"""Loading the demo: its files through the importers, its policies through two persons, its people with a password."""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final

from attribution.commissions.plan import DEFAULT as DEFAULT_PLAN
from attribution.commissions.plan import KEY as PLAN
from partners.companies.entitlements import DEFAULT as DEFAULT_TIERS
from partners.companies.entitlements import TIERS
from portal.approvals import service as approvals
from portal.core import clock, db, jobs
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.core.permissions import Permission, Role
from portal.demo.generate import Demo, make_demo
from portal.demo.world import Row
from portal.identity.passwords import hash_password
from portal.identity.sessions import actor_of
from portal.imports import service as imports
from portal.imports.registry import importer_of
from portal.policies import service as policies
from portal.policies.kinds import kind_of

PASSWORD: Final = "tributary-demo"  # noqa: S105 -- of made-up people, printed at every start
SOURCE: Final = "demo"
MARK: Final = "demo"
FIRST_DAY: Final = date(2020, 1, 1)
"""From when the first policies hold: before anything in the demo."""

Say = Callable[[str], None]


async def is_loaded() -> bool:
    """Whether this database has the demo."""
    async with db.transaction(SYSTEM):
        return bool(await db.sql_value("SELECT count(*) FROM core_setting WHERE key = $1", MARK))


async def is_empty() -> bool:
    """Whether nobody has an account here yet: the demo never mixes with a vendor's own data."""
    async with db.transaction(SYSTEM):
        return not await db.sql_value("SELECT count(*) FROM identity_membership")


async def load(url: str, today: date, zone: str, *, say: Say) -> None:
    """Load everything, in the order in which each refers only to what is before it."""
    demo = make_demo(today, zone=zone)
    password = await hash_password(PASSWORD)
    now = clock.now()
    await _people((row for row in demo.people() if row["side"] == "staff"), password, now)
    staff = await _staff(now)
    await _policies(staff, now)
    for kind, rows in (
        ("companies", demo.companies()),
        ("companies", demo.company_changes()),
    ):
        await _import(staff, kind, rows, say, now)
    await _people((row for row in demo.people() if row["side"] == "partner"), password, now)
    for kind in ("products", "accounts", "deals", "revenue"):
        await _import(staff, kind, demo.kinds[kind](), say, now)
    say("reckoning commissions")
    await jobs.drain(url)
    async with db.transaction(SYSTEM):
        await db.sql("INSERT INTO core_setting (key, value) VALUES ($1, $2)", MARK, f'{{"today": "{today}"}}')
    for name, count in (await _counts(demo)).items():
        say(f"{count:>9,}  {name}")


async def _people(rows: Iterable[Row], password: str, now: datetime) -> None:
    """Accounts and memberships, with the demo's one password."""
    async with db.transaction(SYSTEM):
        companies = await imports.receipts("companies", SOURCE, await _company_ids())
        for row in rows:
            person, partner = new_id(), companies.get(row["partner_source_id"])
            await db.sql(
                "INSERT INTO identity_person (id, email, name, locale, password_hash, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                person, row["email"], row["name"], row["locale"], password, now,
            )  # fmt: skip
            await db.sql(
                "INSERT INTO identity_membership (id, person, side, partner_id, roles, created_at, sessions_since)"
                " VALUES ($1, $2, $3, $4, $5, $6, $6)",
                new_id(), person, row["side"], partner, row["roles"].split(";"), now,
            )  # fmt: skip


async def _company_ids() -> list[str]:
    rows = await db.sql("SELECT source_id FROM imports_source_receipt WHERE kind = 'companies'")
    return [row["source_id"] for row in rows]


async def _staff(now: datetime) -> list[Actor]:
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT id FROM identity_membership WHERE side = 'staff' ORDER BY created_at, id")
    found = [await actor_of(row["id"], now) for row in rows]
    return [actor for actor in found if actor is not None]


def _who_may(staff: list[Actor], *permissions: Permission) -> Actor:
    return next(actor for actor in staff if all(actor.may(one) for one in permissions))


async def _policies(staff: list[Actor], now: datetime) -> None:
    """The first versions of the policies, each drafted by one person and approved by another."""
    first: tuple[tuple[str, Any], ...] = ((TIERS.key, DEFAULT_TIERS), (PLAN, DEFAULT_PLAN))
    for kind, document in first:
        right = kind_of(kind).writes
        author = _who_may(staff, right)
        approver = next(
            one for one in staff if one != author and one.may(right) and one.may(Permission.APPROVALS_DECIDE)
        )
        body = document.model_dump(mode="json")
        version = await policies.create_draft(author, kind, body, now=now)
        await policies.change_draft(author, version, body, effective_from=FIRST_DAY, note="", now=now)
        asked = await policies.submit(author, version, today=FIRST_DAY, now=now)
        shown = await approvals.get_request(approver, asked)
        await approvals.decide(approver, asked, approve=True, content_sha256=shown.content_sha256, note="", now=now)


async def _import(staff: list[Actor], kind: str, rows: Iterable[Row], say: Say, now: datetime) -> None:
    """One file through its importer, as whoever has the right to."""
    listed = list(rows)
    if not listed:
        return
    actor = _who_may(staff, Permission.IMPORTS_WRITE, importer_of(kind).permission)
    content = _csv(listed)
    job_id = await imports.bring_file(actor, kind, f"{kind}.csv", content, source_system=SOURCE, now=now)
    await imports.start(actor, job_id, now=now, in_background=False)
    counts = await imports.run(actor, job_id)
    listed_counts = ", ".join(f"{count:,} {outcome}" for outcome, count in sorted(counts.items()))
    say(f"{kind}: {listed_counts}")


def _csv(rows: list[Row]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def _counts(demo: Demo) -> dict[str, int]:
    tables = {
        "partner companies": "partners_company",
        "accounts": "partners_account",
        "products": "partners_product",
        "deals": "partners_deal",
        "protections": "partners_deal_protection",
        "lines of revenue": "attribution_revenue",
        "commissions": "attribution_commission",
    }
    async with db.transaction(SYSTEM):
        counted = {name: await db.sql_value(f"SELECT count(*) FROM {table}") for name, table in tables.items()}
    return counted | demo.counts()


async def sign_ins() -> list[tuple[str, str, str]]:
    """One person per role to try: role, e-mail, company. The liveliest partner's people come first."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT DISTINCT ON (role) r.role, p.email, coalesce(c.legal_name, '') AS company, m.id"
            " FROM identity_membership m CROSS JOIN unnest(m.roles) AS r(role)"
            " JOIN identity_person p ON p.id = m.person LEFT JOIN partners_company c ON c.id = m.partner_id"
            " WHERE m.ended_at IS NULL ORDER BY role, (SELECT count(*) FROM partners_deal d WHERE d.partner_id ="
            " m.partner_id) DESC NULLS LAST, (SELECT count(*) FROM partners_company mc WHERE mc.manager = m.id)"
            " DESC, m.created_at"
        )
    order = [role.value for role in Role]
    return sorted(((row["role"], row["email"], row["company"]) for row in rows), key=lambda one: order.index(one[0]))
