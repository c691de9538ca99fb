"""Deals as JSON: all that the pages do."""

from dataclasses import asdict
from typing import Any, Final
from uuid import UUID

from litestar import Controller, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from partners.customers.api import suggestion_json
from partners.deals import queries, rules, service, showing, story, vendor
from partners.deals.lists import DEALS
from partners.deals.queries import DealRecord
from partners.deals.schemas import DealBody, MoveBody
from portal.core import clock
from portal.core.actor import Actor
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items
from portal.core.web.visit import AnyRequest

_MOMENTS: Final = (
    "submitted_at",
    "taken_at",
    "decided_at",
    "appealed_at",
    "protected_until",
    "revoked_at",
    "closed_at",
    "created_at",
    "changed_at",
)
_PLAIN: Final = (
    "number", "version", "partner_name", "role", "state", "stage", "customer_name", "owner_name", "registered_by",
    "reviewer_name", "source", "contact_name", "contact_email", "competitor", "help_wanted", "reference", "notes",
    "question", "answer", "reject_code", "decision_note", "appeal",
    "revoke_code", "revoke_note",
    "lost_reason",
)  # fmt: skip


class DealApi(Controller):
    """Deals."""

    path = "/api/v1/partners/deals"
    tags = ("deals",)

    @get("/", needs=Permission.DEALS_READ, operation_class=list_operation(DEALS))
    async def index(self, request: AnyRequest, actor: NamedDependency[Actor]) -> ItemPage:
        """A page of deals and the cursor of the next."""
        return await list_items(DEALS, actor, request.query_params, now=clock.now())

    @post("/", needs=Permission.DEALS_WRITE)
    async def create(self, actor: NamedDependency[Actor], data: JSONBody[DealBody]) -> dict[str, Any]:
        """Write a draft, or register it at once with `submit`."""
        command = service.register_deal if data.submit else service.create_draft
        return await shown(actor, await command(actor, data.registration(), now=clock.now()))

    @get("/{deal_id:uuid}", needs=Permission.DEALS_READ)
    async def show(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> dict[str, Any]:
        """One deal, with what may be done with it now."""
        return await shown(actor, deal_id)

    @put("/{deal_id:uuid}", needs=Permission.DEALS_WRITE)
    async def change(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[DealBody]
    ) -> dict[str, Any]:
        """Write the registration anew; what is locked must say what it said before."""
        await service.edit_deal(actor, deal_id, data.registration(), version=data.version, now=clock.now())
        if data.submit:
            await service.move_deal(actor, deal_id, "submit", now=clock.now())
        return await shown(actor, deal_id)

    @post("/{deal_id:uuid}/moves", needs=rules.FLOW.permissions, status_code=200)
    async def move(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[MoveBody]
    ) -> dict[str, Any]:
        """Move the registration."""
        await service.move_deal(actor, deal_id, data.verb, said=data.said(), version=data.version, now=clock.now())
        return await shown(actor, deal_id)

    @post("/{deal_id:uuid}/stage", needs=rules.STAGES.permissions, status_code=200)
    async def set_stage(
        self, actor: NamedDependency[Actor], deal_id: FromPath[UUID], data: JSONBody[MoveBody]
    ) -> dict[str, Any]:
        """Move the sale."""
        await service.set_stage(actor, deal_id, data.verb, said=data.said(), version=data.version, now=clock.now())
        return await shown(actor, deal_id)

    @get("/{deal_id:uuid}/timeline", needs=Permission.DEALS_READ)
    async def timeline(self, actor: NamedDependency[Actor], deal_id: FromPath[UUID]) -> dict[str, Any]:
        """What happened to it, newest first."""
        record = await queries.get_record(actor, deal_id)
        told = await story.tell(actor, record)
        return {
            "items": [
                {"at": one.at.isoformat(), "name": one.name, "actor": one.actor, "text": one.text, "note": one.quote}
                for one in told
            ]
        }


async def shown(actor: Actor, deal_id: UUID) -> dict[str, Any]:
    """The deal for whoever asks; the vendor's own knowledge comes with it for the vendor only."""
    record = await queries.get_record(actor, deal_id)
    found = deal_json(record)
    found["moves"] = [m.verb for m in showing.moves_of(actor, record)]
    found["stage_moves"] = [
        m.verb for m in rules.available_stages(record.state, record.stage, record.partner_id, actor)
    ]
    if not actor.is_partner:
        side = await vendor.get_vendor_side(actor, record)
        found["account"] = str(side.account_id) if side.account_id else None
        found["revocation_request"] = str(side.revocation.request_id) if side.revocation else None
        asked = side.handover_request
        found["handover_request"] = str(asked.request_id) if asked else None
        found["handed_over_to"] = [str(one.other_id) for one in side.handovers if one.gives and one.other_id]
        found["handed_over_from"] = [str(one.other_id) for one in side.handovers if not one.gives]
        found["account_suggestions"] = [suggestion_json(one) for one in side.suggestions]
    return found


def deal_json(record: DealRecord) -> dict[str, Any]:
    """A deal as JSON: amounts in whole minor units, moments in UTC."""
    return {
        "id": str(record.id),
        "partner": str(record.partner_id),
        "card": str(record.card_id),
        **{name: getattr(record, name) for name in _PLAIN},
        "asked_fields": list(record.asked_fields),
        "amount": _money(record.amount),
        "lines": [
            {
                "product": str(line.product_id),
                "sku": line.sku,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": _money(line.unit_price),
                "list_price": _money(line.list_price) if line.list_price else None,
                "value": _money(line.value),
            }
            for line in record.lines
        ],
        "price_reason": record.price_reason,
        "price_wanted_until": record.price_wanted_until.isoformat() if record.price_wanted_until else None,
        "price_until": record.price_until.isoformat() if record.price_until else None,
        "pending": record.pending or None,
        "extensions": [asdict(one) for one in record.extensions],
        "continues": str(record.continues.id) if record.continues else None,
        "continued_by": str(record.continued_by.id) if record.continued_by else None,
        "amendments": [asdict(one) for one in record.amendments],
        "expected_close_on": record.expected_close_on.isoformat() if record.expected_close_on else None,
        **{name: at.isoformat() if (at := getattr(record, name)) else None for name in _MOMENTS},
    }


def _money(amount: Money) -> dict[str, Any]:
    return {"minor": amount.minor, "currency": amount.currency}
