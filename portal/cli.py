"""The roof of the command line: `tributary serve | worker | migrate | demo | import | verify | attribution | …`."""

import asyncio
import contextlib
import importlib
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from attribution.credits.command import make_app as attribution_app
from attribution.engine.command import app as engine
from attribution.lifecycle.command import make_app as lifecycle_app
from partners.forecast.command import make_app as forecast_app
from portal.core.settings import Settings, SettingsError

T = TypeVar("T")
_KINDS = (
    "What it brings: companies, products, accounts, contacts, terms, deals, opportunities, revenue, touchpoints, costs."
)
_FORMATS = "CSV, TSV, XLSX or Parquet."

# Slices are imported inside the commands: a help text must not wait for the web.

app = typer.Typer(
    help="Tributary, the partner portal. Settings come from the environment; see `tributary serve --help`.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help comes in two thirds of the time
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
    from portal.core import formats

    formats.use_time_zone(settings.time_zone)
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
    full: Annotated[bool, typer.Option("--full", help="With --demo: all 36 months of it.")] = False,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Web processes.")] = 1,
    no_jobs: Annotated[bool, typer.Option("--no-jobs", help="Leave the queue to `tributary worker`.")] = False,
) -> None:
    """Serve the portal, jobs included.

    Environment: PORT (8000), TRIBUTARY_DATA_DIR, DATABASE_URL (PostgreSQL 16 or newer, else the embedded one), and
    TRIBUTARY_ PUBLIC_URL, SECRET_KEY, SMTP_URL, VENDOR_NAME, TIME_ZONE, OUTWARD_PORTS, OUTWARD_PRIVATE.
    """
    if demo:
        os.environ["TRIBUTARY_DEMO"] = "1"
    if no_jobs:
        os.environ["TRIBUTARY_NO_JOBS"] = "1"
    settings = Settings.from_env()
    with database(settings) as url:
        bring_up_to_date(url)
        asyncio.run(_check_login(url))
        if settings.demo:
            _load_demo(settings, url, full=full)
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


def _load_demo(settings: Settings, url: str, *, full: bool) -> None:
    """Load the demo, the small one or all of it, unless the database has something already."""
    from portal.demo import mark

    async def work() -> None:
        if await mark.is_loaded():
            return
        if not await mark.is_empty():
            typer.echo("The database has people of its own: the demo is not loaded into it.", err=True)
            return
        from attribution.credits.store import use_folder
        from portal import app as roof
        from portal.core import clock
        from portal.demo.load import FULL, SMALL, load

        use_folder(settings.data_dir)

        typer.echo(f"Loading the demo ({len(roof.CONTROLLERS)} parts of the portal are ready) …", err=True)
        today = clock.day_of(clock.now(), settings.time_zone)
        size = FULL if full else SMALL
        await load(url, today, settings.time_zone, size=size, say=lambda line: typer.echo(f"  {line}", err=True))

    asyncio.run(_with_database(url, work))


def _print_sign_ins(url: str) -> None:
    from portal.demo.mark import PASSWORD, sign_ins

    found = asyncio.run(_with_database(url, sign_ins))
    if found:
        typer.echo(f"\nSign in as any of these, password {PASSWORD}:\n", err=True)
    for one in found:
        typer.echo(f"  {one.role:<18} {one.email:<46} {', '.join(filter(None, (one.name, one.company)))}", err=True)
    typer.echo("", err=True)


@app.command()
def demo(
    *,
    full: Annotated[bool, typer.Option("--full", help="All of it: 36 months of order lines, not 3.")] = False,
) -> None:
    """Load the demo into an empty database and print what is in it and who can sign in.

    The small one has 3 months of order lines, 500 opportunities and some 26,000 touchpoints. The full one has 36
    months, 60,855 order lines, 20,000 opportunities and 202,316 touchpoints, and takes some minutes.
    """
    settings = Settings.from_env()
    with database(settings) as url:
        bring_up_to_date(url)
        _load_demo(settings, url, full=full)
        _print_sign_ins(url)


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


