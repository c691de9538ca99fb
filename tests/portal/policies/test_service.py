"""Drafting, submitting and approving policies on a real database."""

import json
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from attribution.commissions import plan
from partners.companies.entitlements import DEFAULT, TIERS
from portal.approvals import queries as asked
from portal.approvals import service as approvals
from portal.core import db as database
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.permissions import Role, Side
from portal.policies import queries, service
from portal.policies.rules import Standing, VersionState
from tests import make
from tests.make import NOON, TODAY, Cast

BODY: dict[str, Any] = DEFAULT.model_dump(mode="json")
SOON = date(2026, 12, 1)


def body(**days: int) -> dict[str, Any]:
    """The tiers with other days of protection."""
    return {
        "tiers": [{**row, "protection_days": days.get(row["tier"], row["protection_days"])} for row in BODY["tiers"]]
    }


async def draft(actor: Actor, *, effective_from: date | None = SOON, **days: int) -> UUID:
    return await service.create_draft(actor, "tiers", body(**days), effective_from=effective_from, now=NOON)


async def approved(author: Actor, approver: Actor, day: date, **days: int) -> UUID:
    """A version in the only way there is: drafted, submitted, approved by somebody else."""
    version_id = await draft(author, effective_from=day, **days)
    request_id = await service.submit(author, version_id, today=TODAY, now=NOON)
    await decide(approver, request_id)
    return version_id


async def decide(actor: Actor, request_id: UUID, *, approve: bool = True, note: str = "No", **more: Any) -> None:
    pending = await asked.get_request(actor, request_id)
    await approvals.decide(
        actor,
        request_id,
        approve=approve,
        content_sha256=more.get("sha", pending.content_sha256),
        note=note,
        now=more.get("now", NOON),
    )


async def events_of(subject: UUID) -> list[str]:
    async with database.transaction(SYSTEM):
        return [
            row["name"]
            for row in await database.sql("SELECT name FROM core_event WHERE subject_id = $1 ORDER BY seq", subject)
        ]


async def state_of(version_id: UUID) -> VersionState:
    return (await queries.get_version(SYSTEM, version_id)).state


async def test_from_draft_to_in_force(cast: Cast) -> None:
    version_id = await approved(cast.ada, cast.vera, SOON, gold=95)
    version = await queries.get_version(cast.audra, version_id)
    assert (version.state, version.approver, version.effective_from) == (
        VersionState.APPROVED,
        cast.vera.membership_id,
        SOON,
    )
    assert await queries.in_force(cast.vera, "tiers", SOON - timedelta(days=1)) is None
    held = await queries.in_force(cast.pia, "tiers", SOON)  # tiers are published to partners
    assert held is not None
    assert held.body.of("gold").protection_days == 95
    assert await events_of(version_id) == ["policy.drafted", "approval.requested", "policy.approved"]


async def test_numbers_go_up_and_the_newest_that_began_holds(cast: Cast) -> None:
    first = await approved(cast.ada, cast.vera, TODAY, gold=90)
    second = await approved(cast.ada, cast.vera, SOON, gold=100)
    assert [one.number for one in await queries.list_versions(cast.vera, "tiers")] == [2, 1]
    for day, expected in (
        (TODAY, first),
        (SOON - timedelta(days=1), first),
        (SOON, second),
        (date(2030, 1, 1), second),
    ):
        held = await queries.in_force(cast.vera, "tiers", day)
        assert held is not None
        assert held.version_id == expected
    [overview] = [one for one in await queries.list_kinds(cast.finn, TODAY) if one.kind is TIERS]
    assert overview.current is not None
    assert overview.to_come is not None
    assert (overview.current.id, overview.to_come.id, overview.open) == (first, second, ())


@pytest.mark.parametrize("who", ["faye", "sam", "audra", "paul"])
async def test_only_who_writes_this_kind_drafts_it(cast: Cast, who: str) -> None:
    with pytest.raises(NotAllowed):
        await draft(cast.everybody()[who])


