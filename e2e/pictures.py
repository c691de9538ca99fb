"""Makes the pictures of the README and the documents from a running demo: `python -m e2e.pictures [ADDRESS [NAME …]]`."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urljoin, urlsplit

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from e2e.places import ROOT
from portal.core.i18n import language_tag
from portal.demo.mark import PASSWORD
from portal.identity.queries import ROLE_LABELS
from tests import browser as installed

FOLDER: Final = ROOT / "docs" / "pictures"
LARGEST: Final = 300_000
"""Bytes of a picture, at most."""
DESK: Final[ViewportSize] = {"width": 1440, "height": 900}
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
POLICIES: Final = "/settings/policies"
DEFAULT: Final = "http://127.0.0.1:8000"
Find = Callable[[Page], str]
"""The address of what is to be seen, from the page of a list; empty where the page itself came to show it."""
_PASTED: Final = (
    "Customer\tCountry\tProduct\tQuantity\nFjordlys AS\tNO\tRoad bikes\t12\nAtelier Roux SARL\tFR\tHelmets\t40"
)


@dataclass(frozen=True)
class Picture:
    """One picture: who looks at what."""

    name: str
    role: str
    path: str
    find: Find | None = None
    locale: str = "en"
    phone: bool = False
    part: str = ""
    """Only what stands in this element of the page."""


def _first(selector: str) -> Find:
    """The address that the first such link leads to."""
    return lambda page: page.locator(selector).first.get_attribute("href") or ""


def _trace(page: Page) -> str:
    """A commission of a part payment that has several steps, if there is one on the list; else the first."""
    page.goto(f"{page.url.split('?', maxsplit=1)[0]}?tab=paid&sort=-amount")
    return _first("[data-rows] a")(page)


def _closed_month(page: Page) -> str:
    """The last month that is over."""
    found = page.locator("tbody a[href*='/periods/']").all()
    return (found[1] if len(found) > 1 else found[0]).get_attribute("href") or ""


def _scorecard(page: Page) -> str:
    """That of the first partner on the list."""
    return f"{_first('[data-rows] a')(page)}/scorecard"


def _journey(page: Page) -> str:
    """The journey to a large sale, by way of its lifecycle event."""
    page.goto(f"{page.url.split('?', maxsplit=1)[0]}?tab=gains&sort=-value")
    event = _first("[data-rows] a")(page)
    return f"/journeys/{event.rsplit('/', maxsplit=1)[-1]}"


def _event(page: Page) -> str:
    """A large sale."""
    page.goto(f"{page.url.split('?', maxsplit=1)[0]}?tab=gains&sort=-value")
    return _first("[data-rows] a")(page)


def _compared(page: Page) -> str:
    """The newest run beside the one before it; there are two."""
    newest, before = (link.get_attribute("href") or "" for link in page.locator("[data-rows] a").all()[:2])
    return f"{newest}/compare?to={before.rsplit('/', maxsplit=1)[-1]}"


def _adopted(page: Page) -> str:
    """What paying by the newest run would change."""
    return f"/commissions{_first('[data-rows] a')(page)}"


def _versions(page: Page) -> str:
    """The newest version of a policy beside the one before it."""
    page.goto(urljoin(page.url, _first("a[href*='/versions/']")(page)))
    return _first("a[href*='/compare?']")(page)


def _history(page: Page) -> str:
    """All that ever happened to the first version of a policy."""
    version = page.locator("a[href*='/versions/']").last.get_attribute("href") or ""
    return f"/history/policy_version/{version.rsplit('/', maxsplit=1)[-1]}"


def _pasted(page: Page) -> str:
    """Two rows of a spreadsheet, read into the grid."""
    page.locator("textarea").fill(_PASTED)
    page.locator("main form .button.primary").first.click()
    page.wait_for_load_state()
    return ""


def _both(name: str, role: str, path: str, find: Find | None = None, part: str = "") -> tuple[Picture, Picture]:
    """One page in both languages."""
    return (
        Picture(name, role, path, find, part=part),
        Picture(f"{name}-zh", role, path, find, locale="zh_CN", part=part),
    )


PICTURES: Final = (
    Picture("home", "partner_sales", "/"),
    Picture("home-phone", "partner_sales", "/", phone=True),
    Picture("deals", "partner_manager", "/partners/deals"),
    Picture("deals-phone", "partner_sales", "/partners/deals", phone=True),
    Picture("deal", "partner_manager", "/", find=_first(".wait a.button")),
    Picture("deal-phone", "partner_sales", "/partners/deals", find=_first("[data-rows] a"), phone=True),
    Picture("trace", "partner_sales", "/earnings", find=_trace),
    Picture("trace-zh", "partner_sales", "/earnings", find=_trace, locale="zh_CN"),
    Picture("trace-phone", "partner_sales", "/earnings", find=_trace, phone=True),
    Picture("report", "finance", "/commissions/periods", find=_closed_month),
    Picture("report-phone", "finance", "/commissions/periods", find=_closed_month, phone=True),
    *_both("lifecycle", "finance", "/lifecycle"),
    *_both("run", "finance", "/runs", _first("[data-rows] a")),
    *_both("journey", "finance", "/lifecycle", _journey),
    *_both("reports", "finance", "/reports"),
    *_both("value", "finance", "/value"),
    *_both("value-groups", "finance", "/value/groups?tab=tier"),
    *_both("scorecard", "finance", "/partners/companies?q=Gears+and+Parts", _scorecard),
    *_both("health", "customer_success", "/customer-health"),
    *_both("health-customer", "customer_success", "/customer-health?tab=watch", _first("[data-rows] a")),
    *_both("claims", "partner_manager", "/claims"),
    *_both("unmapped", "marketing", "/touchpoints/unmapped"),
    *_both("visitors", "marketing", "/visits"),
    *_both("contribution", "partner_sales", "/contribution"),
    *_both("conflict", "partner_manager", "/partners/conflicts", _first("[data-rows] a")),
    *_both("answers", "partner_manager", "/partners/response"),
    *_both("forecast", "partner_manager", "/forecast"),
    *_both("forecast-own", "partner_sales", "/forecast"),
    *_both("flows", "finance", "/reports", part="#flows"),
    *_both("dormant", "finance", "/lifecycle/dormant"),
    *_both("targets", "finance", "/lifecycle/targets"),
    *_both("event", "finance", "/lifecycle", _event),
    *_both("runs-compared", "finance", "/runs", _compared),
    *_both("run-adopted", "finance", "/runs", _adopted),
    *_both("policies-compared", "finance", f"{POLICIES}/commission_plan", _versions),
    *_both("history", "auditor", f"{POLICIES}/commission_plan", _history),
    *_both("rates", "finance", "/settings/rates"),
    *_both("claim", "partner_sales", "/claims/new"),
    *_both("paste", "partner_sales", "/partners/deals/paste", _pasted),
)


def main() -> None:
    """Take them all, or those that are named. Exits with a sentence when one would be too large."""
    address = sys.argv[1] if len(sys.argv) > 1 else DEFAULT
    wanted = set(sys.argv[2:])
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed.find_browser(), args=installed.launch_options())
        people = _people(browser, address)
        for picture in PICTURES:
            if wanted and picture.name not in wanted:
                continue
            size = _take(browser, address, people[picture.role], picture)
            sys.stdout.write(f"{picture.name}.png: {size:,} bytes\n")
            if size > LARGEST:
                sys.exit(f"{picture.name}.png is larger than {LARGEST:,} bytes.")
        browser.close()


def _people(browser: Browser, address: str) -> dict[str, str]:
    """Whom to sign in as, by role, as the page about the demo tells it."""
    page = browser.new_page(locale="en")
    page.goto(f"{address}/demo")
    links = page.locator(".guests a")
    labels = {label: role.value for role, label in ROLE_LABELS.items()}
    return {
        labels[link.locator("b").inner_text()]: parse_qs(urlsplit(link.get_attribute("href") or "").query)["email"][0]
        for link in links.all()
    }


def _take(browser: Browser, address: str, email: str, picture: Picture) -> int:
    """Sign in, go there, take the picture; its size in bytes."""
    size = PHONE if picture.phone else DESK
    context = browser.new_context(
        viewport=size, locale=language_tag(picture.locale), color_scheme="light", is_mobile=picture.phone,
        has_touch=picture.phone, reduced_motion="reduce",
    )  # fmt: skip
    page = context.new_page()
    page.goto(f"{address}/sign-in")
    page.locator(f"button[name=locale][value={picture.locale}]").click()
    page.locator("#f-email").fill(email)
    page.locator("#f-password").fill(PASSWORD)
    page.locator("main .button.primary").first.click()
    page.wait_for_url(f"{address}/")
    page.goto(address + picture.path)
    if picture.find and (found := picture.find(page)):
        page.goto(address + found)
    page.wait_for_load_state("networkidle")
    path = Path(FOLDER, f"{picture.name}.png")
    if picture.part:
        page.locator(picture.part).screenshot(path=path)
    else:
        page.screenshot(path=path)
    context.close()
    return path.stat().st_size


if __name__ == "__main__":
    main()
