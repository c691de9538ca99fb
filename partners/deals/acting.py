"""What mails about deals let their reader do by a link: approve, answer a question, grant a longer protection."""

from datetime import datetime
from typing import Any, Final

from partners.deals import asking, extending, protection, queries, rules, service, vendor
from partners.deals.queries import DealRecord
from partners.deals.running import DEAL
from partners.deals.service import Said
from partners.deals.states import DealState
from portal.core import formats
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.notices.acting import Action, Offer, Shown, acts_on

APPROVE: Final = "approve"
ANSWER: Final = "answer"
GRANT: Final = "grant"
_PATH: Final = "/partners/deals/{id}"
DECIDABLE: Final = frozenset({DealState.SUBMITTED, DealState.IN_REVIEW})
"""From where a link approves: it starts the review where nobody has."""


def _check(number: str, version: int, offer: Offer) -> None:
    """Raise Conflict when the deal is not as the mail spoke of it."""
    if version != offer.version:
        raise Conflict(
            _("%(number)s has changed since this mail was written, so nothing was done. Look at it and decide anew.")
            % {"number": number},
            code="version",
        )


async def read_offered(actor: Actor, offer: Offer) -> DealRecord:
    """The deal as the actor sees it. Raises NotFound, NotAllowed, Conflict."""
    record = await queries.get_record(actor, offer.subject_id)
    _check(record.number, record.version, offer)
    return record


def said_of(record: DealRecord) -> dict[str, Any]:
    """What the page says of the deal itself."""
    asked = [(_("Question"), record.question), (_("Answer"), record.answer)]
    return {
        "subject": f"{record.number}, {record.customer_name}",
        "quotes": [(label, text) for label, text in asked if text],
    }


async def _show_approval(actor: Actor, offer: Offer, now: datetime) -> Shown:
    """The facts on which one decides, and how long it would be protected. Raises Conflict while it has no account."""
    record = await read_offered(actor, offer)
    side = await vendor.get_vendor_side(actor, record)
    if side.account_id is None:
        raise Conflict(
            _("Say first which account this customer is: link the card to one, or make one of it. Then approve."),
            code="unlinked",
        )
    terms = await protection.find_terms(actor, record.partner_tier, now)
    zone = formats.time_zone().key
    facts = [
        (_("Number"), record.number),
        (_("Partner"), record.partner_name),
        (_("Customer"), record.customer_name),
        (_("Account"), side.account_name),
        (_("Products"), ", ".join(f"{line.quantity} × {line.name}" for line in record.lines)),
        (_("Value, net"), formats.money(record.amount)),
        (_("Role"), _(rules.ROLE_LABELS[record.role])),
    ]
    if terms is not None:
        last = rules.last_protected_day(rules.protected_until(now, terms.protection_days, zone), zone)
        facts.append((_("Approved today, until"), formats.date(last)))
    names = {"customer": record.customer_name, "partner": record.partner_name}
    return Shown(
        title=_("Approve %(customer)s for %(partner)s?") % names, facts=facts, button=_("Approve"),
        words_label=_("Your words to the partner"), **said_of(record),
    )  # fmt: skip


async def _approve(actor: Actor, offer: Offer, words: str, now: datetime) -> str:
    """Take it where nobody has, and approve it: both or neither. Raises what the moves raise, and Conflict."""
    deal = await queries.get_deal(actor, offer.subject_id, lock=True)
    _check(deal.number, deal.version, offer)
    if deal.state == DealState.SUBMITTED:
        await service.move_deal(actor, deal.id, "take", now=now)
    await service.move_deal(actor, deal.id, "approve", now=now, said=Said(words))
    return _("Approved. The partner is told.")


async def _show_question(actor: Actor, offer: Offer, _now: datetime) -> Shown:
    """The question, and a field for the answer."""
    record = await read_offered(actor, offer)
    facts = [(_("Number"), record.number), (_("Customer"), record.customer_name)]
    title = _("Answer about %(customer)s") % {"customer": record.customer_name}
    return Shown(
        title=title, facts=facts, button=_("Send the answer"), words_label=_("Your answer"), words_needed=True,
        **said_of(record),
    )  # fmt: skip


async def _answer(actor: Actor, offer: Offer, words: str, now: datetime) -> str:
    """Send the answer. Raises what the move raises."""
    await service.move_deal(actor, offer.subject_id, "answer", now=now, said=Said(words), version=offer.version)
    return _("Your answer is with the vendor.")


async def _show_extension(actor: Actor, offer: Offer, now: datetime) -> Shown:
    """Until when it is protected, and until when it would be. Raises Conflict when nothing is asked any more."""
    record = await read_offered(actor, offer)
    window = asking.window_of(actor, record, None, now)
    if window is None or window.pending is None or window.would_last is None:
        raise Conflict(
            _("No extension waits for a decision. It may have been decided or closed meanwhile."), code="flow"
        )
    facts = [
        (_("Number"), record.number),
        (_("Partner"), record.partner_name),
        (_("Customer"), record.customer_name),
        (_("Protected until"), formats.date(window.last)),
        (_("Granted, until"), formats.date(window.would_last)),
        (_("Extensions granted before"), formats.number(window.granted)),
    ]
    title = _("Protect %(customer)s longer for %(partner)s?")
    return Shown(
        title=title % {"customer": record.customer_name, "partner": record.partner_name}, facts=facts,
        button=_("Grant"), words_label=_("Your words to the partner"),
        **said_of(record) | {"quotes": [(_("Why the sale takes longer"), window.pending.words)]},
    )  # fmt: skip


async def _grant(actor: Actor, offer: Offer, words: str, now: datetime) -> str:
    """Grant what was asked for. Raises what the service raises."""
    said = extending.Decision(words)
    await extending.decide_extension(actor, offer.subject_id, "grant", now=now, said=said, version=offer.version)
    return _("Granted. The partner is told.")


acts_on(DEAL, APPROVE, Action(N_("Approve"), _PATH, Permission.DEALS_DECIDE, _show_approval, _approve))
acts_on(DEAL, ANSWER, Action(N_("Answer"), _PATH, Permission.DEALS_WRITE, _show_question, _answer))
acts_on(DEAL, GRANT, Action(N_("Grant"), _PATH, Permission.DEALS_DECIDE, _show_extension, _grant))
