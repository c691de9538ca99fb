"""What moves the clocks: events of deals, time, and the approval of a deal. All of it bears running twice."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from partners.deals.doors import lengthens_protection
from partners.deals.tables import Deal
from partners.response import service, watching
from partners.response.rules import FOLLOWED, HELD_LABELS
from partners.response.telling import tell_lengthened
from portal.core import clock, db, jobs
from portal.core.actor import SYSTEM
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.history.queries import Wording, tells


def _why(changes: Mapping[str, Any]) -> dict[str, str]:
    """What held an approval back, for its sentence."""
    _before, code = changes["held_by"]
    return {"why": _(HELD_LABELS[code])}


tells(
    deal__answer_due_soon=Wording(N_("reminded that an answer is due soon"), "clock", "you"),
    deal__answer_late=Wording(N_("noted that the answer is late"), "clock-exclamation", "bad"),
    deal__escalated=Wording(N_("told somebody else that the answer is late"), "mail-forward", "bad"),
    deal__approval_held=Wording(
        N_("would have approved it for being late, but: %(why)s"),
        "hand-stop",
        "us",
        fills=_why,
    ),
    deal__protection_lengthened=Wording(
        N_("made the protection longer, because the answer came late"), "shield-check", "safe"
    ),
)

EVERY_MINUTES: Final = "*/5 * * * *"
EVERY_HOUR: Final = "17 * * * *"
TRY: Final = "answer_again"


@reacts_to(*FOLLOWED)
async def move_clocks(event: Recorded) -> None:
    """Bring the deal's clocks up to what happened."""
    await service.follow(SYSTEM, event.subject_id, now=clock.now())


@reacts_to(
    "card.linked", "conflict.decided", "conflict.closed", "conflict.changed", "deal.price_agreed", "deal.expired",
    "deal.revoked",
)  # fmt: skip
async def try_held_ones(_event: Recorded) -> None:
    """Have the clock try again what was forbidden, once the reactions to this event are through; the job does later."""
    for clock_id in await watching.list_held():
        await jobs.enqueue(TRY, clock_id)


@jobs.handles(TRY)
async def try_one(clock_id: UUID) -> None:
    """Try one, in a unit of its own."""
    await watching.look_again(clock_id, now=clock.now())


@reacts_to(service.LENGTHENED)
async def tell_owner(event: Recorded) -> None:
    """Mail the partner's owner that the protection is longer."""
    await tell_lengthened(event)


@lengthens_protection
async def longer_for_late_answers(deal: Deal, now: datetime) -> timedelta:
    """The delay of answers about this deal, in whole days."""
    # The door says nothing about who approves; rights must stay those of the unit that does.
    actor = db.open_unit().actor or SYSTEM
    return timedelta(days=await service.lengthen(actor, deal.id, deal.partner_id, now=now))


@jobs.scheduled("answers", EVERY_MINUTES)
async def watch_clocks() -> None:
    """Remind, and act on what is late."""
    await watching.watch(now=clock.now())


@jobs.scheduled("answer_figures", EVERY_HOUR)
async def reckon_figures() -> None:
    """Keep the programme's figures, once a day."""
    await service.reckon_figures(SYSTEM, now=clock.now())
