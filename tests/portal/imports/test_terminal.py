"""Imports on the command line: what is printed, the exit codes, and what is kept."""

from pathlib import Path

import pytest

from partners import public
from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.permissions import Role, Side
from portal.imports import service, terminal
from portal.imports.mapping import ColumnMapping
from portal.imports.terminal import FINE, QUESTIONS, REFUSED, UNMAPPED, UNUSABLE, Options, import_file
from tests import make
from tests.make import NOON, Cast
from tests.standalone import database

assert public.__doc__, "importing it registers what the partners' slices take in"

GOOD = "Account ID,Company,Country\nA-1,Acme GmbH,DE\nA-2,Beta AG,CH\n"
BAD = GOOD + ",Gamma,Narnia\n" + "".join(f"B-{number},Beta {number},Narnia\n" for number in range(25))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "customers.csv"


class Said:
    """What was printed."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


async def run(file: Path, content: str, said: Said | None = None, *, kind: str = "accounts", **more: object) -> int:
    file.write_text(content, encoding="utf-8")
    options = Options(kind, file, "crm", **more)  # type: ignore[arg-type]  # options by name
    return await import_file(options, say=(said or Said()).lines.append)


async def count(table: str) -> int:
    async with db.transaction(SYSTEM):
        return int(await db.sql_value(f"SELECT count(*) FROM {table}"))


@pytest.mark.usefixtures("cast")
async def test_a_file_goes_in_and_the_mapping_is_told(file: Path) -> None:
    said = Said()
    assert await run(file, GOOD, said) == FINE
    for words in ("3 rows", "legal_name", "< Company", "Known other name", "Acme GmbH | Beta AG", "2  new"):
        assert words in said.text
    assert await run(file, GOOD) == FINE
    assert await count("partners_account") == 2
    assert await count("imports_job WHERE state = 'done'") == 2


async def test_refused_rows_are_told_and_written_beside_the_file(cast: Cast, file: Path) -> None:
    said = Said()
    assert await run(file, BAD, said, email=cast.vera.email) == REFUSED
    assert sum(line.startswith("row ") for line in said.lines) == terminal.SHOWN
    assert "And 6 more." in said.text
    written = file.with_name("customers.csv.refused.csv").read_text("utf-8-sig").splitlines()
    assert written[0] == '"Why it was refused","Account ID","Company","Country"'
    assert len(written) == 27
    async with db.transaction(SYSTEM):
        owner = await db.sql_value("SELECT created_by FROM imports_job")
    assert owner == cast.vera.membership_id


@pytest.mark.usefixtures("cast")
async def test_what_is_open_keeps_nothing(file: Path) -> None:
    said = Said()
    assert await run(file, "No,Company,Country\n1,Acme,DE\n", said) == UNMAPPED
    assert "nothing brings it" in said.text
    revenue = 'Kind,Id,Amount,Date\ninvoice,1,"1,234",01/02/2026\n'
    said = Said()
    assert await run(file, revenue, said, kind="revenue") == QUESTIONS
    assert "--answer occurred_on=dmy  Day first  (01/02/2026 is 2026-02-01)" in said.text
    assert "--answer file=EUR" in said.text
    assert await count("imports_job") == 0
    answers = {"occurred_on": "dmy", "net_amount": ".", "file": "EUR"}
    assert await run(file, revenue, said, kind="revenue", answers=answers) == REFUSED
    assert "Import the accounts first" in said.text or "names its customer" in said.text


async def test_columns_values_and_saved_mappings_are_taken(cast: Cast, file: Path) -> None:
    content = "No,Company\n1,Acme\n"
    columns, values = {"source_id": "No"}, {"country": "DE"}
    assert await run(file, content, columns=columns, values=values) == FINE
    mapping = ColumnMapping({"source_id": "No", "legal_name": "Company"}, {"country": "FR"})
    await service.save_mapping(cast.vera, "accounts", "weekly", mapping, {}, now=NOON)
    said = Said()
    assert await run(file, content + "2,Beta\n", said, saved="weekly") == FINE
    assert "= FR" in said.text
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT legal_name, country FROM partners_account ORDER BY legal_name")
    assert [tuple(row.values()) for row in rows] == [("Acme", "FR"), ("Beta", "FR")]


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "nothing"}, {"email": "nobody@x.example"}, {"email": "pia"}, {"saved": "none"}, {"content": "%PDF-1.7"},
        {"content": ""},
    ],
)  # fmt: skip
async def test_what_cannot_be_used_is_said(cast: Cast, file: Path, more: dict[str, str]) -> None:
    content = more.pop("content", GOOD)
    if more.get("email") == "pia":
        more["email"] = cast.pia.email
    said = Said()
    assert await run(file, content, said, **more) == UNUSABLE
    assert said.lines
    assert await count("imports_job") == 0


@pytest.mark.slow
async def test_a_dry_run_keeps_nothing_and_an_interrupted_import_goes_on(fresh_url: str, file: Path) -> None:
    async with database(fresh_url):
        said = Said()
        assert await run(file, BAD, said, dry_run=True) == REFUSED
        assert "Dry run: nothing was kept." in said.text
        assert await count("partners_account") + await count("imports_job") + await count("core_event") == 0
        assert file.with_name("customers.csv.refused.csv").exists()
        actor = await make.person("Vera Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
        content = GOOD.encode()
        job_id = await service.bring_file(actor, "accounts", "x.csv", content, source_system="crm", now=NOON)
        await service.start(actor, job_id, now=NOON, in_background=False)
        said = Said()
        assert await run(file, GOOD, said) == FINE
        assert said.lines[0] == "This import was interrupted after row 0. It goes on."
        assert await count("imports_job") == 1
