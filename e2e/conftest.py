"""Fixtures of the stories: the small world in a database, a server on a copy of it, a browser, and people in it."""

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from e2e import world
from e2e.browsing import DESK, PHONE, Window
from e2e.places import RESULTS, run
from e2e.server import Site, serving
from portal.core.i18n import language_tag
from portal.core.logs import configure_logs
from portal.core.migrate import migrate
from tests import browser as installed
from tests import cluster

_REPORT = pytest.StashKey[bool]()
LANGUAGES = {"en": "English", "zh_CN": "简体中文"}


class Person(Protocol):
    """Opens a window in which somebody of the world is signed in."""

    def __call__(self, key: str, locale: str = "en", *, phone: bool = False, javascript: bool = True) -> Window:
        """`key` is that of `world.PEOPLE`."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a story in a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.e2e)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Remember whether the test failed, for those who clean up after it."""
    report = yield
    item.stash[_REPORT] = item.stash.get(_REPORT, False) or report.failed  # type: ignore[attr-defined]
    return report


@pytest.fixture(scope="session", autouse=True)
def _quiet_environment() -> None:
    """The stories never read the developer's own settings."""
    configure_logs()
    for name in [name for name in os.environ if name.startswith("TRIBUTARY_") and name != installed.VARIABLE]:
        del os.environ[name]


@pytest.fixture(scope="session")
def seeded() -> Iterator[str]:
    """The address of a database that holds the world; each file of stories gets a copy."""
    with cluster.running():
        url = cluster.create_database(cluster.migrated_template(migrate))
        run(world.build(url))
        yield url


@pytest.fixture(scope="module")
def site(seeded: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A portal of this file's own, which has the world."""
    url = cluster.create_database(urlsplit(seeded).path[1:])
    try:
        with serving(url, tmp_path_factory.mktemp("data"), name=request.module.__name__.rpartition(".")[2]) as running:
            yield running
    finally:
        with contextlib.suppress(OSError):
            cluster.drop_database(url)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser of this machine."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=installed.find_browser(), args=installed.launch_options())
        yield browser
        browser.close()


def make_context(chromium: Browser, locale: str, *, phone: bool = False, javascript: bool = True) -> BrowserContext:
    """A fresh browser profile, of a desk or of a phone."""
    device: dict[str, Any] = {"viewport": PHONE, "is_mobile": True, "has_touch": True} if phone else {"viewport": DESK}
    return chromium.new_context(
        locale=language_tag(locale),
        java_script_enabled=javascript,
        accept_downloads=True,
        reduced_motion="reduce",
        **device,
    )


def make_window(
    chromium: Browser, site: Site, locale: str, *, phone: bool = False, javascript: bool = True, trace: bool = False
) -> Window:
    """A window in which nobody is signed in yet."""
    context = make_context(chromium, locale, phone=phone, javascript=javascript)
    if trace:
        context.tracing.start(snapshots=True)
    with_scripts = None if javascript else make_context(chromium, locale, phone=phone)
    return Window(context, site.address, locale, with_scripts=with_scripts)


def sign_in(window: Window, key: str) -> None:
    """Choose the language and sign in, by the form."""
    window.open("/sign-in")
    window.page.get_by_role("button", name=LANGUAGES[window.locale], exact=True).click()
    window.look()
    window.page.locator("#f-email").fill(world.WHO[key].email)
    window.page.locator("#f-password").fill(world.PASSWORD)
    window.page.locator("main .button.primary").click()
    window.page.wait_for_url("**/")
    window.look()


@pytest.fixture
def person(site: Site, chromium: Browser, request: pytest.FixtureRequest) -> Iterator[Person]:
    """Opens windows for people; when the test fails, pictures are kept, and traces of them where somebody may look."""
    windows: dict[str, Window] = {}
    traced = "CI" not in os.environ

    def open_window(key: str, locale: str = "en", *, phone: bool = False, javascript: bool = True) -> Window:
        window = make_window(chromium, site, locale, phone=phone, javascript=javascript, trace=traced)
        windows[f"{key}-{len(windows)}"] = window
        sign_in(window, key)
        return window

    yield open_window
    failed = request.node.stash.get(_REPORT, False)
    for name, window in windows.items():
        _close(window, RESULTS / _file_name(request.node.nodeid) / name if failed else None, traced=traced)
    for window in windows.values():
        window.assert_calm()


def _file_name(node_id: str) -> str:
    return re.sub(r"[^\w.-]+", "-", node_id.rpartition("/")[2])


def _close(window: Window, keep: Path | None, *, traced: bool) -> None:
    if keep is not None:
        keep.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(Exception):
            window.page.screenshot(path=f"{keep}.png", full_page=True)
    if traced:
        window.context.tracing.stop(**({"path": f"{keep}.zip"} if keep else {}))
    window.close()
