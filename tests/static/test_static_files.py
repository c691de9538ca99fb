"""Static files: vendored ones are what their package built, and every colour can be told from its ground."""

import hashlib
import re
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[2]
STATIC: Final = ROOT / "static"


@pytest.mark.parametrize("folder", ["static/vendor", "tests/vendor"])
def test_vendored_files_are_what_the_manifest_says(folder: str) -> None:
    root = ROOT / folder
    lines = [line for line in (root / "MANIFEST").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    named = {}
    for line in lines:
        file, _package, version, _licence, text, digest = (part.strip() for part in line.split("|"))
        assert hashlib.sha256((root / file).read_bytes()).hexdigest() == digest, file
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
        assert (root / text).stat().st_size > 200
        named[file] = text
    code = {path.relative_to(root).as_posix() for path in root.rglob("*.min.*")}
    assert code == set(named)


def test_the_chart_library_can_move_labels_that_would_cover_one_another() -> None:
    page = (ROOT / "portal/core/pages/base.html").read_text(encoding="utf-8")
    [library] = re.findall(r"data-echarts=\"\{\{ url_for_static\('([^']+)'\)", page)
    assert "moveOverlap" in (STATIC / "js/charts.js").read_text(encoding="utf-8")
    assert '"shiftY"' in (STATIC / library).read_text(encoding="utf-8")


def luminance(colour: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    short = colour.removeprefix("#")
    full = short if len(short) == 6 else "".join(2 * digit for digit in short)
    parts = [int(full[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.2)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tokens() -> dict[str, dict[str, str]]:
    """The colours of the light and of the dark scheme."""
    css = (STATIC / "css/tokens.css").read_text(encoding="utf-8")
    light, _, rest = css.partition("@media screen")
    dark = rest.partition("@media print")[0]
    read = {
        name: dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", part))
        for name, part in (("light", light), ("dark", dark))
    }
    return {"light": read["light"], "dark": {**read["light"], **read["dark"]}}


TEXTS: Final = [
    *((ink, ground) for ink in ("ink", "ink-2", "ink-3", "link") for ground in ("canvas", "surface", "sunk", "hover")),
    *((state, f"{state}-bg") for state in ("draft", "us", "you", "good", "bad", "safe")),
    *((state, "surface") for state in ("you", "good", "bad", "us", "safe")),
    ("on-brand", "brand"),
    ("brand", "surface"),
    ("on-alarm", "alarm"),
]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_and_edges_can_be_told_from_their_ground(scheme: str) -> None:
    colours = tokens()[scheme]
    weak = {pair: round(contrast(colours[pair[0]], colours[pair[1]]), 2) for pair in TEXTS}
    assert {pair: ratio for pair, ratio in weak.items() if ratio < 4.5} == {}
    marks = ("edge", "brand", "c1", "c3", "c4", "c6")
    assert {mark for mark in marks if contrast(colours[mark], colours["surface"]) < 3} == set()
