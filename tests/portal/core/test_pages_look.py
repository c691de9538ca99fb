"""The frame and the macros, rendered without a server: valid for everybody, nothing inline, everything in place."""

import re
from collections import Counter
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment
from jinja2_fragments import render_block

from portal.core import i18n
from portal.core.web.environment import make_environment
from portal.core.web.list_html import draw_rows
from portal.core.web.list_rows import make_row
from portal.core.web.list_spec import Column, Kind, State
from portal.core.web.navigation import NavItem

ROOT: Final = Path(__file__).resolve().parents[3]
STATIC: Final = ROOT / "static"
NOW: Final = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)
PAGES: Final = sorted(path for path in ROOT.glob("*/**/pages/*.html") if ".venv" not in path.parts)
IMPORTS: Final = "".join(
    f'{{% import "portal/core/pages/{name}.html" as {name} with context %}}' for name in ("ui", "forms", "lists")
)

INLINE: Final = re.compile(
    r"""\sstyle=|<style|\|\s*safe\b|javascript:|\son(click|change|input|submit|load|error|focus|blur|toggle|key\w+|mouse\w+)=["']"""
)

RECORD: Final = f"""
{{% extends "portal/core/pages/base.html" %}}
{{% block title %}}Hofer & Sons{{% endblock %}}
{{% block header %}}{IMPORTS}
{{% call ui.page_header("Hofer & Sons", [("Deals", "/deals"), ("LS-1", "")], [ui.badge("us", "eye-search", "In review"), ui.meta_item("user", "Vera", tone="you", extra=ui.why("Why Vera?", "She is the manager.", [("Rule", "v1")]))]) %}}
{{{{ ui.action_form("/deals/1/moves", "approve", "Approve", tone="primary", icon_name="check") }}}}
{{{{ ui.action_form("/deals/1/moves", "reject", "Reject", tone="danger", confirm="The partner is told.", needs_note=True, note_help="It reads this.") }}}}
{{% endcall %}}{{% endblock %}}
{{% block content %}}{IMPORTS}
{{% call ui.card("Lines", extra=ui.vendor_only(), flush=True) %}}{{{{ ui.waits([{{"icon": "inbox", "title": "A", "text": "B", "due": "today", "action_label": "Open", "action_href": "/a"}}]) }}}}{{% endcall %}}
<section class="panel figures">{{{{ ui.figure_box("Open", "€1", "+2%", "since", "up", [1, 2, 2.5]) }}}}{{{{ ui.figure_box("Rate", none) }}}}</section>
{{{{ ui.chart("c", "Pipeline", "EUR", "It grew.", {{"categories": ["</script>"], "kind": "bar", "series": [{{"name": "a", "values": [1]}}]}}, {{"head": ["Month", "EUR"], "rows": [["May", "1"]]}}) }}}}
{{{{ ui.chart("d", "Nothing", "EUR", "Too early.", {{}}, {{"head": [], "rows": []}}) }}}}
{{{{ ui.meter(1, 4, "1 of 4", "1", "4") }}}}{{{{ ui.bar(0.5) }}}}{{{{ ui.bar(0.5, others=True) }}}}
{{{{ ui.steps([{{"title": "Paid", "sum": "1 x 2", "result": "2", "note": "exact", "reason": ui.why("Why 2?", flow=True)}}, {{"title": "Commission", "result": "2", "total": true}}]) }}}}
{{{{ ui.flow("Money", [{{"value": 4, "amount": "4", "label": "paid"}}, {{"value": 2, "amount": "2", "label": "yours", "rest_amount": "2", "rest_label": "others"}}]) }}}}
{{{{ ui.timeline([{{"icon": "pencil", "actor": "Pia", "text": "wrote", "quote": "<b>x</b>", "at": now}}]) }}}}
{{{{ ui.empty("inbox", "Nothing", "Yet.", "Begin", "/b") }}}}{{{{ ui.notice("you", "info-circle", "Mind this.") }}}}
{{% endblock %}}
{{% block aside %}}{IMPORTS}{{{{ ui.facts([("Role", "Sell"), ("Size", none)]) }}}}{{{{ ui.person("Vera Holm", "Manager") }}}}{{{{ ui.person("沈若琳") }}}}{{{{ ui.locked("locked", "Why?", "Since submit.") }}}}{{{{ ui.menu("More", [("A", "/a", "x")]) }}}}{{% endblock %}}
"""

