"""Handing a running deal over to another partner: one person asks, another agrees, one deal ends and another begins."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.companies.queries import get_company
from partners.companies.rules import CompanyStatus
from partners.customers.mentions import names_in
from partners.deals import handed, queries, revoking, rules, running, taking_over
from partners.deals.rules import HANDOVER_LABELS
from partners.deals.states import DealState, HandoverState, Stage
from partners.deals.tables import Deal, DealHandover
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.flow import LONGEST_NOTE
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission

HAND_OVER: Final = "hand_over"
_TEMPLATE: Final = "partners/deals/pages/handover.html"

Guard = Callable[[Actor, Deal, datetime], Awaitable[None]]
"""(actor, deal, now): raises Conflict when it may not be handed over now; runs in the unit that would do it."""
_GUARDS: Final[list[Guard]] = []


def guards_handover(guard: Guard) -> Guard:
    """Have this asked before a deal is handed over, and when somebody wants it to be."""
    _GUARDS.append(guard)
    return guard


@dataclass(frozen=True, slots=True)
class Wish:
    """To whom a deal should go, why, and what each side reads about it."""

    taker: UUID
    """The partner that takes it over."""
    reason: str
    giver_words: str
    taker_words: str
    note: str = ""
    owner: UUID | None = None
    """Who works it there; None for whoever is nearest to it."""


async def request_handover(
    actor: Actor, deal_id: UUID, wish: Wish, *, now: datetime, version: int | None = None
) -> UUID:
    """Ask a second person to hand the deal over; the request's id. Nothing changes before that person agrees.

    Asking anew replaces what waits. Raises NotFound, NotAllowed, Invalid by field, and Conflict when it does not run,
    when it is to be revoked, when others claim its customer, or when no deal can be made of it.
    """
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        running.check_version(deal, version)
        content = await _check(actor, deal, now)
        owner = await _check_wish(actor, deal, wish, UUID(content["account"]))
        await _replace(actor, deal.id)
        handover = DealHandover(
            id=new_id(), deal=deal.id, taker=wish.taker, owner=owner, reason=wish.reason,
            giver_words=wish.giver_words.strip(), taker_words=wish.taker_words.strip(), note=wish.note.strip(),
            content=json.dumps(content), requested_by=actor.membership_id, requested_at=now,
        )  # fmt: skip
        request_id = await approvals.request(
            actor, running.DEAL, deal.id, HAND_OVER, content_sha256=sha256_of(handover, content),
            summary=f"{deal.number} {deal.customer_name}", needs=Permission.DEALS_DECIDE, now=now,
        )  # fmt: skip
        await handover.save()
    return request_id


async def look(actor: Actor, deal_id: UUID) -> tuple[queries.DealRecord, dict[str, Any]]:
    """The deal, and what would go over as it is now. Raises NotFound, NotAllowed."""
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id, lock=False)
        return await queries.get_record(actor, deal_id), await taking_over.content_of(deal)


async def look_for_people(actor: Actor, taker: UUID, content: dict[str, Any]) -> list[tuple[UUID, str]]:
    """Who could work at the other partner what would go over, nearest to the customer first. Raises NotAllowed."""
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        return await handed.list_people(taker, UUID(content["account"]) if content["account"] else None)


async def check(actor: Actor, deal_id: UUID, *, now: datetime) -> None:
    """Raise Conflict when the deal cannot be handed over now, before anything is typed. Raises NotFound, NotAllowed."""
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        await _check(actor, await running.deal_to_change(actor, deal_id, lock=False), now)


async def take_back(actor: Actor, deal_id: UUID, *, now: datetime) -> None:
    """Ask no longer. Raises NotFound, NotAllowed, and Conflict when nothing waits."""
    actor.require(Permission.DEALS_DECIDE)
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        if not await _replace(actor, deal.id):
            raise Conflict(_("This has been decided already."), code="decided")
        await record(actor, "deal.handover_taken_back", running.DEAL, deal.id, now=now)


def sha256_of(handover: DealHandover, content: dict[str, Any]) -> str:
    """The fingerprint of all that whoever agrees is shown."""
    asked = [
        str(handover.deal), str(handover.id), str(handover.taker), str(handover.owner), handover.reason,
        handover.giver_words, handover.taker_words, handover.note, content,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(asked, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


async def current_sha256(deal: Deal, handover: DealHandover) -> str:
    """Of the deal as it is now. One that is over is as it was asked about: so it can still be refused."""
    over = _why_over(deal, handover.requested_at)
    return sha256_of(handover, json.loads(handover.content) if over else await taking_over.content_of(deal))


async def _content_hash(actor: Actor, deal_id: UUID) -> str:
    deal = await queries.get_deal(actor, deal_id, lock=True)
    return await current_sha256(deal, await _pending(deal.id))


@approvals.decides(running.DEAL, HAND_OVER, _content_hash)
async def _decided(actor: Actor, asked: approvals.Request, approved: bool, note: str, now: datetime) -> None:  # noqa: FBT001 -- the shape of every handler
    """End the one deal and begin the other, or leave it as it is and say so among the vendor.

    Raises Conflict when it does not run any more, when others claim its customer, or when the other partner cannot
    take it any more.
    """
    deal = await queries.get_deal(actor, asked.subject_id, lock=True)
    handover = await _pending(deal.id)
    handover.decided_by, handover.decided_at = actor.membership_id, now
    if not approved:
        handover.state = HandoverState.REFUSED
        await handover.save()
        await record(actor, "deal.handover_refused", running.DEAL, deal.id, now=now, note=note)
        return
    _check_runs(deal, now)
    await _check_guards(actor, deal, now)
    await _check_taker(actor, handover)
    until = deal.protected_until
    await revoking.end_approval(actor, deal, handover.reason, handover.giver_words, now)
    content = json.loads(handover.content)
    began = await taking_over.begin(actor, deal, until, handover, content, now)
    handover.state, handover.became = HandoverState.AGREED, began.id
    await handover.save()


@requests.presents(running.DEAL, HAND_OVER, lambda summary: _("Hand %(deal)s over") % {"deal": summary})
async def _presented(actor: Actor, deal_id: UUID) -> requests.Content:
    """What whoever agrees has to see: who gives it, who takes it, all that goes over, and the words to both."""
    deal = await queries.get_record(actor, deal_id)
    async with db.transaction(actor):
        # What waits or came about, else the newest of what did not.
        newest = await db.sql_value(
            "SELECT id FROM partners_deal_handover WHERE deal = $1 ORDER BY state IN ('pending', 'agreed') DESC,"
            " requested_at DESC LIMIT 1",
            deal_id,
        )
        handover = await DealHandover.objects().where(DealHandover.id == newest).first() if newest else None
        if handover is None:
            raise NotFound
        content = await current_sha256(await queries.get_deal(actor, deal_id), handover)
        context = await handed.shown(actor, deal, handover)
    return requests.Content(content, _TEMPLATE, context, f"/partners/deals/{deal_id}")


async def _pending(deal_id: UUID) -> DealHandover:
    """What waits for a second person, locked. Raises Conflict without it."""
    query = DealHandover.objects().where(
        DealHandover.deal == deal_id, DealHandover.state == HandoverState.PENDING.value
    )
    found = await query.lock_rows("UPDATE").first()
    if found is None:
        raise Conflict(_("This has been decided already."), code="decided")
    return found


async def _replace(actor: Actor, deal_id: UUID) -> bool:
    """Take back what waits, if anything does; whether it did."""
    await approvals.withdraw(actor, deal_id, HAND_OVER)
    taken = await db.sql(
        "UPDATE partners_deal_handover SET state = 'taken_back' WHERE deal = $1 AND state = 'pending' RETURNING id",
        deal_id,
    )
    return bool(taken)


async def _check(actor: Actor, deal: Deal, now: datetime) -> dict[str, Any]:
    """What would go over. Raises Conflict when it cannot: over, to be revoked, contended, or no deal to make of it."""
    _check_runs(deal, now)
    await _check_not_to_be_revoked(deal.id)
    await _check_guards(actor, deal, now)
    content = await taking_over.content_of(deal)
    taking_over.check_content(content)
    return content


async def _check_wish(actor: Actor, deal: Deal, wish: Wish, account: UUID) -> UUID:
    """Who will work it there. Raises Invalid, by field, for all that is missing, cannot be, or betrays the other."""
    problems = _missing(wish) | await _betrayed(deal, wish)
    try:
        owner = await _find_owner(actor, deal, wish, account)
    except Invalid as refusal:
        raise Invalid(problems | refusal.errors) from refusal
    if problems:
        raise Invalid(problems)
    return owner


def _missing(wish: Wish) -> dict[str, str]:
    """A reason that is none, and words that are missing or too long."""
    problems: dict[str, str] = {}
    if wish.reason not in HANDOVER_LABELS:
        problems["reason"] = _("Choose a reason.")
    for name, needed in (("giver_words", True), ("taker_words", True), ("note", False)):
        words = getattr(wish, name).strip()
        if needed and not words:
            problems[name] = _("Write what the other side has to know.")
        elif len(words) > LONGEST_NOTE:
            problems[name] = _("Write at most %(max_length)s characters.") % {"max_length": LONGEST_NOTE}
    return problems


async def _betrayed(deal: Deal, wish: Wish) -> dict[str, str]:
    """Words that tell one partner who the other is, or one of its people."""
    problems: dict[str, str] = {}
    giver, taker = await handed.names_of(deal.partner_id, deal.number), await handed.names_of(wish.taker)
    for name, words, strangers in (("giver_words", wish.giver_words, taker), ("taker_words", wish.taker_words, giver)):
        if found := names_in(words, strangers):
            problems[name] = _(
                "One partner reads these words, and they name %(name)s. Write them so that neither learns of the other."
            ) % {"name": found[0]}
    return problems


async def _find_owner(actor: Actor, deal: Deal, wish: Wish, account: UUID) -> UUID:
    """Who of the other partner works it: who was chosen, or whoever is nearest to the customer. Raises Invalid."""
    if wish.taker == deal.partner_id:
        raise Invalid({"taker": _("This is the partner that has it.")})
    await _check_active(actor, wish.taker)
    people = [key for key, _name in await handed.list_people(wish.taker, account)]
    if not people:
        raise Invalid({"taker": handed.nobody_there()})
    owner = wish.owner or people[0]
    if owner not in people:
        raise Invalid({"owner": _("Choose somebody of that partner who works deals.")})
    return owner


async def _check_active(actor: Actor, taker: UUID) -> None:
    """Raise Invalid unless the partner is active. Held until the end of the unit, so that it stays so."""
    try:
        company = await get_company(actor, taker, lock=True)
    except NotFound as unknown:
        raise Invalid({"taker": _("Choose one of the values offered.")}) from unknown
    if company["status"] != CompanyStatus.ACTIVE:
        raise Invalid({"taker": _("This partner is not active in the programme.")})


async def _check_taker(actor: Actor, handover: DealHandover) -> None:
    """Raise Conflict when the partner, or who was to work it there, has gone since it was asked for."""
    try:
        await _check_active(actor, handover.taker)
    except Invalid as refusal:
        raise Conflict(refusal.errors["taker"], code="inactive") from refusal
    account = UUID(json.loads(handover.content)["account"])
    if handover.owner not in {key for key, _name in await handed.list_people(handover.taker, account)}:
        raise Conflict(_("Who was to work it there does not any more. Ask anew with somebody else."), code="owner")


async def _check_guards(actor: Actor, deal: Deal, now: datetime) -> None:
    for guard in _GUARDS:
        await guard(actor, deal, now)


async def _check_not_to_be_revoked(deal_id: UUID) -> None:
    """Raise Conflict while somebody wants the approval revoked: one end is asked for at a time."""
    found = await db.sql_value(
        "SELECT EXISTS (SELECT FROM partners_deal_revocation WHERE deal = $1 AND state = 'pending')", deal_id
    )
    if found:
        raise Conflict(_("Somebody wants this approval revoked. That is decided first."), code="pending")


def _why_over(deal: Deal, now: datetime) -> str:
    """Why the deal cannot be handed over; empty when it can."""
    if deal.stage == Stage.WON:
        return _("The sale was won while it was approved, and that stays so.")
    if not rules.is_open(Stage(deal.stage)):
        return _("The sale is closed, so there is nothing to hand over.")
    if not rules.is_running(DealState(deal.state), deal.protected_until, now):
        return _("The approval does not hold any more, so there is nothing to hand over.")
    return ""


def _check_runs(deal: Deal, now: datetime) -> None:
    """Raise Conflict unless the approval holds and the sale is open."""
    if why := _why_over(deal, now):
        raise Conflict(why, code="over")
