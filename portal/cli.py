"""The roof of the command line: `tributary serve | worker | migrate | demo | import | verify | users`."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from typing import Annotated

import typer

from portal.core.settings import Settings, SettingsError

# Slices are imported inside the commands: a help text must not wait for the web.

app = typer.Typer(
    help="Tributary, the partner portal. Settings come from the environment; see `tributary serve --help`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def main() -> None:
    """The console script; a mistake in the environment is one sentence, not a stack of them."""
    try:
        app()
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise SystemExit(2) from error


@contextlib.contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The address of the database: one's own by DATABASE_URL, else the embedded one, running until the block ends."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    from portal.core.postgres import embedded

    with embedded(settings.data_dir) as url:
        yield url


def bring_up_to_date(url: str) -> list[str]:
    """Migrate. Prints the exact SQL and exits with 3 where an administrator has to make the roles."""
    from portal.core.migrate import NeedsAdministrator, migrate

    try:
        return asyncio.run(migrate(url))
    except NeedsAdministrator as error:
        typer.echo("The database login may not make roles. A database administrator has to run:\n", err=True)
        typer.echo(";\n".join(error.statements) + ";", err=True)
        raise typer.Exit(3) from error


@app.command()
def serve(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Load the demo first if the database is empty.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = 1,
) -> None:
    """Serve the portal, jobs included.

    Environment: PORT (8000), TRIBUTARY_DATA_DIR, DATABASE_URL (any PostgreSQL 16 or newer; without it the embedded
    one), TRIBUTARY_PUBLIC_URL, TRIBUTARY_SECRET_KEY, TRIBUTARY_SMTP_URL, TRIBUTARY_VENDOR_NAME, TRIBUTARY_TIME_ZONE.
    """
    if demo:
        os.environ["TRIBUTARY_DEMO"] = "1"
    settings = Settings.from_env()
    with database(settings) as url:
        bring_up_to_date(url)
        asyncio.run(_check_login(url))
        if settings.demo:
            _load_demo(settings, url)
        os.environ["DATABASE_URL"] = url
        typer.echo(f"\nTributary serves on {settings.public_url}", err=True)
        if settings.demo:
            _print_sign_ins(url)
        _serve(settings, workers)


def _serve(settings: Settings, workers: int) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    Server(
        "portal.app:from_environment",
        factory=True,
        address="127.0.0.1",
        port=settings.port,
        interface=Interfaces.ASGI,
        workers=workers,
        log_access=False,
        respawn_failed_workers=True,
    ).serve()


async def _check_login(url: str) -> None:
    import asyncpg

    from portal.core.migrate import check_login

    connection = await asyncpg.connect(url)
    try:
        await check_login(connection)
    finally:
        await connection.close()


@app.command()
def worker() -> None:
    """Work through the queue in a process of its own, beside the web processes."""
    from portal.worker import work

    settings = Settings.from_env()
    with database(settings) as url:
        asyncio.run(work(settings, url))


@app.command()
def migrate() -> None:
    """Bring the database to this version; safe to run twice and from several machines at once."""
    settings = Settings.from_env()
    with database(settings) as url:
        ran = bring_up_to_date(url)
    typer.echo("\n".join(ran) if ran else "Nothing to do.")
