"""What can be read of exchange rates. Vendor-only."""

from collections.abc import Iterable
from datetime import date
from fractions import Fraction

from portal.core import db
from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.rates.rules import OLDEST, Quote, Rates


async def get_rates(actor: Actor, currencies: Iterable[str], first: date, last: date) -> Rates:
    """The rates that convert amounts of these currencies on the days from `first` to `last`. Raises NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        return await read_rates(currencies, first, last)


async def read_rates(currencies: Iterable[str], first: date, last: date) -> Rates:
    """The same on the open unit of the vendor, for a rule that compares amounts: it shows no rate to anybody."""
    rows = await db.sql(
        "SELECT currency, day, per_euro FROM rates_rate WHERE currency = any($1::text[]) AND day BETWEEN $2 AND $3"
        " ORDER BY currency, day",
        sorted(set(currencies)), first - OLDEST, last,
    )  # fmt: skip
    quotes: dict[str, list[Quote]] = {}
    for row in rows:
        quotes.setdefault(row["currency"], []).append(Quote(row["day"], Fraction(row["per_euro"])))
    return Rates(quotes)


async def list_currencies(actor: Actor) -> list[str]:
    """The currencies that have any rate, by their code. Raises NotAllowed."""
    actor.require(Permission.REVENUE_READ)
    async with db.transaction(actor):
        rows = await db.sql("SELECT DISTINCT currency FROM rates_rate ORDER BY currency")
    return [row["currency"] for row in rows]
