"""One demo for all of these tests, as seen on a fixed day."""

from datetime import date

import pytest

from portal.demo.generate import Demo, make_demo

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="session")
def demo() -> Demo:
    return make_demo(TODAY)


@pytest.fixture(scope="session")
def rows(demo: Demo) -> dict[str, list[dict[str, str]]]:
    return {kind: list(make()) for kind, make in demo.kinds.items()}
