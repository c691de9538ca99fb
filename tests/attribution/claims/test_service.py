"""Contribution claims: written, submitted, decided; the touch they make, and what nobody learns from them."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from attribution.claims import queries, service
from attribution.claims.invariants import INVARIANTS
from attribution.claims.policy import KEY, ClaimTerms
from attribution.claims.service import Said
from attribution.touchpoints.rules import TouchKind
from partners.companies import service as companies
from partners.companies.rules import CompanyStatus
from partners.customers import linking
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.identity import service as identity
from portal.policies import queries as policies_read
from portal.policies import service as policies
from tests import make
from tests.attribution.claims.world import facts, submitted
from tests.make import NOON, TODAY, Cast
from tests.partners.stand import events_of, names_of, statements
from tests.settle import settle


async def touches() -> list[dict[str, Any]]:
    """The touches of claims, with their decisions in order."""
    async with db.transaction(SYSTEM):
        return await db.sql(
            "SELECT t.*, (SELECT array_agg(d.state ORDER BY d.seq) FROM attribution_touchpoint_decision d"
            " WHERE d.touchpoint = t.id) AS decisions FROM attribution_touchpoint t"
            " WHERE t.source_system = 'tributary' AND t.source_id LIKE 'claim/%' ORDER BY t.seq"
        )


async def in_force(cast: Cast, **terms: int) -> None:
    """A claims policy that holds today."""
    body = ClaimTerms(**{"look_back_days": 30, "open_claims": 2} | terms).model_dump()
    version = await policies.create_draft(cast.ada, KEY, body, effective_from=TODAY, now=NOON)
    await policies.submit(cast.ada, version, today=TODAY, now=NOON)
    async with db.transaction(SYSTEM):
        request = await db.sql_one("SELECT id, content_sha256 FROM approvals_request WHERE subject_id = $1", version)
    assert request
    await approvals.decide(
        cast.vera, request["id"], approve=True, content_sha256=request["content_sha256"], note="", now=NOON
    )


async def test_from_draft_to_approved_with_its_events(cast: Cast) -> None:
    card = await make.card(cast.pia, "Kaltenberg AG", account_id=await make.account())
    claim = await service.create_draft(cast.pia, facts(card), now=NOON)
    await service.edit_claim(cast.pia, claim, facts(card, kind=TouchKind.DEMO), now=NOON)
    for who, verb, note in (
        (cast.pia, "submit", ""), (cast.vera, "take", ""), (cast.vera, "ask", "Who was there?"),
        (cast.pia, "answer", "Dr. Huber."), (cast.vera, "approve", "Thank you."),
    ):  # fmt: skip
        await service.move_claim(who, claim, verb, said=Said(note), now=NOON)
    record = await queries.get_record(cast.pia, claim)
    assert (record.state, record.answer, record.decision_note, record.customer_name) == (
        "approved", "Dr. Huber.", "Thank you.", "Kaltenberg AG",
    )  # fmt: skip
    assert await names_of(claim) == [
        "claim.drafted", "claim.edited", "claim.submitted", "claim.taken", "claim.asked", "claim.answered",
        "claim.approved",
    ]  # fmt: skip
    assert {event["audience"] for event in await events_of(claim)} == {"partner"}


async def test_the_touch_of_a_linked_customer_follows_the_claim(cast: Cast) -> None:
    account = await make.account()
    claim = await submitted(cast.pia, await make.card(cast.pia, account_id=account))
    await settle()
    [touch] = await touches()
    assert (touch["source_id"], touch["account"], touch["partner"], touch["kind"], touch["motion"]) == (
        f"claim/{claim}", account, cast.alpha, "training", "build",
    )  # fmt: skip
    assert (touch["precision"], touch["evidence"], touch["decisions"]) == (
        "day", "https://files.example/report.pdf", ["claimed"],
    )  # fmt: skip
    assert touch["occurred_at"].isoformat() == "2026-11-10T23:00:00+00:00"
    await service.move_claim(cast.vera, claim, "take", now=NOON)
    await service.move_claim(cast.vera, claim, "approve", now=NOON)
    await settle()
    assert [one["decisions"] for one in await touches()] == [["claimed", "approved"]]


async def test_a_customer_that_is_linked_later_gets_the_touch_then(cast: Cast) -> None:
    card = await make.card(cast.pia)
    await submitted(cast.pia, card)
    await service.create_draft(cast.pia, facts(card), now=NOON)
    await settle()
    assert await touches() == []
    account = await make.account()
    await linking.link_card(cast.vera, card, account, now=NOON)
    await settle()
    assert [(one["account"], one["decisions"]) for one in await touches()] == [(account, ["claimed"])]


@pytest.mark.parametrize("ending", ["reject", "withdraw"])
async def test_what_is_rejected_or_withdrawn_does_not_count(cast: Cast, ending: str) -> None:
    claim = await submitted(cast.pia, await make.card(cast.pia, account_id=await make.account()))
    await settle()
    if ending == "reject":
        await service.move_claim(cast.vera, claim, "take", now=NOON)
        await service.move_claim(cast.vera, claim, "reject", said=Said("No sign.", "no_evidence"), now=NOON)
    else:
        await service.move_claim(cast.pia, claim, "withdraw", now=NOON)
    await settle()
    assert [one["decisions"] for one in await touches()] == [["claimed", "rejected"]]


async def test_approving_needs_the_account(cast: Cast) -> None:
    claim = await submitted(cast.pia)
    await service.move_claim(cast.vera, claim, "take", now=NOON)
    with pytest.raises(Conflict) as refused:
        await service.move_claim(cast.vera, claim, "approve", now=NOON)
    assert refused.value.code == "unlinked"
    await service.move_claim(cast.vera, claim, "reject", said=Said("No.", "other"), now=NOON)


async def test_submitting_tells_nothing_about_the_customer(cast: Cast) -> None:
    """Linked or not, with a rival's claim of the same day or not: the same statements, none beyond the own rows."""
    account = await make.account()
    await submitted(cast.otto, await make.card(cast.otto, account_id=account))
    await settle()
    cards = [await make.card(cast.pia), await make.card(cast.pia, account_id=account)]
    seen = []
    for card in cards:
        with statements() as found:
            claim = await service.submit_new(cast.pia, facts(card), now=NOON)
            await queries.get_record(cast.pia, claim)
        seen.append(found)
    assert seen[0] == seen[1]
    words = " ".join(seen[0])
    assert not any(table in words for table in ("card_link", "attribution_touchpoint", "partners_account", "visitor"))


