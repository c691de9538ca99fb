"""Which account a card is: said by itself where it is beyond doubt, asked where it is not, and never against a person.

Its partner learns nothing of any of it.
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from partners.customers import linking, service
from partners.customers import queries as customers
from partners.customers.rules import ContactFacts, CustomerFacts
from partners.matching.scoring import Reason
from partners.merging import pairs, queries
from partners.merging.service import merge_accounts
from portal.core import clock, db
from portal.core.errors import Conflict
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import events_of, names_of, statements
from tests.settle import settle

BREWERY = CustomerFacts("Kaltenberg Brauerei GmbH", "DE", city="Geltendorf", domain="kaltenberg.de")
ALIKE = CustomerFacts("Kaltenberger Brauereien GmbH", "DE", city="Geltendorf")
"""Near enough for a person, not for the system."""
ONE_ID, OTHER_ID = "DE136695976", "DE129273398"


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)


async def account_of(cast: Cast, card: UUID) -> UUID | None:
    """The account to which a card is linked."""
    link = await customers.find_link(cast.vera, card)
    return link.account_id if link else None


async def asked(cast: Cast) -> list[UUID]:
    """The cards on the desk."""
    return [one.other.id for one in await queries.list_pairs(cast.vera, limit=20) if one.is_card]


async def test_a_card_that_is_an_account_is_linked_by_itself(cast: Cast) -> None:
    account = await linking.create_account(cast.vera, BREWERY, now=NOON)
    await linking.create_account(cast.vera, CustomerFacts("Nordwind Logistik AG", "DE"), now=NOON)
    card = await service.create_card(cast.pia, replace(BREWERY, legal_name="KALTENBERG Brauerei"), now=NOON)
    assert await account_of(cast, card) is None
    await settle()
    link = await customers.find_link(cast.vera, card)
    assert link is not None
    assert (link.account_id, link.linked_by, link.reason) == (account, "", "domain,name,city")
    assert await queries.list_pairs(cast.vera, limit=10) == []
    told = (await events_of(card))[-1]
    assert (told["name"], told["audience"], told["note"]) == ("card.linked", "vendor", "")
    assert told["changes"]["account"] == [None, str(account)]
    assert told["changes"]["score"][1] >= 90
    assert await pairs.identify_card(card, now=NOON) is None


async def test_a_card_that_may_be_an_account_waits_for_a_person(cast: Cast) -> None:
    account = await linking.create_account(cast.vera, BREWERY, now=NOON)
    card = await service.create_card(cast.pia, ALIKE, now=NOON)
    await settle()
    assert await account_of(cast, card) is None
    [pair] = await queries.list_pairs(cast.vera, limit=10)
    assert (pair.one.id, pair.other.id, pair.other.partner_name) == (account, card, "Alpha Systemhaus GmbH")
    assert 50 <= pair.score < 90
    assert Reason.NEAR_NAME in pair.reasons
    assert await pairs.decide_pair(cast.vera, pair.id, "same", now=NOON) is None
    assert await account_of(cast, card) == account
    assert await asked(cast) == []


async def test_a_card_like_nobody_is_nothing(cast: Cast) -> None:
    await linking.create_account(cast.vera, BREWERY, now=NOON)
    card = await service.create_card(cast.pia, CustomerFacts("Nordwind Logistik AG", "DE"), now=NOON)
    await settle()
    assert (await account_of(cast, card), await queries.list_pairs(cast.vera, limit=10)) == (None, [])


async def test_two_that_it_may_surely_be_are_a_persons_choice(cast: Cast) -> None:
    one = await linking.create_account(cast.vera, BREWERY, now=NOON)
    other = await linking.create_account(cast.vera, replace(BREWERY, registry_id=ONE_ID), now=NOON)
    card = await service.create_card(cast.pia, BREWERY, now=NOON)
    await settle()
    assert await account_of(cast, card) is None
    found = [pair.one.id for pair in await queries.list_pairs(cast.vera, limit=10) if pair.is_card]
    assert sorted(found) == sorted([one, other])
    await merge_accounts(cast.vera, other, one, now=NOON)
    assert await pairs.identify_card(card, now=NOON) in {one, other}, "they are one customer now"


async def test_another_registry_id_is_another_company(cast: Cast) -> None:
    await linking.create_account(cast.vera, replace(BREWERY, registry_id=ONE_ID), now=NOON)
    card = await service.create_card(cast.pia, replace(BREWERY, registry_id=OTHER_ID), now=NOON)
    await settle()
    assert (await account_of(cast, card), await asked(cast)) == (None, [])


async def test_two_registry_ids_do_not_meet_on_an_account_without_one(cast: Cast) -> None:
    account = await linking.create_account(cast.vera, BREWERY, now=NOON)
    first = await service.create_card(cast.pia, replace(BREWERY, registry_id=ONE_ID), now=NOON)
    second = await service.create_card(cast.otto, replace(BREWERY, registry_id=OTHER_ID), now=NOON)
    third = await service.create_card(cast.otto, replace(BREWERY, registry_id="DE 136 695 976"), now=NOON)
    await settle()
    assert [await account_of(cast, one) for one in (first, second, third)] == [account, None, account]
    [pair] = await queries.list_pairs(cast.vera, limit=10)
    assert (pair.other.id, pair.reasons[-1]) == (second, Reason.CHAIN)


@pytest.mark.parametrize("host", ["gmail.com", "qq.com", "info@t-online.de"])
async def test_a_host_that_everybody_uses_says_nothing(cast: Cast, host: str) -> None:
    await linking.create_account(cast.vera, CustomerFacts("Nordwind Logistik AG", "DE", domain=host), now=NOON)
    card = await service.create_card(cast.pia, CustomerFacts("Kaltenberg Brauerei", "DE", domain=host), now=NOON)
    await service.add_contact(
        cast.pia, card, ContactFacts("Anke", f"anke@{host.rsplit('@', maxsplit=1)[-1]}"), now=NOON
    )
    await settle()
    assert (await account_of(cast, card), await asked(cast)) == (None, [])


async def test_the_address_of_a_person_at_the_company_tells_the_rest(cast: Cast) -> None:
    account = await linking.create_account(cast.vera, BREWERY, now=NOON)
    card = await service.create_card(cast.pia, ALIKE, now=NOON)
    await settle()
    assert await asked(cast) == [card]
    await service.add_contact(cast.pia, card, ContactFacts("Anke", "anke@mail.kaltenberg.de"), now=NOON)
    await settle()
    assert (await account_of(cast, card), await asked(cast)) == (account, [])


async def test_what_a_person_undid_is_not_done_again(cast: Cast) -> None:
    account = await linking.create_account(cast.vera, BREWERY, now=NOON)
    card = await service.create_card(cast.pia, BREWERY, now=NOON)
    await settle()
    await linking.unlink_card(cast.vera, card, now=NOON)
    await service.change_card(cast.pia, card, replace(BREWERY, city="Kaltenberg"), now=NOON)
    await settle()
    assert (await account_of(cast, card), await asked(cast)) == (None, [])
    twin = await linking.create_account(cast.vera, replace(BREWERY, city="Kaltenberg"), now=NOON)
    await service.change_card(cast.pia, card, BREWERY, now=NOON)
    await settle()
    assert (await account_of(cast, card), await asked(cast)) == (None, [card]), "another one is asked about"
    await linking.link_card(cast.vera, card, account, now=NOON)
    assert await account_of(cast, card) == account
    assert await names_of(twin) == ["account.created"]


async def test_what_a_person_told_apart_is_not_linked(cast: Cast) -> None:
    await linking.create_account(cast.vera, BREWERY, now=NOON)
    card = await service.create_card(cast.pia, ALIKE, now=NOON)
    await settle()
    [pair] = await queries.list_pairs(cast.vera, limit=10)
    await pairs.decide_pair(cast.vera, pair.id, "different", now=NOON)
    await service.change_card(cast.pia, card, BREWERY, now=NOON)
    await settle()
    assert (await account_of(cast, card), await asked(cast)) == (None, [])


async def test_a_link_of_the_systems_own_is_undone_as_any_other(cast: Cast) -> None:
    account, product = await linking.create_account(cast.vera, BREWERY, now=NOON), await make.product()
    card = await service.create_card(cast.pia, BREWERY, now=NOON)
    await settle()
    deal = await make.deal(cast.pia, card_id=card, product_id=product, state="approved")
    await make.protection(deal, cast.pia, account, await make.group_of(product))
    with pytest.raises(Conflict):
        await linking.unlink_card(cast.vera, card, now=NOON)


async def test_its_partner_sees_the_same_bytes_and_waits_for_nothing_more(cast: Cast) -> None:
    """The same statements in the partner's own unit, whether an account is waiting or none; the same answer after."""
    ran, seen = [], []
    for facts in (BREWERY, replace(BREWERY, legal_name="Nobody Knows AG", domain="nobody-knows.de")):
        if facts is BREWERY:
            await linking.create_account(cast.vera, facts, now=NOON)
            await settle()
        with statements() as before:
            card = await service.create_card(cast.pia, facts, now=NOON)
        ran.append(before)
        told = await customers.get_card(cast.pia, card)
        await settle()
        assert (await account_of(cast, card) is not None) == (facts is BREWERY)
        assert await customers.get_card(cast.pia, card) == told
        seen.append(await partners_view(cast, card))
    assert ran[0] == ran[1]
    assert seen[0] == seen[1] == [("card.created", "partner")]


async def partners_view(cast: Cast, card: UUID) -> list[Any]:
    """What a partner can read of the events of its card."""
    async with db.transaction(cast.pia):
        rows = await db.sql("SELECT name, audience FROM core_event WHERE subject_id = $1 ORDER BY seq", card)
    return [(row["name"], row["audience"]) for row in rows]