FORM: Final = f"""
{{% extends "portal/core/pages/base.html" %}}
{{% block title %}}Register{{% endblock %}}
{{% block content %}}{IMPORTS}
{{% call forms.form("/deals", upload=True) %}}
{{{{ forms.error_summary(errors, {{"name": "Name"}}) }}}}
{{{{ forms.field("name", "Name", "x\\"y", errors, "As registered.", required=True) }}}}
{{{{ forms.field("code", "Code", "1", errors, lock="Locked since submitted.") }}}}
{{{{ forms.select("role", "Role", [("a", "A"), ("b", "B")], "b", errors, "One.", blank="Choose") }}}}
{{{{ forms.textarea("notes", "Notes", "\\nline", errors) }}}}
{{{{ forms.checkboxes("help", "Help", [("a", "A", "more"), ("b", "B")], ["b"], errors) }}}}
{{{{ forms.radios("part", "Part", [("a", "A"), ("b", "B")], "a", errors, "Choose one.") }}}}
{{{{ forms.checkbox("agree", "I agree", false, errors) }}}}
{{{{ forms.money_field("value", "Value", "1.00", "EUR", ["EUR", "USD"], errors) }}}}
{{{{ forms.lookup("customer", "Customer", "/api/v1/partners/customers", "1", "Hofer", errors=errors, help="Your own.") }}}}
{{{{ forms.date_field("due", "Due", "2026-01-31", errors) }}}}
{{{{ forms.file_field("file", "File", errors, accept=".csv") }}}}
{{{{ forms.password_field("secret", "Password", errors, new=True) }}}}
{{% call forms.submit("Submit for review", cancel_href="/deals") %}}{{{{ ui.button("Save", attrs={{"name": "draft"}}) }}}}{{% endcall %}}
{{% endcall %}}{{% endblock %}}
"""

LIST: Final = f"""
{{% extends "portal/core/pages/base.html" %}}
{{% block title %}}{{{{ listing.title }}}}{{% endblock %}}
{{% block content %}}{IMPORTS}{{{{ lists.page(listing, more=["place"], empty_text="Register the first.", empty_action="Register", empty_href="/new") }}}}{{% endblock %}}
"""

DOOR: Final = f"""
{{% extends "portal/core/pages/signed_out.html" %}}
{{% block title %}}Sign in{{% endblock %}}
{{% block lead %}}With your work e-mail.{{% endblock %}}
{{% block content %}}{IMPORTS}{{% call forms.form("/sign-in") %}}{{{{ forms.field("email", "E-mail", type="email", required=True) }}}}{{{{ forms.submit("Sign in") }}}}{{% endcall %}}{{% endblock %}}
"""


