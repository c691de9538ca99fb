"""`tributary lifecycle`: what it prints."""

from typing import Any

from typer.testing import CliRunner

from attribution.lifecycle.command import make_app
from attribution.lifecycle.service import Counts


def test_deriving_says_what_changed() -> None:
    asked: list[Any] = []

    def on_database(work: Any) -> Counts:
        asked.append(work)
        return Counts(2565, 1200, 3)

    shown = CliRunner().invoke(make_app(on_database), ["derive"])
    assert shown.exit_code == 0
    assert shown.output.strip() == "2,565 customers: 1,200 events new or changed, 3 removed"
    assert len(asked) == 1
