"""`lifetime` on the command line: what it reads and writes, what it says, and with which code it ends."""

import csv
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
import pytest
import typer
from pyarrow import csv as arrow_csv
from pyarrow import parquet
from typer.testing import CliRunner, Result

from attribution.engine.lifetime import files
from attribution.engine.lifetime.command import add_lifetime
from tests.attribution.engine.lifetime.published import BGNBD, GAMMA_GAMMA, cdnow, transactions

MODELS = ["bgnbd", "pareto", "gamma-gamma", "sbg", "km"]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("cdnow") / "transactions.csv"
    arrow_csv.write_csv(transactions(), path)
    return path


def run(*arguments: object) -> Result:
    app = typer.Typer()
    app.callback()(lambda: None)
    add_lifetime(app)
    return CliRunner().invoke(app, ["lifetime", *(str(one) for one in arguments)])


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def parameters(out: Path) -> Any:
    return json.loads((out / "parameters.json").read_text())


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_the_published_estimates_come_out_of_the_files(source: Path, tmp_path: Path) -> None:
    told = run(source, "--model", "bgnbd", "--unit", "week", "--observed-until", "1997-09-30", "--out", tmp_path / "o")
    assert told.exit_code == 0, told.output
    found = parameters(tmp_path / "o")
    assert [round(number, 4) for number in found["estimates"].values()] == BGNBD.tolist()
    assert list(found["estimates"]) == list(found["standard_errors"]) == ["r", "alpha", "a", "b"]
    assert found["log_likelihood"] == pytest.approx(-9582.4, abs=0.05)
    assert (found["n"], found["unit"], found["observed_until"]) == (2357, "week", "1997-09-30")
    assert found["left_out"] == {"rows_after_observed_until": 1959, "customers_without_purchase": 0}
    assert [round(number, 2) for number in found["value"]["estimates"].values()] == GAMMA_GAMMA.tolist()
    assert found["settings"] == {"horizon": 157, "margin": 1.0, "discount_rate": 0.1, "level": 0.95}
    rows = read(tmp_path / "o" / "customers.csv")
    assert len(rows) == 2357
    assert rows[0]["customer_id"] == "0001"
    for row in rows[::100]:
        total = float(row["value_to_date"]) + float(row["future_value"])
        assert float(row["lifetime_value"]) == pytest.approx(total)
        assert float(row["lifetime_value_low"]) <= total <= float(row["lifetime_value_high"])
    assert found["value"]["total_future_value"]["value"] == pytest.approx(
        sum(float(row["future_value"]) for row in rows)
    )
    assert found["value"]["total_value_to_date"] == pytest.approx(sum(float(row["value_to_date"]) for row in rows))
    assert "2,357 customers" in told.stdout
    assert "estimating bgnbd from 2,357 customers …" in told.stderr
    assert "1,959 rows after the end of observation were left out" in told.stderr


@pytest.mark.parametrize("model", MODELS)
def test_every_model_writes_its_parameters_and_all_customers(model: str, source: Path, tmp_path: Path) -> None:
    told = run(source, "--model", model, "--unit", "week", "--observed-until", "1997-09-30", "--out", tmp_path)
    assert told.exit_code == 0, told.output
    found = parameters(tmp_path)
    assert found["model"] == model
    assert {"estimates", "standard_errors", "log_likelihood", "n", "unit", "observed_until"} <= set(found)
    rows = read(tmp_path / "customers.csv")
    assert [row["customer_id"] for row in rows] == cdnow().customer_id.tolist()
    assert (tmp_path / "curve.csv").exists() == (model == "km")
    for name in rows[0]:
        if name.endswith("_low"):
            plain, high = name.removesuffix("_low"), name.replace("_low", "_high")
            assert all(float(row[name]) <= float(row[plain]) + 1e-9 <= float(row[high]) + 2e-9 for row in rows[::50])


def test_contracts_say_who_is_lost(tmp_path: Path) -> None:
    chance = np.random.default_rng(1)
    lines = ["customer_id,date,amount"]
    for at in range(300):
        months = min(chance.geometric(chance.beta(0.7, 1.2)), 12)
        lines += [f"c{at:03},2025-{month:02}-01,10" for month in range(1, months + 1)]
    source = write(tmp_path / "payments.csv", "\n".join(lines))
    asked = ("--unit", "day", "--observed-until", "2025-12-20", "--out", tmp_path)
    assert run(source, "--model", "sbg", *asked).exit_code == 0
    rows = read(tmp_path / "customers.csv")
    assert {row["lost"] for row in rows} == {"0", "1"}
    for row in rows:
        assert (float(row["residual_renewals"]) == 0) == (float(row["next_renewal"]) == 0) == (row["lost"] == "1")
    assert parameters(tmp_path)["lost"] == sum(row["lost"] == "1" for row in rows)
    assert run(source, "--model", "km", *asked, "--term", 31).exit_code == 0
    curve = [float(row["survival"]) for row in read(tmp_path / "curve.csv")]
    assert curve == sorted(curve, reverse=True)
    assert parameters(tmp_path)["settings"]["term"] == 31


