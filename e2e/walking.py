"""A walk of one role through every page that it can reach, at a desk and on a phone."""

import re
from typing import Final

import pytest
from playwright.sync_api import Browser

from e2e.browsing import Window
from e2e.conftest import make_window, sign_in
from e2e.crawling import Crawl, Seen, english_parts
from e2e.places import ROOT
from e2e.server import Site
from portal.core.i18n import language_tag

_RENDERED: Final[set[tuple[str, str]]] = set()
"""Language and structure of what a browser has shown already: what looks alike is not shown again."""
_JUDGED: Final[set[tuple[str, bool]]] = set()
"""Structure and width of what axe has judged already, in whichever language."""
_ICONS: Final = frozenset(
    re.findall(r'<symbol id="([^"]+)"', (ROOT / "static" / "img" / "icons.svg").read_text("utf-8"))
)


class Walk:
    """One role in one language, with a desk and a phone side by side."""

    def __init__(self, site: Site, chromium: Browser, key: str, locale: str) -> None:
        self.locale = locale
        self.windows = {phone: make_window(chromium, site, locale, phone=phone) for phone in (False, True)}
        for window in self.windows.values():
            sign_in(window, key)
        self.crawl = Crawl(self.windows[False])
        self.wrong: list[str] = []
        self.fetched = 0
        self.rendered = 0

    def go(self) -> None:
        """Visit everything; what is wrong is collected, so that one run tells all."""
        for seen in self.crawl.pages():
            self.fetched += 1
            self._read(seen)
            if seen.status == 200 and (self.locale, seen.structure) not in _RENDERED:
                _RENDERED.add((self.locale, seen.structure))
                self.rendered += 1
                for phone, window in self.windows.items():
                    self._show(seen, window, phone=phone)

    def _read(self, seen: Seen) -> None:
        if seen.status != 200:
            self.wrong.append(f"{seen.address}: answered {seen.status}")
            return
        if not seen.title or seen.language != language_tag(self.locale):
            self.wrong.append(f"{seen.address}: title {seen.title!r}, language {seen.language!r}")
        self.wrong += [f"{seen.address}: no such icon: {name}" for name in seen.icons - _ICONS]
        if self.locale != "en":
            left = [part for part in english_parts() if part in seen.text or part in seen.title]
            self.wrong += [f"{seen.address}: not translated: {part!r}" for part in left]

    def _show(self, seen: Seen, window: Window, *, phone: bool) -> None:
        window.page.goto(f"{window.address}{seen.address}")
        window.page.wait_for_load_state()
        found = [*window.troubles]
        window.troubles.clear()
        if phone:
            found += [f"too wide: {one}" for one in window.too_wide()]
        if (seen.structure, phone) not in _JUDGED:
            _JUDGED.add((seen.structure, phone))
            found += [f"axe: {one}" for one in window.violations()]
        self.wrong += [f"{seen.address} ({'phone' if phone else 'desk'}): {one}" for one in found]

    def close(self) -> None:
        """Close both windows."""
        for window in self.windows.values():
            window.close()


def assert_all_is_well(
    site: Site, chromium: Browser, key: str, locale: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Walk through all that `key` of `world.PEOPLE` reaches, and say how far it was."""
    walk = Walk(site, chromium, key, locale)
    try:
        walk.go()
    finally:
        walk.close()
    with capsys.disabled():
        print(f"\n{key}, {locale}: {walk.fetched} pages visited, {walk.rendered} of them new in this language")
    assert walk.wrong == [], "\n".join(walk.wrong)
    assert walk.fetched > 5
