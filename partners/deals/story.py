"""What happened to a deal, in words: its events, and what a deal that was imported remembers of before."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from partners.deals import rules
from partners.deals.queries import DealRecord
from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.questions import Question
from portal.history.queries import Happening, Wording, tells, timeline_of

tells(
    deal__drafted=Wording(N_("saved a draft"), "pencil", "draft"),
    deal__edited=Wording(N_("changed the registration"), "pencil"),
    deal__submitted=Wording(N_("submitted the deal"), "inbox", "us"),
    deal__taken=Wording(N_("began the review"), "eye-search", "us"),
    deal__asked=Wording(N_("asked for information"), "message-question", "you"),
    deal__answered=Wording(N_("answered"), "message-reply", "us"),
    deal__approved=Wording(N_("approved the deal"), "shield-check", "safe"),
    deal__rejected=Wording(N_("rejected the deal"), "circle-x", "bad"),
    deal__appealed=Wording(N_("appealed against the rejection"), "gavel", "us"),
    deal__withdrawn=Wording(N_("withdrew the deal"), "arrow-back-up", "draft"),
    deal__expired=Wording(N_("ended the protection, because its time is over"), "shield-off", "draft"),
    deal__extension_requested=Wording(N_("asked for a longer protection"), "calendar-due", "us"),
    deal__extended=Wording(N_("extended the protection"), "shield-check", "safe"),
    deal__extension_refused=Wording(N_("refused a longer protection"), "circle-x", "bad"),
    deal__extension_closed=Wording(N_("took the request for a longer protection back"), "arrow-back-up", "draft"),
    deal__revoked=Wording(N_("revoked the approval"), "shield-x", "bad"),
    deal__revocation_refused=Wording(N_("did not agree to revoke it"), "circle-x"),
    deal__taken_over=Wording(N_("handed the deal over to this partner"), "exchange", "safe"),
    deal__handover_refused=Wording(N_("did not agree to hand it over"), "circle-x"),
    deal__handover_taken_back=Wording(N_("asked no longer to hand it over"), "arrow-back-up"),
    deal__amendment_requested=Wording(N_("proposed an amendment"), "pencil", "us"),
    deal__amended=Wording(N_("accepted the amendment"), "check", "good"),
    deal__amendment_refused=Wording(N_("refused the amendment"), "circle-x", "bad"),
    deal__amendment_closed=Wording(N_("took the proposal back"), "arrow-back-up", "draft"),
    deal__renewed=Wording(N_("registered it anew"), "refresh"),
    deal__price_agreed=Wording(N_("agreed to the special price"), "users", "good"),
    deal__price_not_agreed=Wording(N_("did not agree to the special price"), "circle-x", "bad"),
    deal__stage_moved=Wording(N_("moved the sale"), "stairs-up"),
    deal__won=Wording(N_("won the sale"), "trophy", "good"),
    deal__lost=Wording(N_("lost the sale"), "circle-minus", "bad"),
    deal__handed_over=Wording(N_("handed the deal over"), "exchange"),
)

_TOLD_BY_COLUMNS: Final = (
    ("deal.drafted", "created_at", N_("registered it, as another system remembers"), "pencil"),
    ("deal.submitted", "submitted_at", N_("submitted it, as another system remembers"), "inbox"),
    ("deal.taken", "taken_at", N_("began the review, as another system remembers"), "eye-search"),
    ("deal.decided", "decided_at", N_("decided, as another system remembers"), "gavel"),
    ("deal.closed", "closed_at", N_("closed the sale, as another system remembers"), "flag"),
)
_DECISIONS: Final = {"deal.approved", "deal.rejected"}
_CLOSINGS: Final = {"deal.won", "deal.lost"}


@dataclass(frozen=True, slots=True)
class _Detail:
    """Which change of an event its words name."""

    field: str
    labels: Mapping[str, str]
    text: str


_DETAILS: Final = {
    "deal.stage_moved": _Detail("stage", rules.STAGE_LABELS, N_("moved the sale to “%(word)s”")),
    "deal.rejected": _Detail("reject_code", rules.REJECT_LABELS, N_("rejected the deal: %(word)s")),
    "deal.revoked": _Detail("revoke_code", rules.REVOKED_LABELS, N_("revoked the approval: %(word)s")),
    "deal.lost": _Detail("lost_reason", rules.LOST_LABELS, N_("lost the sale: %(word)s")),
}


async def tell(actor: Actor, record: DealRecord) -> list[Happening]:
    """What this actor may know of what happened to the deal, newest first. One statement."""
    async with db.transaction(actor):
        found: list[Happening] = await db.ask(told_of(record))
    return found


def told_of(record: DealRecord) -> Question:
    """The question of `tell`, for asking beside others."""
    return timeline_of(record.id).then(lambda happenings: _with_past(record, happenings))


def _with_past(record: DealRecord, happenings: list[Happening]) -> list[Happening]:
    told = [_in_detail(one) for one in happenings]
    names = {one.name for one in told}
    if names & _DECISIONS:
        names.add("deal.decided")
    if names & _CLOSINGS:
        names.add("deal.closed")
    return sorted([*told, *_remembered(record, names)], key=lambda one: one.at, reverse=True)


def _in_detail(one: Happening) -> Happening:
    """The stage that the sale was moved to, or the reason, where an event has one."""
    detail = _DETAILS.get(one.name)
    if detail is None:
        return one
    change = one.changes.get(detail.field)
    label = detail.labels.get(change[1]) if isinstance(change, list) else None
    return replace(one, text=_(detail.text) % {"word": _(label)}) if label else one


def _remembered(record: DealRecord, names: set[str]) -> list[Happening]:
    """Times that no event tells: the deal was imported."""
    if names & {"deal.drafted", rules.TAKEN_OVER_EVENT}:
        return []
    found = []
    for name, column, text, icon in _TOLD_BY_COLUMNS:
        at = getattr(record, column)
        if at is not None and name not in names:
            found.append(
                Happening(
                    icon=icon,
                    tone="",
                    actor=record.partner_name if column in {"created_at", "submitted_at", "closed_at"} else "",
                    text=_(text),
                    quote=record.decision_note if column == "decided_at" else "",
                    at=at,
                    name=name,
                    subject_type="deal",
                    subject_id=record.id,
                    changes={},
                )
            )
    return found
