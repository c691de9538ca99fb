"""Loading the demo: its files through the importers, its policies through two persons, its people with a password."""

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from attribution import public as attribution
from partners import public as partners
from portal.approvals import service as approvals
from portal.core import clock, db, formats, jobs
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.demo import mark
from portal.demo.answers import first_of, write_calendars, write_clocks
from portal.demo.approving import write_steps
from portal.demo.asked import write_requests
from portal.demo.collisions import write_conflicts
from portal.demo.companies import MAIN
from portal.demo.contributions import write_claims
from portal.demo.doubtful import write_doubtful_cards
from portal.demo.forecasts import write_snapshots
from portal.demo.generate import Demo, make_demo
from portal.demo.handing import write_handovers
from portal.demo.notices import write_notices
from portal.demo.renewed import write_registrations
from portal.demo.world import Row
from portal.identity.passwords import hash_password
from portal.identity.sessions import actor_of
from portal.imports import queries, running
from portal.imports import service as imports
from portal.imports.registry import importer_of
from portal.imports.states import RowOutcome
from portal.ledger import service as ledger
from portal.ledger.queries import find_next_to_close
from portal.policies import service as policies
from portal.policies.kinds import PolicyKind, all_kinds

__all__ = ["attribution", "load", "partners"]

SOURCE: Final = "demo"
FIRST_DAY: Final = date(2020, 1, 1)
"""From when the first policies hold: before anything in the demo."""
_IN_ORDER: Final = (
    *("products", "accounts", "contacts", "deals", "rates"),
    *("terms", "revenue", "touchpoints", "costs", "targets"),
    *("usage", "tickets", "surveys"),
)
"""What is imported, each after what it refers to."""

Say = Callable[[str], None]


class Size(NamedTuple):
    """How much of the data is in a demo: months of order lines, and opportunities at most."""

    months: int
    opportunities: int


SMALL: Final = Size(3, 500)
FULL: Final = Size(36, 20_000)


async def load(url: str, today: date, zone: str, *, size: Size = SMALL, say: Say) -> None:
    """Load everything, in the order in which each refers only to what is before it.

    Interrupted at any point and called again, it goes on, with the day and the size with which it was begun.
    """
    formats.use_time_zone(zone)
    begun = await mark.read_mark()
    today = date.fromisoformat(begun.get("today", today.isoformat()))
    size = Size(int(begun.get("months", size.months)), int(begun.get("opportunities", size.opportunities)))
    kept = {"today": today.isoformat(), "months": str(size.months), "opportunities": str(size.opportunities)}
    await mark.set_mark(**kept)
    demo = make_demo(today, months=size.months, opportunities=size.opportunities, zone=zone)
    password, now = await hash_password(mark.PASSWORD), clock.now()
    await _people((row for row in demo.people() if row["side"] == "staff"), password, now)
    staff = await _staff(now)
    await write_calendars(_who_may(staff, Permission.POLICIES_WRITE), now=now)
    for kind in all_kinds():
        await _first_version(staff, kind, now)
    await _import(staff, "companies", demo.companies(), say)
    await _import(staff, "companies", demo.company_changes(), say)
    await _people((row for row in demo.people() if row["side"] == "partner"), password, now)
    for name in _IN_ORDER:
        await _import(staff, name, demo.kinds[name](), say)
    await write_doubtful_cards(demo.people(), now=clock.now())
    await write_claims(demo.people(), staff, today, now=clock.now())
    await write_conflicts(demo.people(), staff, now=clock.now())
    await write_steps(staff, now=clock.now())
    await write_clocks(demo.world.seeded, clock.start_of(today, zone))
    # Only now: what is asked has clocks of its own, by its events.
    await write_requests(demo.people(), staff, today=clock.start_of(today, zone))
    await write_registrations(demo.people(), staff, today=clock.start_of(today, zone))
    await write_snapshots(today, zone, demo.world.seeded)
    await partners.reckon_answer_figures(SYSTEM, now=now)
    async with db.transaction(SYSTEM):
        main = await imports.receipts("companies", SOURCE, [demo.partners[MAIN].code])
    await write_handovers(main[demo.partners[MAIN].code], staff, now=clock.now())
    await write_notices(now=clock.now())
    say("commissions: being reckoned")
    await jobs.drain(url)
    await attribution.keep_past_quotes()
    await _credit(say)
    await _close_months(staff, clock.month_of(today), say)
    await mark.set_mark(**kept, main=str(main[demo.partners[MAIN].code]))
    for name, count in (await _counts(demo)).items():
        say(f"{count:>9,}  {name}")


async def _people(rows: Iterable[Row], password: str, now: datetime) -> None:
    """Accounts and memberships, with the demo's one password; who has one already keeps it."""
    async with db.transaction(SYSTEM):
        known = {row["email"] for row in await db.sql("SELECT email FROM identity_person")}
        fresh = [row for row in rows if row["email"] not in known]
        companies = await imports.receipts("companies", SOURCE, [row["partner_source_id"] for row in fresh])
        for row in fresh:
            person = new_id()
            await db.sql(
                "INSERT INTO identity_person (id, email, name, locale, password_hash, created_at)"
                " VALUES ($1, $2, $3, $4, $5, $6)",
                person, row["email"], row["name"], row["locale"], password, now,
            )  # fmt: skip
            await db.sql(
                "INSERT INTO identity_membership (id, person, side, partner_id, roles, created_at, sessions_since)"
                " VALUES ($1, $2, $3, $4, $5, $6, $6)",
                new_id(), person, row["side"], companies.get(row["partner_source_id"]), row["roles"].split(";"), now,
            )  # fmt: skip


