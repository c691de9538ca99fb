"""The desk of approvals over HTTP."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from litestar import Litestar

from partners.companies.entitlements import DEFAULT
from portal.approvals import queries
from portal.core import clock
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.policies import service
from portal.policies.queries import get_version
from portal.policies.rules import VersionState
from tests.make import Cast
from tests.web import Browser

NOW = clock.now()
TODAY = clock.day_of(NOW, "Europe/Berlin")


async def request_of(cast: Cast, who: str = "ada") -> tuple[UUID, UUID]:
    """A version that waits for a second person: its id and the request's."""
    actor = cast.everybody()[who]
    version_id = await service.create_draft(
        actor, "tiers", DEFAULT.model_dump(mode="json"), effective_from=TODAY + timedelta(days=9), now=NOW
    )
    return version_id, await service.submit(actor, version_id, today=TODAY, now=NOW)


async def state_of(version_id: UUID) -> VersionState:
    return (await get_version(SYSTEM, version_id)).state


async def decision(cast: Cast, request_id: UUID, verb: str = "approve", note: str = "") -> dict[str, str]:
    asked = await queries.get_request(cast.vera, request_id)
    return {"verb": verb, "note": note, "content_sha256": asked.content_sha256}


async def test_who_is_signed_out_is_asked_to_sign_in(app: Litestar, cast: Cast) -> None:
    _version, request_id = await request_of(cast)
    for path in ("/approvals", f"/approvals/{request_id}"):
        assert (await Browser(app).get(path)).status_code == 303
        assert (await Browser(app).json(f"/api/v1{path}")).status_code == 401


@pytest.mark.parametrize("who", ["paul", "otto", "dora", "sam", "milo", "cleo"])
async def test_whoever_has_no_right_sees_no_desk(app: Litestar, cast: Cast, who: str) -> None:
    version_id, request_id = await request_of(cast)
    browser = await Browser.of(app, cast.everybody()[who])
    for path in ("/approvals", f"/approvals/{request_id}", f"/approvals/{uuid4()}"):
        assert (await browser.get(path)).status_code == 403
    assert (await browser.post(f"/approvals/{request_id}", await decision(cast, request_id))).status_code == 403
    assert await state_of(version_id) == VersionState.SUBMITTED


async def test_the_desk_says_first_what_one_may_decide(app: Litestar, cast: Cast) -> None:
    await request_of(cast)
    await request_of(cast, "vera")
    page = await (await Browser.of(app, cast.vera)).get("/approvals")
    mine, others = page.text.index("You can decide"), page.text.index("Waits for somebody else")
    assert mine < page.text.index("Tiers, version 1") < others < page.text.index("Tiers, version 2")
    assert '<span class="count">1' in page.text  # in the navigation
    reader = await (await Browser.of(app, cast.audra)).get("/approvals")
    assert "You can decide" not in reader.text
    assert reader.text.count("Tiers, version") == 2


async def test_approving_exactly_what_was_shown(app: Litestar, cast: Cast) -> None:
    version_id, request_id = await request_of(cast)
    browser = await Browser.of(app, cast.vera)
    page = await browser.get(f"/approvals/{request_id}")
    assert page.status_code == 200
    assert "90 days" in page.text
    form = await decision(cast, request_id)
    assert form["content_sha256"] in page.text
    assert (await browser.post(f"/approvals/{request_id}", form)).status_code == 303
    assert await state_of(version_id) == VersionState.APPROVED
    assert (await browser.post(f"/approvals/{request_id}", form)).status_code == 409
    assert "Vera Vendor approved it." in (await browser.get(f"/approvals/{request_id}")).text


async def test_ones_own_request_has_no_button_and_is_refused_when_forced(app: Litestar, cast: Cast) -> None:
    version_id, request_id = await request_of(cast, "vera")
    browser = await Browser.of(app, cast.vera)
    page = await browser.get(f"/approvals/{request_id}")
    assert 'value="approve"' not in page.text
    assert "somebody else has to decide" in page.text
    assert (await browser.post(f"/approvals/{request_id}", await decision(cast, request_id))).status_code == 403
    assert await state_of(version_id) == VersionState.SUBMITTED


@pytest.mark.parametrize("who", ["faye", "ada", "audra"])
async def test_without_both_rights_there_is_no_button(app: Litestar, cast: Cast, who: str) -> None:
    version_id, request_id = await request_of(cast, "vera")
    browser = await Browser.of(app, cast.everybody()[who])
    page = await browser.get(f"/approvals/{request_id}")
    assert page.status_code == 200
    assert 'value="approve"' not in page.text
    assert (await browser.post(f"/approvals/{request_id}", await decision(cast, request_id))).status_code == 403
    assert await state_of(version_id) == VersionState.SUBMITTED


