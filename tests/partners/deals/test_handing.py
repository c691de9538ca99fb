"""Hand-overs: two people, one deal ends and one begins, the protection has no gap, and neither partner learns of the other."""

import json
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.companies import service as companies
from partners.companies.rules import CompanyStatus
from partners.conflicts.checking import check_account
from partners.customers import linking
from partners.deals import extending, handing, queries, revoking, rules, service, windows
from partners.deals.extending import Decision
from partners.deals.states import DealSource
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests import make
from tests.make import NOON, Cast
from tests.partners.deals.handovers import (
    LATER,
    NOTE,
    TO_GIVER,
    TO_TAKER,
    asked,
    broken,
    decide,
    handed,
    handover_of,
    holds,
    second,
    wish,
)
from tests.partners.deals.test_extending import ENDS, approved, ends_of, extensions, row
from tests.partners.deals.test_reactions import mails
from tests.partners.stand import events_of, names_of, registration, tiers
from tests.settle import settle


@pytest.fixture(autouse=True)
def _later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


async def test_two_people_hand_a_deal_over_and_the_protection_has_no_gap(cast: Cast) -> None:
    version = await tiers()
    account, product = await make.account("Allgäuer Frischlogistik AG", city="Kempten"), await make.product()
    deal = await approved(cast, account=account, product=product)
    group = await make.group_of(product)
    request = await asked(cast, deal)
    assert ((await row(deal)).state, (await row(deal)).protected_until) == ("approved", ENDS)
    await decide(request)
    old, link = await row(deal), await handover_of(deal)
    new = await row(link["became"])
    assert (old.state, old.revoke_code, old.revoke_note) == ("revoked", "cannot_serve", TO_GIVER)
    assert (old.revoked_at, old.protected_until) == (LATER, LATER)
    assert (new.partner_id, new.state, new.stage, new.source) == (cast.omega, "approved", "prospect", "handed_over")
    assert (new.protected_until, new.decided_at, new.policy_version) == (ENDS, LATER, version)
    assert (new.owner, new.number, new.decision_note) == (cast.oona.membership_id, "OI-2026-001", TO_TAKER)
    assert [one.continued_from is None for one in (old, new)] == [True, True]
    assert await holds(deal) == [(group, account, NOON, LATER)]
    assert await holds(new.id) == [(group, account, LATER, ENDS)]
    assert (link["requested_by"], link["reason"], link["note"]) == (cast.vera.membership_id, "cannot_serve", NOTE)
    assert await names_of(deal) == ["deal.approved", "approval.requested", "deal.revoked"]
    (event,) = await events_of(new.id)
    assert (event["name"], event["partner_id"]) == ("deal.taken_over", cast.omega)
    assert await broken() == []


async def test_the_new_deal_has_its_own_card_and_nothing_of_the_old_one_but_products_and_quantities(cast: Cast) -> None:
    await tiers()
    account = await make.account("Vendor's Name AG", city="Kempten", domain="kempten.example", industry="Guessed")
    card = await make.card(cast.pia, "Pia's Name GmbH", account_id=account, notes="Pia's own", city="Ulm")
    product = await make.product(price=100_00)
    secrets = {
        "contact_name": "Anke", "contact_email": "a@b.example", "competitor": "Rival", "reference": "CRM-1",
        "notes": "Pia's notes", "help_wanted": "A demo", "price_reason": "Tender",
    }  # fmt: skip
    deal = await make.deal(
        cast.pia, card_id=card, product_id=product, quantity=7, price=80_00, state="approved", protected_until=ENDS,
        stage="negotiation", expected_close_on=make.TODAY, price_until=ENDS, **secrets,
    )  # fmt: skip
    await make.protection(deal, cast.pia, account, await make.group_of(product), protected_until=ENDS)
    became = await handed(cast, deal)
    record = await queries.get_record(cast.otto, became)
    assert (record.customer.legal_name, record.customer.city, record.customer.domain) == (
        "Vendor's Name AG", "Kempten", "kempten.example",
    )  # fmt: skip
    assert (record.customer.industry, record.people) == ("", ())
    ((line,),) = [record.lines]
    assert (line.product_id, line.quantity, line.unit_price.minor, record.amount.minor) == (product, 7, 100_00, 700_00)
    assert [getattr(record, name) for name in secrets] == [""] * len(secrets)
    assert (record.stage, record.expected_close_on, record.price_until) == ("prospect", None, None)
    text = json.dumps(await events_of(became) + await events_of(record.card_id), default=str)
    assert not [word for word in (*secrets.values(), "Pia", "Alpha", str(deal), str(cast.alpha)) if word in text]


