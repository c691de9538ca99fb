"""Countries by any of their names."""

import csv
from pathlib import Path

import pytest

from portal.imports import countries
from portal.imports.cells import BadCell
from portal.imports.countries import find_country

TABLE = list(
    csv.DictReader((Path(countries.__file__).parent / "data" / "countries.csv").read_text("utf-8").splitlines())
)


def test_the_table_is_whole_and_each_name_in_it_is_found() -> None:
    assert len(TABLE) == 249
    for row in TABLE:
        assert find_country(row["alpha_2"]) == row["alpha_2"]
        assert find_country(row["alpha_3"].lower()) == row["alpha_2"]
        for name in row["names"].split("|"):
            assert find_country(name) == row["alpha_2"], name


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("NA", "NA"), ("Namibia", "NA"), ("USA", "US"), ("U.S.", "US"), ("United States", "US"), ("the Netherlands", "NL"),
        ("UK", "GB"), ("England", "GB"), ("Deutschland", "DE"), ("Côte d’Ivoire", "CI"), ("Cote d'Ivoire", "CI"), ("St. Lucia", "LC"),
        ("Trinidad & Tobago", "TT"), ("Antigua And Barbuda", "AG"), ("中国", "CN"), ("美国", "US"), ("台湾", "TW"), ("臺灣", "TW"), ("香港", "HK"),
        ("中国香港", "HK"), ("日本", "JP"), ("Korea, Republic of", "KR"), ("South Korea", "KR"), ("MACAO", "MO"), ("Curacao", "CW"), ("Kosovo", "XK"),
        ("Россия", "RU"), ("Libyan Arab Jamahiriya", "LY"), ("ＣＨＩＮＡ", "CN"), ("Congo", "CG"), ("Aland Islands", "AX"),
    ],
)  # fmt: skip
def test_names_as_files_write_them(text: str, code: str) -> None:
    assert find_country(text) == code


@pytest.mark.parametrize(
    ("text", "code", "suggestion"),
    [
        ("Germny", "country_misspelt", "DE"),
        ("Untied States", "country_misspelt", "US"),
        ("Atlantis", "unknown_country", None),
        ("XX", "unknown_country", None),
        ("x" * 5000, "unknown_country", None),
    ],
)
def test_what_is_no_country(text: str, code: str, suggestion: str | None) -> None:
    with pytest.raises(BadCell) as caught:
        find_country(text)
    assert (caught.value.code, caught.value.params.get("suggestion")) == (code, suggestion)
