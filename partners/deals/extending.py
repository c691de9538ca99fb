"""Extensions of a protection: the partner asks for days, the vendor grants or refuses them, time closes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.companies.queries import get_company
from partners.deals import protection, rules, running
from partners.deals.states import DealState, ExtensionState, Stage
from partners.deals.tables import Deal, DealExtension
from partners.deals.windows import EXTENSIONS, extended_until, extensions_left
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.flow import LONGEST_NOTE, needed_words
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext
from portal.core.ids import new_id
from portal.core.permissions import Permission

EXTENSION: Final = "extension"


@dataclass(frozen=True, slots=True)
class Decision:
    """What comes with a decision on an extension: words, and how many days; None grants what was asked for."""

    note: str = ""
    days: int | None = None


NOTHING: Final = Decision()


async def request_extension(actor: Actor, deal_id: UUID, days: int, words: str, *, now: datetime) -> UUID:
    """Ask for so many further days of protection.

    Raises NotFound, NotAllowed, Invalid, and Conflict when it does not run, when something is asked already, or when
    the tier allows no further one.
    """
    actor.require(Permission.DEALS_WRITE)
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        _check_runs(deal, now)
        running.check_nothing_pending(deal)
        terms = await _terms(actor, deal, now)
        if not extensions_left(await _granted(deal.id), terms.extensions):
            raise Conflict(_("Your tier allows no further extension of this deal."), code="limit")
        _check_days(days, terms.extension_days)
        extension = DealExtension(
            id=new_id(), partner_id=deal.partner_id, deal=deal.id, wanted_days=days, words=needed_words(words),
            asked_by=actor.membership_id, asked_at=now, policy_version=terms.version_id,
        )  # fmt: skip
        await extension.save()
        deal.pending = EXTENSION
        await running.save(deal, now)
        await running.record_of(actor, deal, "deal.extension_requested", {"wanted_days": [None, days]}, words, now)
    return extension.id


async def decide_extension(
    actor: Actor, deal_id: UUID, verb: str, *, now: datetime, said: Decision = NOTHING, version: int | None = None
) -> None:
    """Grant, refuse or take back what is pending; a granted one lengthens the deal and the rows that protect it.

    Raises NotFound, NotAllowed, Invalid without words or with days that cannot be, and Conflict when nothing is
    pending, when the protection is over, or when another deal is protected in the time to be added.
    """
    async with db.transaction(actor):
        deal = await running.deal_to_change(actor, deal_id)
        extension = await _pending(deal)
        move = EXTENSIONS.move(ExtensionState(extension.state), verb, actor)
        running.check_version(deal, version)
        changes: dict[str, Any] = {}
        note = said.note
        if verb == "grant":
            changes = await _grant(actor, deal, extension, said.days or extension.wanted_days, now)
            note = note.strip()[:LONGEST_NOTE]
        elif verb == "refuse":
            note = needed_words(note)
        extension.state, extension.decision_note = move.target, note
        extension.decided_by, extension.decided_at = actor.membership_id, now
        await extension.save()
        deal.pending = ""
        await running.save(deal, now)
        await running.record_of(actor, deal, move.event, changes, note, now)


@running.closes(EXTENSION)
async def close_pending(deals: Sequence[UUID], now: datetime) -> None:
    """Close what waits on these deals: their protection or their sale has ended."""
    await db.sql(
        "UPDATE partners_deal_extension SET state = 'closed', decided_at = $2 WHERE deal = any($1::uuid[])"
        " AND state = 'pending'",
        list(deals), now,
    )  # fmt: skip


async def _grant(actor: Actor, deal: Deal, extension: DealExtension, days: int, now: datetime) -> dict[str, Any]:
    """Lengthen the protection; what changed."""
    _check_runs(deal, now)
    terms = await _terms(actor, deal, now)
    _check_days(days, max(terms.extension_days, extension.wanted_days))
    before = deal.protected_until
    await protection.lengthen(deal, extended_until(before, days, formats.time_zone().key), now)
    extension.until_before, extension.until_after = before, deal.protected_until
    extension.granted_days, extension.policy_version = days, terms.version_id
    return {"protected_until": [before, deal.protected_until]}


async def _pending(deal: Deal) -> DealExtension:
    """The request that waits, locked. Raises Conflict without one."""
    query = DealExtension.objects().where(
        DealExtension.deal == deal.id, DealExtension.state == ExtensionState.PENDING.value
    )
    found = await query.lock_rows("UPDATE").first()
    if found is None:
        raise Conflict(
            _("No extension waits for a decision. It may have been decided or closed meanwhile."), code="flow"
        )
    return found


async def _granted(deal_id: UUID) -> int:
    count = await db.sql_value(
        "SELECT count(*) FROM partners_deal_extension WHERE deal = $1 AND state = 'granted'", deal_id
    )
    return int(count)


async def _terms(actor: Actor, deal: Deal, now: datetime) -> protection.Terms:
    """What the partner's tier allows today. Raises Conflict without a policy."""
    company = await get_company(actor, deal.partner_id)
    terms = await protection.find_terms(actor, company["tier"], now)
    if terms is None:
        raise Conflict(_("No version of the policy “Tiers” is in force, so no extension can be given."), code="policy")
    return terms


def _check_runs(deal: Deal, now: datetime) -> None:
    """Raise Conflict unless the protection runs and the sale is open."""
    runs = rules.is_running(DealState(deal.state), deal.protected_until, now) and deal.protected_until is not None
    if not runs:
        raise Conflict(_("The protection is over or has no end, so it cannot be extended."), code="over")
    if not rules.is_open(Stage(deal.stage)):
        raise Conflict(_("The sale is closed, so its protection needs no extension."), code="closed")


def _check_days(days: int, most: int) -> None:
    """Raise Invalid for days that one extension cannot add."""
    if not 1 <= days <= most:
        words = ngettext("Give at most %(most)s day.", "Give from 1 to %(most)s days.", most) % {"most": most}
        raise Invalid({"days": words})
