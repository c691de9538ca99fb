"""`tributary attribution`: runs from the command line, with progress."""

import importlib
import sys
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Any

import typer

OnDatabase = Callable[[Callable[[], Awaitable[Any]]], Any]
"""Runs work on the database of the environment, and gives what it gives."""
EXIT_FAILED, EXIT_BAD = 1, 2
_Number = Annotated[str, typer.Argument(metavar="RUN", help="Its number, such as R-2026-11-12.")]


class CannotDo(Exception):
    """What is asked for does not exist; the message is a sentence."""


def _terminal() -> Any:
    """What the commands do, imported when one is called: a help text must not wait for the arithmetic."""
    return importlib.import_module("attribution.credits.terminal")


def make_app(on_database: OnDatabase) -> typer.Typer:
    """The commands, on the database that the caller opens."""
    app = typer.Typer(
        help="Who brought which revenue: freeze what is stored, reckon it by all models, seal it. Exit codes: 0 done,"
        " 1 the run failed or gave another result, 2 a bad option or no such run.",
        no_args_is_help=True,
    )

    def doing(work: Callable[[], Awaitable[Any]]) -> Any:
        try:
            return on_database(work)
        except CannotDo as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(EXIT_BAD) from error

    _add_reckoning(app, doing)
    _add_looking(app, doing)
    return app


def _add_reckoning(app: typer.Typer, doing: OnDatabase) -> None:
    """The commands that reckon."""

    @app.command("run")
    def run_now(
        *,
        observed_until: Annotated[
            str | None, typer.Option(help="A time with zone; nothing later is looked at.")
        ] = None,
    ) -> None:
        """Make a run by the settings in force, and wait for it. It prints its number, its value and its hashes."""
        moment = _moment(observed_until)
        run = doing(lambda: _terminal().run_now(moment, _show))
        _print_run(run)
        raise typer.Exit(0 if run.state == "sealed" else EXIT_FAILED)

    @app.command()
    def reproduce(run: _Number) -> None:
        """Reckon a sealed run again from its frozen inputs and compare the results by their hashes, to the bit."""
        found = doing(lambda: _terminal().reproduce(run, _show))
        said = "the same, to the bit" if found.same else f"different: {', '.join(found.differing)}"
        typer.echo(f"{run}: {said} ({found.outputs_sha256})")
        raise typer.Exit(0 if found.same else EXIT_FAILED)


def _add_looking(app: typer.Typer, doing: OnDatabase) -> None:
    """The commands that look at what is there."""

    @app.command()
    def compare(
        a: Annotated[str, typer.Argument(metavar="A", help="The number of the run before.")],
        b: Annotated[str, typer.Argument(metavar="B", help="The number of the run after.")],
        *,
        by: Annotated[str, typer.Option(help="party or channel.")] = "party",
        most: Annotated[int, typer.Option(min=1, help="Lines that are printed, the greatest movement first.")] = 20,
    ) -> None:
        """Say what moved from one sealed run to another, and what changed in settings and inputs."""
        if by not in {"party", "channel"}:
            message = "--by is party or channel"
            raise typer.BadParameter(message)
        for line in doing(lambda: _terminal().compare(a, b, by, most)):
            typer.echo(line)

    @app.command("list")
    def list_() -> None:
        """Print the newest runs: number, state, revenue, events, paying model."""
        for run in doing(lambda: _terminal().list_newest()):
            _print_run(run, short=True)


def _moment(written: str | None) -> datetime | None:
    if written is None:
        return None
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        message = f"--observed-until is no time: {written}"
        raise typer.BadParameter(message) from error
    if moment.tzinfo is None:
        message = f"--observed-until has no zone; write it as {written}Z"
        raise typer.BadParameter(message)
    return moment


def _print_run(run: Any, *, short: bool = False) -> None:
    events = run.counts.get("events", 0)
    typer.echo(f"{run.number:<16} {run.state:<10} {run.value.decimal:>18,} {run.currency} {events:>9,} events"
               f"  {run.paying_model}")  # fmt: skip
    if not short and run.failure:
        typer.echo(f"failed: {dict(run.failure)}", err=True)
    elif not short:
        typer.echo(f"inputs  {run.inputs_sha256}\noutputs {run.outputs_sha256}")


def _show(step: str, done: int, total: int) -> None:
    """Progress: on one line that changes where somebody looks, else a line a step."""
    if sys.stderr.isatty():
        typer.echo(f"\r{step:<12} {done:,} of {total:,}   ", nl=False, err=True)
    elif not done:
        typer.echo(f"{step} …", err=True)
