"""Each invariant of notices sees the violation that it is for."""

import pytest

from portal.core.invariants import run_all
from portal.notices.acting import Offer
from tests import make
from tests.make import Cast
from tests.portal.notices.stand import told
from tests.security.planting import unlocked

pytestmark = pytest.mark.security

BREAKING = {
    "notices.one_reader": "UPDATE notices_notice SET partner_id = (SELECT id FROM partners_company"
    " WHERE id <> notices_notice.partner_id LIMIT 1)",
    "notices.links_of_one_company": "UPDATE notices_link SET membership = gen_random_uuid()",
    "notices.mailed_as_chosen": "UPDATE notices_notice SET mail = 'none'",
}


async def broken(cast: Cast) -> set[str]:
    """The names of the invariants that do not hold."""
    return {one.name for one, count in await run_all(cast.audra) if count}


@pytest.mark.parametrize("name", BREAKING)
async def test_each_sees_its_violation(cast: Cast, name: str) -> None:
    deal = await make.deal(cast.pia)
    await told(cast.pia, "deal_question", offers=[Offer("deal", deal, 1, "answer")])
    assert await broken(cast) == set()
    async with unlocked(["notices_notice", "notices_link"]) as held:
        await held.execute(BREAKING[name])
    assert await broken(cast) == {name}
