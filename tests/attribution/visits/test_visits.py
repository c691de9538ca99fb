"""Visits: what a page tells becomes touches, with consent only; who a visitor is, is said later and can be undone."""

import json
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from attribution.visits import queries, routes, service
from attribution.visits.policy import KEY as POLICY
from attribution.visits.rules import NEW_SOURCES_A_DAY, RateLimit
from portal.approvals import service as approvals
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.errors import Conflict, NotAllowed, NotFound
from portal.core.ids import new_id
from portal.imports import service as imports
from portal.policies import service as policies
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import events_of
from tests.security.wire import Answer, Wire
from tests.settle import settle
from tests.web import Browser

SITE: Final = "https://www.vendor.example"
ME: Final = "a" * 32


@pytest.fixture(autouse=True)
def _fresh_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "LIMIT", RateLimit())


@pytest.fixture
async def site(cast: Cast) -> str:
    """A site whose pages may tell of visitors."""
    today = clock.now().date() - timedelta(days=1)
    body = {"origins": [SITE]}
    version = await policies.create_draft(cast.ada, POLICY, body, effective_from=today, now=NOON)
    await policies.submit(cast.ada, version, today=today, now=NOON)
    async with db.transaction(SYSTEM):
        request = await db.sql_one("SELECT id, content_sha256 FROM approvals_request WHERE subject_id = $1", version)
    assert request
    digest = request["content_sha256"]
    await approvals.decide(cast.vera, request["id"], approve=True, content_sha256=digest, note="", now=NOON)
    return SITE


def page(key: str = "e-000001", **more: Any) -> dict[str, Any]:
    """That a page was opened."""
    return {"id": key, "kind": "page", "page": "/prices"} | more


async def tell(app: Litestar, *events: Any, origin: str = SITE, body: bytes | None = None, **more: Any) -> Answer:
    """Send what the tag would send."""
    message = {"visitor": ME, "consent": True, "events": list(events)} | more
    sent = json.dumps(message).encode() if body is None else body
    headers = {"Content-Type": "text/plain;charset=UTF-8", **({"Origin": origin} if origin else {})}
    return await Wire(app).send("POST", "/visits", headers, sent)


async def rows(table: str, order: str = "id") -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql(f"SELECT * FROM {table} ORDER BY {order}")


async def touches() -> list[dict[str, Any]]:
    async with db.transaction(SYSTEM):
        return await db.sql(
            "SELECT t.*, n.path FROM attribution_touchpoint t JOIN attribution_source_node n ON n.id = t.node"
            " WHERE t.source_system = 'website' ORDER BY t.seq"
        )


@pytest.mark.usefixtures("site")
async def test_what_a_page_tells_becomes_touches_of_a_visitor(app: Litestar) -> None:
    campaign = {"medium": "email", "campaign": "Spring", "content": "Button"}
    asset = {"id": "e-000002", "kind": "asset", "page": "White paper", "referrer": "www.google.com"}
    answer = await tell(app, page(page="/prices?token=secret", **campaign), asset)
    assert (answer.status, answer.body) == (204, b"")
    await settle()
    [visitor] = await rows("attribution_visitor")
    assert [(one["kind"], one["asset"], one["path"], one["visitor"], one["account"]) for one in await touches()] == [
        ("web_visit", "/prices", "Marketing / E-mail / Spring / Button", f"web:{visitor['id']}", None),
        ("asset_opened", "White paper", "Marketing / Search / Google", f"web:{visitor['id']}", None),
    ]
    assert visitor["touches"] == 2
    assert {row["touchpoint"] for row in await rows("attribution_visit")} == {one["id"] for one in await touches()}


@pytest.mark.usefixtures("site")
async def test_the_id_of_a_browser_is_stored_nowhere(app: Litestar) -> None:
    await tell(app, page())
    await settle()
    for table in ("attribution_visitor", "attribution_visit", "attribution_touchpoint"):
        assert ME not in str(await rows(table))


@pytest.mark.usefixtures("site")
async def test_the_same_told_twice_is_one_touch(app: Litestar) -> None:
    await tell(app, page())
    await tell(app, page(), page("e-000002"))
    await settle()
    assert len(await touches()) == 2
    assert [row["touches"] for row in await rows("attribution_visitor")] == [2]


