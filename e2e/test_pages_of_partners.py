"""Every page that each role at a partner can reach, in both languages, at a desk and on a phone."""

import pytest
from playwright.sync_api import Browser

from e2e.server import Site
from e2e.walking import assert_all_is_well


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
@pytest.mark.parametrize("key", ["pia", "paul", "pam", "petra", "dora"])
def test_every_page_of_a_role(
    site: Site, chromium: Browser, key: str, locale: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_all_is_well(site, chromium, key, locale, capsys)
