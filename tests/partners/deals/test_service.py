"""Commands on deals against the real database: the row, its event, and everything that refuses."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from partners.companies.entitlements import Entitlements, TierEntitlement
from partners.companies.rules import Tier
from partners.deals import queries, service
from partners.deals.rules import Contact, Line, NewCustomer, Registration
from partners.deals.service import Said
from partners.deals.states import DealRole
from partners.deals.tables import Deal
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import events_of, names_of, registration, tiers


async def row(deal_id: UUID) -> Deal:
    async with db.transaction(SYSTEM):
        return await queries.get_deal(SYSTEM, deal_id)


async def in_review(cast: Cast, *, account: UUID | None = None, product: UUID | None = None, **more: Any) -> UUID:
    card = await make.card(cast.pia, account_id=account)
    return await make.deal(cast.pia, card_id=card, product_id=product, state="in_review", **more)


async def protections(deal_id: UUID) -> list[dict[str, object]]:
    async with db.transaction(SYSTEM):
        return await db.sql("SELECT * FROM partners_deal_protection WHERE deal = $1", deal_id)


async def test_registering_takes_one_command(cast: Cast) -> None:
    await tiers()
    product = await make.product(price=100_00)
    deal_id = await service.register_deal(cast.pia, registration(product), now=NOON)
    deal = await row(deal_id)
    assert deal.number == "AS-2026-001"
    assert (deal.state, deal.stage, deal.amount_minor, deal.currency) == ("submitted", "prospect", 1_000_00, "EUR")
    assert (deal.customer_name, deal.submitted_at) == ("Allgäuer Frischlogistik GmbH", NOON)
    assert (deal.owner, deal.registered_by) == (cast.pia.membership_id, cast.pia.membership_id)
    assert await names_of(deal_id) == ["deal.drafted", "deal.submitted"]
    assert await names_of(deal.card) == ["card.created"]


async def test_registering_again_uses_the_same_card_and_the_next_number(cast: Cast) -> None:
    await tiers()
    product = await make.product()
    first = await row(await service.register_deal(cast.pia, registration(product), now=NOON))
    again = registration(product, customer=NewCustomer("ALLGÄUER  Frischlogistik GmbH", "DE"))
    second = await row(await service.register_deal(cast.paul, again, now=NOON))
    assert second.card == first.card
    assert second.number == "AS-2026-002"


async def test_numbers_count_per_partner_and_year(cast: Cast) -> None:
    product = await make.product()
    new_year = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)
    mine = await service.create_draft(cast.pia, registration(product), now=NOON)
    rivals = await service.create_draft(cast.otto, registration(product), now=NOON)
    later = await service.create_draft(cast.pia, registration(product), now=new_year)
    assert [(await row(one)).number for one in (mine, rivals, later)] == ["AS-2026-001", "OI-2026-001", "AS-2027-001"]


async def test_a_draft_needs_only_its_customer(cast: Cast) -> None:
    card = await make.card(cast.pia)
    deal_id = await service.create_draft(cast.pia, Registration(card, "EUR"), now=NOON)
    assert (await row(deal_id)).amount_minor == 0
    with pytest.raises(Invalid) as refusal:
        await service.move_deal(cast.pia, deal_id, "submit", now=NOON)
    assert set(refusal.value.errors) == {"lines", "expected_close_on"}
    assert (await row(deal_id)).state == "draft"


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"currency": "XXQ"}, "currency"),
        ({"customer": NewCustomer("", "DE")}, "customer"),
        ({"customer": NewCustomer("Acme", "XX")}, "country"),
        ({"contact": Contact("", "anke@x.example")}, "contact_name"),
        ({"contact": Contact("Anke", "no address")}, "contact_email"),
        ({"notes": "n" * 10_001}, "notes"),
        ({"competitor": "c" * 121}, "competitor"),
    ],
)
async def test_what_cannot_be_is_refused_by_field(cast: Cast, more: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refusal:
        await service.create_draft(cast.pia, registration(await make.product(), **more), now=NOON)
    assert list(refusal.value.errors) == [field]


async def test_wrong_lines_are_named_by_their_place(cast: Cast) -> None:
    good, dollars = await make.product(), await make.product(currency="USD")
    lines = (Line(good, 1), Line(dollars, 1), Line(uuid4(), 1))
    with pytest.raises(Invalid) as refusal:
        await service.create_draft(cast.pia, registration(good, lines=lines), now=NOON)
    assert list(refusal.value.errors) == ["lines.1.price", "lines.2.product"]
    with pytest.raises(Invalid) as refusal:
        await service.create_draft(cast.pia, registration(good, lines=(Line(good, 0), Line(good, 1, -1))), now=NOON)
    assert list(refusal.value.errors) == ["lines.0.quantity", "lines.1.price"]


async def test_a_rivals_card_is_no_card(cast: Cast) -> None:
    card = await make.card(cast.otto)
    with pytest.raises(NotFound):
        await service.create_draft(cast.pia, registration(await make.product(), customer=card), now=NOON)


async def test_a_distributor_cannot_register_for_the_reseller_below_it(cast: Cast) -> None:
    card = await make.card(cast.pia)
    with pytest.raises(NotFound):
        await service.create_draft(cast.dora, registration(await make.product(), customer=card), now=NOON)


@pytest.mark.parametrize("who", ["pam", "petra", "vera", "sam", "faye", "audra", "ada"])
async def test_only_those_who_sell_for_a_partner_register(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await service.create_draft(cast.everybody()[who], registration(await make.product()), now=NOON)


async def test_the_contact_is_put_on_the_card_once_and_stays_out_of_the_event(cast: Cast) -> None:
    person = Contact("Anke Petersen", "anke@frisch.example", "Asked by phone on 12 November")
    product = await make.product()
    first = await row(await service.create_draft(cast.pia, registration(product, contact=person), now=NOON))
    await service.create_draft(cast.pia, registration(product, contact=person, customer=first.card), now=NOON)
    async with db.transaction(SYSTEM):
        people = await db.sql("SELECT name, consent, consent_at FROM partners_card_contact WHERE card = $1", first.card)
    assert people == [{"name": "Anke Petersen", "consent": person.consent, "consent_at": NOON}]
    for event in [*await events_of(first.id), *await events_of(first.card)]:
        assert "Petersen" not in str(event["changes"]) + event["note"]


async def test_a_rival_cannot_tell_that_it_exists(cast: Cast) -> None:
    deal = await make.deal(cast.pia)
    for command in (
        service.move_deal(cast.otto, deal, "withdraw", now=NOON),
        service.set_stage(cast.otto, deal, "qualify", now=NOON),
        service.edit_deal(cast.otto, deal, registration(await make.product()), now=NOON),
    ):
        with pytest.raises(NotFound):
            await command


async def test_a_distributor_reads_and_changes_nothing(cast: Cast) -> None:
    deal = await make.deal(cast.pia)
    async with db.transaction(cast.dora):
        assert (await queries.get_deal(cast.dora, deal)).id == deal
    with pytest.raises(NotAllowed):
        await service.move_deal(cast.dora, deal, "withdraw", now=NOON)


async def test_the_registration_from_draft_to_approval(cast: Cast) -> None:
    version = await tiers()
    account = await make.account()
    card = await make.card(cast.pia, account_id=account)
    product = await make.product()
    deal = await service.register_deal(cast.pia, registration(product, customer=card), now=NOON)
    await service.move_deal(cast.vera, deal, "take", now=NOON)
    taken = await row(deal)
    assert (taken.state, taken.reviewer, taken.taken_at) == ("in_review", cast.vera.membership_id, NOON)
    await service.move_deal(cast.vera, deal, "ask", now=NOON, said=Said("How many sites?", asked=["lines"]))
    asked = await row(deal)
    assert (asked.state, asked.question, asked.asked_fields) == ("info_requested", "How many sites?", ["lines"])
    await service.move_deal(cast.pia, deal, "answer", now=NOON, said=Said("Two."))
    assert (await row(deal)).answer == "Two."
    await service.move_deal(cast.vera, deal, "approve", now=NOON, said=Said("Good luck."))
    done = await row(deal)
    assert (done.state, done.decided_at, done.policy_version) == ("approved", NOON, version)
    assert done.protected_until == datetime(2027, 2, 16, 23, 0, tzinfo=UTC)
    assert done.version == 6
    found = await protections(deal)
    assert [(p["account"], p["product_group"], p["protected_from"], p["protected_until"]) for p in found] == [
        (account, await make.group_of(product), NOON, done.protected_until)
    ]
    assert await names_of(deal) == [
        "deal.drafted", "deal.submitted", "deal.taken", "deal.asked", "deal.answered", "deal.approved",
    ]  # fmt: skip
    assert all(event["audience"] == "partner" for event in await events_of(deal))


async def test_approval_protects_each_group_once(cast: Cast) -> None:
    await tiers()
    one = await make.product()
    same_group = await make.product(group=await make.group_of(one))
    other = await make.product()
    card = await make.card(cast.pia, account_id=await make.account())
    lines = (Line(one, 1), Line(same_group, 2), Line(other, 3))
    deal = await service.register_deal(cast.pia, registration(one, customer=card, lines=lines), now=NOON)
    await service.move_deal(cast.vera, deal, "take", now=NOON)
    await service.move_deal(cast.vera, deal, "approve", now=NOON)
    assert {p["product_group"] for p in await protections(deal)} == {
        await make.group_of(one),
        await make.group_of(other),
    }


@pytest.mark.parametrize("role", [role for role in DealRole if role != DealRole.SELL])
async def test_other_roles_join_without_protection(cast: Cast, role: DealRole) -> None:
    await tiers()
    account, product = await make.account(), await make.product()
    first = await in_review(cast, account=account, product=product)
    await service.move_deal(cast.vera, first, "approve", now=NOON)
    card = await make.card(cast.otto, account_id=account)
    joined = await make.deal(cast.otto, card_id=card, product_id=product, state="in_review", role=role)
    await service.move_deal(cast.vera, joined, "approve", now=NOON)
    assert await protections(joined) == []
    assert (await row(joined)).state == "approved"


async def test_approving_needs_an_account(cast: Cast) -> None:
    await tiers()
    deal = await in_review(cast)
    with pytest.raises(Conflict) as refusal:
        await service.move_deal(cast.vera, deal, "approve", now=NOON)
    assert refusal.value.code == "unlinked"
    assert (await row(deal)).state == "in_review"


async def test_approving_needs_a_policy(cast: Cast) -> None:
    deal = await in_review(cast, account=await make.account())
    with pytest.raises(Conflict) as refusal:
        await service.move_deal(cast.vera, deal, "approve", now=NOON)
    assert refusal.value.code == "policy"


async def test_a_second_protection_is_refused_and_names_the_first_to_the_vendor(cast: Cast) -> None:
    await tiers()
    account, product = await make.account(), await make.product()
    first = await in_review(cast, account=account, product=product)
    await service.move_deal(cast.vera, first, "approve", now=NOON)
    card = await make.card(cast.otto, account_id=account)
    second = await make.deal(cast.otto, card_id=card, product_id=product, state="in_review")
    with pytest.raises(Conflict) as refusal:
        await service.move_deal(cast.vera, second, "approve", now=NOON)
    assert refusal.value.code == "protected"
    for words in ("Alpha Systemhaus GmbH", (await row(first)).number, "16 Feb 2027"):
        assert words in refusal.value.message
    assert (await row(second)).state == "in_review"
    assert await protections(second) == []
    after = NOON + timedelta(days=120)
    await service.move_deal(cast.vera, second, "approve", now=after)
    assert (await row(second)).state == "approved"


async def test_a_lost_sale_is_not_approved(cast: Cast) -> None:
    await tiers()
    deal = await in_review(cast, account=await make.account())
    await service.set_stage(cast.pia, deal, "lose", now=NOON, said=Said(code="price"))
    with pytest.raises(Conflict):
        await service.move_deal(cast.vera, deal, "approve", now=NOON)


@pytest.mark.parametrize(
    ("said", "field"),
    [(Said("No."), "code"), (Said("No.", code="mood"), "code"), (Said("", code="duplicate"), "note")],
)
async def test_rejecting_needs_code_and_words(cast: Cast, said: Said, field: str) -> None:
    deal = await in_review(cast)
    with pytest.raises(Invalid) as refusal:
        await service.move_deal(cast.vera, deal, "reject", now=NOON, said=said)
    assert list(refusal.value.errors) == [field]


async def test_rejecting_says_why(cast: Cast) -> None:
    deal = await in_review(cast)
    said = Said("You registered it in May.", code="duplicate")
    await service.move_deal(cast.vera, deal, "reject", now=NOON, said=said)
    rejected = await row(deal)
    assert (rejected.state, rejected.reject_code, rejected.decision_note) == (
        "rejected",
        "duplicate",
        "You registered it in May.",
    )
    event = (await events_of(deal))[-1]
    assert (event["name"], event["note"]) == ("deal.rejected", said.note)
    assert event["changes"] == {"state": ["in_review", "rejected"], "reject_code": ["", "duplicate"]}


async def test_a_question_and_an_answer_need_words(cast: Cast) -> None:
    deal = await in_review(cast)
    with pytest.raises(Invalid):
        await service.move_deal(cast.vera, deal, "ask", now=NOON)
    with pytest.raises(Invalid):
        await service.move_deal(cast.vera, deal, "ask", now=NOON, said=Said("Why?", asked=["customer"]))
    await service.move_deal(cast.vera, deal, "ask", now=NOON, said=Said("Why?"))
    with pytest.raises(Invalid):
        await service.move_deal(cast.pia, deal, "answer", now=NOON, said=Said("   "))


@pytest.mark.parametrize("state", ["draft", "submitted", "in_review", "info_requested"])
async def test_a_partner_withdraws_until_it_is_decided(cast: Cast, state: str) -> None:
    deal = await make.deal(cast.pia, state=state)
    await service.move_deal(cast.pia, deal, "withdraw", now=NOON)
    assert (await row(deal)).state == "withdrawn"


@pytest.mark.parametrize("state", ["approved", "rejected", "withdrawn", "expired"])
async def test_what_is_decided_is_not_withdrawn(cast: Cast, state: str) -> None:
    deal = await make.deal(cast.pia, state=state)
    with pytest.raises(Conflict):
        await service.move_deal(cast.pia, deal, "withdraw", now=NOON)


async def test_two_editors_do_not_overwrite_each_other(cast: Cast) -> None:
    deal = await make.deal(cast.pia, state="submitted")
    seen = (await row(deal)).version
    await service.move_deal(cast.vera, deal, "take", now=NOON, version=seen)
    with pytest.raises(Conflict) as refusal:
        await service.move_deal(cast.pia, deal, "withdraw", now=NOON, version=seen)
    assert refusal.value.code == "version"
    with pytest.raises(Conflict):
        await service.set_stage(cast.pia, deal, "qualify", now=NOON, version=seen)


def one_each(most: int) -> Entitlements:
    return Entitlements(
        tiers=tuple(
            TierEntitlement(tier=tier, protection_days=30, open_registrations=most, extensions=0, extension_days=0)
            for tier in Tier
        )
    )


async def test_a_tier_limits_open_registrations(cast: Cast) -> None:
    await tiers(one_each(2))
    product = await make.product()
    first = await service.register_deal(cast.pia, registration(product), now=NOON)
    await service.register_deal(cast.paul, registration(product), now=NOON)
    with pytest.raises(Conflict) as refusal:
        await service.register_deal(cast.pia, registration(product), now=NOON)
    assert refusal.value.code == "limit"
    await service.register_deal(cast.otto, registration(product), now=NOON)
    await service.move_deal(cast.pia, first, "withdraw", now=NOON)
    await service.register_deal(cast.pia, registration(product), now=NOON)


async def test_a_refused_registration_leaves_nothing(cast: Cast) -> None:
    await tiers(one_each(1))
    product = await make.product()
    await service.register_deal(cast.pia, registration(product), now=NOON)
    with pytest.raises(Conflict):
        await service.register_deal(cast.pia, registration(product, customer=NewCustomer("Other", "DE")), now=NOON)
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT count(*) FROM partners_deal") == 1
        assert await db.sql_value("SELECT count(*) FROM partners_customer_card") == 1


async def test_a_suspended_partner_submits_nothing(cast: Cast) -> None:
    await tiers()
    deal = await make.deal(cast.pia, expected_close_on=date(2026, 12, 1))
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET status = 'suspended' WHERE id = $1", cast.alpha)
    with pytest.raises(Conflict):
        await service.move_deal(cast.pia, deal, "submit", now=NOON)
