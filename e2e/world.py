"""The small fixed world of the stories: three partners, everybody's roles, a catalogue, policies, eight past months."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from attribution.commissions.plan import DEFAULT as DEFAULT_PLAN
from attribution.commissions.plan import KEY as PLAN
from attribution.commissions.plan import CommissionPlan
from e2e.server import ZONE
from partners.companies.entitlements import DEFAULT as DEFAULT_TIERS
from partners.companies.entitlements import TIERS
from partners.deals import service as registrations
from partners.deals.rules import Line, NewCustomer, Registration
from portal import app as roof
from portal.approvals import service as approvals
from portal.core import clock, db, jobs
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.core.permissions import Side
from portal.identity.passwords import hash_password
from portal.identity.sessions import actor_of
from portal.imports import service as imports
from portal.policies import service as policies

PASSWORD: Final = "seven boats on the lake"
SOURCE: Final = "erp"
"""The system that the vendor's records come from, and that the stories' revenue names."""
MONTHS: Final = 8
"""How many past months have revenue: each story closes the next of them."""
PLAN_SINCE: Final = date(2020, 1, 1)


@dataclass(frozen=True)
class Somebody:
    """A person of the world. `company` is a partner's id in the source system, empty for the vendor's people."""

    key: str
    name: str
    roles: tuple[str, ...]
    company: str = ""

    @property
    def email(self) -> str:
        """The address to sign in with."""
        return f"{self.key}@{self.company or 'vendor'}.example"


PEOPLE: Final = (
    Somebody("pia", "Pia Lund", ("partner_sales",), "alpha"),
    Somebody("paul", "Paul Ahrens", ("partner_admin",), "alpha"),
    Somebody("pam", "Pam Okoro", ("partner_marketing",), "alpha"),
    Somebody("petra", "Petra Wolff", ("partner_finance",), "alpha"),
    Somebody("otto", "Otto Brandt", ("partner_sales",), "omega"),
    Somebody("dora", "Dora Diaz", ("partner_admin",), "delta"),
    Somebody("lin", "林晓", ("partner_sales", "partner_finance"), "yunfan"),
    Somebody("tess", "Tess Ammann", ("partner_sales",), "lumen"),
    Somebody("nora", "Nora Seidel", ("partner_sales",), "nimbus"),
    Somebody("vera", "Vera Holm", ("partner_manager",)),
    Somebody("vito", "Vito Serra", ("partner_manager",)),
    Somebody("sam", "Sam Rivera", ("sales",)),
    Somebody("cleo", "Cleo Martin", ("customer_success",)),
    Somebody("milo", "Milo Ferrari", ("marketing",)),
    Somebody("faye", "Faye Morgan", ("finance",)),
    Somebody("finn", "Finn Keller", ("finance",)),
    Somebody("audra", "Audra Quist", ("auditor",)),
    Somebody("ada", "Ada Varga", ("admin",)),
)
WHO: Final = {one.key: one for one in PEOPLE}

Row = dict[str, str]

COMPANIES: Final[tuple[Row, ...]] = (
    {"source_id": "delta", "legal_name": "Delta Distribution GmbH", "country": "DE", "kinds": "distributor",
     "tier": "platinum", "territories": "DE;AT;CH", "currency": "EUR", "city": "Hamburg"},
    {"source_id": "alpha", "legal_name": "Alpha Systemhaus GmbH", "country": "DE", "kinds": "reseller",
     "tier": "gold", "territories": "DE;DE-Bavaria", "currency": "EUR", "city": "Lindau", "parent_source_id": "delta",
     "parent_from": "2024-01-01", "domain": "alpha-systemhaus.example"},
    {"source_id": "omega", "legal_name": "Omega IT AG", "country": "DE", "kinds": "reseller", "tier": "silver",
     "territories": "DE", "currency": "EUR", "city": "Ulm"},
    {"source_id": "yunfan", "legal_name": "上海云帆信息技术有限公司", "local_name": "云帆信息", "country": "CN",
     "kinds": "reseller;service", "tier": "silver", "territories": "CN", "currency": "CNY", "city": "上海"},
)  # fmt: skip
PRODUCTS: Final[tuple[Row, ...]] = tuple(
    {"sku": sku, "name": name, "name_zh": name_zh, "group": group, "group_name": group.title(),
     "group_name_zh": group_zh, "unit": "seat", "list_price": price, "currency": "EUR"}
    for sku, name, name_zh, group, group_zh, price in (
        ("INS-S", "Insight Standard", "洞察标准版", "insight", "洞察", "120.00"),
        ("INS-P", "Insight Professional", "洞察专业版", "insight", "洞察", "310.00"),
        ("FLO-S", "Flow Standard", "流程标准版", "flow", "流程", "80.00"),
        ("SRV-D", "Onboarding day", "上线服务日", "services", "服务", "1450.00"),
    )
)  # fmt: skip


def story_customer(story: str) -> str:
    """The customer that both rivals of this story register."""
    return f"Sennerei {story} GmbH"


STORIES: Final = ("Almdorf", "Birkenau", "Chieming", "Dietlingen", "Eschenbach", "Felden")
"""One name for each run of the story, so that the runs do not meet."""
COLLISIONS: Final = ("Gmund", "Hausham")
"""The same for the story in which a conflict is fought out."""
HANDOVERS: Final = ("Isen", "Kolbermoor")
"""The same for the story in which a deal is handed over."""


def accounts() -> Iterator[Row]:
    """The vendor's own customers: those of the past, and one for each story."""
    yield {"source_id": "C-1", "legal_name": "Brauhaus Rosenberg GmbH", "country": "DE", "city": "Rosenberg",
           "domain": "rosenberg-brau.example", "industry": "Food", "size": "50-249"}  # fmt: skip
    yield {"source_id": "C-2", "legal_name": "Kübler Werkzeugbau AG", "country": "DE", "city": "Aalen"}
    yield {"source_id": "C-3", "legal_name": "苏州澄湖精密机械有限公司", "country": "CN", "city": "苏州"}
    for number, story in enumerate(STORIES + COLLISIONS + HANDOVERS, 1):
        yield {"source_id": f"S-{number}", "legal_name": story_customer(story), "country": "DE", "city": story}


