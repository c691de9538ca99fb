"""`tributary engine` on files: what comes out, what is said, and the exit codes."""

import csv as plain_csv
import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
from pyarrow import csv, parquet
from typer.testing import CliRunner, Result

from attribution.engine.command import app
from tests.attribution.engine.make import Event, Touch, event_table, touch_table

TOUCHES = [Touch("t1", "A", 1, "p"), Touch("t2", "A", 2, "q"), Touch("t3", "B", 3, "p")]
EVENTS = [Event("e1", "A", 10, 101)]


HEAD = ["key", "model", "conversions", "value", "removal_effect", "low", "high"]


def rows_of(path: Path) -> list[list[str]]:
    """The cells of a CSV."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(plain_csv.reader(file))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with touchpoints, events and paths."""
    table = touch_table(TOUCHES).rename_columns(
        ["touchpoint_id", "account_id", "occurred_at", "partner", "motion", "kind"]
    )
    parquet.write_table(table, tmp_path / "T.parquet")
    csv.write_csv(event_table(EVENTS), tmp_path / "E.csv")
    (tmp_path / "PATHS.csv").write_text("path,conversions,value,nulls\na > b,1,10,0\na,0,0,1\nb,2,20,1\n")
    return tmp_path


def invoke(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def credit(
    folder: Path, *more: str, touchpoints: str = "T.parquet", events: str = "E.csv", models: str = "linear"
) -> Result:
    return invoke(
        "credit",
        *("--touchpoints", str(folder / touchpoints), "--events", str(folder / events), "--by", "partner"),
        *("--models", models, "--out", str(folder / "out"), *more),
    )


def test_paths(folder: Path) -> None:
    out = folder / "summary.csv"
    found = invoke("paths", folder / "PATHS.csv", "--models", "first,markov:1,markov:2,shapley", "--out", out)
    assert found.exit_code == 0, found.output
    head, *lines = rows_of(out)
    assert head == HEAD
    assert lines[:2] == [["a", "first", "1", "10", "", "", ""], ["b", "first", "2", "20", "", "", ""]]
    assert {line[1] for line in lines} == {"first", "markov:1", "markov:2", "shapley"}
    assert invoke("paths", folder / "PATHS.csv", "--models", "first", "--out", folder / "s.parquet").exit_code == 0
    assert parquet.read_table(folder / "s.parquet").column_names == HEAD


def test_credit(folder: Path) -> None:
    found = credit(folder, "--bootstrap", "20", "--seed", "1", models="first,linear,markov")
    assert found.exit_code == 0, found.output
    rows = parquet.read_table(folder / "out" / "credits.parquet").to_pylist()
    assert [(row["touchpoint_id"], row["model"], row["value_minor"]) for row in rows[:3]] == [
        ("t1", "first", 101), ("t1", "linear", 51), ("t2", "linear", 50),
    ]  # fmt: skip
    assert rows_of(folder / "out" / "summary.csv")[1][:5] == ["p", "first", "1", "101", ""]
    assert rows_of(folder / "out" / "losses.csv") == [HEAD]
    assert json.loads((folder / "out" / "policy.json").read_text())["new_logo"]["lookback_days"] == 180
    assert "1 events, 3 touchpoints" in found.output
    assert "crediting" in found.stderr


def test_what_was_left_out_is_said(folder: Path) -> None:
    names = ["touchpoint_id", "account_id", "occurred_at", "partner", "motion", "kind"]
    table = touch_table([*TOUCHES, TOUCHES[0]]).rename_columns(names)
    parquet.write_table(table.append_column("counts", pa.array([True, True, False, True])), folder / "T.parquet")
    csv.write_csv(event_table([*EVENTS, *EVENTS]), folder / "E.csv")
    (folder / "custom.json").write_text('{"motions": {"sell": 0}}')
    found = credit(folder, "--custom", str(folder / "custom.json"), models="custom")
    assert found.exit_code == 0, found.output
    for line in (
        "1 touchpoints were there more than once", "1 events were there more than once", "1 touchpoints do not count",
        "custom: 1 events have no weight at all and are credited linearly",
    ):  # fmt: skip
        assert line in found.stderr


def test_settings_reach_the_policy(folder: Path) -> None:
    assert credit(folder, "--lookback-days", "8", "--carry-over", "5").exit_code == 0
    written = (folder / "out" / "policy.json").read_text()
    rules = json.loads(written)
    assert (rules["new_logo"]["lookback_days"], rules["upsell"]["carry_over_percent"]) == (8, 5)
    assert [row["touchpoint_id"] for row in parquet.read_table(folder / "out" / "credits.parquet").to_pylist()] == [
        "t2"
    ]
    (folder / "mine.json").write_text(written)
    assert credit(folder, "--policy", str(folder / "mine.json")).exit_code == 0
    assert (folder / "out" / "policy.json").read_text() == written


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--models", "middle"], 2, "No such model: middle"),
        (["--models", ""], 2, "No such model"),
        (["--observed-until", "2026-01-05T00:00:00Z"], 3, "later than what was observed"),
        (["--observed-until", "2026-01-05"], 2, "no zone"),
        (["--observed-until", "soon"], 2, "no time"),
        (["--by", "channel"], 3, "no column channel"),
        (["--buckets", "401"], 2, "400 buckets"),
        (["--half-life-days", "0"], 2, "half-life"),
        (["--touchpoints", "missing.parquet"], 2, "does not exist"),
    ],
)
def test_refusals(folder: Path, words: list[str], code: int, said: str) -> None:
    found = credit(folder, *words)
    assert found.exit_code == code, found.output
    assert said in found.output
    assert not (folder / "out" / "credits.parquet").exists()