def test_counted_customers_are_read_as_well(tmp_path: Path) -> None:
    customers = cdnow()
    names = ("customer_id", "frequency", "recency", "age", "mean_value")
    files.write_table(tmp_path / "counted.csv", {name: getattr(customers, name) for name in names})
    assert run(tmp_path / "counted.csv", "--model", "bgnbd", "--out", tmp_path / "o").exit_code == 0
    found = parameters(tmp_path / "o")
    assert [round(number, 4) for number in found["estimates"].values()] == BGNBD.tolist()
    assert found["observed_until"] is None
    row = read(tmp_path / "o" / "customers.csv")[0]
    assert "future_value" in row
    assert "lifetime_value" not in row


def test_parquet_goes_in_and_out(source: Path, tmp_path: Path) -> None:
    parquet.write_table(transactions(), tmp_path / "t.parquet")
    asked = ("--model", "bgnbd", "--observed-until", "1997-09-30", "--out")
    assert run(tmp_path / "t.parquet", *asked, tmp_path / "p", "--format", "parquet").exit_code == 0
    assert run(source, *asked, tmp_path / "c").exit_code == 0
    assert (tmp_path / "p" / "parameters.json").read_bytes() == (tmp_path / "c" / "parameters.json").read_bytes()
    table = parquet.read_table(tmp_path / "p" / "customers.parquet")
    rows = read(tmp_path / "c" / "customers.csv")
    assert table.column("lifetime_value").to_pylist() == [float(row["lifetime_value"]) for row in rows]
    assert pa.types.is_int64(table.schema.field("frequency").type)


def test_without_values_there_are_no_lifetime_values_and_it_says_so(tmp_path: Path) -> None:
    free = transactions().set_column(2, "amount", pa.array([0.0] * transactions().num_rows))
    arrow_csv.write_csv(free, tmp_path / "free.csv")
    told = run(tmp_path / "free.csv", "--model", "bgnbd", "--observed-until", "1997-09-30", "--out", tmp_path)
    assert told.exit_code == 0
    assert "no lifetime values: no customer has a repeat purchase of a positive value" in told.stderr
    assert parameters(tmp_path)["value"] is None
    assert "lifetime_value" not in read(tmp_path / "customers.csv")[0]


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("", 3, "cannot be read"),
        ("customer_id,date,amount\n", 3, "there are no rows"),
        ("who,when,what\na,2026-01-01,1\n", 3, "needed are customer_id, date, amount or"),
        ("customer_id,date\na,2026-01-01\n", 3, "there is no column amount"),
        ("customer_id,date,amount\na,tomorrow,1\n", 3, "date in row 1 is 'tomorrow'"),
        ("customer_id,date,amount\na,2026-01-01,much\n", 3, "amount in row 1 is 'much'"),
        ("customer_id,date,amount,currency\na,2026-01-01,1,USD\na,2026-01-02,1,EUR\n", 3, "2 currencies (EUR, USD)"),
        ("customer_id,date,amount\na,2026-01-01\n", 3, "cannot be read"),
        ("customer_id,date,amount\na,2026-01-01,1\na,2026-01-20,1\n", 5, "the data do not determine"),
        ("customer_id,frequency,recency,age\na,1,9,3\n", 3, "recency must lie between 0 and age"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(text: str, code: int, said: str, tmp_path: Path) -> None:
    source = write(tmp_path / "bad.csv", text)
    told = run(source, "--model", "bgnbd", "--out", tmp_path / "o")
    assert told.exit_code == code
    assert told.stderr.splitlines()[-1].startswith("bad.csv: ")
    assert said in told.stderr
    assert not (tmp_path / "o").exists()


def test_a_file_that_is_no_parquet_or_has_another_ending_is_refused(tmp_path: Path) -> None:
    for name, said in (("x.parquet", "x.parquet cannot be read"), ("x.txt", "ends neither in .csv nor in .parquet")):
        told = run(write(tmp_path / name, "customer_id"), "--model", "km", "--out", tmp_path / "o")
        assert told.exit_code == 3
        assert said in told.stderr


@pytest.mark.parametrize(
    "options",
    [
        ("--model", "weibull"),
        ("--model", "bgnbd", "--margin", "-1"),
        ("--model", "bgnbd", "--discount-rate", "-2"),
        ("--model", "bgnbd", "--level", "1.5"),
        ("--model", "bgnbd", "--horizon", "0"),
        ("--model", "sbg", "--term", "0"),
        ("--model", "sbg", "--discount-rate", "0"),
        ("--model", "km", "--level", "95"),
        ("--model", "km", "--observed-until", "30.09.1997"),
        ("--model", "km", "--unit", "month"),
    ],
)
def test_an_option_that_cannot_be_used_ends_with_2(options: tuple[str, ...], source: Path, tmp_path: Path) -> None:
    told = run(source, "--observed-until", "1997-09-30", *options, "--out", tmp_path / "o")
    assert told.exit_code == 2
    assert told.stderr
    assert not (tmp_path / "o").exists()


def test_a_folder_that_cannot_be_made_ends_with_2(source: Path, tmp_path: Path) -> None:
    write(tmp_path / "file", "")
    told = run(source, "--model", "km", "--out", tmp_path / "file" / "o")
    assert told.exit_code == 2
    assert "cannot be written" in told.stderr


def test_the_command_is_known_without_the_arithmetic_being_loaded() -> None:
    code = "import sys, attribution.engine.lifetime.command; print(*{'numpy', 'scipy', 'pyarrow'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
