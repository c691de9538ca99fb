"""Accounts are found by what they share with a description; keys follow every way in which an account is written."""

from dataclasses import replace

import pytest

from partners.customers import linking
from partners.customers.rules import CustomerFacts
from partners.matching.accounts import find_candidates, write_all_keys
from partners.matching.records import Description
from partners.matching.scoring import Reason
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.core.clock import now
from portal.core.errors import NotAllowed
from tests.make import Cast

ACME = CustomerFacts("Acme Systems GmbH", "DE", domain="acme-systems.de", city="Berlin", registry_id="DE136695976")


async def test_an_account_is_found_under_each_of_its_names(cast: Cast) -> None:
    facts = replace(ACME, local_name="阿克梅系统（上海）有限公司")
    account_id = await linking.create_account(cast.sam, facts, now=now())
    for name in ("ACME SYSTEMS", "Akme Systems GmbH", "上海阿克梅系統有限公司"):
        found = await find_candidates(cast.sam, Description(name, country="DE"))
        assert [one.account_id for one in found] == [account_id], name
    sure = await find_candidates(
        SYSTEM, Description("Somebody else", domain="info@acme-systems.de", registry_id="DE 136695976")
    )
    assert (sure[0].account_id, sure[0].joined) == (account_id, True)
    assert Reason.REGISTRY in sure[0].reasons


async def test_nobody_is_found_by_another_registry_id(cast: Cast) -> None:
    await linking.create_account(cast.sam, ACME, now=now())
    assert not await find_candidates(cast.sam, Description("Acme Systems GmbH", registry_id="DE129273398"))
    assert not await find_candidates(cast.sam, Description("Wholly Different Foods"))


async def test_keys_follow_a_change(cast: Cast) -> None:
    account_id = await linking.create_account(cast.sam, ACME, now=now())
    await linking.change_account(cast.sam, account_id, CustomerFacts("Borealis Foods AG", "DE"), now=now())
    assert not await find_candidates(cast.sam, Description("Acme Systems", country="DE"))
    found = await find_candidates(cast.sam, Description("Borealis Foods", country="DE"))
    assert [one.account_id for one in found] == [account_id]


async def test_all_keys_can_be_worked_out_anew(cast: Cast) -> None:
    account_id = await linking.create_account(cast.sam, ACME, now=now())
    async with database.transaction(cast.sam):
        await database.sql("DELETE FROM partners_account_key")
    assert await write_all_keys(cast.sam) >= 1
    assert (await find_candidates(cast.sam, Description("Acme Systems", country="DE")))[0].account_id == account_id


async def test_partners_may_not_ask(cast: Cast) -> None:
    with pytest.raises(NotAllowed):
        await find_candidates(cast.pia, Description("Acme"))
