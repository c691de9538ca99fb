"""What the pages of contribution claims are given: the record with its moves and story, the form with its choices."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from attribution.claims import queries, rules
from attribution.claims.lists import STATES
from attribution.claims.queries import ClaimRecord
from attribution.claims.service import available_moves
from attribution.touchpoints.rules import TOUCH_KIND_LABELS
from partners.customers.queries import find_cards
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import Invalid
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.core.text import fold
from portal.core.web.forms import Typed
from portal.history.queries import Subject, Wording, knows, tells, timeline_of

tells(
    claim__drafted=Wording(N_("wrote a claim down"), "pencil", "draft"),
    claim__edited=Wording(N_("changed the claim"), "pencil"),
    claim__submitted=Wording(N_("claimed a contribution"), "inbox", "us"),
    claim__taken=Wording(N_("began the review of the claim"), "eye-search", "us"),
    claim__asked=Wording(N_("asked about the claim"), "message-question", "you"),
    claim__answered=Wording(N_("answered about the claim"), "message-reply", "us"),
    claim__approved=Wording(N_("approved the claim"), "circle-check", "good"),
    claim__rejected=Wording(N_("rejected the claim"), "circle-x", "bad"),
    claim__withdrawn=Wording(N_("withdrew the claim"), "arrow-back-up", "draft"),
    claim__handed_over=Wording(N_("handed the claim over"), "exchange"),
)


def _readable(actor: Actor) -> str:
    """Drafts are their partner's alone."""
    return "true" if actor.is_partner else "state <> 'draft'"


knows(
    claim=Subject(
        N_("Contribution claims"), "/claims/{id}", frozenset({Permission.CLAIMS_READ}), "thumb-up",
        table="attribution_claim", name="customer_name", only=_readable,
        fields={
            "state": N_("State"), "motion": N_("What the partner did"), "kind": N_("Kind of touch"),
            "occurred_on": N_("Day of the contact"), "reject_code": N_("Reason of the rejection"),
            "membership": N_("Owner"),
        },
        words={**rules.STATE_LABELS, **rules.REJECT_LABELS, **rules.CLAIM_KINDS, **rules.CLAIM_MOTIONS},
    ),
)  # fmt: skip
_ICONS: Final[Mapping[str, str]] = {
    "submit": "send", "answer": "message-reply", "take": "eye-search", "approve": "check", "ask": "message-question",
    "reject": "circle-x", "withdraw": "arrow-back-up",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Button:
    """A move as the page draws it, its label in the person's language."""

    verb: str
    label: str
    tone: str
    icon: str


async def show_context(actor: Actor, record: ClaimRecord) -> dict[str, Any]:
    """All that the page of a claim shows, in one statement beside the record's own."""
    has_side = not actor.is_partner and actor.may(Permission.TOUCHPOINTS_READ)
    async with db.transaction(actor):
        side, told = await db.ask_together([
            queries.side_of(actor, record) if has_side else None, timeline_of(record.id),
        ])  # fmt: skip
    moves = available_moves(record.state, record.partner_id, actor)
    return {
        "claim": record,
        "shown": STATES[record.state],
        "side": side,
        "moves": [Button(m.verb, _(m.label), m.tone, _ICONS[m.verb]) for m in moves],
        "own": actor.partner_id == record.partner_id and actor.may(Permission.CLAIMS_WRITE),
        "next": _(rules.NEXT[record.state]),
        "kind_label": _(rules.CLAIM_KINDS[record.kind]),
        "motion_label": _(rules.CLAIM_MOTIONS[record.motion]),
        "reject_label": _(rules.REJECT_LABELS[record.reject_code]) if record.reject_code else "",
        "reject_codes": [(str(key), _(label)) for key, label in rules.REJECT_LABELS.items()],
        "kinds": {key: _(label) for key, label in TOUCH_KIND_LABELS.items()},
        "motions": {key: _(label) for key, label in rules.CLAIM_MOTIONS.items()},
        "states": STATES,
        "times": _times(record),
        "timeline": told,
    }


def _times(record: ClaimRecord) -> list[tuple[str, str]]:
    """When what happened, as far as it has."""
    times = (
        (_("Submitted"), record.submitted_at),
        (_("Review begun"), record.taken_at),
        (_("Decided"), record.decided_at),
    )
    return [(label, formats.datetime_(at)) for label, at in times if at is not None]


async def form_context(actor: Actor, form: Typed[Any], record: ClaimRecord | None) -> dict[str, Any]:
    """What the form of a claim is drawn from: choices, own customers like the typed one, the bounds."""
    now = clock.now()
    terms = await queries.find_terms(actor, now)
    today = clock.day_of(now, formats.time_zone().key)
    return {
        "form": form,
        "claim": record,
        "kinds": [(key, _(label)) for key, label in rules.CLAIM_KINDS.items()],
        "motions": [(key, _(label)) for key, label in rules.CLAIM_MOTIONS.items()],
        "first_day": rules.first_day(today, terms.look_back_days),
        "today": today,
        **await found_context(actor, form),
    }


async def found_context(actor: Actor, form: Typed[Any]) -> dict[str, Any]:
    """The partner's own customers like what was typed: the radios under the field."""
    typed = form.value("customer")
    return {"found": await find_cards(actor, typed) if typed else [], "chosen": form.value("card")}


def initial_values(record: ClaimRecord) -> dict[str, Any]:
    """What stands in the form of a claim at first."""
    return {
        "version": record.version,
        "customer": record.customer_name,
        "card": record.card_id,
        "deal_number": record.deal_number,
        "motion": record.motion.value,
        "kind": record.kind.value,
        "occurred_on": record.occurred_on,
        "did": record.did,
        "evidence_link": record.evidence_link,
        "evidence": record.evidence,
    }


async def choose_customer(actor: Actor, typed: str, card: str, deal_number: str) -> tuple[UUID, UUID | None]:
    """The card and the deal that were meant, both the partner's own. Raises Invalid when it is not clear.

    A deal's number is enough; so is a card that was chosen, or a name that only one card has.
    """
    deal = await queries.find_own_deal(actor, deal_number) if deal_number else None
    if deal_number and deal is None:
        raise Invalid({"deal_number": _("You have no deal of this number.")})
    if card:
        try:
            return UUID(card), deal[0] if deal else None
        except ValueError:
            raise Invalid({"customer": _("Choose one of the values offered.")}) from None
    if deal and not typed.strip():
        return deal[1], deal[0]
    return await _card_named(actor, typed), deal[0] if deal else None


async def _card_named(actor: Actor, typed: str) -> UUID:
    name = " ".join(typed.split())
    if not name:
        raise Invalid({"customer": _("Say who the customer is, or give the number of your deal.")})
    similar = await find_cards(actor, name)
    same = [card for card in similar if fold(card.legal_name) == fold(name)]
    if len(same) == 1:
        return same[0].id
    if similar:
        raise Invalid({"customer": _("You have customers like this one: choose it below.")})
    raise Invalid({"customer": _("You have no customer of this name. Add it to your customers first.")})