async def test_money_policies_are_for_finance(cast: Cast) -> None:
    start = plan.DEFAULT.model_dump(mode="json")
    with pytest.raises(NotAllowed):
        await service.create_draft(cast.ada, "commission_plan", start, now=NOON)
    await service.create_draft(cast.faye, "commission_plan", start, now=NOON)
    assert [one.author for one in await queries.list_versions(cast.faye, "commission_plan")] == [
        cast.faye.membership_id
    ]


async def test_nobody_approves_their_own(cast: Cast) -> None:
    version_id = await draft(cast.vera)
    request_id = await service.submit(cast.vera, version_id, today=TODAY, now=NOON)
    with pytest.raises(NotAllowed) as refused:
        await decide(cast.vera, request_id)
    assert refused.value.code == "second_person"
    assert await state_of(version_id) == VersionState.SUBMITTED


async def test_an_author_does_not_approve_what_another_submitted_for_them(cast: Cast) -> None:
    version_id = await draft(cast.vera)
    request_id = await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    with pytest.raises(NotAllowed):
        await decide(cast.vera, request_id)


@pytest.mark.parametrize("who", ["ada", "audra", "faye"])
async def test_deciding_needs_both_rights(cast: Cast, who: str) -> None:
    """Ada writes policies but decides nothing; Faye decides, but only where money depends on it."""
    version_id = await draft(cast.vera)
    request_id = await service.submit(cast.vera, version_id, today=TODAY, now=NOON)
    with pytest.raises(NotAllowed):
        await decide(cast.everybody()[who], request_id)


async def test_twice_is_once(cast: Cast) -> None:
    version_id = await draft(cast.ada)
    request_id = await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    with pytest.raises(Conflict):
        await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    await decide(cast.vera, request_id)
    with pytest.raises(Conflict) as refused:
        await decide(cast.vera, request_id)
    assert refused.value.code == "decided"


async def test_a_change_after_submitting_voids_the_request(cast: Cast) -> None:
    version_id = await draft(cast.ada)
    request_id = await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    await service.change_draft(cast.ada, version_id, body(gold=91), effective_from=SOON, note="", now=NOON)
    assert await state_of(version_id) == VersionState.DRAFT
    with pytest.raises(Conflict) as refused:
        await decide(cast.vera, request_id)
    assert refused.value.code == "void"
    again = await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    await decide(cast.vera, again)
    assert await state_of(version_id) == VersionState.APPROVED


@pytest.mark.security
@pytest.mark.parametrize(
    "change", ["body = jsonb_set(body, '{tiers,0,protection_days}', '61')", "effective_from = effective_from + 1"]
)
async def test_one_day_changed_behind_its_back_and_nothing_is_approved(cast: Cast, change: str) -> None:
    version_id = await draft(cast.ada)
    request_id = await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    async with database.transaction(SYSTEM):
        await database.sql(f"UPDATE policies_version SET {change} WHERE id = $1", version_id)
    with pytest.raises(Conflict) as refused:
        await decide(cast.vera, request_id)
    assert refused.value.code == "content"
    assert await state_of(version_id) == VersionState.SUBMITTED


async def test_an_answer_to_other_content_is_refused(cast: Cast) -> None:
    version_id = await draft(cast.ada)
    request_id = await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    with pytest.raises(Conflict):
        await decide(cast.vera, request_id, sha="0" * 64)
    assert await state_of(version_id) == VersionState.SUBMITTED


async def test_a_refusal_needs_words_and_the_version_stays(cast: Cast) -> None:
    version_id = await draft(cast.ada)
    request_id = await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    with pytest.raises(Invalid):
        await decide(cast.vera, request_id, approve=False, note="  ")
    await decide(cast.vera, request_id, approve=False, note="Gold is too long.")
    assert await state_of(version_id) == VersionState.REJECTED
    for change in (
        service.change_draft(cast.ada, version_id, body(), effective_from=SOON, note="", now=NOON),
        service.submit(cast.ada, version_id, today=TODAY, now=NOON),
        service.take_back(cast.ada, version_id, now=NOON),
    ):
        with pytest.raises(Conflict):
            await change


