"""The bell, the list, the choices: by page, without a script, in both languages, and as JSON."""

from litestar import Litestar

from portal.notices import queries, service
from portal.notices.rules import Mail
from tests.make import NOON, Cast
from tests.partners.stand import statements
from tests.portal.notices.stand import told
from tests.web import Browser


async def test_the_bell_counts_and_opening_a_notice_marks_it_read(app: Litestar, cast: Cast) -> None:
    notice = await told(cast.pia)
    pia = await Browser.of(app, cast.pia)
    assert "Notices: 1 unread" in (await pia.get("/")).text
    page = await pia.get("/notices")
    assert f'action="/notices/{notice}/open"' in page.text
    assert f'action="/notices/{notice}/open"' in (await pia.get("/notices")).text, "looking at the list reads nothing"
    opened = await pia.post(f"/notices/{notice}/open")
    assert (opened.status_code, opened.headers["location"]) == (303, "/partners/deals")
    page = await pia.get("/notices")
    assert ("unread" in page.text, 'href="/partners/deals">Approved' in page.text) == (False, True)


async def test_all_that_stood_there_is_marked_and_nothing_that_came_since(app: Litestar, cast: Cast) -> None:
    seen = [await told(cast.pia) for _time in range(3)]
    pia = await Browser.of(app, cast.pia)
    page = await pia.get("/notices")
    since = await told(cast.pia)
    assert all(f'name="notice" value="{one}"' in page.text for one in seen)
    assert (await pia.post("/notices/read", {"notice": [str(one) for one in seen]})).status_code == 303
    assert [one.id for one in (await queries.list_notices(cast.pia)).unread] == [since]


async def test_a_list_of_nothing_says_what_to_do(app: Litestar, cast: Cast) -> None:
    assert "/notices/choices" in (await (await Browser.of(app, cast.pia)).get("/notices")).text
    assert (await (await Browser.of(app, cast.pia)).get("/notices?before=x")).status_code == 404


async def test_older_ones_stand_on_further_pages(app: Litestar, cast: Cast) -> None:
    notices = [await told(cast.pia) for _time in range(queries.PAGE_ROWS + 1)]
    await service.mark_many_read(cast.pia, notices, now=NOON)
    program = await Browser.of(app, cast.pia)
    first = (await program.json("/api/v1/notices")).json()
    rest = (await program.json(f"/api/v1/notices?{first['older']}")).json()
    assert {one["id"] for one in first["items"] + rest["items"]} == {str(one) for one in notices}
    assert (len(first["items"]), rest["older"]) == (queries.PAGE_ROWS, None)


async def test_choosing_what_comes_by_mail(app: Litestar, cast: Cast) -> None:
    pia = await Browser.of(app, cast.pia)
    page = await pia.get("/notices/choices")
    assert 'value="deal_decided now" selected' in page.text
    assert "deal_waiting" not in page.text
    assert (await pia.post("/notices/choices", {"choice": ["deal_decided digest"]})).status_code == 303
    assert 'value="deal_decided digest" selected' in (await pia.get("/notices/choices")).text
    for wrong in ("deal_decided", "deal_decided often", "access none", "a b c"):
        assert (await pia.post("/notices/choices", {"choice": [wrong]})).status_code == 422
    await pia.post("/notices/choices", {"do": "asks"})
    assert {k.key: m for k, m in await queries.list_choices(cast.pia)}["deal_decided"] == Mail.NONE


async def test_a_program_does_the_same(app: Litestar, cast: Cast) -> None:
    one, two = await told(cast.pia), await told(cast.pia)
    program = await Browser.of(app, cast.pia)
    read = await program.send_json("POST", f"/api/v1/notices/{one}/read", None)
    assert read.json()["read_at"]
    assert (await program.send_json("POST", "/api/v1/notices/read", {"ids": [str(one), str(two)]})).json() == {
        "read": 1
    }
    kept = await program.send_json("PUT", "/api/v1/notices/choices", {"mail": {"deal_decided": "none"}})
    assert {"kind": "deal_decided", "label": "Your deal was decided", "mail": "none", "fixed": False} in kept.json()[
        "items"
    ]


async def test_the_list_takes_one_statement_and_the_bell_none_of_its_own(app: Litestar, cast: Cast) -> None:
    await told(cast.pia)
    pia = await Browser.of(app, cast.pia)
    with statements() as seen:
        await pia.get("/notices")
    ours = [one for one in seen if "identity_session" not in one]
    assert len([one for one in ours if "notices_notice" in one]) == 2
    assert len([one for one in ours if "partners_deal" in one and "notices_notice" not in one]) == 0


async def test_both_sides_both_languages(app: Litestar, cast: Cast) -> None:
    for actor in (cast.pia, cast.vera, cast.audra, cast.pam):
        await told(actor, "access")
        browser = await Browser.of(app, actor)
        for locale, title in (("en", "What comes by mail"), ("zh_CN", "邮件通知设置")):
            browser.client.cookies.set("tributary_locale", locale)
            assert title in (await browser.get("/notices/choices")).text
            assert (await browser.get("/notices")).status_code == 200