@pytest.mark.parametrize(
    ("event", "code"),
    [
        (Event("e1", "A", 10, -1), 3),
        (Event("e1", "A", 10, kind="whim"), 3),
        (Event("e1", "A", 10, -5, "churn"), 0),
        (Event("e1", "Z", 10), 0),
        (Event("e1", "A", 300_000), 3),
        (Event("e1", "A", 10, 10**15 + 1), 3),
    ],
)
def test_exit_codes_of_bad_input(folder: Path, event: Event, code: int) -> None:
    csv.write_csv(event_table([event]), folder / "E.csv")
    assert credit(folder).exit_code == code


def test_beyond_a_limit_is_4(folder: Path) -> None:
    table = touch_table([Touch(f"t{number}", "A", 1, f"k{number}") for number in range(63)])
    parquet.write_table(table.rename_columns(["touchpoint_id", "account_id", "occurred_at", "partner", "motion", "kind"]),
                        folder / "T.parquet")  # fmt: skip
    found = credit(folder, models="shapley_rate")
    assert (found.exit_code, "at most 62 keys" in found.output) == (4, True)


@pytest.mark.parametrize(
    ("content", "out", "models", "code"),
    [
        ("path,conversions\na > > b,1\n", "s.csv", "first", 3),
        ("path,sales\na,1\n", "s.csv", "first", 3),
        ("path,conversions\na,1\n", "s.xlsx", "first", 2),
        ("path,conversions\na,1\n", "s.csv", "decay", 2),
        ("path,conversions\na,1\n", "none/s.csv", "first", 2),
    ],
)
def test_refusals_of_paths(folder: Path, content: str, out: str, models: str, code: int) -> None:
    (folder / "P.csv").write_text(content)
    found = invoke("paths", folder / "P.csv", "--models", models, "--out", folder / out)
    assert found.exit_code == code, found.output


def test_help_waits_for_no_arithmetic_and_no_web() -> None:
    script = (
        "import sys\nfrom portal import cli\n"
        "try:\n    cli.app(['engine', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([name for name in ('numpy', 'scipy', 'pyarrow', 'litestar', 'asyncpg') if name in sys.modules])"
    )
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "[]"
    assert {"paths", "credit", "lifetime"} <= {word for line in found.stdout.splitlines() for word in line.split()}