async def test_taking_back(cast: Cast) -> None:
    version_id = await draft(cast.ada)
    request_id = await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    await service.take_back(cast.ada, version_id, now=NOON)
    assert await state_of(version_id) == VersionState.DRAFT
    with pytest.raises(Conflict):
        await decide(cast.vera, request_id)
    with pytest.raises(Conflict):
        await service.take_back(cast.ada, version_id, now=NOON)


@pytest.mark.parametrize("day", [None, TODAY - timedelta(days=1)])
async def test_the_day_must_be_said_and_lie_ahead(cast: Cast, day: date | None) -> None:
    await approved(cast.ada, cast.vera, date(2024, 1, 1))  # the first of all may begin in the past
    version_id = await draft(cast.ada, effective_from=day)
    with pytest.raises(Invalid) as refused:
        await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    assert set(refused.value.errors) == {"effective_from"}


async def test_never_before_one_that_is_approved_already(cast: Cast) -> None:
    await approved(cast.ada, cast.vera, SOON)
    version_id = await draft(cast.ada, effective_from=SOON)
    with pytest.raises(Invalid):
        await service.submit(cast.ada, version_id, today=TODAY, now=NOON)


async def test_a_day_that_passed_while_it_waited_is_refused(cast: Cast) -> None:
    await approved(cast.ada, cast.vera, TODAY)
    version_id = await draft(cast.ada)
    request_id = await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    with pytest.raises(Conflict) as refused:
        await decide(cast.vera, request_id, now=NOON + timedelta(days=30))
    assert refused.value.code == "day"


async def test_of_two_that_wait_for_one_day_only_one_is_approved(cast: Cast) -> None:
    requests = [
        await service.submit(cast.ada, await draft(cast.ada, gold=gold), today=TODAY, now=NOON) for gold in (95, 96)
    ]
    await decide(cast.vera, requests[0])
    with pytest.raises(Conflict) as refused:
        await decide(cast.vera, requests[1])
    assert refused.value.code == "day"


async def test_lint_keeps_a_draft_from_being_submitted(cast: Cast) -> None:
    version_id = await draft(cast.ada, gold=10)
    with pytest.raises(Invalid) as refused:
        await service.submit(cast.ada, version_id, today=TODAY, now=NOON)
    assert "Gold entitles to less than Silver" in refused.value.errors[""]


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"tiers": [{**BODY["tiers"][0], "protection_days": 0}]}, "tiers.0.protection_days"),
        ({"tiers": [{**BODY["tiers"][0], "tier": "wood"}]}, "tiers.0.tier"),
        ({"tiers": [{**BODY["tiers"][0], "bonus": 1}]}, "tiers.0.bonus"),
        ({}, "tiers"),
    ],
)
async def test_a_wrong_body_is_refused_place_by_place(cast: Cast, wrong: dict[str, Any], place: str) -> None:
    with pytest.raises(Invalid) as refused:
        await service.create_draft(cast.ada, "tiers", wrong, now=NOON)
    assert place in refused.value.errors
    assert "Input should" not in refused.value.errors[place]


async def test_an_unknown_kind_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        await service.create_draft(cast.ada, "weather", {}, now=NOON)


@pytest.mark.security
@pytest.mark.parametrize("side", [Side.STAFF, Side.SYSTEM])
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE policies_version SET body = '{}' WHERE id = $1",
        "UPDATE policies_version SET effective_from = '2020-01-01' WHERE id = $1",
        "UPDATE policies_version SET state = 'draft' WHERE id = $1",
        "UPDATE policies_version SET approver = NULL WHERE id = $1",
        "DELETE FROM policies_version WHERE id = $1",
    ],
)
async def test_an_approved_version_never_changes_whoever_tries(cast: Cast, side: Side, change: str) -> None:
    version_id = await approved(cast.ada, cast.vera, SOON)
    actor = SYSTEM if side == Side.SYSTEM else cast.finn
    with pytest.raises(asyncpg.RestrictViolationError):
        async with database.transaction(actor):
            await database.sql(change, version_id)