async def test_a_card_that_is_linked_already_is_used_and_none_is_made_twice(cast: Cast) -> None:
    await tiers()
    account = await make.account()
    own = await make.card(cast.otto, "Otto's own name", account_id=account)
    first = await handed(cast, await approved(cast, account=account))
    second_deal = await handed(cast, await approved(cast, account=account, product=await make.product()))
    assert [(await row(one)).card for one in (first, second_deal)] == [own, own]
    assert (await row(first)).customer_name == "Otto's own name"
    assert [(await row(one)).number for one in (first, second_deal)] == ["OI-2026-001", "OI-2026-002"]


async def test_a_role_that_excludes_nobody_moves_without_protection(cast: Cast) -> None:
    await tiers()
    card = await make.card(cast.pia, account_id=await make.account())
    deal = await make.deal(cast.pia, card_id=card, state="in_review", role="influence")
    await service.move_deal(cast.vera, deal, "approve", now=NOON)
    became = await handed(cast, deal)
    assert ((await row(became)).role, (await row(became)).protected_until, await holds(became)) == (
        "influence", ENDS, [],
    )  # fmt: skip


async def test_nobody_hands_over_alone_and_who_may_not_decide_cannot_ask(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    request = await asked(cast, deal)
    with pytest.raises(NotAllowed):
        await decide(request, actor=cast.vera)
    with pytest.raises(asyncpg.CheckViolationError):
        async with db.transaction(SYSTEM):
            await db.sql("UPDATE partners_deal_handover SET state = 'agreed', decided_by = requested_by, became = deal")
    for actor in (cast.pia, cast.otto, cast.sam, cast.faye):
        with pytest.raises(NotAllowed):
            await handing.request_handover(actor, deal, wish(cast), now=LATER)
    for partner in (cast.pia, cast.otto):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(partner):
                await db.sql("SELECT * FROM partners_deal_handover")


async def test_a_refusal_leaves_all_as_it_is_and_no_partner_hears_of_it(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    await mails()
    await decide(await asked(cast, deal), approve=False)
    assert ((await row(deal)).state, await ends_of(deal), await mails()) == ("approved", [ENDS], [])
    for partner in (cast.pia, cast.otto):
        async with db.transaction(partner):
            seen = await db.sql("SELECT name FROM core_event WHERE subject_id = $1 ORDER BY seq", deal)
        assert [one["name"] for one in seen] == (["deal.approved"] if partner is cast.pia else [])
    await asked(cast, deal)


async def test_asking_anew_replaces_what_waits_and_it_can_be_taken_back(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    first = await asked(cast, deal)
    again = await asked(cast, deal, reason="agreed")
    with pytest.raises(Conflict):
        await decide(first)
    await handing.take_back(cast.vera, deal, now=LATER)
    with pytest.raises(Conflict):
        await decide(again)
    with pytest.raises(Conflict):
        await handing.take_back(cast.vera, deal, now=LATER)
    assert (await row(deal)).state == "approved"


async def test_one_end_is_asked_for_at_a_time(cast: Cast) -> None:
    await tiers()
    deal, other = await approved(cast), await approved(cast, product=await make.product())
    await asked(cast, deal)
    with pytest.raises(Conflict):
        await revoking.request_revocation(cast.vera, deal, "inactive", "Nothing was done.", now=LATER)
    await revoking.request_revocation(cast.vera, other, "inactive", "Nothing was done.", now=LATER)
    with pytest.raises(Conflict):
        await asked(cast, other)


@pytest.mark.parametrize(
    "state", ["draft", "submitted", "in_review", "info_requested", "rejected", "withdrawn", "expired", "revoked"]
)
async def test_only_a_running_approval_is_handed_over(cast: Cast, state: str) -> None:
    with pytest.raises(Conflict):
        await asked(cast, await make.deal(cast.pia, state=state))


async def test_what_ended_meanwhile_stays_and_the_request_can_still_be_refused(cast: Cast) -> None:
    await tiers()
    won, lost, over = [await approved(cast, product=await make.product()) for _ in range(3)]
    waiting = [await asked(cast, one) for one in (won, lost, over)]
    await service.set_stage(cast.pia, won, "win", now=LATER)
    await service.set_stage(cast.pia, lost, "lose", said=service.Said(code="price"), now=LATER)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_deal SET protected_until = $2 WHERE id = $1", over, LATER)
    await service.expire_due(now=LATER)
    viktor = await second()
    for request in waiting:
        with pytest.raises(Conflict) as refusal:
            await decide(request, actor=viktor)
        assert refusal.value.code == "over"
        await decide(request, actor=viktor, approve=False)
    assert [(await row(one)).state for one in (won, lost, over)] == ["approved", "approved", "expired"]


async def test_whatever_changed_of_what_was_shown_has_to_be_asked_anew(cast: Cast) -> None:
    await tiers()
    product = await make.product()
    deal = await approved(cast, product=product)
    request = await asked(cast, deal)
    await extending.request_extension(cast.pia, deal, 20, "They decide in March.", now=LATER)
    await extending.decide_extension(cast.vera, deal, "grant", now=LATER, said=Decision())
    with pytest.raises(Conflict) as refusal:
        await decide(request)
    assert refusal.value.code == "content"
    request = await asked(cast, deal)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_product SET list_price_minor = 90_00 WHERE id = $1", product)
    with pytest.raises(Conflict):
        await decide(request)
    assert (await row(await handed(cast, deal))).amount_minor == 10 * 90_00


async def test_a_taker_that_stopped_being_active_or_whose_person_left_gets_nothing(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    request = await asked(cast, deal, owner=cast.otto.membership_id)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_membership SET ended_at = $2 WHERE id = $1", cast.otto.membership_id, LATER)
    with pytest.raises(Conflict) as gone:
        await decide(request)
    assert gone.value.code == "owner"
    request = await asked(cast, deal)
    await companies.set_status(cast.ada, cast.omega, CompanyStatus.SUSPENDED, note="", now=LATER)
    with pytest.raises(Conflict) as stopped:
        await decide(request)
    assert (stopped.value.code, (await row(deal)).state, await ends_of(deal)) == ("inactive", "approved", [ENDS])


async def test_an_open_conflict_about_the_customer_is_decided_first(cast: Cast) -> None:
    await tiers()
    account, product = await make.account(), await make.product()
    deal = await approved(cast, account=account, product=product)
    request = await asked(cast, deal)
    card = await make.card(cast.dora, account_id=account)
    await make.deal(cast.dora, card_id=card, product_id=product, state="in_review")
    await check_account(account, now=LATER)
    for attempt in (decide(request), asked(cast, deal)):
        with pytest.raises(Conflict) as refusal:
            await attempt
        assert refusal.value.code == "conflict"


async def test_a_deal_needs_an_account_and_list_prices_in_one_currency(cast: Cast) -> None:
    unlinked = await make.deal(cast.pia, state="approved", role="build")
    with pytest.raises(Conflict) as refusal:
        await asked(cast, unlinked)
    assert refusal.value.code == "unlinked"
    card = await make.card(cast.pia, account_id=await make.account())
    mixed = await make.deal(cast.pia, card_id=card, state="approved", role="build")
    dollars = await make.product(currency="USD")
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO partners_deal_line (id, partner_id, deal, position, product, quantity, unit_price_minor,"
            " value_minor) SELECT gen_random_uuid(), partner_id, deal, 2, $2, 1, 0, 0 FROM partners_deal_line"
            " WHERE deal = $1",
            mixed, dollars,
        )  # fmt: skip
    with pytest.raises(Conflict) as refusal:
        await asked(cast, mixed)
    assert refusal.value.code == "currencies"


@pytest.mark.parametrize(
    ("more", "fields"),
    [
        ({"reason": "mood"}, {"reason"}),
        ({"giver_words": " ", "taker_words": ""}, {"giver_words", "taker_words"}),
        ({"giver_words": "Omega goes on with it."}, {"giver_words"}),
        ({"giver_words": "Otto Omega calls them."}, {"giver_words"}),
        ({"taker_words": "It was Alpha's."}, {"taker_words"}),
        ({"taker_words": "Ask Paul Alpha."}, {"taker_words"}),
    ],
)
async def test_words_are_needed_and_name_nobody_of_the_other_side(
    cast: Cast, more: dict[str, str], fields: set[str]
) -> None:
    await tiers()
    deal = await approved(cast)
    with pytest.raises(Invalid) as refusal:
        await asked(cast, deal, **more)
    assert set(refusal.value.errors) == fields


async def test_the_words_do_not_name_the_other_deal(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    number = (await row(deal)).number
    with pytest.raises(Invalid):
        await asked(cast, deal, taker_words=f"It was {number}.")


async def test_only_an_active_partner_with_somebody_who_works_deals_takes_it(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    stopped, empty = await make.company("Stopped GmbH", status="suspended"), await make.company("Empty GmbH")
    for taker in (cast.alpha, stopped, empty, UUID(int=1)):
        with pytest.raises(Invalid) as refusal:
            await asked(cast, deal, taker=taker)
        assert set(refusal.value.errors) == {"taker"}
    with pytest.raises(Invalid) as refusal:
        await asked(cast, deal, owner=cast.pia.membership_id)
    assert set(refusal.value.errors) == {"owner"}
    with pytest.raises(NotFound):
        await handing.request_handover(cast.vera, UUID(int=1), wish(cast), now=LATER)


async def test_it_goes_to_whoever_has_most_of_the_customers_deals_there(cast: Cast) -> None:
    await tiers()
    account = await make.account()
    await make.deal(cast.oona)
    await make.deal(cast.oona)
    await make.deal(cast.otto, card_id=await make.card(cast.otto, account_id=account))
    assert (await row(await handed(cast, await approved(cast, account=account)))).owner == cast.otto.membership_id
    other = await handed(cast, await approved(cast, product=await make.product()), owner=cast.oona.membership_id)
    assert (await row(other)).owner == cast.oona.membership_id


async def test_what_the_giver_waits_for_is_closed(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    await extending.request_extension(cast.pia, deal, 20, "They decide in March.", now=NOON)
    await handed(cast, deal)
    assert [one["state"] for one in await extensions(deal)] == ["closed"]


async def test_nobody_types_that_a_deal_was_handed_over(cast: Cast) -> None:
    product = await make.product()
    with pytest.raises(Invalid) as refusal:
        await service.create_draft(cast.pia, registration(product, source=DealSource.HANDED_OVER), now=NOON)
    assert set(refusal.value.errors) == {"source"}
    draft = await service.create_draft(cast.pia, registration(product), now=NOON)
    with pytest.raises(Invalid):
        await service.edit_deal(cast.pia, draft, registration(product, source=DealSource.HANDED_OVER), now=NOON)
    assert DealSource.HANDED_OVER not in rules.TYPED_SOURCES


async def test_the_taker_works_it_as_any_other_and_the_giver_may_register_anew(cast: Cast) -> None:
    await tiers()
    deal = await approved(cast)
    became = await handed(cast, deal)
    with pytest.raises(Conflict):
        await service.set_stage(cast.pia, deal, "win", now=LATER)
    await extending.request_extension(cast.otto, became, 20, "They decide in March.", now=LATER)
    await service.set_stage(cast.otto, became, "win", now=LATER)
    assert (await row(became)).stage == "won"
    with pytest.raises(Conflict):
        await linking.unlink_card(cast.vera, (await row(became)).card, now=LATER)


async def test_the_new_deal_is_quoted_and_has_no_touch_and_no_clock(cast: Cast) -> None:
    await tiers()
    became = await handed(cast, await approved(cast))
    await settle()
    async with db.transaction(SYSTEM):
        quotes = await db.sql("SELECT cause, partner_id FROM attribution_quote WHERE deal = $1", became)
        clocks = await db.sql_value("SELECT count(*) FROM partners_response WHERE deal = $1", became)
        touches = await db.sql_value(
            "SELECT count(*) FROM attribution_touchpoint WHERE source_id = $1", f"deal/{became}"
        )
    assert [tuple(one.values()) for one in quotes] == [("deal.taken_over", cast.omega)]
    assert (clocks, touches) == (0, 0)


MINUTES = st.integers(-5_000, 5_000)


@given(since=MINUTES, lasts=st.none() | st.integers(0, 5_000), now=MINUTES)
def test_two_halves_are_the_whole_and_never_overlap(since: int, lasts: int | None, now: int) -> None:
    begin, at = NOON + timedelta(minutes=since), NOON + timedelta(minutes=now)
    end = None if lasts is None else begin + timedelta(minutes=lasts)
    kept, taken = windows.halves(begin, end, at)
    assert (kept.begin, kept.end, taken.end) == (begin, taken.begin, end)
    assert kept.begin <= taken.begin
    assert end is None or taken.begin <= end
    if begin <= at and (end is None or at <= end):
        assert taken.begin == at
