"""What all commands on a deal share: the row to change, its version, what is pending on it, and its events."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.deals import queries, rules
from partners.deals.tables import Deal
from portal.core.actor import Actor
from portal.core.errors import Conflict, NotAllowed
from portal.core.events import record
from portal.core.flow import LONGEST_NOTE
from portal.core.i18n import gettext as _

DEAL: Final = "deal"
Close = Callable[[Sequence[UUID], datetime], Awaitable[None]]
"""(deals, now): closes what of one kind is pending on them, in the unit that ends them."""
_CLOSES: Final[dict[str, Close]] = {}


def closes(kind: str) -> Callable[[Close], Close]:
    """Register what closes the pending requests of a kind when a deal ends."""

    def register(close: Close) -> Close:
        _CLOSES[kind] = close
        return close

    return register


async def close_all(deals: Sequence[UUID], now: datetime) -> None:
    """Close whatever is pending on deals that end."""
    for close in _CLOSES.values() if deals else ():
        await close(deals, now)


async def close_on(deal: Deal, now: datetime) -> None:
    """The same on one deal, which the caller saves."""
    if deal.pending:
        await close_all([deal.id], now)
        deal.pending = ""


async def deal_to_change(actor: Actor, deal_id: UUID, *, lock: bool = True) -> Deal:
    """The deal, locked unless it is only looked at. Raises NotFound unseen, NotAllowed when another company's."""
    deal = await queries.get_deal(actor, deal_id, lock=lock)
    if not rules.is_own(deal.partner_id, actor):
        raise NotAllowed(_("This deal belongs to another company; you can read it."), code="other_company")
    return deal


def check_version(deal: Deal, version: int | None) -> None:
    """Raise Conflict when the editor looked at an older version than there is now."""
    if version is not None and version != deal.version:
        raise Conflict(
            _(
                "%(number)s was changed after you opened it: you had version %(yours)s, it is at %(now)s."
                " Nothing of yours was saved; look again and decide anew."
            )
            % {"number": deal.number, "yours": version, "now": deal.version},
            code="version",
        )


def check_nothing_pending(deal: Deal) -> None:
    """Raise Conflict while the partner waits for an answer about the running deal: one question at a time."""
    if deal.pending:
        raise Conflict(
            _("Something you asked about this deal waits for the vendor. Ask again when that is decided."),
            code="pending",
        )


async def save(deal: Deal, now: datetime) -> None:
    """Write the row as its next version."""
    deal.changed_at = now
    deal.version += 1
    await deal.save()


async def record_of(actor: Actor, deal: Deal, name: str, changes: dict[str, Any], note: str, now: datetime) -> None:
    """Write what happened to the deal, with the words that came with it."""
    await record(
        actor, name, DEAL, deal.id, partner_id=deal.partner_id, changes=changes,
        note=note.strip()[:LONGEST_NOTE], now=now,
    )  # fmt: skip
