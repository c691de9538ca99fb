"""Appeals: once, with words, judged by somebody else than who rejected the deal, and seen by nobody else."""

from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from partners.deals import queries, service
from partners.deals.service import Said
from partners.deals.tables import Deal
from portal.core import clock, db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.permissions import Role, Side
from tests import make
from tests.make import NOON, Cast
from tests.partners.deals.test_reactions import look_after, mails
from tests.partners.stand import names_of, tiers
from tests.settle import settle
from tests.web import Browser

NO = Said("You registered it in May.", code="duplicate")
PLEASE = Said("May was another site.")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def row(deal_id: UUID) -> Deal:
    async with db.transaction(SYSTEM):
        return await queries.get_deal(SYSTEM, deal_id)


async def rejected(cast: Cast) -> UUID:
    card = await make.card(cast.pia, "Acme GmbH", account_id=await make.account())
    deal = await make.deal(cast.pia, card_id=card, state="in_review")
    await service.move_deal(cast.vera, deal, "reject", now=NOON, said=NO)
    return deal


async def second_manager() -> Actor:
    return await make.person("Viktor Vendor", Side.STAFF, [Role.PARTNER_MANAGER])


async def appealed(cast: Cast) -> UUID:
    deal = await rejected(cast)
    await service.move_deal(cast.pia, deal, "appeal", now=NOON, said=PLEASE)
    await settle()
    return deal


async def test_an_appeal_opens_the_decision_again(cast: Cast) -> None:
    deal = await rejected(cast)
    await service.move_deal(cast.pia, deal, "appeal", now=NOON + timedelta(hours=1), said=PLEASE)
    now = await row(deal)
    assert (now.state, now.appeal, now.appealed_at) == ("in_review", PLEASE.note, NOON + timedelta(hours=1))
    assert now.reject_code == "duplicate"
    record = await queries.get_record(cast.pia, deal)
    assert (record.decided_at, record.rejected_by_name) == (None, "Vera Vendor")
    assert await names_of(deal) == ["deal.rejected", "deal.appealed"]


async def test_an_appeal_needs_words_and_is_made_once(cast: Cast) -> None:
    await second_manager()
    deal = await rejected(cast)
    with pytest.raises(Invalid):
        await service.move_deal(cast.pia, deal, "appeal", now=NOON)
    await service.move_deal(cast.pia, deal, "appeal", now=NOON, said=PLEASE)
    other = await second_manager()
    await service.move_deal(other, deal, "reject", now=NOON, said=NO)
    with pytest.raises(Conflict) as refusal:
        await service.move_deal(cast.pia, deal, "appeal", now=NOON, said=PLEASE)
    assert refusal.value.code == "appealed"


async def test_who_rejected_it_does_not_judge_the_appeal(cast: Cast) -> None:
    await tiers()
    other = await second_manager()
    deal = await appealed(cast)
    assert (await row(deal)).reviewer == other.membership_id
    for verb, said in (("approve", service.NOTHING), ("reject", NO), ("ask", Said("Which site?"))):
        with pytest.raises(Conflict) as refusal:
            await service.move_deal(cast.vera, deal, verb, now=NOON, said=said)
        assert refusal.value.code == "judge"
    await service.move_deal(other, deal, "approve", now=NOON)
    assert ((await row(deal)).state, (await row(deal)).reject_code) == ("approved", "")


async def test_where_there_is_nobody_else_the_same_person_judges(cast: Cast) -> None:
    await tiers()
    deal = await appealed(cast)
    assert (await row(deal)).reviewer == cast.vera.membership_id
    await service.move_deal(cast.vera, deal, "approve", now=NOON)
    assert (await row(deal)).state == "approved"


async def test_the_partners_manager_judges_first_and_is_told(cast: Cast) -> None:
    await second_manager()
    anna = await make.person("Anna Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
    async with db.transaction(SYSTEM):
        await db.sql(
            "UPDATE partners_company SET manager = $1 WHERE id = $2", anna.membership_id, cast.alpha
        )  # fmt: skip
    deal = await rejected(cast)
    await mails()
    await service.move_deal(cast.pia, deal, "appeal", now=NOON, said=PLEASE)
    (mail,) = await mails()
    assert (mail["to_address"], PLEASE.note in mail["text"]) == (anna.email, True)


async def test_a_rejected_partner_reads_that_it_may_appeal(cast: Cast) -> None:
    await look_after(cast)
    await rejected(cast)
    (mail,) = await mails()
    assert "You may appeal once." in mail["text"]


async def test_only_who_sells_for_the_partner_appeals(cast: Cast) -> None:
    deal = await rejected(cast)
    for actor, refusal in ((cast.otto, NotFound), (cast.petra, NotAllowed), (cast.dora, NotAllowed),
                           (cast.vera, NotAllowed)):  # fmt: skip
        with pytest.raises(refusal):
            await service.move_deal(actor, deal, "appeal", now=NOON, said=PLEASE)


@pytest.mark.parametrize(
    "change",
    [
        "rejected_by = NULL",
        "state = 'in_review'",
        "state = 'in_review', appealed_at = now()",
        "appealed_at = now()",
        "state = 'approved', appealed_at = now(), decided_at = NULL",
    ],
)
async def test_the_database_holds_a_partner_to_one_appeal(cast: Cast, change: str) -> None:
    deal = await rejected(cast)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql(f"UPDATE partners_deal SET {change} WHERE id = $1", deal)


async def test_the_page_says_how_and_who_decides(app: Litestar, cast: Cast) -> None:
    other = await second_manager()
    deal = await rejected(cast)
    pia, vera = await Browser.of(app, cast.pia), await Browser.of(app, cast.vera)
    path = f"/partners/deals/{deal}"
    assert "you may appeal once" in (await pia.get(path)).text
    assert (await pia.post(f"{path}/moves", {"verb": "appeal", "note": PLEASE.note})).status_code == 303
    await settle()
    page = (await vera.get(path)).text
    assert PLEASE.note in page
    assert "a colleague decides the appeal" in page
    assert "Viktor Vendor" in page
    assert 'value="approve"' not in page
    assert 'value="approve"' in (await (await Browser.of(app, other)).get(path)).text
