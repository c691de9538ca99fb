"""Fixtures of the tests of notices: the vendor sits in Berlin."""

from collections.abc import Iterator

import pytest

from portal.core import formats


@pytest.fixture(autouse=True)
def _berlin() -> Iterator[None]:
    before = formats.time_zone().key
    formats.use_time_zone("Europe/Berlin")
    yield
    formats.use_time_zone(before)
