"""`tributary forecast`: keeping how open deals stand, from the command line."""

import importlib
from collections.abc import Awaitable, Callable
from typing import Any

import typer

OnDatabase = Callable[[Callable[[], Awaitable[Any]]], Any]
"""Runs work on the database of the environment, and gives what it gives."""


def make_app(on_database: OnDatabase) -> typer.Typer:
    """The commands, on the database that the caller opens."""
    app = typer.Typer(help="What open deals will bring, and how that changed.", no_args_is_help=True)

    @app.callback()
    def group() -> None:
        """Keep the commands below a word of their own, also while there is only one."""

    @app.command()
    def snapshot() -> None:
        """Keep how all open deals stand now; once a day at most. The server does so by itself every week."""
        count = on_database(_take)
        typer.echo("Today has a snapshot already." if count is None else f"{count:,} open deals kept")

    return app


async def _take() -> int | None:
    """As the system; imported when it is called: a help text must not wait for it."""
    clock, service = importlib.import_module("portal.core.clock"), importlib.import_module("partners.forecast.service")
    count: int | None = await service.take_snapshot(now=clock.now())
    return count
