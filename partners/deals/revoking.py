"""Taking an approval back: one person asks with a reason, another agrees, and the protection ends at once."""

import hashlib
import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.deals import pricing, protection, queries, rules, running
from partners.deals.rules import REVOKE_LABELS, REVOKED_EVENT
from partners.deals.states import DealState, RevocationState, Stage
from partners.deals.tables import Deal, DealRevocation
from portal.approvals import queries as requests
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.flow import needed_words
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission

REVOKE: Final = "revoke"
_TEMPLATE: Final = "partners/deals/pages/revocation.html"


async def request_revocation(
    actor: Actor, deal_id: UUID, code: str, note: str, *, now: datetime, version: int | None = None
) -> UUID:
    """Ask a second person to take the approval back; the request's id. Nothing changes before that person agrees.

    Raises NotFound, NotAllowed, Invalid without reason or words, and Conflict when it does not run or is asked already.
    """
    actor.require(Permission.DEALS_DECIDE)
    if code not in REVOKE_LABELS:
        raise Invalid({"code": _("Choose a reason.")})
    words = needed_words(note)
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        running.check_version(deal, version)
        _check_runs(deal, now)
        await _check_not_to_be_handed_over(deal.id)
        revocation = DealRevocation(
            id=new_id(), deal=deal.id, code=code, note=words, requested_by=actor.membership_id, requested_at=now
        )
        request_id = await approvals.request(
            actor, running.DEAL, deal.id, REVOKE, content_sha256=_sha256(deal.id, revocation.id, code, words),
            summary=f"{deal.number} {deal.customer_name}", needs=Permission.DEALS_DECIDE, now=now,
        )  # fmt: skip
        await revocation.save()
    return request_id


async def _content_hash(actor: Actor, deal_id: UUID) -> str:
    """Of what is asked: the deal, the reason, the words."""
    await queries.get_deal(actor, deal_id, lock=True)
    found = await _pending(deal_id)
    return _sha256(deal_id, found.id, found.code, found.note)


@approvals.decides(running.DEAL, REVOKE, _content_hash)
async def _decided(actor: Actor, asked: approvals.Request, approved: bool, note: str, now: datetime) -> None:  # noqa: FBT001 -- the shape of every handler
    """End the approval, or leave it as it is and say so among the vendor. Raises Conflict when it no longer runs."""
    deal = await queries.get_deal(actor, asked.subject_id, lock=True)
    revocation = await _pending(deal.id)
    revocation.state = RevocationState.AGREED if approved else RevocationState.REFUSED
    revocation.decided_by, revocation.decided_at = actor.membership_id, now
    await revocation.save()
    if not approved:
        await record(actor, "deal.revocation_refused", running.DEAL, deal.id, now=now, note=note)
        return
    _check_runs(deal, now)
    await end_approval(actor, deal, revocation.code, revocation.note, now)


async def end_approval(actor: Actor, deal: Deal, code: str, note: str, now: datetime) -> None:
    """Make an approved deal a revoked one, and end what protects it and what is asked about it."""
    before = deal.protected_until
    await running.close_on(deal, now)
    await protection.shorten(deal, now)
    pricing.end(deal, now)
    deal.state = DealState.REVOKED
    deal.revoked_at, deal.revoke_code, deal.revoke_note = now, code, note
    await running.save(deal, now)
    changes = {
        "state": [DealState.APPROVED, DealState.REVOKED], "revoke_code": ["", code], "protected_until": [before, now],
    }  # fmt: skip
    await running.record_of(actor, deal, REVOKED_EVENT, changes, note, now)


@requests.presents(running.DEAL, REVOKE, lambda summary: _("Revoke the approval of %(deal)s") % {"deal": summary})
async def _content(actor: Actor, deal_id: UUID) -> requests.Content:
    """What whoever agrees has to see: the deal, who holds what until when, the reason and the words."""
    deal = await queries.get_record(actor, deal_id)
    async with db.transaction(actor):
        found = await db.sql_one(
            "SELECT id AS revocation_id, code, note FROM partners_deal_revocation WHERE deal = $1"
            " ORDER BY requested_at DESC LIMIT 1",
            deal_id,
        )
    if found is None:
        raise NotFound
    code = found["code"]
    context: dict[str, Any] = {"deal": deal, "reason": _(REVOKE_LABELS[code]), "note": found["note"]}
    return requests.Content(_sha256(deal_id, **found), _TEMPLATE, context, f"/partners/deals/{deal_id}")


async def _pending(deal_id: UUID) -> DealRevocation:
    """What waits for a second person, locked. Raises Conflict without it."""
    query = DealRevocation.objects().where(
        DealRevocation.deal == deal_id, DealRevocation.state == RevocationState.PENDING.value
    )
    found = await query.lock_rows("UPDATE").first()
    if found is None:
        raise Conflict(_("This has been decided already."), code="decided")
    return found


async def _check_not_to_be_handed_over(deal_id: UUID) -> None:
    """Raise Conflict while somebody wants the deal to go to another partner: one end is asked for at a time."""
    found = await db.sql_value(
        "SELECT EXISTS (SELECT FROM partners_deal_handover WHERE deal = $1 AND state = 'pending')", deal_id
    )
    if found:
        raise Conflict(
            _("It is asked already that this deal is handed over. Decide that, or take it back."), code="pending"
        )


def _sha256(deal_id: UUID, revocation_id: UUID, code: str, note: str) -> str:
    content = [str(deal_id), str(revocation_id), code, note]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()


def _check_runs(deal: Deal, now: datetime) -> None:
    """Raise Conflict unless the approval holds and the sale is not won: won while protected is for ever."""
    if deal.stage == Stage.WON:
        raise Conflict(_("The sale was won while it was approved, and that stays so."), code="won")
    if not rules.is_running(DealState(deal.state), deal.protected_until, now):
        raise Conflict(_("The approval does not hold any more, so there is nothing to revoke."), code="over")
