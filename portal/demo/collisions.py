"""Customers that several claim: partners register what another has registered, the vendor sells to some itself."""

import contextlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from partners.conflicts import queries as rooms
from partners.conflicts import service as conflicts
from partners.conflicts.checking import check_account
from partners.conflicts.rules import GROUND_OF, Ground, Parts
from partners.customers import linking
from partners.deals import service as deals
from partners.deals.rules import Line, NewCustomer, Registration
from partners.opportunities import service as opportunities
from partners.opportunities.rules import OpportunityFacts
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict
from portal.core.money import Money
from portal.core.permissions import Permission, Role
from portal.demo.asked import writers_of
from portal.demo.world import Row


class _Course(NamedTuple):
    """One conflict: who comes in, and how it ends."""

    rival: str
    """The name of who registers the customer too; empty for a direct sale."""
    ends: str
    """`open`, by the `rules`, by a `judgement` for the other one, by an `agreement`, or `asked` of a second person."""


_COURSES: Final = (
    _Course("Pia Lindqvist", "open"),
    _Course("", "open"),
    _Course("Otto Brandt", "rules"),
    _Course("Greta Novak", "judgement"),
    _Course("", "rules"),
    _Course("Otto Brandt", "agreement"),
    _Course("Greta Novak", "open"),
    _Course("林浩然", "rules"),
)
_OF_HELD: Final = _Course("Greta Novak", "asked")
"""An approved deal is decided against: a second person is asked."""
_WORDS: Final = (
    "We protect one partner per customer and product, and this customer was registered already. Thank you for asking."
)
_JOIN: Final = "As agreed on the phone you join this sale as co-sell, with your part of the implementation."
_NOTE: Final = "The customer confirmed by phone whom it works with."
_CHOICE: Final = "We work with Novak’s team since spring and want to buy through them."
_CHOSEN_WORDS: Final = (
    "The customer told us in writing that it buys elsewhere. What it ordered until today stays yours."
)


class _Taken(NamedTuple):
    """A registration that waits for its decision, with what its rival registers."""

    deal: UUID
    partner: UUID
    account: UUID
    name: str
    country: str
    product: UUID
    currency: str
    price: int


async def write_conflicts(people: Iterable[Row], staff: Sequence[Actor], *, now: datetime) -> None:
    """Have them collide, and some of it decided; once."""
    async with db.transaction(SYSTEM):
        if await db.sql_value("SELECT count(*) FROM partners_conflict"):
            return
    writers = await writers_of(people, dict.fromkeys(course.rival for course in _COURSES if course.rival), now)
    seller = next(one for one in staff if Role.SALES in one.roles)
    manager = next(one for one in staff if one.may(Permission.DEALS_DECIDE))
    found = await _waiting(list(writers.values()))
    courses = [*zip(_COURSES, found, strict=False), *((_OF_HELD, held) for held in await _held(writers.values(), now))]
    for days, (course, taken) in enumerate(courses, start=1):
        then = now - timedelta(days=2 * days, hours=days)
        if course.rival:
            await _register(writers[course.rival], manager, taken, then)
        else:
            facts = OpportunityFacts(
                taken.account, f"{taken.name}, direct", Money(taken.price, taken.currency), taken.product
            )
            await opportunities.record_opportunity(seller, facts, now=then)
        await check_account(taken.account, now=then)
        await _end(manager, taken, course.ends, then + timedelta(days=days % 3, hours=5), latest=now)


