"""Fixtures of the web floor's tests."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from portal.core.web import navigation


@pytest.fixture(autouse=True)
def logs() -> Iterator[list[Any]]:
    """What is logged, as it would be written."""
    with structlog.testing.capture_logs(processors=[structlog.contextvars.merge_contextvars]) as lines:
        yield lines


@pytest.fixture(autouse=True)
def _nothing_to_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many of these tests have no database: what other modules registered to be counted is left out."""
    monkeypatch.setattr(navigation, "_ENTRIES", {})
    monkeypatch.setattr(navigation, "_BELL", [])
