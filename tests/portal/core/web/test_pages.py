"""Pages and redirects: whole or in part, what every page is given, and where a redirect may lead."""

import re
from contextlib import nullcontext
from functools import partial

import pytest
from jinja2 import TemplateAssertionError, TemplateNotFound, UndefinedError
from litestar import Litestar, get, post
from markupsafe import Markup

from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.permissions import Permission, Side
from portal.core.questions import Question
from portal.core.web import environment as pages
from portal.core.web import navigation
from portal.core.web.guard import PUBLIC, SIGNED_IN
from portal.core.web.pages import Page, Redirect
from portal.core.web.paths import is_own_path, own_path
from portal.core.web.visit import AnyRequest
from tests.portal.core.web.tiny import PAGE, PIA, Browser, tiny_app


@get("/page", needs=PUBLIC, unit=False)
async def page() -> Page:
    return Page(PAGE, "panel", word="<hello>")


@get("/saved", needs=PUBLIC, unit=False)
async def saved() -> Page:
    return Page(PAGE, "panel", word="", said="Saved 已保存", status_code=202, headers={"X-Own": "1"})


@get("/token", needs=PUBLIC, unit=False)
async def token() -> Page:
    return Page(PAGE, "panel", word="token")


@post("/done", needs=PUBLIC, unit=False)
async def done(request: AnyRequest) -> Redirect:
    return Redirect(request.query_params.get("to", "/page"), said="It is <done>", kind="warning")


@pytest.fixture
def app() -> Litestar:
    return tiny_app(page, saved, done, token)


def csrf_of(text: str) -> str:
    found = re.search(r"\[panel \S* ([0-9a-f]{64}) ", text)
    assert found
    return found[1]


async def test_a_browser_gets_the_page_and_htmx_the_block(app: Litestar) -> None:
    browser = Browser(app, "vera")
    whole, part = await browser.get("/page"), await browser.htmx("/page")
    assert whole.status_code == part.status_code == 200
    assert whole.headers["content-type"] == "text/html; charset=utf-8"
    assert "<main>[panel &lt;hello&gt; " in whole.text
    assert part.text.startswith("[panel &lt;hello&gt; ")
    assert "<main>" not in part.text
    assert "HX-Request" in whole.headers["vary"]


@pytest.mark.parametrize("header", ["HX-Boosted", "HX-History-Restore-Request"])
async def test_boosted_links_and_restored_history_get_the_whole_page(app: Litestar, header: str) -> None:
    assert "<main>" in (await Browser(app, "vera").htmx("/page", **{header: "true"})).text


async def test_what_every_page_is_given(app: Litestar) -> None:
    text = (await Browser(app, "vera").get("/page?q=a")).text
    assert "Corvane en /page /page?q=a False Vera" in text
    assert "nobody" in (await Browser(app).get("/page")).text


async def test_each_form_has_its_own_idempotency_key(app: Litestar) -> None:
    found = re.search(r"\[panel \S* \S* (\S+) (\S+)\]", (await Browser(app, "vera").get("/page")).text)
    assert found
    assert found[1] != found[2]


async def test_a_page_can_say_something_once(app: Litestar) -> None:
    browser = Browser(app, "vera")
    whole, part = await browser.get("/saved"), await browser.htmx("/saved")
    assert '<b class="good">Saved 已保存</b>' in whole.text
    assert part.headers["hx-trigger"] == '{"flash": {"kind": "good", "message": "Saved \\u5df2\\u4fdd\\u5b58"}}'
    assert [whole.status_code, whole.headers["x-own"]] == [202, "1"]


async def test_after_a_post_comes_a_redirect_and_its_sentence_once(app: Litestar) -> None:
    browser = Browser(app, "vera")
    answer = await browser.post("/done", token=csrf_of((await browser.get("/page")).text))
    assert [answer.status_code, answer.headers["location"], answer.content] == [303, "/page", b""]
    assert '<b class="warning">It is &lt;done&gt;</b>' in (await browser.get("/page")).text
    assert "<b" not in (await browser.get("/page")).text


async def test_a_fragment_does_not_use_up_the_sentence(app: Litestar) -> None:
    browser = Browser(app, "vera")
    await browser.post("/done", token=csrf_of((await browser.get("/page")).text))
    await browser.htmx("/page")
    assert "It is" in (await browser.get("/page")).text


async def test_a_forged_sentence_is_not_shown(app: Litestar) -> None:
    browser = Browser(app, "vera")
    await browser.post("/done", token=csrf_of((await browser.get("/page")).text))
    name, value = next((n, v) for n, v in browser.http.cookies.items() if "flash" in n)
    for forged in (value[:-1] + ("0" if value[-1] != "0" else "1"), "x", "." + value.partition(".")[2], value + "0"):
        browser.http.cookies.set(name, forged, domain="127.0.0.1", path="/")
        assert "It is" not in (await Browser.get(browser, "/page")).text


async def test_htmx_is_told_to_go_there_itself(app: Litestar) -> None:
    browser = Browser(app, "vera")
    answer = await browser.post("/done", token=csrf_of((await browser.get("/page")).text), hx_request="true")
    assert [answer.status_code, answer.headers["hx-redirect"]] == [200, "/page"]
    assert "location" not in answer.headers


