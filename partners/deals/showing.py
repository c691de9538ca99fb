"""What the pages of deals are given: the record with its moves, locks and story, and the form with its choices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from partners.companies.queries import basics_of
from partners.companies.rules import TIER_LABELS, Tier
from partners.customers.queries import FoundCard, cards_like
from partners.customers.rules import place_of
from partners.deals import asking, choosing, doors, prices, protection, rules, story, vendor
from partners.deals.doors import Panel
from partners.deals.lists import STATES, shown_as
from partners.deals.locks import ASKABLE, FIELD_LABELS, DealField, locks
from partners.deals.policy import alone_percent_of
from partners.deals.prices import PriceState
from partners.deals.queries import DealRecord
from partners.deals.rules import MOST_LINES
from partners.deals.schemas import NEW, ROWS_AT_FIRST
from partners.deals.states import DealSource, DealState, Stage
from partners.matching.scoring import REASON_LABELS
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.flow import Move
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question
from portal.core.web.forms import Typed

_ICONS: Final = {
    "submit": "send", "answer": "message-reply", "take": "eye-search", "approve": "check", "ask": "message-question",
    "reject": "circle-x", "appeal": "gavel", "withdraw": "arrow-back-up", "win": "trophy", "lose": "circle-minus",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Button:
    """A move as the page draws it, its label in the person's language."""

    verb: str
    label: str
    tone: str
    icon: str
    asks: str


@dataclass(frozen=True, slots=True)
class Step:
    """A stage of the sale on the way to the win."""

    label: str
    probability: str
    is_now: bool
    is_past: bool


def _button(move: Move) -> Button:
    return Button(move.verb, _(move.label), move.tone, _ICONS.get(move.verb, ""), move.asks)


def _buttons(actor: Actor, record: DealRecord, panels: Sequence[Panel]) -> list[Button]:
    """What the registration's flow allows, without what a panel has a button of its own for."""
    elsewhere = frozenset[str]().union(*(panel.instead_of for panel in panels))
    return [_button(move) for move in moves_of(actor, record) if move.verb not in elsewhere]


async def show_context(actor: Actor, record: DealRecord, *, now: datetime) -> dict[str, Any]:
    """All that the page of a deal shows: one statement beside the record's own, panels of modules above included.

    One more for the vendor while the card is not linked to an account.
    """
    own = actor.is_partner and rules.is_own(record.partner_id, actor) and actor.may(Permission.DEALS_WRITE)
    runs = rules.is_running(record.state, record.protected_until, now) and rules.is_open(record.stage)
    asks_terms = record.state in rules.UNDECIDED or record.state == DealState.DRAFT or (own and runs)
    has_side = not actor.is_partner and actor.may(Permission.ACCOUNTS_READ)
    side, terms, alone, told, *found = await db.ask_together([
        vendor.side_of(actor, record) if has_side else None,
        protection.terms_of(record.partner_tier, now) if asks_terms else None,
        alone_percent_of(record.partner_tier, now) if has_side and _price_is_decided(record) else None,
        story.told_of(record),
        *doors.panels_of(actor, record, now),
    ])  # fmt: skip
    if side is not None:
        side = await vendor.with_suggestions(actor, record, side)
    panels = doors.in_order(found)
    return {
        "deal": record,
        "place": place_of(record.customer),
        "side": side,
        "terms": None if runs else terms,
        "would_end": None if runs or not terms else _would_end(terms, now),
        "protected_day": last_day(record),
        "shown": STATES[shown_as(record.state, record.stage, record.role)],
        "moves": _buttons(actor, record, panels),
        "stage_moves": [
            _button(m) for m in rules.available_stages(record.state, record.stage, record.partner_id, actor)
        ],
        "judged_by_others": judged_by_others(actor, record),
        "may_renew": rules.is_ended(record.state, record.stage) and record.continued_by is None,
        "may_revoke": _may_revoke(actor, record, side, now),
        "may_hand_over": _may_hand_over(actor, record, side, now),
        "steps": _steps(record),
        "locks": locks(record.state, record.partner_id, actor, record.asked_fields),
        "own": own,
        "amendments": asking.amendments_of(actor, record, now, own=own),
        "window": asking.window_of(actor, record, terms if own and runs else None, now),
        "is_exclusive": record.role in rules.EXCLUSIVE_ROLES,
        "discount": _discount(record),
        "probability": rules.PROBABILITY[record.stage],
        "times": _times(record),
        "price": _price(record, alone[0] if alone else None, now),
        **_labels(record, side),
        "timeline": told,
        "panels": panels,
    }


def _would_end(terms: protection.Terms, now: datetime) -> date:
    """The last day of the protection that an approval would give now."""
    zone = formats.time_zone().key
    return rules.last_protected_day(rules.protected_until(now, terms.protection_days, zone), zone)