@pytest.mark.security
async def test_partners_and_sign_in_have_no_right_to_change_versions(cast: Cast) -> None:
    version_id = await approved(cast.ada, cast.vera, SOON)
    for change in (
        "UPDATE policies_version SET body = '{}' WHERE id = $1",
        "DELETE FROM policies_version WHERE id = $1",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.transaction(cast.paul):
                await database.sql(change, version_id)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with database.auth_transaction():
                await database.sql(change, version_id)


@pytest.mark.security
async def test_its_owner_cannot_change_an_approved_version_either(cast: Cast) -> None:
    version_id = await approved(cast.ada, cast.vera, SOON)
    connection = database.ENGINE.held
    for change in (
        "UPDATE policies_version SET note = 'x' WHERE id = $1",
        "DELETE FROM policies_version WHERE id = $1",
    ):
        await connection.execute("SAVEPOINT owner")
        with pytest.raises(asyncpg.RestrictViolationError):
            await connection.execute(change, version_id)
        await connection.execute("ROLLBACK TO SAVEPOINT owner")


@pytest.mark.security
async def test_the_database_itself_wants_a_second_person(cast: Cast) -> None:
    version_id = await draft(cast.ada)
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction(SYSTEM):
            await database.sql(
                "UPDATE policies_version SET state = 'approved', approver = author WHERE id = $1", version_id
            )
    with pytest.raises(asyncpg.CheckViolationError):
        async with database.transaction(SYSTEM):
            await database.sql("UPDATE policies_version SET state = 'approved' WHERE id = $1", version_id)


@pytest.mark.security
async def test_a_partner_sees_approved_tiers_and_no_draft_nor_plan(cast: Cast) -> None:
    await approved(cast.ada, cast.vera, TODAY)
    await draft(cast.ada)
    await service.create_draft(cast.faye, "commission_plan", plan.DEFAULT.model_dump(mode="json"), now=NOON)
    async with database.transaction(cast.pia):
        rows = await database.sql(
            "SELECT state, p.kind FROM policies_version v JOIN policies_policy p ON p.id = v.policy"
        )
    assert rows == [{"state": "approved", "kind": "tiers"}]
    with pytest.raises(NotAllowed):
        await queries.list_versions(cast.pia, "tiers")


async def test_the_predecessor_is_what_holds_the_day_before(cast: Cast) -> None:
    first = await approved(cast.ada, cast.vera, TODAY)
    second = await approved(cast.ada, cast.vera, SOON, gold=99)
    for version_id, expected in (
        (first, None),
        (second, first),
        (await draft(cast.ada, effective_from=SOON + timedelta(days=9)), second),
        (await draft(cast.ada, effective_from=None), first),
    ):
        versions = await queries.list_versions(cast.vera, "tiers")
        version = next(one for one in versions if one.id == version_id)
        found = queries.predecessor_of(version, versions, TODAY)
        assert (found.id if found else None) == expected


async def test_a_stored_body_reads_back_to_the_same_hash(cast: Cast) -> None:
    version_id = await draft(cast.ada, gold=93)
    version = await queries.get_version(cast.ada, version_id)
    assert service.content_hash(version) == version.sha256
    assert json.loads(json.dumps(version.body)) == body(gold=93)


async def test_who_may_decide_is_who_holds_both_rights(cast: Cast) -> None:
    both = await make.person("Vito Vendor", Side.STAFF, [Role.PARTNER_MANAGER, Role.ADMIN])
    names = await asked.list_deciders(cast.ada, TIERS.writes, frozenset({cast.vera.membership_id}))
    assert names == [both.name]


async def test_standings_tell_what_each_version_is(cast: Cast) -> None:
    ids = [await approved(cast.ada, cast.vera, TODAY), await approved(cast.ada, cast.vera, SOON), await draft(cast.ada)]
    versions = await queries.list_versions(cast.ada, "tiers")
    for today, expected in (
        (TODAY, [Standing.IN_FORCE, Standing.TO_COME, Standing.DRAFT]),
        (SOON, [Standing.PAST, Standing.IN_FORCE, Standing.DRAFT]),
    ):
        found = queries.standings_of(versions, today)
        assert [found[one] for one in ids] == expected
