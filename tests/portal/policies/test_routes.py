"""Policies over HTTP: the fixed questions, forms with rows, and that nothing typed is lost."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from litestar import Litestar

from attribution.commissions import plan
from partners.companies.entitlements import DEFAULT
from portal.approvals import queries as asked
from portal.approvals import service as approvals
from portal.core import clock
from portal.core import db as database
from portal.core.actor import SYSTEM
from portal.policies import queries, service
from tests.make import Cast
from tests.partners.stand import tiers
from tests.web import Browser

NOW = clock.now()
TODAY = clock.day_of(NOW, "Europe/Berlin")
SOON = TODAY + timedelta(days=20)
PAGES = ("/settings", "/settings/policies", "/settings/policies/tiers")
READERS = ("vera", "faye", "audra", "ada")
STRANGERS = ("paul", "pia", "otto", "dora", "sam", "cleo", "milo")


def tiers_form(**more: str) -> dict[str, Any]:
    """The form of the tiers as the page posts it."""
    form: dict[str, Any] = {"effective_from": SOON.isoformat(), "note": "Longer for gold"}
    for index, row in enumerate(DEFAULT.tiers):
        form |= {
            f"tiers.{index}.tier": row.tier.value,
            f"tiers.{index}.protection_days": str(row.protection_days),
            f"tiers.{index}.open_registrations": str(row.open_registrations),
            f"tiers.{index}.extensions": str(row.extensions),
            f"tiers.{index}.extension_days": str(row.extension_days),
        }
    return form | more


def plan_form(clauses: int = 2, more: dict[str, Any] | None = None) -> dict[str, Any]:
    """The form of a commission plan with that many clauses."""
    form: dict[str, Any] = {"title": "Reseller programme", "effective_from": SOON.isoformat(), "note": ""}
    for index, clause in enumerate(plan.DEFAULT.clauses[:clauses]):
        at = f"clauses.{index}"
        form |= {
            f"{at}.code": clause.code,
            f"{at}.name": clause.name,
            f"{at}.rate": clause.rate,
            f"{at}.kinds": [kind.value for kind in clause.kinds],
            f"{at}.tiers": [tier.value for tier in clause.tiers],
        }
    return form | (more or {})


async def count() -> int:
    async with database.transaction(SYSTEM):
        return int(await database.sql_value("SELECT count(*) FROM policies_version"))


async def tiers_in_force(cast: Cast, since: date = TODAY, *, top_days: int | None = None) -> None:
    """A first version in force since that day; its top tier protects so many days."""
    body = DEFAULT.model_dump(mode="json")
    if top_days is not None:
        body["tiers"][-1]["protection_days"] = top_days
    version_id = await service.create_draft(cast.ada, "tiers", body, effective_from=since, now=NOW)
    request_id = await service.submit(cast.ada, version_id, today=TODAY, now=NOW)
    pending = await asked.get_request(cast.vera, request_id)
    await approvals.decide(cast.vera, request_id, approve=True, content_sha256=pending.content_sha256, note="", now=NOW)


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize("path", PAGES)
async def test_who_is_signed_out_is_asked_to_sign_in(app: Litestar, path: str) -> None:
    assert (await Browser(app).get(path)).status_code == 303
    assert (await Browser(app).json(f"/api/v1{path}")).status_code in {401, 404}


@pytest.mark.parametrize("who", STRANGERS)
async def test_whoever_has_no_right_sees_nothing(app: Litestar, cast: Cast, who: str) -> None:
    browser = await Browser.of(app, cast.everybody()[who])
    for path in PAGES:
        assert (await browser.get(path)).status_code == 403
    assert (await browser.json("/api/v1/settings/policies")).status_code == 403
    assert (await browser.post("/settings/policies/tiers/new", tiers_form())).status_code == 403
    assert await count() == 0


@pytest.mark.parametrize("who", READERS)
async def test_readers_see_every_page(app: Litestar, cast: Cast, who: str) -> None:
    await tiers_in_force(cast)
    browser = await Browser.of(app, cast.everybody()[who])
    for path in PAGES:
        page = await browser.get(path)
        assert page.status_code == 200, page.text
    assert "90 days" in page.text
    assert ("/settings/policies/tiers/new" in page.text) is (who in {"vera", "ada"})


@pytest.mark.parametrize(
    ("who", "kind", "status"),
    [
        ("vera", "tiers", 200),
        ("ada", "tiers", 200),
        ("faye", "tiers", 403),
        ("audra", "tiers", 403),
        ("faye", "commission_plan", 200),
        ("ada", "commission_plan", 403),
    ],
)
async def test_drafting_is_for_whoever_writes_the_kind(
    app: Litestar, cast: Cast, who: str, kind: str, status: int
) -> None:
    browser = await Browser.of(app, cast.everybody()[who])
    assert (await browser.get(f"/settings/policies/{kind}/new")).status_code == status


async def test_a_draft_begins_with_what_is_in_force(app: Litestar, cast: Cast) -> None:
    await tiers_in_force(cast)
    page = await (await Browser.of(app, cast.ada)).get("/settings/policies/tiers/new")
    assert (
        'name="tiers.2.protection_days" type="text" inputmode="numeric" autocomplete="off" maxlength="6" value="90"'
        in page.text
    )
    assert "Vera Vendor has to approve it." in page.text


async def test_a_draft_begins_with_what_is_approved_for_later_if_there_is_such(app: Litestar, cast: Cast) -> None:
    """It can only hold after that one, so that is what it changes; nothing that was decided gets lost."""
    await tiers_in_force(cast, SOON, top_days=297)
    page = await (await Browser.of(app, cast.ada)).get("/settings/policies/tiers/new")
    assert 'value="297"' in page.text


async def test_drafting_submitting_and_taking_back(app: Litestar, cast: Cast) -> None:
    await tiers_in_force(cast)
    browser = await Browser.of(app, cast.ada)
    kept = await browser.post("/settings/policies/tiers/new", tiers_form(**{"tiers.2.protection_days": "95"}))
    assert kept.status_code == 303, kept.text
    here = kept.headers["location"]
    page = await browser.get(here)
    assert "<del>90 days</del>" in page.text
    assert "<ins>95 days</ins>" in page.text
    assert "Next: submit it for approval" in page.text
    assert (await browser.post(f"{here}/submit")).status_code == 303
    assert (await browser.post(f"{here}/submit")).status_code == 409
    assert "It waits for somebody else" in (await browser.get(here)).text
    assert (await browser.post(f"{here}/take-back")).status_code == 303
    assert (await browser.post(f"{here}/take-back")).status_code == 409
    decider = await Browser.of(app, cast.vera)
    assert "Submit for approval" in (await decider.get(here)).text


async def test_what_was_typed_stays_when_it_is_wrong(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.ada)
    wrong = {
        "tiers.0.protection_days": "soon",
        "tiers.3.open_registrations": "",
        "effective_from": "some day",
        "note": "Why not",
    }
    page = await browser.post("/settings/policies/tiers/new", tiers_form(**wrong))
    assert page.status_code == 422
    for kept in ('value="soon"', 'value="some day"', "Why not", 'href="#f-tiers.0.protection_days"', "Write a date"):
        assert kept in page.text
    assert await count() == 0


async def test_a_wrong_number_stays_beside_its_sentence(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.ada)
    page = await browser.post("/settings/policies/tiers/new", tiers_form(**{"tiers.0.protection_days": "0"}))
    assert page.status_code == 422
    assert 'id="f-tiers.0.protection_days-error"' in page.text
    assert "This must be at least 1." in page.text


async def test_lint_is_said_on_the_page_and_keeps_it_from_being_submitted(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.ada)
    kept = await browser.post("/settings/policies/tiers/new", tiers_form(**{"tiers.2.protection_days": "10"}))
    here = kept.headers["location"]
    assert "Gold entitles to less than Silver." in (await browser.get(here)).text
    refused = await browser.post(f"{here}/submit")
    assert refused.status_code == 422
    assert "Gold entitles to less than Silver." in refused.text


async def test_rows_are_added_moved_and_removed_without_a_script(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.faye)

    async def press(button: str, form: dict[str, Any]) -> str:
        page = await browser.post("/settings/policies/commission_plan/new", form | {"do": button})
        assert page.status_code == 200, page.text
        return page.text

    def codes(text: str) -> list[str]:
        return re.findall(r'name="clauses\.\d+\.code"[^>]* value="([^"]*)"', text)

    one, two = (clause.code for clause in plan.DEFAULT.clauses[:2])
    assert codes(await press("add:clauses", plan_form())) == [one, two, ""]
    assert codes(await press("down:clauses.0", plan_form())) == [two, one]
    assert codes(await press("up:clauses.1", plan_form())) == [two, one]
    assert codes(await press("remove:clauses.0", plan_form())) == [two]
    for nothing in ("remove:clauses.9", "up:title", "add:nowhere", "remove:", "down:clauses.x"):
        assert codes(await press(nothing, plan_form())) == [one, two]
    typed = await press("add:clauses", plan_form(more={"clauses.0.rate": "much", "title": "Typed"}))
    assert 'value="much"' in typed
    assert 'value="Typed"' in typed
    assert await count() == 0


async def test_a_plan_is_kept_with_the_clauses_in_their_order(app: Litestar, cast: Cast) -> None:
    browser = await Browser.of(app, cast.faye)
    kept = await browser.post("/settings/policies/commission_plan/new", plan_form(4))
    assert kept.status_code == 303, kept.text
    [version] = await queries.list_versions(cast.faye, "commission_plan")
    assert version.document == plan.DEFAULT
    edited = await browser.post(f"{kept.headers['location']}/edit", plan_form(4, {"clauses.0.rate": "4.5"}))
    assert edited.status_code == 303, edited.text
    [version] = await queries.list_versions(cast.faye, "commission_plan")
    assert version.body["clauses"][0]["rate"] == "4.5"


async def test_a_decided_version_has_no_form(app: Litestar, cast: Cast) -> None:
    await tiers_in_force(cast)
    [version] = await queries.list_versions(cast.ada, "tiers")
    browser = await Browser.of(app, cast.ada)
    assert (await browser.get(f"/settings/policies/versions/{version.id}/edit")).status_code == 409
    assert (await browser.post(f"/settings/policies/versions/{version.id}/edit", tiers_form())).status_code == 409
    started = await browser.get(f"/settings/policies/tiers/new?from={version.id}")
    assert started.status_code == 200


async def test_the_full_record_is_offered_where_there_is_one(app: Litestar, cast: Cast) -> None:
    await tiers()  # put in place without a story, as what an installation begins with
    [first] = await queries.list_versions(cast.ada, "tiers")
    browser = await Browser.of(app, cast.ada)
    drafted = await browser.post("/settings/policies/tiers/new", tiers_form(**{"tiers.2.protection_days": "95"}))
    later = drafted.headers["location"].rpartition("/")[2]
    for version, is_told in ((first.id, False), (later, True)):
        page = await browser.get(f"/settings/policies/versions/{version}")
        offered = f"/history/policy_version/{version}"
        assert (offered in page.text) is is_told
        assert ((await browser.get(offered)).status_code == 200) is is_told


async def test_two_versions_side_by_side(app: Litestar, cast: Cast) -> None:
    await tiers_in_force(cast)
    later = await service.create_draft(
        cast.ada,
        "tiers",
        {
            "tiers": [
                {**row, "open_registrations": row["open_registrations"] + 1}
                for row in DEFAULT.model_dump(mode="json")["tiers"]
            ]
        },
        now=NOW,
    )
    first = (await queries.list_versions(cast.ada, "tiers"))[1].id
    browser = await Browser.of(app, cast.audra)
    page = await browser.get(f"/settings/policies/tiers/compare?before={first}&after={later}")
    assert page.status_code == 200
    assert "4 differences" in page.text
    found = await browser.json(f"/api/v1/settings/policies/tiers/compare?before={first}&after={later}")
    assert [one["change"] for one in found.json()["items"]] == ["same", "changed", "same", "same"] * 4
    assert (await browser.get(f"/settings/policies/tiers/compare?before={first}")).status_code == 422
    assert (
        await browser.get(f"/settings/policies/commission_plan/compare?before={first}&after={later}")
    ).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/settings/policies/weather",
        "/settings/policies/weather/new",
        "/settings/policies/versions/6a1f0000-0000-4000-8000-000000000000",
        "/settings/policies/tiers/new?from=6a1f0000-0000-4000-8000-000000000000",
        "/settings/policies/tiers/new?from=x",
    ],
)
async def test_what_is_not_there_is_not_found(app: Litestar, cast: Cast, path: str) -> None:
    assert (await (await Browser.of(app, cast.ada)).get(path)).status_code == 404


async def test_the_api_drafts_changes_and_submits(app: Litestar, cast: Cast) -> None:
    program = await Browser.of(app, cast.ada)
    body = {"body": DEFAULT.model_dump(mode="json"), "effective_from": SOON.isoformat(), "note": "By program"}
    made = await program.send_json("POST", "/api/v1/settings/policies/tiers", body)
    assert made.status_code == 201, made.text
    here = f"/api/v1/settings/policies/versions/{made.json()['id']}"
    assert made.json()["body"]["tiers"][0]["protection_days"] == 60
    body["body"]["tiers"][0]["protection_days"] = 61  # type: ignore[index]  # a JSON body
    changed = await program.send_json("PUT", here, body)
    assert changed.json()["body"]["tiers"][0]["protection_days"] == 61
    wrong = await program.send_json("PUT", here, body | {"body": {"tiers": [{"tier": "gold"}]}})
    assert wrong.status_code == 422
    assert {one["field"] for one in wrong.json()["errors"]} == {
        f"tiers.0.{name}" for name in ("protection_days", "open_registrations", "extensions", "extension_days")
    }
    assert (await program.send_json("POST", f"{here}/submit", {})).json()["request"]
    assert (await program.send_json("POST", f"{here}/take-back", {})).json()["state"] == "draft"
    listed = (await program.json("/api/v1/settings/policies/tiers")).json()["items"]
    assert [one["number"] for one in listed] == [1]
    overview = (await program.json("/api/v1/settings/policies")).json()["items"]
    assert {"tiers", "commission_plan"} <= {one["kind"] for one in overview}


async def test_the_author_cannot_be_chosen(app: Litestar, cast: Cast) -> None:
    program = await Browser.of(app, cast.ada)
    for extra in (
        {"author": str(cast.vera.membership_id)},
        {"state": "approved"},
        {"approver": str(cast.vera.membership_id)},
    ):
        answer = await program.send_json(
            "POST", "/api/v1/settings/policies/tiers", {"body": DEFAULT.model_dump(mode="json"), **extra}
        )
        assert answer.status_code == 422
    assert await count() == 0


async def test_in_chinese(app: Litestar, cast: Cast) -> None:
    await tiers_in_force(cast)
    browser = await Browser.of(app, cast.ada)
    browser.client.cookies.set("tributary_locale", "zh_CN")
    page = await browser.get("/settings/policies/tiers")
    for word in ("伙伴等级", "政策版本", "90 天"):
        assert word in page.text