def _labels(record: DealRecord, side: vendor.VendorSide | None) -> dict[str, Any]:
    """What is stored as a code, and the choices of the page's forms, in the reader's words."""
    return {
        "revoke_codes": [(str(key), _(label)) for key, label in rules.REVOKE_LABELS.items()],
        "revoke_label": _(rules.REVOKED_LABELS[record.revoke_code]) if record.revoke_code else "",
        "handover_labels": {str(key): _(label) for key, label in rules.HANDOVER_LABELS.items()},
        "revocation_label": _(rules.REVOKE_LABELS[side.revocation.code]) if side and side.revocation else "",
        "asked_labels": [_(FIELD_LABELS[name]) for name in record.asked_fields],
        "askable": [(field.value, _(FIELD_LABELS[field])) for field in ASKABLE],
        "reject_codes": [(str(key), _(label)) for key, label in rules.REJECT_LABELS.items()],
        "lost_reasons": [(str(key), _(label)) for key, label in rules.LOST_LABELS.items()],
        "role_label": _(rules.ROLE_LABELS[record.role]),
        "source_label": _(rules.SOURCE_LABELS[record.source]),
        "stage_label": _(rules.STAGE_LABELS[record.stage]),
        "reject_label": _(rules.REJECT_LABELS[record.reject_code]) if record.reject_code else "",
        "lost_label": _(rules.LOST_LABELS[record.lost_reason]) if record.lost_reason else "",
        "tier_label": _(TIER_LABELS[Tier(record.partner_tier)]),
        "link_reason": link_reason(side.link_reason) if side else "",
        "match_labels": {key: _(label) for key, label in REASON_LABELS.items()},
    }


def moves_of(actor: Actor, record: DealRecord) -> list[Move]:
    """The registration's moves that this actor has: none of a decision for who rejected what is appealed."""
    found = rules.available_moves(
        record.state, record.stage, record.partner_id, actor, appealed=record.appealed_at is not None
    )
    return [] if judged_by_others(actor, record) else found


def judged_by_others(actor: Actor, record: DealRecord) -> bool:
    """Whether this actor rejected what is appealed, and somebody else could decide it."""
    mine = record.appealed_at is not None and record.rejected_by == actor.membership_id
    return mine and record.state in rules.UNDECIDED and record.other_judge


def _may_revoke(actor: Actor, record: DealRecord, side: vendor.VendorSide | None, now: datetime) -> bool:
    """Whether this actor can ask that the approval be revoked: it holds, is not won, and nobody asks already."""
    runs = rules.is_running(record.state, record.protected_until, now) and record.stage != Stage.WON
    asked = side is None or side.revocation is not None or side.handover_request is not None
    return not asked and runs and actor.may(Permission.DEALS_DECIDE)


def _may_hand_over(actor: Actor, record: DealRecord, side: vendor.VendorSide | None, now: datetime) -> bool:
    """Whether this actor can ask that another partner gets the deal: it runs and is open, and no revocation waits."""
    runs = rules.is_running(record.state, record.protected_until, now) and rules.is_open(record.stage)
    return side is not None and side.revocation is None and runs and actor.may(Permission.DEALS_DECIDE)


def _price_is_decided(record: DealRecord) -> bool:
    """Whether somebody of the vendor decides a price below the list now."""
    return record.state == DealState.IN_REVIEW and record.deepest_discount > 0


def _price(record: DealRecord, alone: int | None, now: datetime) -> dict[str, Any] | None:
    """How the special price stands; None without one. `alone`: percent that one person may grant, for who decides."""
    discount = record.deepest_discount
    state = prices.state_of(
        discount, record.price_until, now, undecided=record.state in rules.UNDECIDED,
        approved=record.state == DealState.APPROVED,
    )  # fmt: skip
    if state == PriceState.NONE:
        return None
    until = record.price_until
    return {
        "state": state,
        "discount": discount,
        "last": rules.last_protected_day(until, formats.time_zone().key) if until else None,
        "alone": alone,
        "beyond": alone is not None and prices.needs_second_person(discount, alone),
    }


def _times(record: DealRecord) -> list[tuple[str, str]]:
    """When what happened, as far as it has."""
    if record.source == DealSource.HANDED_OVER:
        begun: tuple[tuple[str, datetime | None], ...] = ((_("Handed over"), record.decided_at),)
    else:
        begun = (
            (_("Submitted"), record.submitted_at),
            (_("Review begun"), record.taken_at),
            (_("Appeal made"), record.appealed_at),
            (_("Decided"), record.decided_at),
        )
    times = (
        *begun,
        (_("Revoked"), record.revoked_at),
        (_("Closed"), record.closed_at),
    )
    return [(label, formats.datetime_(at)) for label, at in times if at is not None]


def last_day(record: DealRecord) -> date | None:
    """The last day of the protection, if there is or was one."""
    if record.protected_until is None:
        return None
    return rules.last_protected_day(record.protected_until, formats.time_zone().key)


def link_reason(reason: str) -> str:
    """Why a card is linked to its account, in words."""
    if reason == "new":
        return _("the account was made from the card")
    if reason == "handed_over":
        return _("the deal was handed over")
    if reason == "import":
        return _("the import said so")
    known = [_(REASON_LABELS[key]) for key in reason.split(",") if key in REASON_LABELS]
    return ", ".join(known) or _("chosen by hand")


