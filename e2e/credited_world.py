"""What the story from touch to cent plays on: a plan by credit, two partners that compete, and customers' whole lives."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from attribution.claims.policy import DEFAULT as CLAIM_TERMS
from attribution.claims.policy import KEY as CLAIMS
from attribution.commissions.plan import Clause, CommissionPlan
from e2e import world
from e2e.world import WHO, Row
from partners.companies.rules import PartnerKind, Tier
from partners.customers import linking, service
from partners.customers.rules import CustomerFacts
from portal.core import clock, db, jobs
from portal.core.actor import SYSTEM, Actor
from portal.imports import service as imports

LIVES: Final = ("Ostalb", "Rhön", "Solling")
"""One customer for each time that the story is played."""
BOUGHT: Final = 700
"""The days before today on which the customer bought first; it bought again, had some back, and was not seen since."""
BOUGHT_AGAIN: Final = 640
PAID_AGAIN: Final = 635
REFUNDED: Final = 625
CLAIMED: Final = 665
"""When the training was of which nobody knew until the partner claimed it."""
PEOPLE_THERE: Final = ("Ruth Ehrlich", "Jonas Metz")
"""Whom the vendor knows at each customer, and no partner."""
PLAN_BY_CREDIT: Final = CommissionPlan(
    title="Partner programme",
    clauses=(
        Clause(
            code="§ 5.1",
            name="Technology partners and agents",
            kinds=(PartnerKind.TECHNOLOGY, PartnerKind.AGENT),
            rate="6",
            to="credited_partners",
        ),
        Clause(
            code="§ 5.2",
            name="Resellers, gold and platinum",
            kinds=(PartnerKind.RESELLER,),
            tiers=(Tier.GOLD, Tier.PLATINUM),
            rate="9",
        ),
        Clause(code="§ 5.3", name="Resellers", kinds=(PartnerKind.RESELLER,), rate="7"),
    ),
)
COMPANIES: Final[tuple[Row, ...]] = (
    {"source_id": "lumen", "legal_name": "Lumen Software AG", "country": "DE", "kinds": "technology", "tier": "gold",
     "territories": "DE", "currency": "EUR", "city": "Jena", "manager_email": WHO["vera"].email},
    {"source_id": "nimbus", "legal_name": "Nimbus Vertrieb OHG", "country": "DE", "kinds": "agent", "tier": "silver",
     "territories": "DE", "currency": "EUR", "city": "Gera", "manager_email": WHO["vera"].email},
)  # fmt: skip
EVIDENCE: Final = {"lumen": "minutes kept by Lumen's presales", "nimbus": "call notes of the Gera office"}
"""What stands on each partner's touches."""


def customer(life: str) -> str:
    """The customer, as the vendor knows it."""
    return f"Feinblech {life} GmbH & Co. KG"


def known_as(partner: str, life: str) -> str:
    """The customer, as a partner's own card calls it."""
    return f"{'Blechwerk' if partner == 'nimbus' else 'Feinblech'} {life}"


async def build(url: str) -> None:
    """The small world under the plan by credit, and these partners and customers, by services and importers."""
    await world.build(url, plan=PLAN_BY_CREDIT)
    await db.connect(url, pool_size=2)
    try:
        vera, faye, ada = [await world.actor(key) for key in ("vera", "faye", "ada")]
        claims = CLAIM_TERMS.model_copy(update={"look_back_days": 730})
        await world.approve_policy(ada, vera, CLAIMS, claims)
        await world.bring(vera, "companies", COMPANIES)
        for company in EVIDENCE:
            await world.add_people(company)
        await world.bring(vera, "accounts", _accounts())
        await world.bring(vera, "contacts", _contacts())
        await world.bring(vera, "deals", _deals())
        for company, key in (("lumen", "tess"), ("nimbus", "nora")):
            await _cards(vera, await world.actor(key), company)
        await world.bring(vera, "touchpoints", _touches())
        await world.bring(faye, "revenue", _revenue())
        await jobs.drain(url)
    finally:
        await db.disconnect()


async def _cards(vera: Actor, owner: Actor, company: str) -> None:
    """A partner's own cards of the customers, linked by the vendor."""
    now = clock.now()
    async with db.transaction(SYSTEM):
        accounts = await imports.receipts("accounts", world.SOURCE, [f"L-{life}" for life in LIVES])
    for life in LIVES:
        card = await service.create_card(owner, CustomerFacts(known_as(company, life), "DE"), now=now)
        await linking.link_card(vera, card, accounts[f"L-{life}"], now=now)


