"""People get in."""

import pytest

from e2e.conftest import Person


@pytest.mark.parametrize("locale", ["en", "zh_CN"])
@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("phone", [True, False])
def test_home(person: Person, locale: str, phone: bool, javascript: bool) -> None:
    window = person("pia", locale, phone=phone, javascript=javascript)
    window.axe()
    assert window.too_wide() == []