def _steps(record: DealRecord) -> list[Step]:
    """The open stages in their order, and the win."""
    order = [*rules.OPEN_STAGES, Stage.WON]
    place = order.index(record.stage) if record.stage in order else -1
    return [
        Step(
            _(rules.STAGE_LABELS[stage]),
            formats.percent(rules.PROBABILITY[stage]),
            is_now=index == place,
            is_past=index < place,
        )
        for index, stage in enumerate(order)
    ]


def _discount(record: DealRecord) -> Money | None:
    """How far the deal is below the list, where every line has a list price and it is below."""
    parts = [line.below_list for line in record.lines]
    known = [part for part in parts if part is not None]
    total = Money(sum(part.minor for part in known), record.amount.currency)
    return total if known and len(known) == len(parts) and total.minor > 0 else None


async def form_context(
    actor: Actor, form: Typed[Any], *, deal: DealRecord | None, now: datetime, more_rows: int = 0
) -> dict[str, Any]:
    """What the form of a registration is drawn from: choices, own customers like the typed one, the locks."""
    partner_id = deal.partner_id if deal else actor.partner_id
    counts = deal is None and partner_id is not None
    company, tiers, count, found, products, *panels = await db.ask_together([
        basics_of(actor, partner_id) if partner_id else None,
        protection.tiers_of(now) if counts else None,
        protection.open_count(partner_id) if counts and partner_id else None,
        _cards_found(actor, form),
        choosing.OFFERED,
        *doors.form_panels_of(actor, deal, now),
    ])  # fmt: skip
    company = company or {"currency": "EUR", "country": "DE", "tier": ""}
    terms = protection.read_terms(tiers, company["tier"])
    why = locks(deal.state, deal.partner_id, actor, deal.asked_fields) if deal else {}
    return {
        "form": form,
        "deal": deal,
        "locks": why,
        "locked": _locked_together(why),
        "rows": row_count(form, more_rows),
        "limit": (count, terms.open_registrations) if terms else None,
        **_found(form, found),
        **choosing.choices(company, products),
        "own_country": company["country"],
        "panels": doors.in_order(panels),
    }


def _locked_together(why: Mapping[DealField, str]) -> list[tuple[str, str]]:
    """Each reason why something is locked, with the fields that it locks."""
    by_reason: dict[str, list[str]] = {}
    for field, reason in why.items():
        if reason:
            by_reason.setdefault(reason, []).append(_(FIELD_LABELS[field]))
    return [(", ".join(labels), reason) for reason, labels in by_reason.items()]


async def found_context(actor: Actor, form: Typed[Any]) -> dict[str, Any]:
    """The partner's own customers like what was typed: the radios under the field."""
    async with db.transaction(actor):
        [found] = await db.ask_together([_cards_found(actor, form)])
    return _found(form, found)


def _cards_found(actor: Actor, form: Typed[Any]) -> Question | None:
    typed = form.value("customer")
    return cards_like(actor, typed) if typed else None


def _found(form: Typed[Any], found: Sequence[FoundCard] | None) -> dict[str, Any]:
    return {"found": found or [], "chosen": form.value("card"), "new": NEW}


def row_count(form: Typed[Any], more: int) -> int:
    """How many rows of lines are drawn: those that were, and `more`."""
    text = form.value("rows")
    shown = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(MOST_LINES)) else ROWS_AT_FIRST
    return max(1, min(shown + more, MOST_LINES))


def initial_values(record: DealRecord) -> dict[str, Any]:
    """What stands in the form of a deal at first."""
    values: dict[str, Any] = {
        "version": record.version,
        "rows": max(len(record.lines), 1),
        "customer": record.customer_name,
        "card": record.card_id,
        "country": record.customer.country,
        "currency": record.amount.currency,
        "expected_close_on": record.expected_close_on,
        "role": record.role,
        "source": record.source,
        "contact_name": record.contact_name,
        "contact_email": record.contact_email,
        "competitor": record.competitor,
        "help_wanted": record.help_wanted,
        "reference": record.reference,
        "notes": record.notes,
        "price_reason": record.price_reason,
        "price_wanted_until": record.price_wanted_until,
    }
    for number, line in enumerate(record.lines, start=1):
        values[f"product_{number}"] = choosing.product_text(line.name, line.sku)
        values[f"quantity_{number}"] = line.quantity
        values[f"price_{number}"] = format(line.unit_price.decimal, "f")
    return values


async def amend_context(actor: Actor, form: Typed[Any], record: DealRecord, more_rows: int = 0) -> dict[str, Any]:
    """What the form of an amendment is drawn from: the deal as it is, and the products there are."""
    async with db.transaction(actor):
        products = choosing.product_texts(await db.ask(choosing.OFFERED))
    return {"form": form, "deal": record, "rows": row_count(form, more_rows), "products": products}