def _at(day: date, hour: int = 9) -> str:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC).isoformat().replace("+00:00", "Z")


def past_months(today: date) -> list[date]:
    """The first days of the months that have revenue, oldest first; the running month is not among them."""
    months = [clock.previous_month(clock.month_of(today))]
    while len(months) < MONTHS:
        months.append(clock.previous_month(months[-1]))
    return months[::-1]


def deals(today: date) -> Iterator[Row]:
    """A deal won long ago that protects past revenue, and one in every state of today."""
    first = past_months(today)[0]
    common = {"partner_source_id": "alpha", "product_sku": "INS-S", "quantity": "30", "unit_price": "115.00",
              "currency": "EUR", "registered_by_email": WHO["pia"].email}  # fmt: skip
    yield common | {
        "source_id": "D-1", "customer_name": "Brauhaus Rosenberg", "account_source_id": "C-1", "state": "approved",
        "stage": "won", "created_at": _at(first), "submitted_at": _at(first, 10), "taken_at": _at(first, 11),
        "decided_at": _at(first, 12), "protected_until": _at(today + timedelta(days=60)),
        "closed_at": _at(first + timedelta(days=3)), "contact_name": "Hanna Berg",
        "contact_email": "h.berg@rosenberg-brau.example", "contact_title": "Head of IT",
    }  # fmt: skip
    made, close = today - timedelta(days=12), (today + timedelta(days=45)).isoformat()
    for number, (state, more) in enumerate(_states(made).items(), 2):
        yield common | {
            "source_id": f"D-{number}", "customer_name": f"Mühlbach {state} KG", "state": state, "stage": "qualified",
            "created_at": _at(made), "expected_close_on": close, "product_sku": "FLO-S",
        } | ({} if state == "draft" else {"submitted_at": _at(made, 10)}) | more  # fmt: skip
    yield common | {
        "source_id": "D-90", "partner_source_id": "omega", "registered_by_email": WHO["otto"].email,
        "customer_name": "Kübler Werkzeugbau", "state": "submitted", "stage": "proposal", "created_at": _at(made),
        "submitted_at": _at(made, 10), "expected_close_on": close,
    }  # fmt: skip
    yield common | {
        "source_id": "D-91", "partner_source_id": "yunfan", "registered_by_email": WHO["lin"].email,
        "customer_name": "苏州澄湖精密机械", "account_source_id": "C-3", "state": "in_review", "stage": "qualified",
        "created_at": _at(made), "submitted_at": _at(made, 10), "taken_at": _at(made, 12), "currency": "CNY",
        "expected_close_on": close,
    }  # fmt: skip