async def _staff(now: datetime) -> list[Actor]:
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT id FROM identity_membership WHERE side = 'staff' ORDER BY created_at, id")
    found = [await actor_of(row["id"], now) for row in rows]
    return [actor for actor in found if actor is not None]


def _who_may(staff: list[Actor], *permissions: Permission) -> Actor:
    return next(actor for actor in staff if all(actor.may(one) for one in permissions))


async def _first_version(staff: list[Actor], kind: PolicyKind, now: datetime) -> None:
    """The first version of a policy, drafted by one person and approved by another, unless there is one."""
    first = first_of(kind)
    if first is None:
        return
    async with db.transaction(SYSTEM):
        if await db.sql_value("SELECT count(*) FROM policies_policy WHERE kind = $1", kind.key):
            return
    author = _who_may(staff, kind.writes)
    others = [one for one in staff if one != author and one.may(kind.writes)]
    approver = _who_may(others, Permission.APPROVALS_DECIDE)
    body: dict[str, Any] = first.model_dump(mode="json")
    version = await policies.create_draft(author, kind.key, body, now=now)
    await policies.change_draft(author, version, body, effective_from=FIRST_DAY, note="", now=now)
    asked = await policies.submit(author, version, today=FIRST_DAY, now=now)
    shown = await approvals.get_request(approver, asked)
    await approvals.decide(approver, asked, approve=True, content_sha256=shown.content_sha256, note="", now=now)


async def _import(staff: list[Actor], kind: str, rows: Iterable[Row], say: Say) -> None:
    """One file through its importer, as whoever has the right to; what is through is left, the rest goes on."""
    listed = list(rows)
    if not listed:
        return
    actor = _who_may(staff, Permission.IMPORTS_WRITE, importer_of(kind).permission)
    content = _csv(listed)
    digest = imports.hash_of(content)
    if await queries.find_finished(actor, kind, SOURCE, digest):
        return
    job = await queries.find_unfinished(actor, kind, SOURCE, digest)
    job_id = job.id if job else None
    if job_id is None:
        now = clock.now()
        job_id = await imports.bring_file(
            actor, kind, f"{kind}.csv", content, source_system=SOURCE, look=False, now=now
        )
        await imports.start(actor, job_id, now=now, in_background=False)
    counts = await running.run(actor, job_id)
    told = sorted((outcome, count) for outcome, count in counts.items() if outcome != RowOutcome.NOT_DATA)
    say(f"{kind}: " + ", ".join(f"{count:,} {outcome}" for outcome, count in told))


async def _credit(say: Say) -> None:
    """One attribution run over all of it, sealed; the one that was begun before an interruption goes on."""
    async with db.transaction(SYSTEM):
        known = await db.sql_value("SELECT id FROM attribution_run ORDER BY requested_at LIMIT 1")
    run_id = known or await attribution.request_run(SYSTEM, now=clock.now(), in_background=False)
    say("attribution run: being reckoned")
    await attribution.carry_out(run_id)


async def _close_months(staff: list[Actor], running: date, say: Say) -> None:
    """Finance has closed every month before the running one."""
    finance = _who_may(staff, Permission.PERIODS_CLOSE)
    while True:
        async with db.transaction(finance):
            due = await find_next_to_close()
        if due is None or due >= running:
            return
        await ledger.close_period(finance, due, now=clock.now())
        say(f"month closed: {due:%Y-%m}")


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
        "open deals in snapshots of the forecast": "partners_forecast_deal",
        "conflicts": "partners_conflict",
        "answers with a clock": "partners_response",
        "requests for a longer protection": "partners_deal_extension",
        "proposed amendments": "partners_deal_amendment",
        "wishes to revoke an approval": "partners_deal_revocation",
        "special prices shown to a second person": "partners_deal_price_consent",
        "contacts": "partners_contact",
        "lines of revenue": "attribution_revenue",
        "touchpoints": "attribution_touchpoint",
        "costs": "attribution_cost",
        "contracts": "attribution_term",
        "readings of product use": "attribution_usage",
        "tickets": "attribution_ticket",
        "survey answers": "attribution_survey",
        "customers with a health": "attribution_health",
        "lifecycle events": "attribution_lifecycle_event",
        "lines of revenue in a lifecycle event": "attribution_lifecycle_line",
        "exchange rates": "rates_rate",
        "credits of the paying model": "attribution_run_credit",
        "commissions": "attribution_commission",
    }
    async with db.transaction(SYSTEM):
        counted = {name: await db.sql_value(f"SELECT count(*) FROM {table}") for name, table in tables.items()}
    return counted | demo.counts()
