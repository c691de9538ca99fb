"""What partners write is shown to others as text: it runs nothing, opens nothing, and breaks no page."""

from typing import Final

from playwright.sync_api import Locator

from e2e import world
from e2e.browsing import Window
from e2e.conftest import Person
from e2e.server import Site

PAYLOADS: Final = {
    "script": "<script>alert(1)</script>",
    "image": '"><img src=x onerror=alert(2)>',
    "address": "javascript:alert(3)//' onfocus=alert(3) autofocus x='",
    "end": "</textarea></title></script><svg onload=alert(4)>",
    "template": "{{7*7}} ${7*7} <%= 7*7 %> {% raw %}",
    "long": "Donaudampfschifffahrtsgesellschaft" * 6,
    "right-to-left": "\u202eمرحبا بكم\u202c שלום \u2066<b>bold</b>\u2069",
}
SHARED: Final = ("/", "/partners/deals", "/partners/cards", "/news")
"""Pages that show what is written in all of them."""
_FOREIGN: Final = (
    "main [onerror], main [onload], main [onfocus], main img, main svg[onload], main iframe, main object,"
    " main script:not([type='application/json']), a[href^='javascript:' i], form[action^='javascript:' i]"
)
"""Elements and attributes that only a payload can have brought: no page of ours has them."""


def fill(form: Locator, payload: str, email: str = "anna@example.com") -> None:
    """Write the payload into every field of a form that takes text, cut to what the field takes."""
    plain = {"email": email, "contact_email": email, "domain": "example.com"}
    for box in form.locator("input:visible, textarea:visible").all():
        name, kind = box.get_attribute("name") or "", box.get_attribute("type") or "text"
        if kind not in ("text", "email", "search") and box.evaluate("one => one.tagName") != "TEXTAREA":
            continue
        if box.get_attribute("readonly") is not None or name.startswith(("product_", "quantity_", "price_")):
            continue
        most = int(box.get_attribute("maxlength") or 200)
        box.fill(plain.get(name, payload[:most]))


def register(pia: Window, payload: str) -> str:
    """A deal of which every text is the payload; its address."""
    pia.open("/partners/deals/new")
    form = pia.page.locator("#registration")
    pia.page.locator("details.more-fields > summary").last.click()
    fill(form, payload)
    pia.page.locator("#f-product_1").fill("INS-S")
    pia.page.locator("#f-expected_close_on").fill(world.today().isoformat())
    with pia.page.expect_navigation():
        form.locator("button[value=submit]:visible").click()
    pia.look()
    assert "/new" not in pia.path, pia.read(".problems")
    return pia.path


def write_card(pia: Window, payload: str) -> str:
    """A customer and a person there of which every text is the payload; the customer's address."""
    pia.open("/partners/cards/new")
    pia.page.locator("#f-country").select_option("DE")
    submit(pia, payload)
    card = pia.path
    assert "/new" not in card, pia.read(".problems")
    pia.open(f"{card}/contacts/new")
    submit(pia, payload)
    return card


def submit(window: Window, payload: str, email: str = "anna@example.com") -> None:
    """Fill the page's form with the payload and send it."""
    form = window.page.locator("main form.form").first
    fill(form, payload, email)
    with window.page.expect_navigation():
        form.locator(".form-foot button.primary").click()
    window.look()


def check(window: Window) -> None:
    """Nothing of a payload became more than text, nothing ran, and nothing is pushed out of the page."""
    window.page.wait_for_load_state()
    window.assert_calm()
    assert window.page.locator(_FOREIGN).count() == 0, window.page.url
    assert window.too_wide() == [], window.page.url


def test_stored_text_stays_text(site: Site, person: Person) -> None:
    writer = person("pia")
    places = {name: (register(writer, text), write_card(writer, text)) for name, text in PAYLOADS.items()}
    for key in ("pia", "vera"):
        for phone in (False, True):
            window = person(key, phone=phone)
            for path in SHARED:
                visit(window, path)
            for name, (deal, card) in places.items():
                for path in pages_of(site, key, PAYLOADS[name], deal, card):
                    visit(window, path)
                if key == "vera":
                    window.open(deal)
                    window.sees(PAYLOADS[name][:20])


def visit(window: Window, path: str) -> None:
    """Open and check, without axe: it judges the same pages elsewhere."""
    window.page.goto(window.address + path)
    check(window)


def pages_of(site: Site, key: str, payload: str, deal: str, card: str) -> list[str]:
    """Where this person meets one payload: its deal and card, a search for it, and forms that hold it."""
    both = [deal, card, f"/search?q={payload[:20].replace('%', '')}"]
    if key == "pia":
        return [*both, f"{deal}/edit", f"{card}/edit", f"/partners/deals/new?customer={payload[:4].replace('%', '')}"]
    row = site.sql("SELECT card FROM partners_deal WHERE id = $1::uuid", deal.rpartition("/")[2])[0]
    return [*both, f"/partners/cards/{row['card']}/link?deal={deal.rpartition('/')[2]}"]