@app.command("import", no_args_is_help=True)
def import_(
    kind: Annotated[str, typer.Argument(help=_KINDS)],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help=_FORMATS)],
    *,
    source: Annotated[str, typer.Option(help="A short name of the system it comes from; ids are kept by it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do it all, say what became of it, keep nothing.")] = False,
    mapping: Annotated[str, typer.Option(help="The name of a mapping saved in the browser.")] = "",
    column: Annotated[list[str] | None, typer.Option(metavar="FIELD=COLUMN", help="Which column brings it.")] = None,
    value: Annotated[list[str] | None, typer.Option(metavar="FIELD=TEXT", help="One value for all rows.")] = None,
    answer: Annotated[list[str] | None, typer.Option(metavar="FIELD=VALUE", help="Answer what is asked.")] = None,
    as_: Annotated[str, typer.Option("--as", metavar="EMAIL", help="As whom; without it as the system.")] = "",
) -> None:
    """Import a file, as in the browser: columns are guessed with reasons, each row is taken in or refused in words.

    The same file again changes nothing; one that was interrupted goes on. Refused rows are written beside the file as
    FILE.refused.csv, to be corrected and imported. What follows from an import, such as commissions, is worked out by
    the running server or `tributary worker`.

    Exit codes: 0 every row is in. 1 some rows were refused. 2 the file, a name or the person cannot be used.
    4 something about the columns is asked (see --answer). 5 a required field has no column (see --column).
    With 2, 4 and 5 nothing was kept.
    """
    from portal.imports.terminal import Options, import_file

    asked = Options(kind, file, source, dry_run, mapping, _pairs(column), _pairs(value), _pairs(answer), as_)
    raise typer.Exit(_on_database(lambda: import_file(asked, say=typer.echo, progress=_show_progress)))


def _pairs(texts: list[str] | None) -> dict[str, str]:
    """`FIELD=VALUE` as pairs. Raises BadParameter for anything else."""
    for text in texts or []:
        if "=" not in text:
            message = f"{text} should be FIELD=VALUE"
            raise typer.BadParameter(message)
    return {name.strip(): value.strip() for name, _, value in (text.partition("=") for text in texts or [])}


def _show_progress(done: int, total: int) -> None:
    """On one line that changes, where somebody looks."""
    if sys.stderr.isatty():
        typer.echo(f"\r{done:,} of {total:,} rows" + ("\n" if done >= total else ""), nl=False, err=True)


@app.command()
def verify() -> None:
    """Check every invariant and print how many rows break it; exits with 1 when any does."""
    settings = Settings.from_env()
    with database(settings) as url:
        broken = asyncio.run(_with_database(url, _verify))
    raise typer.Exit(1 if broken else 0)


async def _verify() -> int:
    from portal import app as roof
    from portal.core.actor import SYSTEM
    from portal.core.invariants import run_all

    results = await run_all(SYSTEM)
    for invariant, count in results:
        typer.echo(f"{count:>6}  {invariant.name:<40} {invariant.says}")
    broken = sum(count for _invariant, count in results)
    typer.echo(f"{len(results)} invariants, {broken} rows break them ({roof.__name__})")
    return broken


users = typer.Typer(help="People from the command line: the first administrator, lost access.", no_args_is_help=True)
app.add_typer(users, name="users")
app.add_typer(engine, name="engine")


@users.command("list")
def list_users() -> None:
    """Print every live membership: e-mail, roles, company."""
    typer.echo("\n".join(_on_database(_list_users)))


async def _list_users() -> list[str]:
    from portal.core import db
    from portal.core.actor import SYSTEM

    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT p.email, p.name, m.roles, coalesce(c.legal_name, '') AS company FROM identity_membership m"
            " JOIN identity_person p ON p.id = m.person LEFT JOIN partners_company c ON c.id = m.partner_id"
            " WHERE m.ended_at IS NULL ORDER BY m.side DESC, company, p.email"
        )
    return [f"{row['email']:<44} {', '.join(row['roles']):<40} {row['company'] or 'vendor'}" for row in rows]


