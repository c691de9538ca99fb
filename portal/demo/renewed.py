"""Registrations of the demo that came in by the portal: ended deals registered anew, and prices below the list."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from partners.conflicts.checking import check_account
from partners.deals import pricing
from partners.deals import service as deals
from partners.deals.rules import Line, Registration
from partners.deals.states import DealSource
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.demo.asked import AT, Words, answer, deciders, writers_of
from portal.demo.world import Row

_TAKEN_AFTER: Final = timedelta(hours=3)
_ASKED_AFTER: Final = timedelta(hours=4)
_AGREED_AFTER: Final = timedelta(hours=6)
_APPROVED_AFTER: Final = timedelta(hours=7)
_CLOSE: Final = timedelta(days=60)
_WANTED: Final = timedelta(days=45)
_BELOW: Final = 70
"""Percent of the list price: further below it than one person may go for any tier."""
_MOST: Final = 1_000_00
"""Worth so little that nobody has to agree to the value of a special price, in any currency of the demo."""


class _Course(NamedTuple):
    """One registration: whose, how far it came, and how many days ago."""

    partner: str
    ends: str
    """`sent`, or with a special price: `asked` for a second person's word, or `approved`."""
    days: int

    @property
    def special(self) -> bool:
        """Whether it is cheaper than one person may grant."""
        return self.ends != "sent"


_COURSES: Final = (
    _Course("Pia Lindqvist", "sent", 1),
    _Course("Greta Novak", "approved", 12),
    _Course("林浩然", "sent", 2),
    _Course("Otto Brandt", "asked", 1),
)  # fmt: skip
_ANEW: Final = Words(
    "They have a new budget and want to go on where we stopped.", "客户已有新预算，希望继续之前的项目。"
)
_CHEAPER: Final = Words(
    "They compare three offers and decide by the price of the first lot.", "客户正在比较三家报价，首批价格将决定结果。"
)
_ENDED: Final = (
    "SELECT d.id, d.card, d.currency, l.account, p.id AS product, x.quantity, x.unit_price_minor, c.manager,"
    " CASE WHEN p.currency = d.currency THEN p.list_price_minor END AS listed"
    " FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id JOIN partners_card_link l ON l.card = d.card"
    " JOIN partners_deal_line x ON x.deal = d.id AND x.position = 1 JOIN partners_product p ON p.id = x.product"
    " WHERE d.partner_id = $1 AND d.state = 'expired' AND d.role = 'sell' AND p.active"
    " AND (NOT $3 OR (p.currency = d.currency AND p.list_price_minor BETWEEN 2000 AND 100000))"
    " AND NOT EXISTS (SELECT FROM partners_deal z WHERE z.continued_from = d.id)"
    " AND NOT EXISTS (SELECT FROM partners_deal_protection h WHERE h.protected_until > $2 AND h.canonical_account ="
    ' partners_canonical_account(l.account) AND h.product_group = p."group")'
    " AND NOT EXISTS (SELECT FROM partners_deal z JOIN partners_card_link k ON k.card = z.card"
    " WHERE k.account = l.account AND z.state IN ('submitted', 'in_review', 'info_requested'))"
    " AND NOT EXISTS (SELECT FROM partners_opportunity o WHERE o.account = l.account)"
    " ORDER BY d.protected_until DESC, d.number LIMIT 1"
)
"""The newest ended deal of a partner whose customer nobody claims now."""


async def write_registrations(people: Iterable[Row], staff: Sequence[Actor], *, today: datetime) -> None:
    """Have partners register what ended anew, some of it cheaper, in the days before `today`; once."""
    async with db.transaction(SYSTEM):
        if await db.sql_value("SELECT count(*) FROM partners_deal WHERE continued_from IS NOT NULL"):
            return
    writers = await writers_of(people, {course.partner for course in _COURSES}, today)
    for course in _COURSES:
        writer, then = writers[course.partner], today - timedelta(days=course.days) + AT
        async with db.transaction(SYSTEM):
            found = await db.sql_one(_ENDED, writer.partner_id, then, course.special)
        if found is None:
            continue
        deal = await deals.register_deal(writer, _anew(found, writer, then, special=course.special), now=then)
        if course.special:
            await check_account(found["account"], now=then)
            await _price(course, deal, deciders(staff, found["manager"]), then)


def _anew(found: dict[str, Any], writer: Actor, then: datetime, *, special: bool) -> Registration:
    price = found["listed"] * _BELOW // 100 if special else found["unit_price_minor"]
    below = found["listed"] is not None and price < found["listed"]
    quantity = max(1, min(found["quantity"], _MOST // price)) if special else found["quantity"]
    return Registration(
        customer=found["card"],
        currency=found["currency"],
        lines=(Line(found["product"], quantity, price),),
        expected_close_on=(then + _CLOSE).date(),
        source=DealSource.RENEWAL,
        notes=_ANEW.of(writer),
        price_reason=_CHEAPER.of(writer) if below else "",
        price_wanted_until=(then + _WANTED).date() if below else None,
        continues=found["id"],
    )


async def _price(course: _Course, deal: UUID, people: tuple[Actor, Actor], then: datetime) -> None:
    """Take it, ask a second person for the price, and approve it once that person agreed."""
    manager, second = people
    await deals.move_deal(manager, deal, "take", now=then + _TAKEN_AFTER)
    asked = await pricing.request_consent(manager, deal, now=then + _ASKED_AFTER)
    if course.ends == "approved":
        await answer(second, asked, "", agrees=True, now=then + _AGREED_AFTER)
        await deals.move_deal(manager, deal, "approve", now=then + _APPROVED_AFTER)