def _states(made: date) -> dict[str, Row]:
    """What else a deal of each state has."""
    taken, decided = {"taken_at": _at(made, 11)}, {"taken_at": _at(made, 11), "decided_at": _at(made, 12)}
    return {
        "draft": {},
        "submitted": {},
        "in_review": taken,
        "info_requested": taken | {"question": "Which department will use it?"},
        "approved": decided | {"account_source_id": "C-2", "protected_until": _at(made + timedelta(days=90))},
        "rejected": decided | {"reject_code": "outside_territory"},
        "withdrawn": {},
    }


def revenue(today: date) -> Iterator[Row]:
    """In each past month one sale that Alpha registered, and one that nobody did; a refund in the last."""
    months = past_months(today)
    for number, month in enumerate(months, 1):
        for line, account, partner, sku, net in (
            (f"I-{number}", "C-1", "alpha", "INS-S", 1000 + 130 * number),
            (f"J-{number}", "C-2", "omega", "INS-P", 800),
        ):
            day = month + timedelta(days=9)
            yield {
                "kind": "invoice_line", "source_id": line, "account_source_id": account, "partner_source_id": partner,
                "product_sku": sku, "ordered_on": day.isoformat(), "occurred_on": day.isoformat(), "quantity": "10",
                "net_amount": f"{net}.00", "currency": "EUR",
            }  # fmt: skip
            yield {
                "kind": "payment", "source_id": f"{line}-P", "parent_source_id": line, "net_amount": f"{net}.00",
                "occurred_on": (month + timedelta(days=14)).isoformat(), "currency": "EUR",
            }  # fmt: skip
    yield {
        "kind": "refund", "source_id": "I-R", "parent_source_id": f"I-{MONTHS}", "net_amount": "-200.00",
        "occurred_on": (months[-1] + timedelta(days=20)).isoformat(), "currency": "EUR",
    }  # fmt: skip


def today() -> date:
    """The vendor's day."""
    return datetime.now(ZoneInfo(ZONE)).date()


async def build(url: str, *, plan: CommissionPlan = DEFAULT_PLAN) -> None:
    """Make the world in a migrated database, by the importers and services that people use."""
    await db.connect(url, pool_size=2)
    try:
        staff = await add_people("")
        await approve_policy(staff["ada"], staff["vera"], TIERS.key, DEFAULT_TIERS)
        await approve_policy(staff["faye"], staff["finn"], PLAN, plan)
        managed = [row | {"manager_email": WHO["vera"].email} for row in COMPANIES]
        await bring(staff["vera"], "companies", managed)
        for company in ("alpha", "omega", "delta", "yunfan"):
            await add_people(company)
        await bring(staff["ada"], "products", PRODUCTS)
        await bring(staff["vera"], "accounts", accounts())
        await bring(staff["vera"], "deals", deals(today()))
        await bring(staff["faye"], "revenue", revenue(today()))
        await jobs.drain(url)
    finally:
        await db.disconnect()


async def build_empty(url: str) -> None:
    """Only the vendor's people, in a migrated database: what they find on the first day."""
    await db.connect(url, pool_size=2)
    try:
        await add_people("")
    finally:
        await db.disconnect()


