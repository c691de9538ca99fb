"""Fixtures of the security suites: a frozen clock, so that what is allowed never depends on the day."""

import pytest

from portal.core import clock
from tests.make import NOON


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is always noon of the day on which tests play, and no number of failures stops anybody."""
    monkeypatch.setattr(clock, "now", lambda: NOON)
    monkeypatch.setattr("portal.identity.rules.FAILURES_PER_NETWORK", 10**9)
    monkeypatch.setattr("portal.identity.rules.FAILURES_PER_ACCOUNT", 10**9)