async def _waiting(writers: Sequence[Actor]) -> list[_Taken]:
    """Registrations of other partners that are in review, each for another customer, by their numbers."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT DISTINCT ON (a.sort_name, a.id) d.id AS deal, d.partner_id AS partner, l.account,"
            " a.legal_name AS name, a.country, x.product, d.currency, d.amount_minor AS price FROM partners_deal d"
            " JOIN partners_card_link l ON l.card = d.card JOIN partners_account a ON a.id = l.account"
            " JOIN partners_deal_line x ON x.deal = d.id AND x.position = 1 WHERE d.role = 'sell'"
            " AND d.state IN ('submitted', 'in_review') AND d.stage <> 'lost' AND d.partner_id <> all($1::uuid[])"
            " ORDER BY a.sort_name, a.id, d.number LIMIT $2",
            [one.partner_id for one in writers], len(_COURSES),
        )  # fmt: skip
    return [_Taken(**row) for row in rows]


async def _held(writers: Iterable[Actor], now: datetime) -> list[_Taken]:
    """One approved deal of another partner whose protection runs for a while, if there is one."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT d.id AS deal, d.partner_id AS partner, l.account, a.legal_name AS name, a.country, x.product,"
            " d.currency, 5 * greatest(p.list_price_minor, d.amount_minor) AS price FROM partners_deal d"
            " JOIN partners_card_link l ON l.card = d.card JOIN partners_account a ON a.id = l.account"
            " JOIN partners_deal_line x ON x.deal = d.id AND x.position = 1 JOIN partners_product p ON p.id = x.product"
            " WHERE d.role = 'sell' AND d.state = 'approved' AND d.closed_at IS NULL"
            " AND d.protected_until > $2::timestamptz + interval '30 days' AND d.partner_id <> all($1::uuid[])"
            " ORDER BY a.sort_name, a.id, d.number LIMIT 1",
            [one.partner_id for one in writers], now,
        )  # fmt: skip
    return [_Taken(**row) for row in rows]


async def _register(writer: Actor, manager: Actor, taken: _Taken, now: datetime) -> None:
    """The same customer and product by another partner; the vendor says that it is the same customer."""
    async with db.transaction(SYSTEM):
        day = await db.sql_value("SELECT ($1::timestamptz + interval '60 days')::date", now)
    wanted = Registration(
        customer=NewCustomer(taken.name, taken.country), currency=taken.currency,
        lines=(Line(taken.product, 5, taken.price // 5),), expected_close_on=day,
    )  # fmt: skip
    deal = await deals.register_deal(writer, wanted, now=now)
    async with db.transaction(SYSTEM):
        card = await db.sql_value("SELECT card FROM partners_deal WHERE id = $1", deal)
    # Where jobs run already, the system may have linked it by itself.
    with contextlib.suppress(Conflict):
        await linking.link_card(manager, card, taken.account, now=now)


async def _end(manager: Actor, taken: _Taken, ends: str, wanted: datetime, *, latest: datetime) -> None:
    """Decide it as the course says: at that time, but after everybody in it has claimed the customer."""
    async with db.transaction(SYSTEM):
        conflict = await db.sql_value("SELECT conflict FROM partners_conflict_claim WHERE subject = $1", taken.deal)
    if conflict is None or ends == "open":
        return
    room = await rooms.get_room(manager, conflict)
    now = min(max(wanted, *(claim.claimed_at + timedelta(hours=2) for claim in room.claims)), latest)
    in_force = await rooms.find_rules(manager, now)
    proposal = rooms.proposal_of(room, in_force.document, now)
    if proposal.winner is None or proposal.rule is None:
        return
    other = next(claim.id for claim in room.claims if claim.id != proposal.winner)
    if ends == "rules":
        award = conflicts.Award(proposal.winner, GROUND_OF[proposal.rule], words=_WORDS)
        await conflicts.decide(manager, conflict, award, now=now)
    elif ends == "asked":
        await conflicts.record_choice(manager, conflict, other, words=_CHOICE, now=now)
        award = conflicts.Award(other, Ground.CUSTOMER, _NOTE, _CHOSEN_WORDS)
        await conflicts.decide(manager, conflict, award, now=now)
    elif ends == "judgement":
        await conflicts.decide(manager, conflict, conflicts.Award(other, Ground.JUDGEMENT, _NOTE, _WORDS), now=now)
    else:
        agreement = conflicts.Agreement(Parts(proposal.winner, other, 70, 30), _NOTE, _JOIN)
        await conflicts.agree(manager, conflict, agreement, now=now)