@pytest.mark.parametrize("stranger", ["otto", "oona"])
async def test_a_rival_cannot_tell_that_it_exists(cast: Cast, stranger: str) -> None:
    claim, actor = await submitted(cast.pia), cast.everybody()[stranger]
    for attempt in (
        queries.get_record(actor, claim),
        service.move_claim(actor, claim, "withdraw", now=NOON),
        service.edit_claim(actor, claim, facts(await make.card(actor)), now=NOON),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_card_or_deal_of_somebody_else_is_not_found(cast: Cast) -> None:
    rivals, own = await make.card(cast.otto), await make.card(cast.pia)
    with pytest.raises(NotFound):
        await service.create_draft(cast.pia, facts(rivals), now=NOON)
    for deal in (await make.deal(cast.otto), await make.deal(cast.pia)):
        with pytest.raises(Invalid):
            await service.create_draft(cast.pia, facts(own, deal=deal), now=NOON)
    with pytest.raises(NotAllowed):
        await service.create_draft(cast.dora, facts(own), now=NOON)


async def test_a_distributor_reads_a_resellers_claim_and_changes_nothing(cast: Cast) -> None:
    claim = await submitted(cast.pia)
    assert (await queries.get_record(cast.dora, claim)).id == claim
    with pytest.raises(NotAllowed):
        await service.move_claim(cast.dora, claim, "withdraw", now=NOON)


@pytest.mark.parametrize("who", ["pam", "petra", "faye", "milo", "audra", "ada"])
async def test_only_who_may_decides_or_claims(cast: Cast, who: str) -> None:
    claim, actor = await submitted(cast.pia), cast.everybody()[who]
    for verb in ("take", "withdraw"):
        with pytest.raises(NotAllowed):
            await service.move_claim(actor, claim, verb, now=NOON)
    with pytest.raises(NotAllowed):
        await service.create_draft(actor, facts(await make.card(cast.pia)), now=NOON)


async def test_a_draft_is_its_partners_alone(cast: Cast) -> None:
    claim = await service.create_draft(cast.pia, facts(await make.card(cast.pia)), now=NOON)
    for actor in (cast.vera, cast.audra):
        with pytest.raises(NotFound):
            await queries.get_record(actor, claim)
    assert (await queries.get_record(cast.paul, claim)).id == claim


async def test_what_was_submitted_is_not_edited(cast: Cast) -> None:
    card = await make.card(cast.pia)
    claim = await submitted(cast.pia, card)
    with pytest.raises(Conflict) as refused:
        await service.edit_claim(cast.pia, claim, facts(card, did="More."), now=NOON)
    assert refused.value.code == "locked"


async def test_an_older_version_is_refused(cast: Cast) -> None:
    card = await make.card(cast.pia)
    claim = await service.create_draft(cast.pia, facts(card), now=NOON)
    await service.edit_claim(cast.pia, claim, facts(card, did="More."), version=1, now=NOON)
    with pytest.raises(Conflict):
        await service.edit_claim(cast.pia, claim, facts(card, did="Less."), version=1, now=NOON)


async def test_words_and_reasons_are_needed(cast: Cast) -> None:
    claim = await submitted(cast.pia)
    await service.move_claim(cast.vera, claim, "take", now=NOON)
    for verb, said in (("ask", Said()), ("reject", Said("No.", "")), ("reject", Said("", "other"))):
        with pytest.raises(Invalid):
            await service.move_claim(cast.vera, claim, verb, said=said, now=NOON)


async def test_the_policy_bounds_what_is_submitted(cast: Cast) -> None:
    await in_force(cast)
    old = facts(await make.card(cast.pia), occurred_on=TODAY - timedelta(days=31))
    draft = await service.create_draft(cast.pia, old, now=NOON)
    with pytest.raises(Invalid) as too_old:
        await service.move_claim(cast.pia, draft, "submit", now=NOON)
    assert list(too_old.value.errors) == ["occurred_on"]
    first = await submitted(cast.pia)
    await submitted(cast.pia)
    with pytest.raises(Conflict) as too_many:
        await submitted(cast.pia)
    assert too_many.value.code == "limit"
    async with db.transaction(cast.pia):
        claim = await queries.get_claim(cast.pia, first)
    version = await policies_read.in_force(cast.pia, KEY, TODAY)
    assert version
    assert claim.policy_version == version.version_id


async def test_a_suspended_partner_submits_nothing(cast: Cast) -> None:
    await companies.set_status(cast.vera, cast.alpha, CompanyStatus.SUSPENDED, note="", now=NOON)
    with pytest.raises(Conflict):
        await submitted(cast.pia)


async def test_who_leaves_hands_open_claims_over(cast: Cast) -> None:
    claim = await submitted(cast.pia)
    await identity.end_membership(cast.paul, cast.pia.membership_id, cast.paul.membership_id, now=NOON)
    assert (await queries.get_record(cast.paul, claim)).owner_name == "Paul Alpha"
    assert (await names_of(claim))[-1] == "claim.handed_over"


async def test_the_vendor_sees_the_day_and_who_else_claims_it(cast: Cast) -> None:
    account = await make.account()
    near = await make.touchpoint(account, occurred_at=NOON - timedelta(days=10))
    await make.touchpoint(account, occurred_at=NOON - timedelta(days=60))
    mine = await submitted(cast.pia, await make.card(cast.pia, account_id=account))
    rival = await submitted(cast.otto, await make.card(cast.otto, account_id=account))
    await submitted(cast.otto, await make.card(cast.otto, account_id=account), occurred_on=TODAY)
    await settle()
    side = await queries.get_vendor_side(cast.vera, await queries.get_record(cast.vera, mine))
    assert side.account_id == account
    assert [one.id for one in side.others] == [rival]
    assert side.touches[0].id == near
    assert [one.is_this for one in side.touches].count(True) == 1
    assert len(side.touches) == 4
    with pytest.raises(NotAllowed):
        await queries.get_vendor_side(cast.pia, await queries.get_record(cast.pia, mine))


async def test_a_reaction_waits_for_another_before_it_reads_how_the_claim_stands(cast: Cast) -> None:
    """Else the one that began first could write last, what was true before."""
    claim = await submitted(cast.pia, await make.card(cast.pia, account_id=await make.account()))
    with statements() as seen:
        await settle()
    reading = next(place for place, one in enumerate(seen) if "FROM attribution_claim c JOIN partners_card_link" in one)
    assert "pg_advisory_xact_lock" in seen[reading - 1]
    assert [one["source_id"] for one in await touches()] == [f"claim/{claim}"]


async def test_what_waits_for_whom(cast: Cast) -> None:
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1 WHERE id = $2", cast.vera.membership_id, cast.alpha)
    claim = await submitted(cast.pia)
    await submitted(cast.otto)
    assert [one.id for one in await queries.list_waiting(cast.vera)] == [claim]
    assert await queries.list_waiting(cast.pia) == []
    await service.move_claim(cast.vera, claim, "take", now=NOON)
    await service.move_claim(cast.vera, claim, "ask", said=Said("Who?"), now=NOON)
    assert [one.id for one in await queries.list_waiting(cast.pia)] == [claim]
    assert await queries.list_waiting(cast.vera) == []
    assert await queries.list_waiting(cast.audra) == []


@pytest.mark.parametrize(
    "change",
    [
        "state = 'approved', decided_at = now()", "state = 'in_review'", "did = 'more'", "occurred_on = '2026-11-17'",
        "decision_note = 'x'", "taken_at = now()",
    ],
)  # fmt: skip
async def test_the_database_lets_no_partner_decide_or_rewrite_a_submitted_claim(cast: Cast, change: str) -> None:
    claim = await submitted(cast.pia)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql(f"UPDATE attribution_claim SET {change} WHERE id = $1", claim)


async def test_the_database_lets_no_partner_begin_with_a_decided_claim(cast: Cast) -> None:
    await submitted(cast.pia)
    copied = "partner_id, owner, card, customer_name, motion, kind, occurred_on, created_at, changed_at"
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql(
                f"INSERT INTO attribution_claim (id, state, submitted_at, decided_at, {copied})"
                f" SELECT gen_random_uuid(), 'approved', now(), now(), {copied} FROM attribution_claim"
            )


async def test_the_invariants_find_a_claim_that_counts_without_approval(cast: Cast) -> None:
    claim = await submitted(cast.pia, await make.card(cast.pia, account_id=await make.account()))
    await settle()
    async with db.transaction(SYSTEM):
        assert [await db.sql(one.sql) for one in INVARIANTS] == [[], []]
        await db.sql(
            "INSERT INTO attribution_touchpoint_decision (id, touchpoint, state, decided_by, decided_at)"
            " SELECT gen_random_uuid(), id, 'approved', id, now() FROM attribution_touchpoint WHERE source_id = $1",
            f"claim/{claim}",
        )
        assert [len(await db.sql(one.sql)) for one in INVARIANTS] == [1, 0]
