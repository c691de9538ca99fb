"""Special prices: what a registration must say for them, a second person's word, and granting them until a day."""

import hashlib
import json
from datetime import datetime
from fractions import Fraction
from typing import Any, Final
from uuid import UUID

from partners.companies.queries import get_company
from partners.deals import prices, queries, running
from partners.deals.policy import find_alone_percent
from partners.deals.queries import DealRecord
from partners.deals.states import ConsentState, DealState
from partners.deals.tables import Deal, PriceConsent
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission

AGREE: Final = "special_price"
LONGEST_REASON: Final = 1000
_TEMPLATE: Final = "partners/deals/pages/price_consent.html"


async def missing(deal: Deal, now: datetime) -> dict[str, str]:
    """What a registration below the list still has to say, by the names of the form's fields."""
    if not await discount_of(deal):
        return {}
    problems = {}
    if not deal.price_reason.strip():
        problems["price_reason"] = _("A line is cheaper than its list price: say why the customer needs this price.")
    if deal.price_wanted_until is None:
        problems["price_wanted_until"] = _("Say until when the price is wanted.")
    elif deal.price_wanted_until < clock.day_of(now, formats.time_zone().key):
        problems["price_wanted_until"] = _("This day has passed.")
    return problems


async def request_consent(actor: Actor, deal_id: UUID, *, now: datetime) -> UUID:
    """Ask a second person to agree to exactly these prices; the request's id.

    Raises NotFound, NotAllowed, and Conflict when it is not in review, when one person may grant it, or when it is
    asked already.
    """
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        if deal.state != DealState.IN_REVIEW:
            raise Conflict(_("The price is decided while the registration is reviewed."), code="flow")
        if not await _beyond(actor, deal, now):
            raise Conflict(_("One person may grant this price, so approve it as it is."), code="alone")
        content = await _content_of(deal)
        pending = await requests.find_pending(actor, deal.id, AGREE)
        if pending is not None and pending.content_sha256 != content:
            await approvals.withdraw(actor, deal.id, AGREE)
        request_id = await approvals.request(
            actor, running.DEAL, deal.id, AGREE, content_sha256=content, needs=Permission.DEALS_DECIDE,
            summary=f"{deal.number} {deal.customer_name}", now=now,
        )  # fmt: skip
        # What was asked about other prices counts for nothing any more.
        await db.sql(
            "UPDATE partners_deal_price_consent SET state = 'refused' WHERE deal = $1 AND state = 'pending'", deal.id
        )
        await PriceConsent(
            id=new_id(), deal=deal.id, content_sha256=content, requested_by=actor.membership_id, requested_at=now
        ).save()
    return request_id


async def _content_hash(actor: Actor, deal_id: UUID) -> str:
    return await _content_of(await queries.get_deal(actor, deal_id, lock=True))


@approvals.decides(running.DEAL, AGREE, _content_hash)
async def _decided(actor: Actor, asked: approvals.Request, approved: bool, note: str, now: datetime) -> None:  # noqa: FBT001 -- the shape of every handler
    """Keep the second person's word, for exactly the prices that were shown."""
    state = ConsentState.AGREED if approved else ConsentState.REFUSED
    await db.sql(
        "UPDATE partners_deal_price_consent SET state = $2, decided_by = $3, decided_at = $4 WHERE deal = $1"
        " AND state = 'pending' AND content_sha256 = $5",
        asked.subject_id, state.value, actor.membership_id, now, asked.content_sha256,
    )  # fmt: skip
    name = "deal.price_agreed" if approved else "deal.price_not_agreed"
    await record(actor, name, running.DEAL, asked.subject_id, now=now, note=note)


async def grant(actor: Actor, deal: Deal, now: datetime) -> None:
    """Grant the prices of a deal that is being approved, once its protection is known. Sets columns, saves nothing.

    Raises Conflict while a second person has to agree to them first.
    """
    discount = await discount_of(deal)
    if not discount:
        deal.price_until = deal.price_policy = None
        return
    alone, version = await _alone(actor, deal, now)
    if prices.needs_second_person(discount, alone) and not await _is_agreed(deal):
        raise Conflict(
            _(
                "A line is %(share)s below its list price, and one person may grant %(alone)s %%."
                " Ask a second person for these prices first; then approve."
            )
            % {"share": formats.percent(discount), "alone": alone},
            code="second_person",
        )
    deal.price_policy = version
    deal.price_until = deal.protected_until
    # What came from another system, or was sent before reasons were asked for, has no wanted day.
    if deal.price_wanted_until is not None:
        zone = formats.time_zone().key
        deal.price_until = prices.granted_until(deal.price_wanted_until, deal.protected_until, zone)