class Outline(HTMLParser):
    """What a page is made of, as far as the rules below ask."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, *names: str) -> list[dict[str, str]]:
        return [attributes for tag, attributes in self.tags if tag in names]

    def values(self, attribute: str) -> list[str]:
        return [found[attribute] for _tag, found in self.tags if attribute in found]


STATES: Final = {"review": State("In review", "us", "eye-search")}
DRAWN: Final = (
    Column(key="name", label="Name", sql=""),
    Column(key="place", label="Place", sql="", href="/place"),
    Column(key="value", label="Value", sql="", kind=Kind.MONEY),
    Column(key="state", label="State", sql="", kind=Kind.STATE, states=STATES),
    Column(key="due", label="Due", sql="", kind=Kind.DATE),
    Column(key="changed", label="Changed", sql="", kind=Kind.DATETIME),
)
RECORD_OF_A_LIST: Final = {
    "_id": UUID(int=1), "name": "Hofer <AG>", "place": "Kempten", "value": 100, "value__currency": "EUR",
    "state": "review", "due": None, "changed": NOW,
}  # fmt: skip


def column(key: str, kind: str = "text", align: str = "start", **more: Any) -> SimpleNamespace:
    blank = {"sortable": False, "sort_href": "", "sorted": ""}
    return SimpleNamespace(key=key, label=key.title(), kind=kind, align=align, **{**blank, **more})


def make_listing(**changes: Any) -> SimpleNamespace:
    """A list with everything a list can have."""
    deals: Any = SimpleNamespace(row_href="/deals/{name}")
    row = make_row(deals, RECORD_OF_A_LIST, NOW)
    labels = [column.label for column in DRAWN]
    option = SimpleNamespace(value="a", label="A", href="?state=a", selected=True)
    chip = SimpleNamespace(key="state", label="State", options=(option,), active_label="A", clear_href="?")
    tabs = tuple(
        SimpleNamespace(key=key, label=key, href=f"?tab={key}", count=count, active=count != "")
        for key, count in (("mine", "8"), ("all", ""))
    )
    whole = {
        "title": "Deals",
        "rows": (row,),
        "draw_rows": lambda more: draw_rows([row], DRAWN, labels, more),
        "columns": (
            column("name", sortable=True, sort_href="?sort=name"),
            column("place"),
            column("value", "money", "end"),
            column("state", "state"),
            column("due", "date"),
            column("changed", "datetime", sortable=True, sort_href="?sort=changed", sorted="descending"),
        ),
        "filters": (chip,),
        "search": SimpleNamespace(name="q", value='a"b', placeholder="Find", hidden=(("tab", "mine"),)),
        "tabs": tabs,
        "next_href": "?cursor=n",
        "back_href": "",
        "shown": 1,
        "total_text": "1,000+",
        "export_csv_href": "/deals/export.csv",
        "export_xlsx_href": "/deals/export.xlsx",
        "clear_href": "?",
        "notices": ("That page is out of date.",),
    }
    return SimpleNamespace(**{**whole, **changes})


def context(*, signed_in: bool = True, side: str = "partner", **more: Any) -> dict[str, Any]:
    """What the floor gives every page."""
    actor = SimpleNamespace(
        name="Pia Lund", email="pia@lund.example", side=side, roles=frozenset(), company_name="Lund"
    )
    keys = ("home", "deals", "leads", "customers", "marketing", "earnings")
    nav = [NavItem(key, key, "home", f"/{key}", key == "deals", 2 if key == "deals" else None) for key in keys]
    return {
        "actor": actor if signed_in else None,
        "nav": nav if signed_in else [],
        "unread": 3,
        "csrf_token": "the-token",
        "idempotency_key": "the-key",
        "vendor_name": "Corvane",
        "locale": i18n.current_locale(),
        "request_path": "/deals",
        "request_address": "/deals?tab=all",
        "flash": SimpleNamespace(kind="good", message="Saved."),
        "demo": True,
        "now": NOW,
        **more,
    }


def problem(status: int) -> SimpleNamespace:
    return SimpleNamespace(
        status=status, title="Not possible", detail="Because.", errors={"name": "Too long."}, reference="abc"
    )


@pytest.fixture(scope="module")
def pages() -> Environment:
    environment = make_environment()
    samples = {"record": RECORD, "form": FORM, "list": LIST, "door": DOOR}
    assert environment.loader is not None
    environment.loader = ChoiceLoader([environment.loader, DictLoader(samples)])
    return environment


ERRORS: Final = {"name": "Too long.", "help": "Choose one.", "": "The deal has moved on."}
SAMPLES: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "record": ("record", {}),
    "record for staff": ("record", {"side": "staff"}),
    "form": ("form", {"errors": ERRORS}),
    "form without errors": ("form", {"errors": {}}),
    "list": ("list", {"listing": make_listing()}),
    "nothing matches": ("list", {"listing": make_listing(rows=(), next_href="")}),
    "empty list": ("list", {"listing": make_listing(rows=(), clear_href="", filters=(), search=None, tabs=())}),
    "door": ("door", {"signed_in": False}),
    **{
        f"error {status} {'inside' if inside else 'outside'}": (
            "portal/core/pages/error.html",
            {"signed_in": inside, "problem": problem(status)},
        )
        for status in (403, 404, 409, 422, 500, 503)
        for inside in (True, False)
    },
}


def draw(pages: Environment, sample: str, locale: str = "en") -> str:
    """One sample page in one language."""
    name, more = SAMPLES[sample]
    with i18n.using(locale):
        return pages.get_template(name).render(context(**more))


@pytest.fixture(params=[(sample, locale) for sample in SAMPLES for locale in i18n.LOCALES], ids=" ".join)
def html(request: pytest.FixtureRequest, pages: Environment) -> str:
    return draw(pages, *request.param)


def test_a_page_has_its_language_one_heading_and_a_way_past_the_navigation(html: str) -> None:
    outline = Outline(html)
    assert outline.all("html")[0]["lang"] in {"en", "zh-CN"}
    assert len(outline.all("h1")) == 1
    assert len(outline.all("main")) == 1
    assert outline.all("main")[0]["id"] == "main"
    links = [found["href"] for found in outline.all("a")]
    assert "side" not in outline.values("class") or links[0] == "#main"


def test_ids_are_unique_and_what_is_referred_to_exists(html: str) -> None:
    outline = Outline(html)
    ids = outline.values("id")
    assert [one for one, count in Counter(ids).items() if count > 1] == []
    wanted = {
        one
        for name in ("for", "aria-describedby", "aria-labelledby")
        for value in outline.values(name)
        for one in value.split()
    }
    wanted |= {href[1:] for href in outline.values("href") if re.fullmatch(r"#[\w-]+", href)}
    assert wanted - set(ids) == set()


def test_every_field_has_a_name_that_is_read_out(html: str) -> None:
    outline = Outline(html)
    labelled = set(outline.values("for"))
    in_label = {"checkbox", "radio"}
    for found in outline.all("input", "select", "textarea"):
        kind = found.get("type", "text")
        if kind not in {"hidden", *in_label} and found.get("id") != "listing-search":
            assert found.get("id") in labelled or "aria-label" in found, found


def test_nothing_is_inline_that_the_content_security_policy_forbids(html: str) -> None:
    outline = Outline(html)
    assert outline.values("style") == []
    assert outline.all("style") == []
    assert [name for _tag, found in outline.tags for name in found if re.match(r"on[a-z]", name)] == []
    for script in outline.all("script"):
        assert script.get("src", "").startswith("/static/") or script.get("type") == "application/json"


def test_every_form_that_writes_carries_its_token_and_every_other_form_none(html: str) -> None:
    for form in re.findall(r"<form.*?</form>", html, re.DOTALL):
        writes = 'method="post"' in form
        assert form.count('name="csrf_token" value="the-token"') == (1 if writes else 0)
        if writes and 'action="/language"' not in form:
            assert form.count('name="idempotency_key" value="the-key"') == 1


def test_every_icon_is_in_the_sprite_and_every_file_exists(html: str) -> None:
    sprite = set(re.findall(r'<symbol id="([a-z0-9-]+)"', (STATIC / "img/icons.svg").read_text(encoding="utf-8")))
    outline = Outline(html)
    used = {found["href"].partition("#")[2] for found in outline.all("use")}
    assert used - sprite == set()


def test_a_block_can_be_drawn_alone(pages: Environment) -> None:
    for name, block in (("record", "content"), ("record", "header"), ("record", "aside"), ("list", "content")):
        part = render_block(pages, name, block, {**context(), "listing": make_listing()})
        assert "<html" not in part
        assert len(part) > 100
    part = render_block(pages, "portal/core/pages/error.html", "error", {**context(), "problem": problem(409)})
    assert part.strip().startswith('<div class="flash bad"')
    assert "Not possible. Because." in part


def test_what_people_write_is_escaped(pages: Environment) -> None:
    record = draw(pages, "record")
    assert "<b>x</b>" not in record
    assert "\\u003c/script\\u003e" in record
    assert 'value="x&#34;y"' in draw(pages, "form")
    assert "Hofer &lt;AG&gt;" in draw(pages, "list")


def test_missing_values_are_said(pages: Environment) -> None:
    record = draw(pages, "record")
    assert "no data yet" in record
    assert "not given" in record
    assert "暂无数据" in draw(pages, "record", "zh_CN")


def test_errors_are_counted_on_top_and_told_beside_their_field(pages: Environment) -> None:
    form = draw(pages, "form")
    assert "3 things need your attention" in form
    assert '<a href="#f-name">Name: Too long.</a>' in form
    assert re.search(r'id="f-name"[^>]*aria-describedby="f-name-error f-name-help" aria-invalid="true"', form)
    assert "有 3 处需要您修改" in draw(pages, "form", "zh_CN")
    assert "problems" not in draw(pages, "form without errors")


def test_a_destructive_action_asks_again_even_without_a_script(pages: Environment) -> None:
    record = draw(pages, "record")
    reject = re.search(
        r"<details[^>]*><summary class=\"button danger\">Reject…</summary>.*?</details>", record, re.DOTALL
    )
    assert reject is not None
    assert "The partner is told." in reject[0]
    assert 'name="verb" value="reject"' in reject[0]
    assert re.search(r'<textarea[^>]* name="note"[^>]* required', reject[0])
    approve = re.search(r'<form[^>]*>(?:(?!</form>).)*value="approve"(?:(?!</form>).)*</form>', record, re.DOTALL)
    assert approve is not None
    assert "<details" not in approve[0]


def test_a_list_says_how_it_is_sorted_filtered_and_where_it_goes_on(pages: Environment) -> None:
    html = draw(pages, "list")
    assert '<th scope="col" class="when right" aria-sort="descending">' in html
    assert '<a href="/deals/Hofer%20%3CAG%3E">Hofer &lt;AG&gt;</a>' in html
    assert "State: A" in html
    assert 'aria-label="Take off the filter State"' in html
    assert "1 of 1,000+" in html
    assert '<input type="hidden" name="tab" value="mine">' in html
    assert 'href="?cursor=n"' in html
    assert '<span class="button small" aria-disabled="true">Back</span>' in html
    assert 'class="state us"' in html
    assert re.search(r'<td class="clip more">\s*<a href="/place">Kempten</a>', html)


def test_an_empty_list_says_what_to_do(pages: Environment) -> None:
    assert "Nothing matches" in draw(pages, "nothing matches")
    first = draw(pages, "empty list")
    assert "Register the first." in first
    assert 'href="/new"' in first


def test_the_phone_bar_has_five_places_and_the_rest_under_more(pages: Environment) -> None:
    bar = draw(pages, "record").partition('class="phonebar"')[2]
    assert len(re.findall(r'class="phone-link"', bar)) == 5
    assert len(re.findall(r'class="menu-item"', bar)) == 2


def test_the_language_switch_leads_back_to_where_one_was(pages: Environment) -> None:
    for sample in ("record", "door"):
        html = draw(pages, sample)
        assert '<input type="hidden" name="next" value="/deals?tab=all">' in html
        assert 'name="locale" value="zh_CN" lang="zh-CN"' in html


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_page_of_the_project_is_inline_or_unescaped(page: Path) -> None:
    source = re.sub(r"\{#.*?#\}", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    assert not INLINE.search(source)
    assert not re.search(r"<script(?![^>]*(src=|application/json))", source)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_icon_that_a_page_names_is_in_the_sprite(page: Path) -> None:
    names = set((STATIC / "img/icons.txt").read_text(encoding="utf-8").split())
    source = page.read_text(encoding="utf-8")
    used = set(re.findall(r"""(?:icon_name=|icon=|\bicon\()\s*["']([a-z0-9-]+)["']""", source))
    used |= set(re.findall(r"""["']icon["']:\s*["']([a-z0-9-]+)["']""", source))
    assert used - names == set()