@users.command("invite")
def invite_user(
    email: str,
    name: str,
    role: Annotated[list[str], typer.Option(help="Once for each role, such as admin or finance.")],
) -> None:
    """Invite somebody on the vendor's side and print the one-time link: how the first administrator gets in."""
    settings = Settings.from_env()
    with database(settings) as url:
        link = asyncio.run(_with_database(url, lambda: _invite_user(settings, email, name, role)))
    typer.echo(link)


async def _invite_user(settings: Settings, email: str, name: str, roles: list[str]) -> str:
    from portal.core import clock, db
    from portal.core.actor import SYSTEM
    from portal.core.permissions import Role
    from portal.identity import service
    from portal.mail.service import use_address

    use_address(settings.public_url)
    invitation = service.Invitation(email, name, frozenset(Role(role) for role in roles))
    await service.invite(SYSTEM, invitation, now=clock.now())
    async with db.transaction(SYSTEM):
        text: str = await db.sql_value(
            "SELECT text FROM mail_message WHERE to_address = $1 ORDER BY created_at DESC LIMIT 1", email.lower()
        )
    return next(word for word in text.split() if word.startswith(settings.public_url))


customers = typer.Typer(help="Whose customer it is: lists of companies compared.", no_args_is_help=True)
app.add_typer(customers, name="customers")


@customers.command("match", no_args_is_help=True)
def match_customers(
    a: Annotated[Path, typer.Argument(metavar="A", exists=True, dir_okay=False, readable=True, help="Companies.")],
    b: Annotated[
        Path | None, typer.Argument(metavar="[B]", exists=True, dir_okay=False, readable=True, help="Other companies.")
    ] = None,
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the pairs go: id_a, id_b, score, reasons.")],
    review: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where the pairs go that a person has to look at.")
    ] = None,
) -> None:
    """Find the rows of A and B that are one company; with A alone, the rows of A that are.

    A and B are CSV, TSV, XLSX or Parquet. Their first line names the columns: id and name, and of domain, address,
    postcode, city, country, phone and registry_id those that are known; the more there are, the more is found.
    A domain may be a website or an e-mail address. Needs no database and no network.

    OUT gets the pairs that are one company (score from 0.9 to 1), the surest first, with the reasons as codes. What
    is less sure (from 0.5) goes to --review. Companies with different registry ids are never paired in OUT.

    Exit codes: 0 done. 2 a file cannot be read or written; nothing was written then.
    """
    from partners.public import Files, UnusableFile, match_files

    try:
        match_files(Files(a, b, out, review), say=typer.echo, progress=_show_stage)
    except UnusableFile as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(2) from refusal


@customers.command("reindex")
def reindex_customers() -> None:
    """Write the keys by which accounts are found anew: once, after an upgrade whose notes ask for it."""
    from partners.public import write_all_keys
    from portal.core.actor import SYSTEM

    count = _on_database(lambda: write_all_keys(SYSTEM))
    typer.echo(f"{count:,} accounts")


def _show_stage(stage: str, done: int, total: int) -> None:
    """On one line that changes, where somebody looks."""
    if sys.stderr.isatty():
        word = {"read": "companies taken apart", "compare": "pairs compared"}[stage]
        ending = "\n" if done >= total else ""
        typer.echo(f"\r{done:,} of {total:,} {word}{ending}", nl=False, err=True)


def _on_database(work: Callable[[], Awaitable[T]]) -> T:
    """Run this on the database of the environment, brought up to date."""
    from attribution.credits.store import use_folder

    importlib.import_module("portal.app")  # every slice registers what it takes in and what it reacts to
    settings = Settings.from_env()
    use_folder(settings.data_dir)
    with database(settings) as url:
        bring_up_to_date(url)
        return asyncio.run(_with_database(url, work))


for _name, _make in (("attribution", attribution_app), ("lifecycle", lifecycle_app), ("forecast", forecast_app)):
    app.add_typer(_make(_on_database), name=_name)


async def _with_database(url: str, work: Callable[[], Awaitable[T]]) -> T:
    from portal.core import db

    await db.connect(url)
    try:
        return await work()
    finally:
        await db.disconnect()