async def test_rejecting_needs_words_and_keeps_them(app: Litestar, cast: Cast) -> None:
    version_id, request_id = await request_of(cast)
    browser = await Browser.of(app, cast.vera)
    page = await browser.post(f"/approvals/{request_id}", await decision(cast, request_id, "reject"))
    assert page.status_code == 422
    assert "Say why" in page.text
    too_long = await browser.post(f"/approvals/{request_id}", await decision(cast, request_id, "reject", "long " * 500))
    assert too_long.status_code == 422
    assert "long long" in too_long.text
    assert (
        await browser.post(f"/approvals/{request_id}", await decision(cast, request_id, "reject", "Too long for gold"))
    ).status_code == 303
    assert await state_of(version_id) == VersionState.REJECTED
    assert "Too long for gold" in (await browser.get(f"/approvals/{request_id}")).text


async def test_content_changed_meanwhile_is_a_conflict_that_says_what_to_do(app: Litestar, cast: Cast) -> None:
    version_id, request_id = await request_of(cast)
    browser = await Browser.of(app, cast.vera)
    form = await decision(cast, request_id)
    async with database.transaction(SYSTEM):
        await database.sql(
            "UPDATE policies_version SET body = jsonb_set(body, '{tiers,2,protection_days}', '91') WHERE id = $1",
            version_id,
        )
    answer = await browser.post(f"/approvals/{request_id}", form)
    assert answer.status_code == 409
    assert "its author has to submit it once more" in answer.text
    page = await browser.get(f"/approvals/{request_id}")
    assert 'value="approve"' not in page.text
    assert "changed after it was submitted" in page.text
    assert await state_of(version_id) == VersionState.SUBMITTED


async def test_a_request_taken_back_cannot_be_decided(app: Litestar, cast: Cast) -> None:
    version_id, request_id = await request_of(cast)
    form = await decision(cast, request_id)
    await service.take_back(cast.ada, version_id, now=NOW)
    browser = await Browser.of(app, cast.vera)
    answer = await browser.post(f"/approvals/{request_id}", form)
    assert answer.status_code == 409
    assert "withdrawn" in answer.text
    page = await browser.get("/approvals")
    assert "Nothing waits for you" in page.text
    assert "Withdrawn" in page.text


async def test_what_is_not_there_is_not_found(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.vera)
    assert (await browser.get(f"/approvals/{uuid4()}")).status_code == 404
    assert (
        await browser.post(f"/approvals/{uuid4()}", {"verb": "approve", "content_sha256": "0" * 64})
    ).status_code == 404


async def test_the_api_decides_once(app: Litestar, cast: Cast) -> None:
    version_id, request_id = await request_of(cast)
    program = await Browser.of(app, cast.vera)
    desk = (await program.json("/api/v1/approvals")).json()
    assert [one["id"] for one in desk["to_decide"]] == [str(request_id)]
    one = (await program.json(f"/api/v1/approvals/{request_id}")).json()
    assert one["subject_path"] == f"/settings/policies/versions/{version_id}"
    assert one["current_sha256"] == one["content_sha256"]
    path, body = (
        f"/api/v1/approvals/{request_id}/decision",
        {"verb": "approve", "content_sha256": one["content_sha256"]},
    )
    assert (await program.send_json("POST", path, body | {"verb": "sign"})).status_code == 422
    assert (
        await program.send_json("POST", path, body | {"decided_by": str(cast.finn.membership_id)})
    ).status_code == 422
    decided = await program.send_json("POST", path, body)
    assert (decided.status_code, decided.json()["decision"], decided.json()["decided_by"]) == (
        200,
        "approved",
        "Vera Vendor",
    )
    again = await program.send_json("POST", path, body)
    assert (again.status_code, again.json()["code"]) == (409, "decided")


@pytest.mark.parametrize("who", ["vera", "faye", "audra", "ada"])
async def test_the_count_is_the_length_of_the_list(cast: Cast, who: str) -> None:
    await request_of(cast)
    await request_of(cast, "vera")
    actor = cast.everybody()[who]
    pending = await queries.list_pending(actor)
    assert await queries.count_pending(actor) == len(pending)
    assert all(queries.may_decide(actor, one) for one in pending)
    waiting = await queries.list_waiting(actor)
    assert len(waiting) + len(pending) == 2
