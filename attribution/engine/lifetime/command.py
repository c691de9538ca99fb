"""`tributary engine lifetime`: what customers will buy and are worth, from a file of transactions."""

import datetime as dt
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from attribution.engine.lifetime.analysis import Analysis, Options
    from attribution.engine.lifetime.summary import Summary

# The arithmetic is imported inside the command: a help text must not wait for it.


class Model(StrEnum):
    """The models by their names on the command line."""

    BGNBD = "bgnbd"
    PARETO = "pareto"
    GAMMA_GAMMA = "gamma-gamma"
    SBG = "sbg"
    KM = "km"


class Unit(StrEnum):
    """What time is counted in."""

    DAY = "day"
    WEEK = "week"


class Format(StrEnum):
    """How tables are written."""

    CSV = "csv"
    PARQUET = "parquet"


def add_lifetime(app: typer.Typer) -> None:
    """Hang the command `lifetime` on the commands of the engine."""
    app.command("lifetime", no_args_is_help=True)(lifetime)


def lifetime(
    transactions: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV or Parquet.")],
    *,
    model: Annotated[Model, typer.Option(help="What is assumed of customers.")],
    out: Annotated[Path, typer.Option(file_okay=False, help="The folder for what comes out; made if needed.")],
    unit: Annotated[Unit, typer.Option(help="What time is counted in; a week is 7 days.")] = Unit.WEEK,
    observed_until: Annotated[
        dt.datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day that was observed; else the newest.")
    ] = None,
    margin: Annotated[float, typer.Option(help="The part of an amount that is earned.")] = 1.0,
    discount_rate: Annotated[float, typer.Option(help="A year's; 0.1 is ten per cent.")] = 0.1,
    horizon: Annotated[int | None, typer.Option(min=1, help="Units ahead that count; else three years.")] = None,
    term: Annotated[float | None, typer.Option(help="Units of a contract, for sbg and km; else a month.")] = None,
    level: Annotated[float, typer.Option(help="Of the intervals.")] = 0.95,
    table_format: Annotated[Format, typer.Option("--format", help="How customers are written.")] = Format.CSV,
) -> None:
    """Estimate how often customers will buy, whether they are still there, and what they are worth.

    TRANSACTIONS has the columns customer_id, date and amount (and perhaps currency), or, counted already, customer_id,
    frequency, recency, age and mean_value. Purchases of one day are one; a negative amount is a refund.

    bgnbd and pareto give purchases within the horizon, the probability of still being a customer, and, with the values
    of gamma-gamma, lifetime values; sbg and km give how contracts of one term each are renewed. OUT gets
    parameters.json and customers.csv, with km curve.csv too. Intervals are of expectations: a single customer scatters
    more.

    Exit codes: 0 done. 2 an option cannot be used. 3 the file cannot be used. 5 the data do not determine the model.
    With 2, 3 and 5 nothing is written.
    """
    # On matrices of four by four many threads cost ten times what one costs; equal bits are promised for one.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from attribution.engine.errors import EngineError
    from attribution.engine.lifetime.analysis import Options, analyse

    day = None if observed_until is None else observed_until.date()
    options = Options(unit.value, day, margin, discount_rate, horizon, term, level)
    try:
        customers = _read(transactions, options)
        _tell(f"estimating {model.value} from {customers.customer_id.size:,} customers")
        found = analyse(model.value, customers, options)
    except EngineError as refusal:
        typer.echo(f"{transactions.name}: {refusal}", err=True)
        raise typer.Exit(refusal.exit_code) from refusal
    except ValueError as wrong:
        typer.echo(str(wrong), err=True)
        raise typer.Exit(2) from wrong
    paths = _write(found, out, table_format)
    _say_what_is_missing(found.notes, customers.after_end, customers.without_purchase)
    typer.echo(f"{customers.customer_id.size:,} customers: {', '.join(str(path) for path in paths)}")


def _read(transactions: Path, options: "Options") -> "Summary":
    from attribution.engine.lifetime.analysis import read_customers
    from attribution.engine.lifetime.files import read_table

    table = read_table(transactions)
    _tell(f"summing up {table.num_rows:,} rows")
    return read_customers(table, options)


def _tell(what: str) -> None:
    """Progress of long work."""
    typer.echo(f"{what} …", err=True)


def _write(found: "Analysis", out: Path, table_format: Format) -> list[Path]:
    """The files, in the order written. Ends with 2 where the folder does not take them."""
    from attribution.engine.lifetime.files import write_json, write_table

    tables = {"customers": found.customers} | ({"curve": found.curve} if found.curve else {})
    paths = [out / "parameters.json"]
    try:
        out.mkdir(parents=True, exist_ok=True)
        write_json(paths[0], found.parameters)
        for name, columns in tables.items():
            paths.append(out / f"{name}.{table_format.value}")
            write_table(paths[-1], columns)
    except OSError as error:
        typer.echo(f"{out} cannot be written: {error}", err=True)
        raise typer.Exit(2) from error
    return paths


def _say_what_is_missing(notes: tuple[str, ...], after_end: int, without_purchase: int) -> None:
    for note in notes:
        typer.echo(note, err=True)
    if after_end:
        typer.echo(f"{after_end:,} rows after the end of observation were left out", err=True)
    if without_purchase:
        typer.echo(f"{without_purchase:,} customers without a purchase were left out", err=True)