def _accounts() -> Iterator[Row]:
    for life in LIVES:
        yield {"source_id": f"L-{life}", "legal_name": customer(life), "country": "DE", "city": life,
               "industry": "Metal", "size": "50-249"}  # fmt: skip


def _contacts() -> Iterator[Row]:
    for life in LIVES:
        for number, (name, persona) in enumerate(zip(PEOPLE_THERE, ("Production", "IT"), strict=True), 1):
            yield {"source_id": f"P-{life}-{number}", "account": f"L-{life}", "name": name, "persona": persona,
                   "email": f"p{number}@feinblech-{life.lower()}.example".replace("ö", "oe")}  # fmt: skip


def _day(days_ago: int) -> str:
    return (world.today() - timedelta(days=days_ago)).isoformat()


def _deals() -> Iterator[Row]:
    """What the reseller registered before the customer bought again."""
    for life in LIVES:
        first = _day(BOUGHT_AGAIN + 20)
        yield {
            "source_id": f"DL-{life}", "partner_source_id": "alpha", "account_source_id": f"L-{life}",
            "customer_name": f"Ostwerk {life}", "product_sku": "INS-S", "quantity": "40", "unit_price": "150.00",
            "currency": "EUR", "registered_by_email": WHO["pia"].email, "state": "approved", "stage": "won",
            "created_at": f"{first}T08:00Z", "submitted_at": f"{first}T09:00Z", "taken_at": f"{first}T10:00Z",
            "decided_at": f"{first}T11:00Z", "protected_until": f"{_day(BOUGHT_AGAIN - 90)}T00:00Z",
            "closed_at": f"{_day(BOUGHT_AGAIN)}T12:00Z",
        }  # fmt: skip


def _touches() -> Iterator[Row]:
    """By marketing and by both partners, before the first purchase and between the two."""
    told = (
        (860, "webinar", "", "Marketing", 1),
        (820, "demo", "lumen", "", 1),
        (790, "call", "nimbus", "", 2),
        (740, "proof_of_concept", "lumen", "", 2),
        (720, "email", "", "Marketing", 1),
        (710, "meeting", "nimbus", "", 1),
        (680, "call", "nimbus", "", 1),
        (655, "email", "", "Marketing", 2),
        (500, "support", "lumen", "", 2),
    )
    for life in LIVES:
        for number, (days, kind, partner, origin, who) in enumerate(told, 1):
            yield {
                "source_id": f"T-{life}-{number}", "occurred_at": f"{_day(days)}T09:00Z", "kind": kind,
                "account": f"L-{life}", "contact": f"P-{life}-{who}", "partner_source_id": partner, "origin": origin,
                "motion": ("service" if kind == "support" else "influence") if partner else "",
                "evidence": EVIDENCE.get(partner, ""),
            }  # fmt: skip


def _revenue() -> Iterator[Row]:
    """Bought, bought again through the reseller, and some of that had back."""
    for life in LIVES:
        for number, (ordered, paid, net) in enumerate(
            ((BOUGHT, BOUGHT - 10, "10000.00"), (BOUGHT_AGAIN, PAID_AGAIN, "6000.00")), 1
        ):
            line = f"R-{life}-{number}"
            yield {
                "kind": "invoice_line", "source_id": line, "account_source_id": f"L-{life}", "product_sku": "INS-S",
                "ordered_on": _day(ordered), "occurred_on": _day(ordered), "quantity": "50", "net_amount": net,
                "currency": "EUR", "deal_source_id": f"DL-{life}" if number > 1 else "",
                "partner_source_id": "alpha" if number > 1 else "",
            }  # fmt: skip
            yield {
                "kind": "payment", "source_id": f"{line}-P", "parent_source_id": line, "net_amount": net,
                "occurred_on": _day(paid), "currency": "EUR",
            }  # fmt: skip
        yield {
            "kind": "refund", "source_id": f"R-{life}-2-R", "parent_source_id": f"R-{life}-2",
            "net_amount": "-1000.00", "occurred_on": _day(REFUNDED), "currency": "EUR",
        }  # fmt: skip
