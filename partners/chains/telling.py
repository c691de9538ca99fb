"""Notices to whose turn it is in an approval: once for each step and person, to the cover where somebody is away."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from partners.chains import acting, queries, service
from partners.chains.queries import ChainView
from partners.chains.rules import Turn
from partners.deals import letters
from partners.deals.letters import Told
from partners.deals.states import DealState
from portal.core import formats
from portal.core.actor import SYSTEM
from portal.core.events import Recorded
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.notices.acting import Offer
from portal.notices.kinds import notice_kind
from portal.notices.service import Compose, asks_no_more, tell

STEP: Final = notice_kind(
    "deal_step", N_("A step of an approval waits for you"), Permission.DEAL_STEPS_DECIDE, group=N_("Deals"),
    icon="users", asks=True,
)  # fmt: skip
OVERDUE: Final = {
    "deal.answer_due_soon": N_("The answer to the partner is due soon."),
    "deal.answer_late": N_("The answer to the partner is late."),
}
"""What the vendor's clock says of a deal, in words for whose step it waits for."""


async def tell_next(event: Recorded, now: datetime, *, but: Collection[UUID | None] = ()) -> None:
    """Tell everybody whose turn it is in the deal of the event, on the open unit of the system; for others it is done.

    Nobody is told twice of one step, however often and for whichever event this runs; after a question was answered,
    once more, and when the answer to the partner becomes due or late. `but` are those who know: they brought it here.
    """
    told = await letters.read(event.subject_id)
    chain = await queries.find_chain(SYSTEM, event.subject_id, now, running=True)
    if told is None or chain is None or told.state != DealState.IN_REVIEW:
        await asks_no_more(event, STEP)
        return
    asked = chain.asked_now()
    await asks_no_more(event, STEP, but=asked)
    answers = await queries.count_answers(chain)
    for membership, turn in asked.items():
        if membership in but:
            continue
        once = event
        if event.name not in OVERDUE:
            once = replace(event, id=uuid5(chain.id, f"{turn.step.number} {answers}"))
        offer = Offer(event.subject_type, event.subject_id, told.version, acting.verb_of(turn))
        path = f"/partners/deals/{event.subject_id}#steps"
        await tell(once, membership, path, _letter(event.name, told, chain, turn), kind=STEP, offers=[offer])


def _letter(name: str, told: Told, chain: ChainView, turn: Turn) -> Compose:
    def compose() -> tuple[str, list[str]]:
        names = {"customer": told.customer, "partner": told.partner, "number": told.number}
        done = sum(step.is_done for step in chain.steps)
        lines = [
            _("Deal %(number)s, %(customer)s, %(amount)s") % {**names, "amount": formats.money(told.amount)},
            _("Registered by %(partner)s.") % names,
            _("%(done)s of %(all)s steps are agreed, and it is your turn: %(who)s.")
            % {
                "done": formats.number(done),
                "all": formats.number(len(chain.steps)),
                "who": service.asked_words(chain, turn.step.approver, turn.step.person),
            },
        ]
        if turn.on_behalf_of is not None:
            lines.insert(
                0, _("You cover for %(name)s, who is away.") % {"name": chain.names.get(turn.on_behalf_of, "")}
            )
        if name in OVERDUE:
            lines.append(_(OVERDUE[name]))
        if turn.step.rules:
            lines.append(_("Asked by the rule: %(rules)s.") % {"rules": ", ".join(turn.step.rules)})
        if done + 1 == len(chain.steps):
            lines.append(_("Yours is the last step: agreeing approves the deal."))
        return _("%(number)s: your step for %(customer)s") % names, lines

    return compose
