"""The three routes of a list through the whole web floor: page, export and JSON."""

import csv
import io
import re
from html import unescape

import pytest
import pytest_asyncio
from litestar import Controller, Litestar, get
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Stream

from portal.core import clock
from portal.core.actor import Actor
from portal.core.permissions import Permission
from portal.core.web.export import FileType, export_list
from portal.core.web.list_docs import list_operation
from portal.core.web.lists import ItemPage, list_items, list_page
from portal.core.web.pages import Page
from portal.core.web.visit import AnyRequest
from tests.portal.core.web.list_samples import OMEGA, SPEC, add_things, make_table, thing
from tests.portal.core.web.tiny import Browser, tiny_app

TEMPLATE = "tests/portal/core/web/pages/things.html"


class ThingPages(Controller):
    path = "/things"

    @get("/", needs=Permission.DEALS_READ)
    async def index(self, actor: NamedDependency[Actor], request: AnyRequest) -> Page:
        listing = await list_page(SPEC, actor, request.query_params, now=clock.now())
        return Page(TEMPLATE, "content", listing=listing)

    @get("/export/{file_type:str}", needs=Permission.DEALS_READ)
    async def export(self, actor: NamedDependency[Actor], request: AnyRequest, file_type: FromPath[FileType]) -> Stream:
        return await export_list(SPEC, actor, request.query_params, file_type, now=clock.now())


class ThingApi(Controller):
    path = "/api/v1/things"

    @get("/", needs=Permission.DEALS_READ, operation_class=list_operation(SPEC))
    async def index(self, actor: NamedDependency[Actor], request: AnyRequest) -> ItemPage:
        return await list_items(SPEC, actor, request.query_params, now=clock.now())


@pytest_asyncio.fixture
async def app(db: str) -> Litestar:  # noqa: ARG001 -- that it is rolled back is what counts
    await make_table()
    return tiny_app(ThingPages, ThingApi)


async def test_the_page_shows_the_rows_its_search_tabs_and_ways_on(app: Litestar) -> None:
    await add_things([thing(number, name=f"<b>{number}</b>") for number in range(30)] + [thing(99, partner_id=OMEGA)])
    page = await Browser(app, "pia").get("/things?state=open")
    assert page.status_code == 200
    assert "&lt;b&gt;0&lt;/b&gt;" in page.text
    assert "<b>0</b>" not in page.text
    assert "Thing 0099" not in page.text
    assert "25 of 30" in page.text
    assert 'class="state us"' in page.text
    part = await Browser(app, "pia").htmx("/things?state=open")
    assert "<html" not in part.text
    assert 'id="listing"' in part.text
    found = re.search(
        r'href="([^"]+)" id="page-next"|id="page-next"[^>]*href="([^"]+)"|<a[^>]*href="([^"]+)"[^>]*id="page-next"',
        page.text,
    )
    assert found, page.text
    following = await Browser(app, "pia").get(unescape(next(filter(None, found.groups()))))
    assert "5 of 30" in following.text
    assert "&lt;b&gt;29&lt;/b&gt;" in following.text


async def test_an_empty_list_says_what_to_do_and_a_narrowed_one_says_so(app: Litestar) -> None:
    assert "No things yet" in (await Browser(app, "pia").get("/things")).text
    narrowed = (await Browser(app, "pia").get("/things?q=x&state=stolen")).text
    assert "Nothing matches" in narrowed
    assert "“stolen” is not a choice of the filter State, so it is off." in narrowed


async def test_exports_arrive_whole(app: Litestar) -> None:
    await add_things([thing(number, name="x" * 700) for number in range(3_000)])
    for file_type in ("csv", "xlsx"):
        file = await Browser(app, "pia").get(f"/things/export/{file_type}?sort=name")
        assert file.status_code == 200
        if file_type == "xlsx":
            assert int(file.headers["content-length"]) == len(file.content)
        assert "transfer-encoding" not in file.headers
        assert file.headers["content-disposition"].startswith('attachment; filename="things-')
        assert file.headers["x-content-type-options"] == "nosniff"
        if file_type == "csv":
            assert len(file.content) > 2**21
            assert len(list(csv.reader(io.StringIO(file.text)))) == 3_001


@pytest.mark.parametrize(
    ("address", "status"), [("pdf", 422), ("csv?state=x", 422), ("csv?q=%FF%00", 200), ("csv?q=%ED%A0%80", 200)]
)
async def test_what_is_no_export_is_refused(app: Litestar, address: str, status: int) -> None:
    assert (await Browser(app, "pia").get(f"/things/export/{address}")).status_code == status


async def test_json_says_what_is_wrong(app: Litestar) -> None:
    await add_things([thing(1)])
    api = Browser(app, "pia")
    good = await api.get("/api/v1/things?limit=1")
    assert good.json()["items"][0]["name"] == "Thing 0001"
    bad = await api.get("/api/v1/things?limit=0&sort=x&cursor=AAAA")
    assert bad.status_code == 422
    assert bad.headers["content-type"] == "application/problem+json"
    assert all(f'"{name}"' in bad.text for name in ("cursor", "limit", "sort"))


async def test_the_schema_knows_parameters_and_items(app: Litestar) -> None:
    operation = (await Browser(app, "pia").get("/schema/openapi.json")).json()["paths"]["/api/v1/things"]["get"]
    parameters = {one["name"]: one["schema"] for one in operation["parameters"]}
    assert list(parameters) == ["cursor", "limit", "sort", "tab", "q", "state", "since", "partner", "done", "least"]
    assert parameters["sort"]["enum"] == ["changed", "-changed", "name", "-name", "score", "-score"]
    assert parameters["state"]["enum"] == ["open", "won"]
    assert parameters["partner"]["format"] == "uuid"
    page = operation["responses"]["200"]["content"]["application/json"]["schema"]
    item = page["properties"]["items"]["items"]["properties"]
    assert list(item) == ["id", *(column.key for column in SPEC.columns)]
    assert item["amount"]["properties"]["minor"]["type"] == "integer"


async def test_nobody_reads_without_signing_in(app: Litestar) -> None:
    for path in ("/things/export/csv", "/api/v1/things"):
        assert (await Browser(app).get(path, Accept="application/json")).status_code == 401