async def add_people(company: str) -> dict[str, Actor]:
    """The people of a company, or of the vendor, with the one password."""
    password, now = await hash_password(PASSWORD), clock.now() - timedelta(days=400)
    found: dict[str, Actor] = {}
    partner = await company_id(company) if company else None
    for one in (person for person in PEOPLE if person.company == company):
        ids = new_id(), new_id()
        async with db.transaction(SYSTEM):
            await db.sql(
                "INSERT INTO identity_person (id, email, name, locale, password_hash, created_at)"
                " VALUES ($1, $2, $3, 'en', $4, $5)",
                ids[0], one.email, one.name, password, now,
            )  # fmt: skip
            await db.sql(
                "INSERT INTO identity_membership (id, person, side, partner_id, roles, created_at, sessions_since)"
                " VALUES ($1, $2, $3, $4, $5, $6, $6)",
                ids[1], ids[0], (Side.PARTNER if company else Side.STAFF).value, partner, list(one.roles), now,
            )  # fmt: skip
        actor = await actor_of(ids[1], clock.now())
        assert actor is not None
        found[one.key] = actor
    return found


async def actor(key: str) -> Actor:
    """Somebody of the world as services know that person; on the open pool."""
    async with db.transaction(SYSTEM):
        membership = await db.sql_value(
            "SELECT m.id FROM identity_membership m JOIN identity_person p ON p.id = m.person WHERE p.email = $1",
            WHO[key].email,
        )
    found = await actor_of(membership, clock.now())
    assert found is not None
    return found


async def company_id(source_id: str) -> UUID:
    """A company by its id in the source system."""
    async with db.transaction(SYSTEM):
        return (await imports.receipts("companies", SOURCE, [source_id]))[source_id]


async def approve_policy(author: Actor, approver: Actor, kind: str, document: Any) -> None:
    """The first version of a policy: drafted by one person, approved by another."""
    now, body = clock.now(), document.model_dump(mode="json")
    version = await policies.create_draft(author, kind, body, now=now)
    await policies.change_draft(author, version, body, effective_from=PLAN_SINCE, note="", now=now)
    asked = await policies.submit(author, version, today=PLAN_SINCE, now=now)
    shown = await approvals.get_request(approver, asked)
    await approvals.decide(approver, asked, approve=True, content_sha256=shown.content_sha256, note="", now=now)


async def bring(actor: Actor, kind: str, rows: Any) -> None:
    """One file through its importer. Raises AssertionError when a row is refused."""
    content, now = as_csv(list(rows)), clock.now()
    job_id = await imports.bring_file(actor, kind, f"{kind}.csv", content, source_system=SOURCE, now=now)
    await imports.start(actor, job_id, now=now, in_background=False)
    counts = await imports.run(actor, job_id)
    if counts.get("refused"):
        async with db.transaction(SYSTEM):
            refused = await db.sql(
                "SELECT number, problems FROM imports_row WHERE job = $1 AND outcome = 'refused'", job_id
            )
        message = f"{kind}: {dict(counts)} {refused} ({roof.__name__})"
        raise AssertionError(message)


def as_csv(rows: list[Row]) -> bytes:
    """Rows as a file; the columns are those of all rows, in the order in which they first appear."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


async def registered(database: str, customer: str, sku: str, at: datetime) -> UUID:
    """A registration of Pia's, made by the service as it would have been at that time; opens and leaves the database."""
    await db.connect(database, pool_size=2)
    try:
        async with db.transaction(SYSTEM):
            product = await db.sql_value("SELECT id FROM partners_product WHERE sku = $1", sku)
        wanted = Registration(
            customer=NewCustomer(customer, "DE"), currency="EUR", lines=(Line(product, 20),),
            expected_close_on=date(at.year + 1, 1, 31),
        )  # fmt: skip
        return await registrations.register_deal(await actor("pia"), wanted, now=at)
    finally:
        await db.disconnect()
