"""Cards, their people, accounts and links against the real database."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest

from partners.customers import linking, queries, service
from partners.customers.rules import ContactFacts, CustomerFacts
from partners.matching.scoring import Reason
from partners.merging.service import merge_accounts
from portal.core import db
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import events_of, names_of

FACTS = CustomerFacts("Acme GmbH", "DE", domain="www.acme.de", registry_id="hrb 1", city="Kempten")


async def test_a_card_is_written_and_read(cast: Cast) -> None:
    card_id = await service.create_card(cast.pia, FACTS, now=NOON)
    card = await queries.get_card(cast.pia, card_id)
    assert card.facts == replace(FACTS, domain="acme.de", registry_id="HRB 1")
    assert (card.partner_id, card.partner_name) == (cast.alpha, "Alpha Systemhaus GmbH")
    assert await names_of(card_id) == ["card.created"]


async def test_a_card_is_changed_with_before_and_after(cast: Cast) -> None:
    card_id = await service.create_card(cast.pia, FACTS, now=NOON)
    later = NOON + timedelta(hours=1)
    await service.change_card(cast.paul, card_id, replace(FACTS, city="Ulm"), now=later, seen=NOON)
    assert (await queries.get_card(cast.pia, card_id)).facts.city == "Ulm"
    assert (await events_of(card_id))[-1]["changes"] == {"city": ["Kempten", "Ulm"]}
    with pytest.raises(Conflict):
        await service.change_card(cast.pia, card_id, FACTS, now=later, seen=NOON)
    await service.change_card(cast.pia, card_id, replace(FACTS, city="Ulm"), now=later)
    assert await names_of(card_id) == ["card.created", "card.changed"]


@pytest.mark.parametrize("who", ["otto", "oona"])
async def test_a_rival_finds_no_card(cast: Cast, who: str) -> None:
    rival = cast.everybody()[who]
    card_id = await make.card(cast.pia, "Acme GmbH")
    contact = await make.contact(cast.pia, card_id)
    for command in (
        queries.get_card(rival, card_id),
        service.change_card(rival, card_id, FACTS, now=NOON),
        service.add_contact(rival, card_id, ContactFacts("Anke"), now=NOON),
        service.change_contact(rival, contact, ContactFacts("Anke"), now=NOON),
        service.remove_contact(rival, contact, now=NOON),
    ):
        with pytest.raises(NotFound):
            await command
    assert await queries.find_cards(rival, "acme") == []


async def test_a_distributor_reads_the_card_below_and_changes_nothing(cast: Cast) -> None:
    card_id = await make.card(cast.pia, "Acme GmbH")
    assert (await queries.get_card(cast.dora, card_id)).id == card_id
    with pytest.raises(NotAllowed):
        await service.change_card(cast.dora, card_id, FACTS, now=NOON)
    assert await queries.find_cards(cast.dora, "acme") == []


@pytest.mark.parametrize("who", ["pam", "petra", "vera", "audra", "ada"])
async def test_only_those_who_sell_write_cards(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await service.create_card(cast.everybody()[who], FACTS, now=NOON)


async def test_the_search_field_finds_every_word_in_own_cards(cast: Cast) -> None:
    await make.card(cast.pia, "Allgäuer Frischlogistik GmbH")
    await make.card(cast.pia, "Frisch & Frei AG")
    await make.card(cast.otto, "Frischdienst KG")
    found = await queries.find_cards(cast.pia, "frisch ALLGAU")
    assert [one.legal_name for one in found] == ["Allgäuer Frischlogistik GmbH"]
    assert len(await queries.find_cards(cast.pia, "FRISCH")) == 2
    assert await queries.find_cards(cast.pia, "%") == []
    assert await queries.find_cards(cast.pia, "  ") == []
    assert await queries.find_cards(cast.vera, "frisch") == []


async def test_people_come_and_go_and_their_names_stay_out_of_events(cast: Cast) -> None:
    card_id = await make.card(cast.pia)
    facts = ContactFacts("Anke Petersen", "anke@x.example", consent="By phone, 12 November")
    contact = await service.add_contact(cast.pia, card_id, facts, now=NOON)
    later = NOON + timedelta(days=1)
    assert (await queries.get_card(cast.pia, card_id)).contacts[0].consent_at == NOON
    await service.change_contact(cast.pia, contact, replace(facts, job_title="COO"), now=later)
    assert (await queries.get_card(cast.pia, card_id)).contacts[0].consent_at == NOON
    await service.change_contact(cast.pia, contact, replace(facts, consent=""), now=later)
    assert (await queries.get_card(cast.pia, card_id)).contacts[0].consent_at is None
    await service.remove_contact(cast.pia, contact, now=later)
    assert (await queries.get_card(cast.pia, card_id)).contacts == ()
    events = await events_of(card_id)
    assert [event["name"] for event in events] == [
        "card.contact_added", "card.contact_changed", "card.contact_changed", "card.contact_removed",
    ]  # fmt: skip
    assert not any("Petersen" in str(event["changes"]) + event["note"] for event in events)
    assert "Petersen" in events[0]["personal"]
    with pytest.raises(Invalid):
        await service.add_contact(cast.pia, card_id, ContactFacts("", "nobody"), now=NOON)


@pytest.mark.parametrize("who", ["vera", "sam", "cleo"])
async def test_the_vendor_writes_accounts(cast: Cast, who: str) -> None:
    actor = cast.everybody()[who]
    account_id = await linking.create_account(actor, FACTS, now=NOON)
    await linking.change_account(actor, account_id, replace(FACTS, postcode="87435"), now=NOON, seen=NOON)
    account = await queries.get_account(actor, account_id)
    assert (account.facts.domain, account.facts.postcode) == ("acme.de", "87435")
    assert await names_of(account_id) == ["account.created", "account.changed"]
    with pytest.raises(Conflict):
        await linking.change_account(actor, account_id, FACTS, now=NOON, seen=NOON - timedelta(1))


@pytest.mark.parametrize("who", ["pia", "paul", "dora", "milo", "faye", "audra", "ada"])
async def test_others_do_not(cast: Cast, who: str) -> None:
    actor = cast.everybody()[who]
    account_id = await make.account()
    card_id = await make.card(cast.pia)
    for command in (
        linking.create_account(actor, FACTS, now=NOON),
        linking.change_account(actor, account_id, FACTS, now=NOON),
        linking.link_card(actor, card_id, account_id, now=NOON),
        linking.create_account_from_card(actor, card_id, now=NOON),
        linking.unlink_card(actor, card_id, now=NOON),
    ):
        with pytest.raises(NotAllowed):
            await command


@pytest.mark.parametrize("who", ["pia", "petra", "dora"])
async def test_partners_read_no_account(cast: Cast, who: str) -> None:
    actor = cast.everybody()[who]
    with pytest.raises(NotAllowed):
        await queries.get_account(actor, await make.account())
    with pytest.raises(NotAllowed):
        await queries.find_link(actor, await make.card(cast.pia))
    for table in ("partners_account", "partners_card_link"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(actor):
                await db.sql(f"SELECT * FROM {table}")


async def test_suggestions_are_weighed_and_say_why(cast: Cast) -> None:
    facts = replace(FACTS, registry_id="DE136695976")
    same = await linking.create_account(cast.vera, facts, now=NOON)
    by_domain = await linking.create_account(cast.vera, CustomerFacts("Zenith", "DE", domain="acme.de"), now=NOON)
    await linking.create_account(cast.vera, replace(facts, registry_id="DE129273398"), now=NOON)
    await linking.create_account(cast.vera, CustomerFacts("Borealis Foods AG", "DE"), now=NOON)
    found = await queries.suggest_accounts(cast.vera, facts)
    assert [one.account_id for one in found] == [same, by_domain]
    assert {Reason.REGISTRY, Reason.DOMAIN, Reason.NAME, Reason.CITY} <= set(found[0].reasons)
    assert (found[0].legal_name, found[0].percent >= 99, found[1].percent < 90) == ("Acme GmbH", True, True)


async def test_accounts_that_are_one_customer_are_suggested_once(cast: Cast) -> None:
    first = await linking.create_account(cast.vera, FACTS, now=NOON)
    second = await linking.create_account(cast.vera, replace(FACTS, registry_id=""), now=NOON)
    assert len(await queries.suggest_accounts(cast.vera, FACTS)) == 2
    await merge_accounts(cast.vera, second, first, now=NOON)
    [found] = await queries.suggest_accounts(cast.vera, FACTS)
    assert (found.account_id, found.canonical) == (first, first)


async def test_who_is_like_nobody_is_suggested_nobody(cast: Cast) -> None:
    await linking.create_account(cast.vera, CustomerFacts("Zenith", "DE"), now=NOON)
    assert await queries.suggest_accounts(cast.vera, CustomerFacts("Acme", "DE")) == []


async def test_linking_is_between_the_vendor_and_itself(cast: Cast) -> None:
    card_id = await service.create_card(cast.pia, FACTS, now=NOON)
    before = await queries.get_card(cast.pia, card_id)
    account_id = await linking.create_account(cast.vera, FACTS, now=NOON)
    await linking.link_card(cast.vera, card_id, account_id, now=NOON)
    link = await queries.find_link(cast.vera, card_id)
    assert link is not None
    assert (link.account_id, link.reason, link.linked_by) == (account_id, "registry_id,domain,name,city", "Vera Vendor")
    assert [one.id for one in (await queries.get_account(cast.vera, account_id)).cards] == [card_id]
    assert await queries.get_card(cast.pia, card_id) == before
    linked = (await events_of(card_id))[-1]
    assert (linked["name"], linked["audience"], linked["partner_id"]) == ("card.linked", "vendor", cast.alpha)
    assert linked["changes"]["reasons"] == [None, ["registry_id", "domain", "name", "city"]]
    async with db.transaction(cast.pia):
        names = await db.sql("SELECT name FROM core_event WHERE subject_id = $1", card_id)
    assert [row["name"] for row in names] == ["card.created"]


async def test_a_card_has_one_account(cast: Cast) -> None:
    card_id = await make.card(cast.pia, account_id=await make.account())
    with pytest.raises(Conflict):
        await linking.link_card(cast.vera, card_id, await make.account(), now=NOON)
    with pytest.raises(Conflict):
        await linking.create_account_from_card(cast.vera, card_id, now=NOON)


async def test_an_account_is_made_from_a_card(cast: Cast) -> None:
    card_id = await service.create_card(cast.pia, replace(FACTS, notes="Ours alone"), now=NOON)
    account_id = await linking.create_account_from_card(cast.vera, card_id, now=NOON)
    account = await queries.get_account(cast.vera, account_id)
    assert (account.facts.legal_name, account.facts.domain, account.facts.notes) == ("Acme GmbH", "acme.de", "")
    link = await queries.find_link(cast.vera, card_id)
    assert link is not None
    assert link.account_id == account_id


async def test_a_link_is_undone_while_nothing_is_protected(cast: Cast) -> None:
    account_id, product = await make.account(), await make.product()
    card_id = await make.card(cast.pia, account_id=account_id)
    deal = await make.deal(cast.pia, card_id=card_id, product_id=product, state="approved")
    await make.protection(deal, cast.pia, account_id, await make.group_of(product))
    with pytest.raises(Conflict):
        await linking.unlink_card(cast.vera, card_id, now=NOON)
    await linking.unlink_card(cast.vera, card_id, now=NOON + timedelta(days=366))
    assert await queries.find_link(cast.vera, card_id) is None
    assert (await events_of(card_id))[-1]["changes"] == {"account": [str(account_id), None]}
    with pytest.raises(Conflict):
        await linking.unlink_card(cast.vera, card_id, now=NOON)


async def test_accounts_are_searched_by_words(cast: Cast) -> None:
    await linking.create_account(cast.vera, FACTS, now=NOON)
    assert [one.legal_name for one in await queries.search_accounts(cast.vera, "kempten acme")] == ["Acme GmbH"]
    assert await queries.search_accounts(cast.vera, "") == []
