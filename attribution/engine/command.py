"""`tributary engine`: attribution on files, without the portal."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from attribution.engine.lifetime.command import add_lifetime

if TYPE_CHECKING:
    from attribution.engine.kernel import Plan
    from attribution.engine.running import Result

# The arithmetic is imported inside the commands: a help text must not wait for it.

app = typer.Typer(
    help="Attribution and lifetime value on files. Exit codes: 0 done, 2 a bad option, 3 the input is refused, 4 it is "
    "beyond a stated limit, 5 the data do not determine the model.",
    no_args_is_help=True,
)
_Input = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or Parquet: path, conversions, …")]


@contextmanager
def _refusals() -> Iterator[None]:
    """One sentence and the exit code for what the engine refuses."""
    # Bits are promised for one thread of linear algebra; more would gain nothing on matrices of this size.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from attribution.engine.errors import EngineError

    try:
        yield
    except EngineError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(error.exit_code) from error
    except OSError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(2) from error


@app.command(no_args_is_help=True)
def paths(
    file: _Input,
    *,
    models: Annotated[str, typer.Option(help="Between commas: first, last, linear, markov:1, shapley, …")],
    out: Annotated[Path, typer.Option(dir_okay=False, help="The summary, CSV or Parquet by its ending.")],
    collapse: Annotated[bool, typer.Option("--collapse", help="Equal neighbours are one touch for Markov.")] = False,
    seed: Annotated[int, typer.Option(help="For sampled permutations of shapley_rate.")] = 0,
) -> None:
    """Attribute aggregated paths: columns path (search > email > call), conversions, and perhaps value and nulls.

    The summary has key, model, conversions, value, removal_effect, low, high; nothing is rounded.
    """
    with _refusals():
        from attribution.engine import files
        from attribution.engine import models as known
        from attribution.engine import paths as aggregated

        names = known.parse(models)
        files.checked_ending(out)
        table = files.Source(file, ("path", "conversions", "value", "nulls")).table()
        found = aggregated.summarise(aggregated.read(table), names, collapse=collapse, seed=seed)
        files.write_table(out, found)
    typer.echo(f"{len(found):,} lines: {out}")


@app.command(no_args_is_help=True)
def credit(
    *,
    touchpoints: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="CSV or Parquet.")],
    events: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="CSV or Parquet.")],
    by: Annotated[str, typer.Option(help="The column of the touchpoints that credit goes to.")],
    models: Annotated[str, typer.Option(help="Between commas: first, u_shaped, decay, markov:1, shapley, …")],
    out: Annotated[Path, typer.Option(file_okay=False, help="The folder for what comes out; made if needed.")],
    lookback_days: Annotated[
        int | None, typer.Option(min=1, help="Wherever the policy has a window; else 180.")
    ] = None,
    carry_over: Annotated[
        int | None, typer.Option(min=0, max=100, help="Per cent of upsell and cross-sell by the acquisition; else 20.")
    ] = None,
    policy: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="JSON as written to OUT.")] = None,
    custom: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="JSON of the model custom.")] = None,
    half_life_days: Annotated[float, typer.Option(min=0.001, help="Of decay.")] = 7.0,
    collapse: Annotated[bool, typer.Option("--collapse", help="Equal neighbours are one touch for Markov.")] = False,
    bootstrap: Annotated[int, typer.Option(min=0, help="Draws for intervals; 0 is none.")] = 0,
    seed: Annotated[int, typer.Option(help="Of draws and permutations.")] = 0,
    observed_until: Annotated[
        str | None, typer.Option(help="A time with zone; later rows are refused. Else now.")
    ] = None,
    buckets: Annotated[int | None, typer.Option(min=1, help="Parts that the data is cut into; else by size.")] = None,
) -> None:
    """Credit each event's value to the touches before it, to the last minor unit.

    Touchpoints have touchpoint_id, account_id, occurred_at (with zone), the column of --by, and perhaps motion, kind
    and counts; events have event_id, account_id, occurred_at, kind, value_minor and perhaps currency.

    OUT gets credits.parquet (every credit), summary.csv (gains by key and model: key, model, conversions, value in
    minor units, removal_effect, low, high), losses.csv (contraction and churn) and policy.json.
    """
    with _refusals():
        from attribution.engine import files
        from attribution.engine.buckets import Files, run

        plan = _plan(models, policy, custom, lookback_days, carry_over, half_life_days, collapse, bootstrap)
        read = Files(touchpoints, events, by, _micros(observed_until), buckets)
        out.mkdir(parents=True, exist_ok=True)
        with files.Writer(out / "credits.parquet") as writer:
            result = run(read, plan, draws=bootstrap, seed=seed, rows_to=writer.add, tell=_show)
        _write(out, result)
    typer.echo(f"{result.notes.events:,} events, {result.notes.touches:,} touchpoints: {out}")


def _plan(
    names: str,
    policy: Path | None,
    custom: Path | None,
    lookback_days: int | None,
    carry_over: int | None,
    half_life_days: float,
    collapse: bool,  # noqa: FBT001 - handed on as it came
    bootstrap: int,
) -> "Plan":
    from attribution.engine import models
    from attribution.engine import policy as policies
    from attribution.engine.intervals import SHARDS
    from attribution.engine.kernel import Plan
    from attribution.engine.positions import Settings

    rules = policies.DEFAULT if policy is None else policies.from_json(policy.read_text(encoding="utf-8"))
    if lookback_days is not None:
        rules = policies.with_lookback(rules, lookback_days)
    if carry_over is not None:
        rules = policies.with_carry_over(rules, carry_over)
    own = policies.Custom() if custom is None else policies.custom_from_json(custom.read_text(encoding="utf-8"))
    return Plan(
        models.parse(names), rules, Settings(half_life_days, own), SHARDS if bootstrap else 1, collapse=collapse
    )


def _micros(written: str | None) -> int:
    """Microseconds since 1970 of a time with zone, of now where none is given."""
    from attribution.engine.errors import OptionError

    try:
        moment = datetime.now(UTC) if written is None else datetime.fromisoformat(written)
    except ValueError as error:
        message = f"--observed-until is no time: {written}."
        raise OptionError(message) from error
    if moment.tzinfo is None:
        message = f"--observed-until has no zone; write it as {written}Z."
        raise OptionError(message)
    return int(moment.timestamp() * 1_000_000)


def _write(out: Path, result: "Result") -> None:
    from attribution.engine import files, policy

    files.write_table(out / "summary.csv", result.summary())
    files.write_table(out / "losses.csv", result.losses())
    (out / "policy.json").write_text(policy.to_json(result.plan.policy) + "\n", encoding="utf-8")
    notes = result.notes
    for count, what in (
        (notes.repeated_touches, "touchpoints were there more than once and count once"),
        (notes.repeated_events, "events were there more than once and count once"),
        (notes.uncounted, "touchpoints do not count"),
    ):
        if count:
            typer.echo(f"{count:,} {what}", err=True)
    for model, count in zip(result.plan.models, result.totals.linear.tolist(), strict=True):
        if count:
            typer.echo(f"{model}: {count:,} events have no weight at all and are credited linearly", err=True)


def _show(what: str, done: int, total: int) -> None:
    """Progress of long work."""
    typer.echo(f"{what}: {done:,} of {total:,}" if total > 1 else f"{what} …", err=True)


add_lifetime(app)
