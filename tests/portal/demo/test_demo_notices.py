"""Notices of the demo: the newest deals of its two partners, the older ones read, written once."""

from datetime import timedelta
from typing import Any

from partners.deals.states import DealState
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.permissions import Role, Side
from portal.demo.contributions import WRITERS
from portal.demo.notices import OF_EACH, READ_AFTER, write_notices
from portal.notices import queries
from tests import make
from tests.make import NOON, Cast


async def test_two_partners_and_who_looks_after_them_are_told(cast: Cast) -> None:
    company = await make.company("Brakes and Gears", manager=cast.vera.membership_id)
    writer = await make.person(WRITERS[0], Side.PARTNER, [Role.PARTNER_SALES], company)
    for state in (DealState.SUBMITTED, DealState.REJECTED, DealState.DRAFT):
        for _time in range(OF_EACH + 1):
            await make.deal(writer, state=state)
    await make.deal(cast.pia, state=DealState.SUBMITTED)
    old = NOON - READ_AFTER - timedelta(hours=1)
    times: dict[str, Any] = {"submitted_at": old, "created_at": old, "changed_at": old}
    await make.deal(writer, state=DealState.INFO_REQUESTED, **times)
    decided = await make.deal(writer, state=DealState.APPROVED, **times | {"decided_at": old})
    for _time in range(2):
        await write_notices(now=NOON)
    found = await queries.list_notices(writer)
    assert (len(found.unread), [one.path for one in found.read]) == (OF_EACH + 1, [f"/partners/deals/{decided}"])
    assert len((await queries.list_notices(cast.vera)).unread) == OF_EACH
    assert not (await queries.list_notices(cast.pia)).unread
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM mail_message") == 2 * OF_EACH + 2
