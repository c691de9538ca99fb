"""Amendments of approved deals: the partner proposes other lines or another close, the vendor accepts or refuses."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from partners.deals import pricing, protection, queries, rules, running, writing
from partners.deals.rules import Line
from partners.deals.states import AmendmentState, DealState, Stage
from partners.deals.tables import Deal, DealAmendment
from partners.deals.windows import AMENDMENTS
from partners.deals.writing import PricedLine
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.flow import LONGEST_NOTE, needed_words
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission

AMENDMENT: Final = "amendment"


@dataclass(frozen=True, slots=True)
class Proposal:
    """How the deal should read, and why. The customer is no part of it: for another one, register anew."""

    lines: tuple[Line, ...]
    expected_close_on: date | None
    words: str


async def propose_amendment(
    actor: Actor, deal_id: UUID, proposal: Proposal, *, now: datetime, version: int | None = None
) -> UUID:
    """Ask that an approved deal reads otherwise. Nothing changes before the vendor accepts.

    Raises NotFound, NotAllowed, Invalid, and Conflict when it does not run or something is asked already.
    """
    actor.require(Permission.DEALS_WRITE)
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        running.check_version(deal, version)
        _check_runs(deal, now)
        running.check_nothing_pending(deal)
        lines = await _priced(deal, proposal)
        before = _document(await _named(await writing.read_lines(deal.id)), deal.expected_close_on)
        after = _document(await _named(lines), proposal.expected_close_on)
        if before == after:
            raise Invalid({"note": _("Nothing differs from how the deal reads now.")})
        amendment = DealAmendment(
            id=new_id(), partner_id=deal.partner_id, deal=deal.id, before=json.dumps(before), after=json.dumps(after),
            words=needed_words(proposal.words), asked_by=actor.membership_id, asked_at=now,
        )  # fmt: skip
        await amendment.save()
        deal.pending = AMENDMENT
        await running.save(deal, now)
        await running.record_of(actor, deal, "deal.amendment_requested", {}, proposal.words, now)
    return amendment.id


async def decide_amendment(
    actor: Actor, deal_id: UUID, verb: str, *, now: datetime, note: str = "", version: int | None = None
) -> None:
    """Accept, refuse or take back what is proposed. Accepting changes lines, value, close and what is protected.

    Raises NotFound, NotAllowed, Invalid without words, and Conflict when nothing is pending, when the approval is
    over, when another deal holds a group that would be added, or when its prices need a second person.
    """
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        amendment = await _pending(deal)
        move = AMENDMENTS.move(AmendmentState(amendment.state), verb, actor)
        running.check_version(deal, version)
        changes: dict[str, Any] = {}
        if verb == "accept":
            changes = await _accept(actor, deal, amendment, now)
        elif verb == "refuse":
            note = needed_words(note)
        amendment.state, amendment.decision_note = move.target, note.strip()[:LONGEST_NOTE]
        amendment.decided_by, amendment.decided_at = actor.membership_id, now
        await amendment.save()
        deal.pending = ""
        await running.save(deal, now)
        await running.record_of(actor, deal, move.event, changes, note, now)


@running.closes(AMENDMENT)
async def close_pending(deals: Sequence[UUID], now: datetime) -> None:
    """Close what waits on these deals: their approval or their sale has ended."""
    await db.sql(
        "UPDATE partners_deal_amendment SET state = 'closed', decided_at = $2 WHERE deal = any($1::uuid[])"
        " AND state = 'pending'",
        list(deals), now,
    )  # fmt: skip


async def _accept(actor: Actor, deal: Deal, amendment: DealAmendment, now: datetime) -> dict[str, Any]:
    """Write the proposal into the deal; what changed."""
    _check_runs(deal, now)
    after = json.loads(amendment.after)
    lines = [PricedLine(UUID(one["product"]), one["quantity"], one["price"]) for one in after["lines"]]
    amount, close = deal.amount_minor, deal.expected_close_on
    allowed = await pricing.discount_of(deal)
    await db.sql("DELETE FROM partners_deal_line WHERE deal = $1", deal.id)
    await writing.insert_lines(deal, lines)
    deal.amount_minor = sum(line.value_minor for line in lines)
    deal.expected_close_on = date.fromisoformat(after["expected_close_on"])
    await pricing.follow_amendment(actor, deal, allowed, amendment.words, now)
    await protection.follow_lines(deal, now)
    before = json.loads(amendment.before)
    return {
        "lines": [_plain(before, deal.currency), _plain(after, deal.currency)],
        "amount_minor": [amount, deal.amount_minor],
        "expected_close_on": [close, deal.expected_close_on],
    }


async def _priced(deal: Deal, proposal: Proposal) -> tuple[PricedLine, ...]:
    """The proposed lines with their prices. Raises Invalid by the names of the form's fields."""
    problems = writing.line_problems(proposal.lines)
    if not proposal.lines:
        problems["lines"] = _("Add at least one product.")
    if proposal.expected_close_on is None:
        problems["expected_close_on"] = _("Say when you expect to close it.")
    writing.refuse(problems)
    return await writing.price_lines(proposal.lines, deal.currency)


async def _named(lines: Sequence[PricedLine]) -> list[dict[str, Any]]:
    """Lines as they are kept: with the product's names of that day."""
    rows = await db.sql(
        "SELECT id, name, name_zh FROM partners_product WHERE id = any($1::uuid[])", [line.product_id for line in lines]
    )
    names = {row["id"]: {"name": row["name"], "name_zh": row["name_zh"]} for row in rows}
    return [
        {"product": str(one.product_id), **names[one.product_id], "quantity": one.quantity,
         "price": one.unit_price_minor}
        for one in lines
    ]  # fmt: skip


def _document(lines: list[dict[str, Any]], close: date | None) -> dict[str, Any]:
    return {"lines": lines, "expected_close_on": close.isoformat() if close else None}


def _plain(document: dict[str, Any], currency: str) -> list[list[Any]]:
    """Lines as the history of deals keeps them."""
    return [[one["product"], one["quantity"], one["price"], currency] for one in document["lines"]]


async def _pending(deal: Deal) -> DealAmendment:
    """The proposal that waits, locked. Raises Conflict without one."""
    query = DealAmendment.objects().where(
        DealAmendment.deal == deal.id, DealAmendment.state == AmendmentState.PENDING.value
    )
    found = await query.lock_rows("UPDATE").first()
    if found is None:
        raise Conflict(_("No amendment waits for a decision. It may have been decided or closed."), code="flow")
    return found


def _check_runs(deal: Deal, now: datetime) -> None:
    """Raise Conflict unless the approval holds and the sale is open."""
    if not rules.is_running(DealState(deal.state), deal.protected_until, now):
        raise Conflict(_("Only an approved deal is amended, while its approval holds."), code="over")
    if not rules.is_open(Stage(deal.stage)):
        raise Conflict(_("The sale is closed, so nothing of it changes any more."), code="closed")


async def may_propose(actor: Actor, deal_id: UUID, now: datetime) -> queries.DealRecord:
    """The deal whose amendment the actor may write now. Raises NotFound, NotAllowed, Conflict."""
    actor.require(Permission.DEALS_WRITE)
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id, lock=False)
        _check_runs(deal, now)
        running.check_nothing_pending(deal)
        return await queries.get_record(actor, deal_id)
