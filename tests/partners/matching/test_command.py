"""`tributary customers match` on files: what it writes, what it says, and what it refuses and why."""

import csv
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from partners.matching import preparing
from portal.cli import app

COMPANIES = (
    "id,name,city,registry_id\n1,Acme Systems GmbH,Berlin,\n2,Borealis Foods AG,Hamburg,\n3,ACME SYSTEMS,Berlin,\n"
)


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["customers", "match", *words])


def save(name: str, text: str, encoding: str = "utf-8") -> str:
    Path(name).write_bytes(text.encode(encoding))
    return name


def pairs(name: str = "pairs.csv") -> list[dict[str, str]]:
    with Path(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_one_file_within_itself() -> None:
    result = run(save("a.csv", COMPANIES), "--out", "pairs.csv")
    assert result.exit_code == 0, result.output
    assert [(row["id_a"], row["id_b"]) for row in pairs()] == [("1", "3")]
    assert 0.9 <= float(pairs()[0]["score"]) <= 1
    assert pairs()[0]["reasons"] == "name;city"
    assert "a.csv: 3 companies" in result.output
    assert "The same company: 1 pairs, in pairs.csv." in result.output


def test_two_files_of_other_shapes() -> None:
    theirs = save(
        "b.txt", "Registry id;NAME;ID;Remark\n;Boréalis Foods;x-7;new\n;臺灣蘋果醬股份有限公司;x-8;\n", "utf-16"
    )
    mine = save("a.csv", COMPANIES + "4,台湾苹果酱股份有限公司,,\n", "gb18030")
    result = run(mine, theirs, "--out", "pairs.csv", "--review", "look.csv")
    assert result.exit_code == 0, result.output
    assert {(row["id_a"], row["id_b"]) for row in pairs()} == {("2", "x-7"), ("4", "x-8")}
    assert pairs("look.csv") == []
    assert "Not used: Remark." in result.output


def test_different_registry_ids_are_told_apart() -> None:
    rows = "id,name,registry_id,country\n1,Acme Systems,DE136695976,DE\n2,Acme Systems,DE129273398,DE\n3,Acme Systems,,DE\n"
    assert run(save("a.csv", rows), "--out", "pairs.csv", "--review", "look.csv").exit_code == 0
    assert [(row["id_a"], row["id_b"]) for row in pairs()] == [("1", "3")]
    assert [row["reasons"].rpartition(";")[2] for row in pairs("look.csv")] == ["different_registry_ids_between"]


def test_rows_that_cannot_be_compared_are_named() -> None:
    rows = COMPANIES + ",Nobody,,\n5,,,\n1,Acme again,,\n6,Too,many,cells,here\n"
    result = run(save("a.csv", rows), "--out", "pairs.csv")
    assert result.exit_code == 0
    for sentence in (
        "Left out: 4.",
        "Row 5: It has no id.",
        "Row 6: It has no name.",
        "Row 7: Another row has the id 1.",
        "Row 8: The row has 5 cells",
    ):
        assert sentence in result.output


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "a.csv: The file is empty."),
        ("code,title\n1,Acme\n", "has no column id, name"),
        ("id,domain\n1,acme.com\n", "has no column name"),
        ("id,name,name\n1,Acme,Acme\n", "has two columns name"),
        ("id,name\n,\n,Acme\n", "has no row that can be compared"),
        ("%PDF-1.7 and so on\n", "a.csv: "),
    ],
)
def test_files_that_cannot_be_used(text: str, why: str) -> None:
    result = run(save("a.csv", text), "--out", "pairs.csv")
    assert result.exit_code == 2
    assert why in result.output
    assert not Path("pairs.csv").exists()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("missing.csv", "--out", "pairs.csv"), "missing.csv"),
        (("a.csv",), "--out"),
        (("a.csv", "--out", "a.csv"), "one of the files to be read"),
        (("a.csv", "--out", "no/such/folder.csv"), "cannot be written"),
        (("a.csv", "--out", "x.csv", "--review", "x.csv"), "need two files"),
    ],
)
def test_places_that_cannot_be_used(words: tuple[str, ...], why: str) -> None:
    save("a.csv", COMPANIES)
    result = run(*words)
    assert result.exit_code == 2
    assert why in result.output
    assert Path("a.csv").read_text(encoding="utf-8") == COMPANIES


def test_many_rows_on_all_cores_give_the_same_as_few(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "id,name\n" + "".join(f"{at},Company{at % 700:03} Trading {at % 7}\n" for at in range(2_000))
    assert run(save("a.csv", rows), "--out", "alone.csv").exit_code == 0
    monkeypatch.setattr(preparing, "_MANY", 0)
    monkeypatch.setattr(preparing, "_PORTION", 300)
    assert run("a.csv", "--out", "together.csv").exit_code == 0
    assert Path("alone.csv").read_bytes() == Path("together.csv").read_bytes()
    assert pairs("alone.csv")


def test_the_help_is_enough() -> None:
    text = CliRunner().invoke(app, ["customers", "match", "--help"], env={"COLUMNS": "200"}).output
    for word in ("registry_id", "--review", "CSV, TSV, XLSX or Parquet", "Exit codes"):
        assert word in text
