"""Words for one loser alone: it reads its own, the others read the common ones, and each is looked through for names."""

from typing import Any
from uuid import UUID

import pytest
from litestar import Litestar

from partners.conflicts.checking import check_account
from partners.conflicts.queries import Room
from partners.conflicts.rules import Ground
from partners.deals import queries as deal_queries
from portal.core import clock
from portal.core.errors import Invalid
from tests import make
from tests.make import NOON, Cast
from tests.partners.conflicts.stand import WORDS, award, claim_of, claimed, conflicts, direct
from tests.web import Browser

OWN = "You asked us before the tender; register the next one earlier."


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def three(cast: Cast) -> tuple[UUID, UUID, UUID, Room]:
    """Alpha, Omega and Delta claim one customer."""
    account, product = await make.account("Kaltenberg AG"), await make.product()
    deals = [await claimed(actor, account, product) for actor in (cast.pia, cast.otto, cast.dora)]
    await check_account(account, now=NOON)
    [room] = await conflicts()
    return deals[0], deals[1], deals[2], room


async def read_by(actor: Any, deal: UUID) -> str:
    return (await deal_queries.get_record(actor, deal)).decision_note


async def test_one_reads_its_own_and_the_other_the_common_ones(cast: Cast) -> None:
    mine, theirs, third, room = await three(cast)
    await award(
        cast.vera, room, mine, Ground.JUDGEMENT, note="First.", own_words={claim_of(room, theirs): f" {OWN} "}
    )  # fmt: skip
    assert await read_by(cast.otto, theirs) == OWN
    assert await read_by(cast.dora, third) == WORDS
    [room] = await conflicts()
    assert room.decisions[0].own_words == {claim_of(room, theirs): OWN}


async def test_common_words_are_not_needed_where_all_have_their_own(cast: Cast) -> None:
    mine, theirs, third, room = await three(cast)
    own = {claim_of(room, theirs): OWN}
    with pytest.raises(Invalid) as refusal:
        await award(cast.vera, room, mine, Ground.JUDGEMENT, note="First.", words="", own_words=own)
    assert list(refusal.value.errors) == ["words"]
    own[claim_of(room, third)] = "Thank you all the same."
    await award(cast.vera, room, mine, Ground.JUDGEMENT, note="First.", words="", own_words=own)
    assert await read_by(cast.dora, third) == "Thank you all the same."


@pytest.mark.parametrize("said", ["Alpha Systemhaus was first.", "Ask Pia Alpha.", "Dora Delta was late too."])
async def test_own_words_name_no_rival_either(cast: Cast, said: str) -> None:
    mine, theirs, _third, room = await three(cast)
    with pytest.raises(Invalid) as refusal:
        await award(cast.vera, room, mine, Ground.JUDGEMENT, note="x", own_words={claim_of(room, theirs): said})
    assert list(refusal.value.errors) == [f"own_words.{claim_of(room, theirs)}"]


async def test_words_for_nobody_are_refused(cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    deal, other = await claimed(cast.pia, account, product), await claimed(cast.otto, account, product)
    sale = await direct(cast.sam, account, product)
    await check_account(account, now=NOON)
    [room] = await conflicts()
    for nobody in (claim_of(room, deal), claim_of(room, sale), UUID(int=7)):
        with pytest.raises(Invalid, match="Nobody reads"):
            await award(cast.vera, room, deal, Ground.JUDGEMENT, note="x", own_words={nobody: OWN})
    await award(cast.vera, room, deal, Ground.JUDGEMENT, note="x", own_words={claim_of(room, other): OWN})


async def test_the_form_has_a_field_for_each_and_says_where_something_is_wrong(app: Litestar, cast: Cast) -> None:
    mine, theirs, third, room = await three(cast)
    browser, here = await Browser.of(app, cast.vera), f"/partners/conflicts/{room.id}"
    page = await browser.get(here)
    places = {claim.subject: number for number, claim in enumerate(room.waiting, start=1)}
    for subject, number in places.items():
        assert f'name="own_claim_{number}" value="{claim_of(room, subject)}"' in page.text
    sent = {"winner": str(claim_of(room, mine)), "ground": "judgement", "note": "First.", "words": WORDS}
    sent |= {f"own_claim_{number}": str(claim_of(room, subject)) for subject, number in places.items()}
    field = f"own_words_{places[theirs]}"
    refused = await browser.post(f"{here}/decision", sent | {field: "Alpha Systemhaus was first."})
    assert refused.status_code == 422
    assert f'id="f-{field}-error"' in refused.text
    assert "Alpha Systemhaus was first." in refused.text
    assert (await browser.post(f"{here}/decision", sent | {field: OWN})).status_code == 303
    assert (await read_by(cast.otto, theirs), await read_by(cast.dora, third)) == (OWN, WORDS)
    assert OWN in (await browser.get(here)).text


async def test_two_need_no_field_of_their_own(app: Litestar, cast: Cast) -> None:
    account, product = await make.account(), await make.product()
    for actor in (cast.pia, cast.otto):
        await claimed(actor, account, product)
    await check_account(account, now=NOON)
    [room] = await conflicts()
    page = await (await Browser.of(app, cast.vera)).get(f"/partners/conflicts/{room.id}")
    assert "own_claim_1" not in page.text


async def test_an_agreement_has_them_too(app: Litestar, cast: Cast) -> None:
    mine, theirs, third, room = await three(cast)
    browser = await Browser.of(app, cast.vera)
    sent = {
        "lead": str(claim_of(room, mine)), "joining": str(claim_of(room, theirs)), "lead_percent": "70",
        "joining_percent": "30", "agreed_words": WORDS, "agreed_claim_1": str(claim_of(room, theirs)),
        "agreed_words_1": "You join as co-sell.",
    }  # fmt: skip
    assert (await browser.post(f"/partners/conflicts/{room.id}/agreement", sent)).status_code == 303
    assert await read_by(cast.dora, third) == WORDS
    [room] = await conflicts()
    assert room.decisions[0].own_words == {claim_of(room, theirs): "You join as co-sell."}
