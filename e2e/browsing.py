"""Somebody's browser window: opens, presses and reads as a person does, and notes everything that goes wrong in it."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Dialog, Error, Locator, Page, Request, Response, expect

from e2e.places import ROOT
from e2e.reading import Reading

AXE: Final = ROOT / "tests" / "vendor" / "axe" / "axe.min.js"
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa")
DESK: Final = {"width": 1440, "height": 1000}
PHONE: Final = {"width": 390, "height": 844}
SECONDS: Final = 30
"""How long a page may take to show what is waited for."""
_LOOKS: Final = 5
_STATUS_LINE: Final = re.compile(r"Failed to load resource: the server responded with a status of (\d{3})")
_GIVEN_UP: Final = "net::ERR_ABORTED"
"""The browser itself let go of a request: a download began, or a newer search replaced an older one."""

_LOADS_ANEW: Final = re.compile(r"<meta http-equiv=.?refresh[^>]*>")

_JUDGED: Final[set[str]] = set()
"""Shapes of pages in which nothing was found to be wrong."""
_RUN_AXE: Final = """async ([rules, skip]) => {
  const found = await axe.run(document, {runOnly: rules, resultTypes: ["violations"], rules: skip});
  return found.violations.flatMap((one) => one.nodes.map((node) =>
    `${one.id}: ${one.help}: ${node.target.join(" ")}: ${(node.any[0] ?? node.all[0] ?? node.none[0])?.message ?? ""}`));
}"""
_BUT_TIMES: Final = """() => {
  const copy = document.querySelector("main").cloneNode(true);
  copy.querySelectorAll("time").forEach((time) => time.remove());
  return copy.textContent;
}"""
_WIDE: Final = """() => {
  const room = document.documentElement.clientWidth;
  const inside = (element) => { for (let up = element.parentElement; up; up = up.parentElement) {
    if (["auto", "scroll", "hidden", "clip"].includes(getComputedStyle(up).overflowX)) return true; } return false; };
  const wide = document.documentElement.scrollWidth > room;
  return wide ? [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > room + 1 && !inside(one))
    .map((one) => `${one.tagName.toLowerCase()}.${one.className}`).slice(0, 5).concat([`${document.documentElement.scrollWidth} px`]) : [];
}"""


class Window:
    """One person's window. `troubles` is what must not have happened; each look at the page asserts that it is empty."""

    def __init__(
        self, context: BrowserContext, address: str, locale: str, *, with_scripts: BrowserContext | None = None
    ) -> None:
        self.context = context
        self.page: Page = context.new_page()
        self.locale = locale
        self._with_scripts = with_scripts
        """Where axe can run, if this window has no scripts."""
        self.troubles: list[str] = []
        self.address = address
        self._refusals: frozenset[int] = frozenset()
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self._note(f"script error: {error}"))
        self.page.on("dialog", self._asked)
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)
        self.page.set_default_timeout(SECONDS * 1000)

    # --- what goes wrong ---

    def _note(self, trouble: str) -> None:
        self.troubles.append(f"{self.page.url}: {trouble}")

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        status = _STATUS_LINE.match(message.text)
        if not (status and int(status[1]) in self._refusals):
            self._note(f"console {message.type}: {message.text}")

    def _asked(self, dialog: Dialog) -> None:
        self._note(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _failed(self, request: Request) -> None:
        if request.failure != _GIVEN_UP:
            self._note(f"request failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self._refusals:
            self._note(f"answered {response.status}: {response.url}")

    @contextmanager
    def refused(self, status: int) -> Iterator[None]:
        """Inside, the server is expected to refuse with this status."""
        self._refusals = frozenset({status})
        try:
            with self.page.expect_response(lambda response: response.status == status):
                yield
            self.page.wait_for_load_state()
        finally:
            self._refusals = frozenset()

    def assert_calm(self) -> None:
        """Nothing went wrong so far: no console error, CSP report, dialog, script error or failed request."""
        assert self.troubles == [], "\n".join(self.troubles)

    def close(self) -> None:
        """Close the window and what it needed."""
        self.context.close()
        if self._with_scripts is not None:
            self._with_scripts.close()

    # --- what a person does ---

    def open(self, path: str) -> None:
        """Go to an address of the portal; the page has a title, and nothing went wrong."""
        self.page.goto(f"{self.address}{path}")
        self.look()

    def look(self) -> None:
        """The page is there, has a title, is calm, and is fit for everybody. Its shape is judged once per kind of window.

        A page that shows how a job goes on may load itself anew while it is looked at: then it is looked at again.
        """
        for left in reversed(range(_LOOKS)):
            self.page.wait_for_load_state()
            try:
                self._judge()
            except Error as problem:
                if not left or "navigat" not in problem.message:
                    raise
            else:
                return

    def _judge(self) -> None:
        assert self.page.title().strip(), f"{self.page.url} has no title"
        self.assert_calm()
        shape = (
            f"{self.locale} {self.page.viewport_size} {self._with_scripts is None} {Reading(self.page.content()).shape}"
        )
        if shape not in _JUDGED:
            self.axe()
            wide = self.too_wide()
            assert wide == [], f"{self.page.url}: {wide}"
            _JUDGED.add(shape)

    def send(self, words: str, *, inside: Locator | None = None) -> None:
        """Press the button that says exactly this, which leads to another page or to this one anew."""
        button = (inside or self._main()).get_by_role("button", name=words, exact=True).filter(visible=True).first
        with self.page.expect_navigation():
            button.click()
        self.look()

    def unfold(self, words: str) -> Locator:
        """Open the part of the page whose summary begins with these words, unless it is open; what it opened."""
        begins = re.compile(rf"^\s*{re.escape(words)}")
        summary = self._main().locator("summary").filter(has_text=begins).filter(visible=True).first
        details = summary.locator("xpath=..")
        if details.get_attribute("open") is None:
            summary.click()
        return details

    def follow(self, link: str | Locator) -> None:
        """Follow the first link that says exactly this, or this link."""
        found = self._main().get_by_role("link", name=link, exact=True) if isinstance(link, str) else link
        with self.page.expect_navigation():
            found.first.click()
        self.look()

    def go_to(self, words: str) -> None:
        """Follow the navigation."""
        bar = self.page.locator("nav.side, nav.phonebar")
        if not bar.get_by_role("link", name=words).filter(visible=True).count():
            bar.locator("summary").filter(visible=True).click()
        self.follow(bar.get_by_role("link", name=words).filter(visible=True))

    def type(self, label: str, text: str, *, inside: Locator | None = None, nth: int = 0) -> None:
        """Type into the field of this label; `nth` counts those of one label from 0."""
        (inside or self._main()).get_by_label(label).nth(nth).fill(text)

    @property
    def path(self) -> str:
        """Where the window is, without scheme and host."""
        return urlsplit(self.page.url).path

    def until(self, holds: Callable[[], bool]) -> None:
        """Wait until this holds. Raises AssertionError when it takes too long."""
        deadline = time.monotonic() + SECONDS
        while not holds():
            assert time.monotonic() < deadline, "it did not come about in time"
            self.page.wait_for_timeout(200)

    def wait_for(self, words: str) -> None:
        """Wait until this stands on the page, which may be drawn anew meanwhile."""
        expect(self._main().get_by_text(words).filter(visible=True).first).to_be_visible(timeout=SECONDS * 1000)

    def read(self, selector: str = "main") -> str:
        """The words that stand there."""
        return self.page.locator(selector).first.inner_text()

    def read_but_times(self) -> str:
        """All words of the page but how long ago something was."""
        found: str = self.page.evaluate(_BUT_TIMES)
        return found

    def sees(self, *words: str) -> None:
        """All of these words stand on the page, where a person can see them."""
        for one in words:
            self.wait_for(one)

    def sees_nothing_of(self, *words: str) -> None:
        """None of these words are anywhere in what the browser got."""
        source = self.page.content()
        assert [one for one in words if one in source] == []

    def download(self, press: Callable[[], None]) -> Path:
        """The file that this brings."""
        with self.page.expect_download() as coming:
            press()
        return Path(coming.value.path())

    def _main(self) -> Locator:
        return self.page.locator("main")

    # --- what must hold of every page ---

    def axe(self, **skip: Any) -> None:
        """No violation of WCAG 2.2 A and AA that axe can find."""
        assert self.violations(**skip) == []

    def violations(self, **skip: Any) -> list[str]:
        """One line for each node that violates a rule."""
        rules = {"type": "tag", "values": list(RULES)}
        with self._readable() as page:
            if not page.evaluate("() => typeof axe === 'object'"):
                page.evaluate(AXE.read_text(encoding="utf-8"))
            found: list[str] = page.evaluate(_RUN_AXE, [rules, skip])
        return found

    @contextmanager
    def _readable(self) -> Iterator[Page]:
        """A page in which axe can run: where scripts are off, the same markup in one that has them, but none of ours.

        It is a new page each time: one that was used before may be loading itself anew, which breaks off going elsewhere.
        """
        if self._with_scripts is None:
            yield self.page
            return
        address, markup = self.page.url, _LOADS_ANEW.sub("", self.page.content())
        with self._with_scripts.new_page() as page:
            page.route("**/*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
            page.route(address, lambda route: route.fulfill(body=markup, content_type="text/html"))
            page.goto(address)
            yield page

    def too_wide(self) -> list[str]:
        """What sticks out at the right, so that the whole page scrolls sideways."""
        found: list[str] = self.page.evaluate(_WIDE)
        return found
