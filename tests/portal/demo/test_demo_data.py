"""The shipped data is what its makers published, with its licences."""

import hashlib
from collections import Counter
from pathlib import Path

import pytest

from portal.demo.about import ABOUT, ORIGINS
from portal.demo.reading import DATA, read_source, read_table, unpack

SOURCES = list(read_table("SOURCES.csv"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source["file"])
def test_every_file_is_as_listed(source: dict[str, str]) -> None:
    assert hashlib.sha256(unpack(source["file"])).hexdigest() == source["sha256_unpacked"]
    assert len(list(read_table(source["file"]))) == int(source["rows"])


def test_every_file_of_others_is_listed() -> None:
    shipped = {str(path.relative_to(DATA)) for path in DATA.rglob("*.csv*")}
    ours = {name for name in shipped if name.startswith("tributary/") or name == "SOURCES.csv"}
    assert shipped - ours == {source["file"] for source in SOURCES}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("adventureworks/LICENSE-PL-300.txt", "MIT License"),
        ("adventureworks/LICENSE-sql-server-samples.txt", "MIT License"),
        ("dynamics/LICENSE.txt", "MIT License"),
        ("ecb/TERMS.txt", "Source: European Central Bank"),
        ("countries/LICENSE.txt", "Public Domain Dedication and License"),
    ],
)
def test_licences_are_shipped(name: str, words: str) -> None:
    assert words in (DATA / name).read_text(encoding="utf-8")


def test_it_stays_small() -> None:
    assert sum(path.stat().st_size for path in DATA.rglob("*") if path.is_file()) < 4_000_000


def test_the_explanation_names_every_origin() -> None:
    readme = (DATA.parent / "README.md").read_text(encoding="utf-8")
    assert len(ABOUT) == 4
    for origin in ORIGINS:
        assert origin.address.startswith("https://")
        assert origin.licence.split()[0] in readme
    assert "COUNTS" not in readme


def test_all_of_the_source_is_read() -> None:
    source = read_source()
    assert len(source.resellers) == 701
    assert len(source.lines) == 60_855
    assert len(source.products) == 397
    assert len(source.opportunities) == 20_000
    assert len(source.accounts) == 300
    assert sum(line.sales for line in source.lines) == 80_977_720_21
    assert sum(line.cost for line in source.lines) == 79_980_130_07


def test_the_mapping_knows_every_subcategory_once_and_all_ten_products() -> None:
    source = read_source()
    assert Counter(row.subcategory for row in source.groups).most_common(1)[0][1] == 1
    assert {row.subcategory for row in source.groups} == {product.subcategory for product in source.products}
    pairs = {(row.group, row.dynamics_product) for row in source.groups}
    assert len(pairs) == 10
    assert {product for _, product in pairs} == {opportunity.product for opportunity in source.opportunities}


def test_nothing_of_ours_names_a_machine() -> None:
    for path in (*DATA.rglob("tributary/*"), DATA.parent / "README.md"):
        text = Path(path).read_text(encoding="utf-8")
        assert "/work/" not in text
        assert "/home/" not in text