@pytest.mark.security
@pytest.mark.parametrize(
    "to",
    [
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "evil",
        "/a\nb",
        "",
        "/%0d%0a\x00",
        "/" + "a" * 3000,
    ],
)
def test_a_redirect_stays_on_the_site(to: str) -> None:
    assert not is_own_path(to)
    assert own_path(to) == "/"
    with pytest.raises(ValueError, match="stays"):
        Redirect(to)


@pytest.mark.parametrize("to", ["/", "/a/b?c=d&e=/f", "/搜索?q=中文", "/a#b", "/?next=https://x.example"])
def test_own_paths(to: str) -> None:
    assert own_path(to) == to
    Redirect(to).path.encode("ascii")


async def test_the_navigation_is_what_one_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_ENTRIES", {})

    def waiting(actor: Actor) -> Question:
        return Question(actor.name)

    async def answers(questions: list[Question]) -> list[int]:
        return [len(question.text) for question in questions]

    monkeypatch.setattr(navigation, "ask_together", answers)
    monkeypatch.setattr(navigation, "transaction", lambda _actor: nullcontext())
    register = partial(navigation.register, icon="x", permission=Permission.HOME_READ)
    register("home", label=N_("Home"), href="/", order=1)
    register("deals", label=N_("Deals"), href="/deals", order=2, count=waiting)
    register("queue", label=N_("Queue"), href="/deals/queue", order=3, side=Side.STAFF)
    navigation.register("write", label=N_("Write"), href="/w", order=0, icon="x", permission=Permission.DEALS_WRITE)

    @get(["/deals", "/deals/queue/one", "/dealsmore"], needs=SIGNED_IN, unit=False)
    async def deals() -> Page:
        return Page(PAGE, "panel", word="")

    app = tiny_app(deals)
    assert (
        "<nav>(home Home None False)(deals Deals 4 True)(queue Queue None False)</nav>"
        in (await Browser(app, "vera").get("/deals")).text
    )
    assert "(queue Queue None True)" in (await Browser(app, "vera").get("/deals/queue/one")).text
    assert "True)" not in (await Browser(app, "vera").get("/dealsmore")).text
    assert (
        "<nav>(write Write None False)(home Home None False)(deals Deals 3 True)</nav>"
        in (await Browser(app, "pia").get("/deals")).text
    )


def test_entries_stand_below_others_while_one_of_them_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "_ENTRIES", {})
    register = partial(navigation.register, icon="x", permission=Permission.HOME_READ)
    register("home", label=N_("Home"), href="/", order=1)
    register("deals", label=N_("Deals"), href="/deals", order=3)
    register("queue", label=N_("Queue"), href="/queue", order=2, under="deals")
    register("lone", label=N_("Queue"), href="/lone", order=4, under="nobody may see this")
    waiting: dict[tuple[str, Side | None], int] = {("queue", None): 4}

    def drawn(path: str) -> list[tuple[str, int | None, bool, bool]]:
        items = navigation.navigation_uncounted(PIA, path, waiting)
        return [(item.key, item.count, item.is_below, item.is_open) for item in items]

    home, lone = ("home", None, False, True), ("lone", None, False, True)
    assert drawn("/") == [home, ("deals", 4, False, True), ("queue", 4, True, False), lone]
    for path in ("/deals", "/queue/7"):
        assert drawn(path) == [home, ("deals", None, False, True), ("queue", 4, True, True), lone]


def test_only_pages_can_be_loaded() -> None:
    for name in ("portal/core/i18n.py", "../etc/pages/x.html", "portal/core/pages/../pages/base.html", "/etc/passwd"):
        with pytest.raises(TemplateNotFound):
            pages.environment().get_template(name)


def test_nothing_is_declared_safe_and_nothing_is_missing() -> None:
    with pytest.raises(TemplateAssertionError):
        pages.environment().from_string("{{ x|safe }}")
    with pytest.raises(UndefinedError):
        pages.environment().from_string("{{ x }}").render()


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ('{{ _("Hello %(name)s", name=x) }}', "Hello &lt;b&gt;"),
        ('{{ _("Hello %(name)s") % {"name": x} }}', "Hello &lt;b&gt;"),
        ('{{ ngettext("%(num)s deal", "%(num)s deals", 2) }}', "2 deals"),
        ('{{ ngettext("one %(a)s", "%(a)s of them", 1, a=x) }}', "one &lt;b&gt;"),
        ('{{ ngettext("one", "%(n)s of them", 3) % {"n": 3} }}', "3 of them"),
        ("{% trans name=x %}Hello {{ name }}{% endtrans %}", "Hello &lt;b&gt;"),
        ('{{ _("since %(when)s", when=m) }}', "since <i>now</i>"),
        ('{{ _("100 % sure") }}', "100 % sure"),
    ],
)
def test_sentences_with_values_are_escaped(source: str, text: str) -> None:
    assert pages.environment().from_string(source).render(x="<b>", m=Markup("<i>now</i>")) == text


def test_every_page_of_the_project_compiles() -> None:
    names = pages.page_names()
    assert "portal/core/pages/base.html" in names
    for name in names:
        pages.environment().get_template(name)