@pytest.mark.usefixtures("site")
async def test_words_that_nobody_knows_wait_and_a_flood_of_them_does_not_fill_the_tree(app: Litestar) -> None:
    await tell(app, page(medium="Brieftaube"))
    await settle()
    assert (await touches())[0]["path"] == "Not mapped yet / Brieftaube"
    email = await make.source_node("marketing/email")
    async with db.transaction(SYSTEM):
        await db.sql(
            "INSERT INTO attribution_source_node (id, parent, level, key, name, words, path, path_zh, created_at)"
            " SELECT gen_random_uuid(), $1, 'campaign', g::text, g::text, '{}', 'x', 'x', now()"
            " FROM generate_series(1, $2) AS g",
            email, NEW_SOURCES_A_DAY,
        )  # fmt: skip
    await tell(app, page("e-000002", medium="Flaschenpost"), page("e-000003", campaign="X"))
    await settle()
    assert [one["path"] for one in (await touches())[1:]] == ["Marketing / Website"] * 2


@pytest.mark.usefixtures("site")
async def test_a_site_that_refers_and_that_nobody_knows_is_no_source(app: Litestar) -> None:
    await tell(app, page(referrer="blog.somebody.example"))
    await settle()
    assert [one["path"] for one in await touches()] == ["Marketing / Website"]


@pytest.mark.usefixtures("site")
async def test_consent_withdrawn_forgets_the_browser_and_writes_no_more(app: Litestar) -> None:
    await tell(app, page())
    await settle()
    assert (await tell(app, consent=False)).status == 204
    await tell(app, page("e-000002"), consent=False)
    await settle()
    [gone] = await rows("attribution_visitor")
    assert (gone["key_sha256"], gone["withdrawn_at"] is not None, len(await touches())) == (None, True, 1)
    await tell(app, page("e-000003"))
    await settle()
    first, second = sorted(await rows("attribution_visitor"), key=lambda one: one["withdrawn_at"] is None)
    assert (first["touches"], second["touches"], first["visitor"] == second["visitor"]) == (1, 1, False)


@pytest.mark.usefixtures("cast")
async def test_without_a_site_in_the_settings_nothing_is_taken(app: Litestar) -> None:
    assert (await tell(app, page())).status == 204
    assert await rows("attribution_visit") == []


@pytest.mark.parametrize(
    ("origin", "body"),
    [
        ("", None),
        ("null", None),
        ("https://www.vendor.example.evil.example", None),
        ("http://www.vendor.example", None),
        ("https://vendor.example", None),
        (SITE, b""),
        (SITE, b"not json"),
        (SITE, b"[1]"),
        (SITE, b"\xff\xfe"),
        (SITE, b"[" * 200),
        (SITE, json.dumps({"visitor": ME, "consent": True, "events": [], "partner_id": "x"}).encode()),
        (SITE, json.dumps({"visitor": ME, "events": [page()]}).encode()),
    ],
)
@pytest.mark.usefixtures("site")
async def test_whatever_comes_the_answer_is_the_same_and_nothing_is_written(
    app: Litestar, origin: str, body: bytes | None
) -> None:
    good = await tell(app)
    answer = await tell(app, page(), origin=origin, body=body)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.masked() == good.masked()
    assert await rows("attribution_visit") == []


@pytest.mark.usefixtures("site")
async def test_a_message_that_is_too_large_is_refused(app: Litestar) -> None:
    assert (await tell(app, body=b" " * (16 * 1024 + 1))).status == 413


@pytest.mark.usefixtures("site")
async def test_more_than_the_limit_of_a_minute_is_not_taken(app: Litestar, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "LIMIT", RateLimit(each=2))
    for number in range(4):
        assert (await tell(app, page(f"e-00000{number}"))).status == 204
    assert len(await rows("attribution_visit")) == 2


