"""What a page gives to `ui.chart`: one chart with the table beneath it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Chart:
    """The unit, one sentence of meaning, the option for static/js/charts.js, and the table beneath."""

    unit: str
    sentence: str
    option: Mapping[str, Any]
    table: Mapping[str, Any]
