"""Every page of the house asks the database at most four times, for whoever opens it.

Counted as in `tests/partners/deals/test_round_trips.py`: what the page's own unit of work sends, navigation included.
"""

from collections.abc import Mapping
from typing import Final

from litestar import Litestar

from portal.core import db
from tests import make
from tests.make import Cast
from tests.partners.stand import own_statements, statements
from tests.security.asking import Asking, Question, is_api, is_safe
from tests.security.policy import POLICY
from tests.standalone import database

MOST: Final = 4
MORE: Final[Mapping[str, tuple[int, str]]] = {
    "GET /lifecycle": (5, "a list whose filter offers the countries that there are, and a chart of its own above it"),
    "GET /value/groups": (5, "a list with the newest valuation above it, whose groups are drawn once it is known"),
    "GET /partners/deals/{deal_id:uuid}/handover": (
        12,
        "the form is shown to who may send it only: each guard of the command looks for itself, one after the other",
    ),
}
"""Pages that ask more often, how often at most, and why."""
READERS: Final = ("vera", "faye", "pia")
LEAST_PAGES: Final = 100
OFTEN: Final = (
    "GET /", "GET /partners/deals/new", "GET /partners/deals/{deal_id:uuid}", "GET /partners/cards/{card_id:uuid}",
    "GET /partners/companies/{company_id:uuid}", "GET /partners/accounts/{account_id:uuid}",
    "GET /partners/conflicts/{conflict_id:uuid}", "GET /claims/{claim_id:uuid}",
)  # fmt: skip
"""Pages that ask much in one statement."""
TRIED: Final = 5
"""So often PostgreSQL plans a prepared statement for the values it is given, before it may settle for one plan."""


def pages() -> list[str]:
    """Routes that draw a page."""
    return [route for route in POLICY if is_safe(route) and not is_api(route) and "{file_type:str}" not in route]


async def test_no_page_asks_more_than_four_times(app: Litestar, cast: Cast) -> None:
    asking = await Asking.begin(app, cast)
    counted: dict[str, int] = {}
    for route in pages():
        row = POLICY[route]
        owner = "own" if row.on and row.on != "token" else "none"
        for reader in READERS:
            with statements() as seen:
                answer = await asking.ask(Question(route, reader, owner), row)
            if answer.status == 200:
                counted[route] = max(counted.get(route, 0), len(own_statements(seen)))
    assert len(counted) >= LEAST_PAGES
    allowed = {route: most for route, (most, _why) in MORE.items()}
    assert {route: count for route, count in counted.items() if count > allowed.get(route, MOST)} == {}
    assert {route for route, count in counted.items() if count > MOST} == set(MORE), "a reason for nothing"


async def test_what_is_asked_together_is_not_planned_each_time_anew(app: Litestar, fresh_url: str) -> None:
    # One part whose plan looks dear before its values are known would have the whole statement planned for each page.
    # In a database of its own: what other tests wrote and took back makes tables look larger than they are.
    async with database(fresh_url), db.rehearsal():
        asking = await Asking.begin(app, await make.cast())
        for route in OFTEN:
            row = POLICY[route]
            for reader in READERS:
                for _ in range(TRIED + 2):
                    await asking.ask(Question(route, reader, "own" if row.on else "none"), row)
        rows = await db.ENGINE.held.fetch("SELECT statement, custom_plans, generic_plans FROM pg_prepared_statements")
    assert len(rows) >= len(OFTEN)
    assert [one["statement"][:300] for one in rows if one["custom_plans"] > TRIED and not one["generic_plans"]] == []