@pytest.mark.usefixtures("site")
async def test_no_cookie_is_looked_at_and_none_is_set(app: Litestar, cast: Cast) -> None:
    """With somebody's session it is the same: the visit is a visitor's, and nobody's rights are used."""
    pia = await Browser.of(app, cast.pia)
    body = json.dumps({"visitor": ME, "consent": True, "events": [page()]})
    answer = await pia.client.post("/visits", content=body, headers={"Origin": SITE, "Content-Type": "text/plain"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (204, False)
    assert "access-control-allow-origin" not in answer.headers
    assert len(await rows("attribution_visit")) == 1


async def test_the_tag_is_for_every_site_and_asks_for_nothing_before_consent(app: Litestar) -> None:
    answer = await Wire(app).send("GET", "/tag.js", {})
    assert (answer.status, answer.headers["cross-origin-resource-policy"]) == (200, "cross-origin")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert 'credentials: "omit"' in answer.text
    assert len(answer.body) < 4_000


@pytest.mark.usefixtures("site")
async def test_a_form_names_exactly_one_contact(app: Litestar, cast: Cast) -> None:
    account = await make.account()
    contact = await make.person_at(account, email="anke@customer.example")
    await tell(app, page(kind="form", email="Anke@Customer.example"))
    await settle()
    [link] = await rows("attribution_visitor_link")
    assert (link["account"], link["contact"], link["rule"], link["linked_by"]) == (account, contact, "form_email", None)
    assert [row["email"] for row in await rows("attribution_visit")] == [""]
    [visitor] = await rows("attribution_visitor")
    assert [one["name"] for one in await events_of(visitor["id"])] == ["visitor.attached"]
    view = await queries.get_visitor(cast.milo, visitor["id"])
    assert view.link is not None
    assert view.link.contact_name == "Anke Petersen"


@pytest.mark.parametrize("contacts", [0, 2])
@pytest.mark.usefixtures("site")
async def test_an_address_of_nobody_or_of_several_attaches_nothing(app: Litestar, contacts: int) -> None:
    for _one in range(contacts):
        await make.person_at(await make.account(), email="info@customer.example")
    answer = await tell(app, page(kind="form", email="info@customer.example"))
    await settle()
    assert (answer.status, await rows("attribution_visitor_link")) == (204, [])
    assert [row["email"] for row in await rows("attribution_visit")] == [""]


async def _import(cast: Cast, content: str) -> None:
    """Touches of another system, as a file brings them."""
    job = await imports.bring_file(
        cast.vera, "touchpoints", "t.csv", content.encode(), source_system="analytics", now=clock.now()
    )
    await imports.start(cast.vera, job, now=clock.now(), in_background=False)
    assert "refused" not in await imports.run(cast.vera, job)
    await settle()


async def test_visitors_that_a_file_names_can_be_attached_as_well(app: Litestar, cast: Cast) -> None:
    head = "Touchpoint ID,Date,Type,Visitor ID,Account ID\n"
    await _import(cast, head + "T-1,2026-03-01T10:00:00Z,Web visit,v-1,\nT-2,2026-03-04T10:00:00Z,Web visit,v-1,\n")
    await _import(cast, head + "T-3,2026-03-09T10:00:00Z,Web visit,v-1,\nT-4,2026-03-02T10:00:00Z,Web visit,v-2,\n")
    found = {one["visitor"]: one for one in await rows("attribution_visitor")}
    assert {name: one["touches"] for name, one in found.items()} == {"v-1": 3, "v-2": 1}
    assert (found["v-1"]["first_seen_at"].day, found["v-1"]["last_seen_at"].day) == (1, 9)
    assert {one["source_system"] for one in found.values()} == {"analytics"}
    await service.attach(cast.milo, found["v-1"]["id"], await make.account("Found AG"), now=NOON)
    milo = await Browser.of(app, cast.milo)
    page = (await milo.get(f"/visits/{found['v-1']['id']}")).text
    assert "Found AG" in page
    assert "Consent given" not in page
    assert "v-2" in (await milo.get("/visits?tab=unknown")).text


async def _visitor(app: Litestar) -> UUID:
    await tell(app, page())
    await settle()
    [visitor] = await rows("attribution_visitor")
    found: UUID = visitor["id"]
    return found


@pytest.mark.usefixtures("site")
async def test_somebody_attaches_and_undoes_and_what_was_said_stays_known(app: Litestar, cast: Cast) -> None:
    visitor, one, other = await _visitor(app), await make.account("One AG"), await make.account("Other AG")
    await service.attach(cast.milo, visitor, one, now=NOON)
    with pytest.raises(Conflict):
        await service.attach(cast.vera, visitor, other, now=NOON)
    await service.detach(cast.vera, visitor, now=NOON)
    with pytest.raises(Conflict):
        await service.detach(cast.vera, visitor, now=NOON)
    await service.attach(cast.vera, visitor, other, now=NOON + timedelta(days=1))
    view = await queries.get_visitor(cast.audra, visitor)
    assert [(link.account_name, link.linked_by, link.undone_by) for link in view.links] == [
        ("Other AG", "Vera Vendor", ""), ("One AG", "Milo Vendor", "Vera Vendor"),
    ]  # fmt: skip
    names = [event["name"] for event in await events_of(visitor)]
    assert names == ["visitor.attached", "visitor.detached", "visitor.attached"]


@pytest.mark.usefixtures("site")
async def test_only_who_may_attaches_to_what_is_there(app: Litestar, cast: Cast) -> None:
    visitor, account = await _visitor(app), await make.account()
    for name in ("pia", "sam", "audra", "faye"):
        with pytest.raises(NotAllowed):
            await service.attach(cast.everybody()[name], visitor, account, now=NOON)
    for target in ((visitor, new_id()), (new_id(), account)):
        with pytest.raises(NotFound):
            await service.attach(cast.milo, *target, now=NOON)


@pytest.mark.usefixtures("site")
async def test_the_database_keeps_visits_from_partners_and_links_from_being_rewritten(
    app: Litestar, cast: Cast
) -> None:
    visitor, account = await _visitor(app), await make.account()
    await service.attach(cast.milo, visitor, account, now=NOON)
    for table in ("attribution_visitor", "attribution_visit", "attribution_visitor_link"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.pia):
                await db.sql(f"SELECT * FROM {table}")
    for statement in ("UPDATE attribution_visitor_link SET account = account", "DELETE FROM attribution_visitor_link"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.vera):
                await db.sql(statement)


@pytest.mark.usefixtures("site")
async def test_the_pages_attach_and_undo(app: Litestar, cast: Cast) -> None:
    account = await make.account("Kaltenberg Brauerei")
    visitor = await _visitor(app)
    milo = await Browser.of(app, cast.milo)
    listed = (await milo.get("/visits")).text
    assert f"web:{visitor}" in listed
    assert "/tag.js" in listed
    found = (await milo.get(f"/visits/{visitor}?q=kaltenberg")).text
    assert "Kaltenberg Brauerei" in found
    assert (await milo.post(f"/visits/{visitor}/attach", {"account": str(account)})).status_code == 303
    assert (await milo.post(f"/visits/{visitor}/attach", {"account": str(account)})).status_code == 409
    assert "a person said so" in (await milo.get(f"/visits/{visitor}")).text
    assert f"web:{visitor}" in (await milo.get("/visits?tab=attached")).text
    assert f"web:{visitor}" in (await milo.get(f"/visits?account={account}")).text
    assert (await milo.post(f"/visits/{visitor}/detach")).status_code == 303
    assert (await milo.post(f"/visits/{visitor}/detach")).status_code == 409
    assert "Attached before" in (await milo.get(f"/visits/{visitor}")).text
    for actor in (cast.pia, cast.ada):
        assert (await (await Browser.of(app, actor)).get("/visits")).status_code == 403


@pytest.mark.usefixtures("site")
async def test_the_api_attaches_and_undoes(app: Litestar, cast: Cast) -> None:
    account, visitor = await make.account(), await _visitor(app)
    vera = await Browser.of(app, cast.vera)
    [item] = (await vera.json("/api/v1/visits")).json()["items"]
    assert item["id"] == str(visitor)
    put = await vera.send_json("PUT", f"/api/v1/visits/{visitor}/account", {"account": str(account)})
    assert put.json()["links"][0]["rule"] == "person"
    assert (await vera.send_json("DELETE", f"/api/v1/visits/{visitor}/account", None)).status_code == 204
    assert (await vera.json(f"/api/v1/visits/{visitor}")).json()["links"][0]["undone_by"] == "Vera Vendor"


async def test_the_sites_are_a_policy_with_a_form(app: Litestar, cast: Cast) -> None:
    ada = await Browser.of(app, cast.ada)
    form = {"origins": "https://a.example\nHTTPS://B.example/", "effective_from": "2027-01-01", "note": "Ours"}
    wrong = await ada.post("/settings/policies/website/new", form | {"origins": "http://a.example"})
    assert (wrong.status_code, "Write each site as https://www.example.com" in wrong.text) == (422, True)
    answer = await ada.post("/settings/policies/website/new", form)
    shown = (await ada.get(answer.headers["location"])).text
    assert "https://a.example" in shown
    assert "https://b.example" in shown