async def follow_amendment(actor: Actor, deal: Deal, allowed: Fraction, reason: str, now: datetime) -> None:
    """Have the granted price follow lines that were amended: up to what was granted (`allowed`) or one person may.

    Sets columns, saves nothing. Raises Conflict for a price that needs a second person.
    """
    discount = await discount_of(deal)
    if not discount:
        deal.price_until = deal.price_policy = None
        return
    if discount > allowed:
        alone, version = await _alone(actor, deal, now)
        if prices.needs_second_person(discount, alone):
            raise Conflict(
                _(
                    "A line would be %(share)s below its list price, and an amendment may go to %(alone)s %%."
                    " Refuse it; for this price the partner registers anew."
                )
                % {"share": formats.percent(discount), "alone": alone},
                code="second_person",
            )
        deal.price_policy = version
    deal.price_reason = deal.price_reason or reason[:LONGEST_REASON]
    if deal.price_until is None:
        deal.price_until = deal.protected_until


def end(deal: Deal, now: datetime) -> None:
    """End a granted price with the approval that carries it. Sets columns, saves nothing."""
    if deal.price_until is not None:
        deal.price_until = min(deal.price_until, now)


async def _beyond(actor: Actor, deal: Deal, now: datetime) -> bool:
    alone, _version = await _alone(actor, deal, now)
    return prices.needs_second_person(await discount_of(deal), alone)


async def _alone(actor: Actor, deal: Deal, now: datetime) -> tuple[int, UUID | None]:
    company = await get_company(actor, deal.partner_id)
    return await find_alone_percent(actor, company["tier"], now)


async def _is_agreed(deal: Deal) -> bool:
    found = await db.sql_value(
        "SELECT EXISTS (SELECT FROM partners_deal_price_consent WHERE deal = $1 AND state = 'agreed'"
        " AND content_sha256 = $2)",
        deal.id, await _content_of(deal),
    )  # fmt: skip
    return bool(found)


async def discount_of(deal: Deal) -> Fraction:
    """The greatest share by which a stored line of the deal is below the list."""
    rows = await db.sql(
        "SELECT l.unit_price_minor AS price, CASE WHEN p.currency = $2 THEN p.list_price_minor END AS listed"
        " FROM partners_deal_line l JOIN partners_product p ON p.id = l.product WHERE l.deal = $1",
        deal.id, deal.currency,
    )  # fmt: skip
    return prices.deepest_discount((row["price"], row["listed"]) for row in rows)


async def _content_of(deal: Deal) -> str:
    """The fingerprint of the prices: every line, the currency, the reason and the wanted end."""
    lines = await db.sql(
        "SELECT product, quantity, unit_price_minor FROM partners_deal_line WHERE deal = $1 ORDER BY position, id",
        deal.id,
    )
    content: list[Any] = [str(deal.id), deal.currency, deal.price_reason, str(deal.price_wanted_until)]
    return _sha256([*content, *([str(row["product"]), row["quantity"], row["unit_price_minor"]] for row in lines)])


def _content_of_record(deal: DealRecord) -> str:
    """The same of what was read for a page, whose lines stand in the same order."""
    content: list[Any] = [str(deal.id), deal.amount.currency, deal.price_reason, str(deal.price_wanted_until)]
    return _sha256([*content, *([str(one.product_id), one.quantity, one.unit_price.minor] for one in deal.lines)])


def _sha256(content: list[Any]) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


@requests.presents(running.DEAL, AGREE, lambda summary: _("Special price of %(deal)s") % {"deal": summary})
async def _presented(actor: Actor, deal_id: UUID) -> requests.Content:
    """What whoever agrees has to see: every line with its list price, the reason and the end."""
    deal = await queries.get_record(actor, deal_id)
    alone, _version = await find_alone_percent(actor, deal.partner_tier, clock.now())
    shown = {"deal": deal, "alone": alone}
    return requests.Content(_content_of_record(deal), _TEMPLATE, shown, f"/partners/deals/{deal_id}")
