"""Customers that partners wrote down shorter than the vendor knows them: the desk of doubtful pairs has them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Final, NamedTuple

from partners import public as partners
from portal.core import db
from portal.core.actor import SYSTEM
from portal.demo.world import Row
from portal.identity.sessions import actor_of


class _Written(NamedTuple):
    """A customer in somebody's words."""

    writer: str
    """The name of who writes it down."""
    name: str
    country: str
    city: str


_WRITTEN: Final = (
    _Written("Pia Lindqvist", "Bahringer Johns", "US", "Pensacola"),
    _Written("林浩然", "沐风骑行", "CN", "上海"),
)
"""The vendor has “Bahringer, Johns and Jacobs” and 上海沐风骑行文化有限公司: near enough to be asked about."""


async def write_doubtful_cards(people: Iterable[Row], *, now: datetime) -> None:
    """Have the partners' people write them down, once."""
    emails = {row["name"]: row["email"] for row in people if row["side"] == "partner"}
    for one in _WRITTEN:
        async with db.transaction(SYSTEM):
            member = await db.sql_value(
                "SELECT m.id FROM identity_membership m JOIN identity_person p ON p.id = m.person WHERE p.email = $1",
                emails[one.writer],
            )
        actor = await actor_of(member, now)
        if actor is not None:
            facts = partners.CustomerFacts(one.name, one.country, city=one.city)
            await partners.find_or_create_card(actor, facts, now=now)
