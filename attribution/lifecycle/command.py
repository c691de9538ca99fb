"""`tributary lifecycle`: deriving lifecycle events from the command line."""

import importlib
from collections.abc import Awaitable, Callable
from typing import Any

import typer

OnDatabase = Callable[[Callable[[], Awaitable[Any]]], Any]
"""Runs work on the database of the environment, and gives what it gives."""


def make_app(on_database: OnDatabase) -> typer.Typer:
    """The commands, on the database that the caller opens."""
    app = typer.Typer(help="What happened in customers' lives, from first order to churn.", no_args_is_help=True)

    @app.callback()
    def group() -> None:
        """Keep the commands below a word of their own, also while there is only one."""

    @app.command()
    def derive() -> None:
        """Derive the events of all customers again from revenue and contracts, and print what changed."""
        counts = on_database(_derive)
        typer.echo(
            f"{counts.customers:,} customers: {counts.written:,} events new or changed, {counts.removed:,} removed"
        )

    return app


async def _derive() -> Any:
    """All of it, as the system; imported when it is called: a help text must not wait for it."""
    clock, actor = importlib.import_module("portal.core.clock"), importlib.import_module("portal.core.actor")
    service = importlib.import_module("attribution.lifecycle.service")
    return await service.derive_accounts(actor.SYSTEM, now=clock.now())
