"""Imports on the real database: each row accounted for, once, whatever happens in between."""

import json
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from partners.customers import importing as accounts
from portal.core import db, events
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.core.permissions import Permission, Role
from portal.core.text import fold
from portal.imports import queries, registry, running, service
from portal.imports.cells import CellError
from portal.imports.fields import Field, ImportKind, ValueKind
from portal.imports.mapping import ColumnMapping
from portal.imports.registry import Importer, Result
from portal.imports.rules import Parsed
from portal.imports.shape import Wanted
from portal.imports.states import ImportState, RowOutcome
from tests.make import NOON, Cast
from tests.settle import settle

REGISTERED = accounts.IMPORTER

HEADINGS = "Account ID,Company,Country,City"
FILE = f"{HEADINGS}\nA-1,Acme GmbH,Germany,Kempten\nA-2,Beta AG,Switzerland,Bern\n,Gamma,Narnia,\n\nA-4,Delta,FR,Lyon\n"


def accounts_csv(count: int) -> bytes:
    lines = [f"A-{number},Account {number},DE,Ulm" for number in range(count)]
    return "\n".join([HEADINGS, *lines]).encode()


async def bring(actor: Actor, content: str | bytes = FILE, *, kind: str = "accounts", system: str = "crm") -> UUID:
    raw = content.encode() if isinstance(content, str) else content
    return await service.bring_file(actor, kind, f"{kind}.csv", raw, source_system=system, now=NOON)


async def take(actor: Actor, content: str | bytes = FILE, **more: str) -> tuple[UUID, dict[str, int]]:
    """Bring a file, start it and let the background run it."""
    job_id = await bring(actor, content, **more)
    await service.start(actor, job_id, now=NOON)
    await settle()
    return job_id, dict((await queries.get_job(actor, job_id)).counts)


async def count(table: str) -> int:
    async with db.transaction(SYSTEM):
        return int(await db.sql_value(f"SELECT count(*) FROM {table}"))


async def test_every_row_of_the_file_is_accounted_for(cast: Cast) -> None:
    job_id, counts = await take(cast.vera)
    assert counts == {"imported": 3, "refused": 1, "not_data": 2}
    job = await queries.get_job(cast.vera, job_id)
    assert (job.state, sum(counts.values()), job.taken, job.refused) == (ImportState.DONE, job.rows_total, 3, 1)
    rows = await queries.list_rows(cast.vera, job)
    assert [(row.number, row.outcome.value, row.cells) for row in rows] == [
        (1, "not_data", ()),
        (2, "imported", ("A-1",)),
        (3, "imported", ("A-2",)),
        (4, "refused", ("", "Gamma", "Narnia", "")),
        (5, "not_data", ()),
        (6, "imported", ("A-4",)),
    ]
    said = [job.importer.explain(problem) for problem in rows[3].problems]
    assert said == [
        "Account ID: The value is missing, and it is required. Fill it in.",
        "Country: “Narnia” is not a country that is known. Use its code of two letters, such as DE.",
    ]
    assert await count("partners_account") == 3


async def test_the_same_again_changes_nothing_and_another_system_is_another(cast: Cast) -> None:
    await take(cast.vera)
    assert (await take(cast.vera))[1] == {"same": 3, "refused": 1, "not_data": 2}
    changed = FILE.replace("Bern", "Thun")
    assert (await take(cast.vera, changed))[1] == {"same": 2, "changed": 1, "refused": 1, "not_data": 2}
    assert (await take(cast.vera, system="erp"))[1]["imported"] == 3
    assert await count("partners_account") == 6


async def test_one_event_tells_of_the_whole_import(cast: Cast) -> None:
    job_id, counts = await take(cast.vera)
    async with db.transaction(SYSTEM):
        found = await db.sql(
            "SELECT name, actor_id, changes FROM core_event WHERE subject_id = $1 ORDER BY seq", job_id
        )
    assert [row["name"] for row in found] == ["import.uploaded", "import.started", "accounts.imported"]
    assert {row["actor_id"] for row in found} == {cast.vera.membership_id}
    assert json.loads(found[-1]["changes"]) == {"counts": [None, counts]}
    await service.run(cast.vera, job_id)
    assert await count("core_event WHERE name = 'accounts.imported'") == 1


async def test_a_look_at_the_first_rows_keeps_nothing(cast: Cast) -> None:
    await take(cast.vera, f"{HEADINGS}\nA-1,Acme GmbH,DE,Kempten")
    job = await queries.get_job(cast.vera, await bring(cast.vera))
    trial = job.plan.trial
    assert trial.outcomes == {RowOutcome.SAME: 1, RowOutcome.IMPORTED: 2, RowOutcome.REFUSED: 1}
    assert (trial.checked, trial.broken, trial.tried, job.plan.data_rows) == (4, 1, 4, 4)
    assert [(row.number, row.outcome) for row in trial.sample] == [
        (2, RowOutcome.SAME), (3, RowOutcome.IMPORTED), (4, RowOutcome.REFUSED), (6, RowOutcome.IMPORTED),
    ]  # fmt: skip
    assert await count("partners_account") == 1


async def test_a_mapping_is_corrected_and_what_it_lacks_is_named(cast: Cast) -> None:
    job_id = await bring(cast.vera, "No,Who,Where\n1,Acme,Germany\n2,Beta,France\n")
    job = await queries.get_job(cast.vera, job_id)
    assert not job.plan.trial.sample
    with pytest.raises(Invalid):
        await service.start(cast.vera, job_id, now=NOON)
    with pytest.raises(Invalid) as refused:
        await service.set_mapping(cast.vera, job_id, ColumnMapping({"legal_name": "Who"}), {}, now=NOON)
    assert set(refused.value.errors) == {"source_id", "country"}
    whole = ColumnMapping({"source_id": "No", "legal_name": "Who"}, {"country": "DE"})
    job = await service.set_mapping(cast.vera, job_id, whole, {}, now=NOON)
    assert (job.state, job.plan.mapping, len(job.plan.trial.sample)) == (ImportState.MAPPED, whole, 2)
    await service.start(cast.vera, job_id, now=NOON)
    with pytest.raises(Conflict):
        await service.set_mapping(cast.vera, job_id, whole, {}, now=NOON)
    with pytest.raises(Conflict):
        await service.start(cast.vera, job_id, now=NOON)
    await settle()
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT legal_name, country FROM partners_account ORDER BY legal_name")
    assert [tuple(row.values()) for row in rows] == [("Acme", "DE"), ("Beta", "DE")]


async def test_a_mapping_is_saved_by_name_and_used_again(cast: Cast) -> None:
    mapping = ColumnMapping({"source_id": "No", "legal_name": "Who", "country": "Where"})
    await service.save_mapping(cast.vera, "accounts", " Weekly ", mapping, {"*": "EUR"}, now=NOON)
    await service.save_mapping(cast.vera, "accounts", "Weekly", mapping, {}, now=NOON)
    [saved] = await queries.list_saved(cast.vera, "accounts")
    assert (saved.name, saved.mapping, saved.answers) == ("Weekly", mapping, {})
    assert saved.fits(["Where", "Who", "No", "More"])
    assert not saved.fits(["Who", "No"])
    job_id = await bring(cast.vera, "No,Who,Where\n1,Acme,Germany\n")
    job = await service.use_saved(cast.vera, job_id, "Weekly", now=NOON)
    assert job.plan.mapping == mapping
    for name in ("", "x" * 81):
        with pytest.raises(Invalid):
            await service.save_mapping(cast.vera, "accounts", name, mapping, {}, now=NOON)
    with pytest.raises(Invalid):
        await service.use_saved(cast.vera, job_id, "Monthly", now=NOON)


async def test_a_file_is_read_in_another_way_than_was_found(cast: Cast) -> None:
    job_id = await bring(cast.vera, "Account ID;Company;Country\n1;Ac,me;DE\n")
    assert (await queries.get_job(cast.vera, job_id)).shape.names == ("Account ID", "Company", "Country")
    await service.set_reading(cast.vera, job_id, Wanted(separator=",", header=False), now=NOON)
    job = await queries.get_job(cast.vera, job_id)
    assert (job.shape.names, job.shape.separator and job.shape.separator.reason) == (("A", "B"), "chosen")
    assert job.plan.data_rows == 2
    with pytest.raises(Invalid):
        await service.set_reading(cast.vera, job_id, Wanted(separator="\n"), now=NOON)


@pytest.mark.parametrize(
    ("content", "system", "kind", "field"),
    [
        (b"", "crm", "accounts", "file"),
        (b"%PDF-1.4 x", "crm", "accounts", "file"),
        (b"a,b\n1,2\n", "  ", "accounts", "source_system"),
        (b"a,b\n1,2\n", "x" * 41, "accounts", "source_system"),
        (b"a,b\n1,2\n", "crm", "nothing", "kind"),
    ],
)
async def test_what_cannot_be_a_file_is_said(cast: Cast, content: bytes, system: str, kind: str, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        await bring(cast.vera, content, system=system, kind=kind)
    assert list(refused.value.errors) == [field]
    assert await count("imports_job") == 0


async def test_headings_without_rows_are_not_started(cast: Cast) -> None:
    with pytest.raises(Invalid, match="no rows"):
        await service.start(cast.vera, await bring(cast.vera, HEADINGS), now=NOON)


# --- who ---


async def test_only_who_may_brings_files_and_only_who_may_read_sees_them(cast: Cast) -> None:
    for name in ("pia", "paul", "sam", "audra", "faye"):
        with pytest.raises(NotAllowed):
            await bring(getattr(cast, name))
    job_id = await bring(cast.vera)
    assert (await queries.get_job(cast.faye, job_id)).id == job_id
    with pytest.raises(NotAllowed):
        await service.start(cast.faye, job_id, now=NOON)
    with pytest.raises(NotAllowed):
        await queries.get_job(cast.pia, job_id)


async def test_a_file_of_what_one_may_not_read_is_not_there(cast: Cast, notes: "Notes") -> None:
    job_id = await bring(cast.faye, "id,amount\n1,5\n", kind="notes")
    with pytest.raises(NotFound):
        await queries.get_job(cast.ada, job_id)
    assert notes.applied == 1


async def test_the_rights_are_asked_again_when_it_runs(cast: Cast) -> None:
    job_id = await bring(cast.vera)
    await service.start(cast.vera, job_id, now=NOON)
    async with db.transaction(SYSTEM):
        roles = [Role.SALES.value]
        await db.sql("UPDATE identity_membership SET roles = $2 WHERE id = $1", cast.vera.membership_id, roles)
    await settle()
    job = await queries.get_job(cast.ada, job_id)
    assert (job.state, job.problem, job.rows_done) == (ImportState.FAILED, running.MAY_NOT, 0)
    assert await count("partners_account") == 0
    with pytest.raises(NotAllowed):
        await service.resume(cast.ada, job_id, now=NOON)
    async with db.transaction(SYSTEM):
        roles = [Role.PARTNER_MANAGER.value]
        await db.sql("UPDATE identity_membership SET roles = $2 WHERE id = $1", cast.vera.membership_id, roles)
    await service.resume(cast.vera, job_id, now=NOON)
    await settle()
    assert (await queries.get_job(cast.vera, job_id)).state == ImportState.DONE


async def test_whoever_left_imports_nothing(cast: Cast) -> None:
    job_id = await bring(cast.vera)
    await service.start(cast.vera, job_id, now=NOON)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_membership SET ended_at = $2 WHERE id = $1", cast.vera.membership_id, NOON)
    await settle()
    job = await queries.get_job(cast.ada, job_id)
    assert (job.state, job.problem) == (ImportState.FAILED, running.LEFT)


# --- what breaks ---


class Notes:
    """An importer of a table of its own whose rows can be made to break."""

    def __init__(self) -> None:
        self.applied = 0
        self.breaks: Callable[[Sequence[Parsed]], None] = lambda _rows: None

    async def apply(self, actor: Actor, rows: Sequence[Parsed], *, source_system: str, now: datetime) -> list[Result]:
        assert source_system
        self.applied += 1
        out: list[Result] = []
        async with db.transaction(actor):
            for row in rows:
                name = str(row.values["id"])
                if name == "no":
                    out.append((row.number, RowOutcome.REFUSED, [CellError("not_this", "", {"text": name}, "id")]))
                    continue
                await db.sql("INSERT INTO core_setting (key, value) VALUES ($1, $2)", f"note {name}", f'"{fold(name)}"')
                out.append((row.number, RowOutcome.IMPORTED, []))
        await events.record(actor, "note.taken", "note", actor.membership_id, now=now)
        self.breaks(rows)
        return out


@pytest.fixture
def notes() -> Iterator[Notes]:
    made = Notes()
    kind = ImportKind(
        "notes", "Notes", (Field("id", ValueKind.TEXT, "Id", required=True), Field("amount", ValueKind.INTEGER, "A")),
        source_id="id",
    )  # fmt: skip
    importer = Importer(
        kind, made.apply, Permission.REVENUE_WRITE, event="notes.imported", problems={"not_this": "Not %(text)s."}
    )
    registry.register_importer(importer)
    yield made
    del registry._IMPORTERS["notes"], registry.KIND_LABELS["notes"]


async def kept_notes() -> int:
    return await count("core_setting WHERE key LIKE 'note %'")


async def test_what_the_database_refuses_is_refused_alone(cast: Cast, notes: Notes) -> None:
    await take(cast.faye, "id\n77\n99\n", kind="notes")
    names = [str(number) for number in range(40)] + ["77", "no", "99"]
    job_id, counts = await take(cast.faye, "id\n" + "\n".join(names), kind="notes")
    assert counts == {"imported": 40, "refused": 3, "not_data": 1}
    assert await kept_notes() == 42
    job = await queries.get_job(cast.faye, job_id)
    refused = await queries.list_rows(cast.faye, job, RowOutcome.REFUSED)
    assert [(row.number, [job.importer.explain(one) for one in row.problems]) for row in refused] == [
        (42, ["The row contradicts something that is stored already. Check its ids and amounts."]),
        (43, ["Not no."]),
        (44, ["The row contradicts something that is stored already. Check its ids and amounts."]),
    ]
    assert notes.applied > 3


async def test_what_broke_is_noted_and_goes_on_where_it_stopped(
    cast: Cast, notes: Notes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "CHUNK", 10)

    def breaks(rows: Sequence[Parsed]) -> None:
        if rows[0].number > 20:
            message = "the disk is full"
            raise OSError(message)

    job_id = await bring(cast.faye, "id\n" + "\n".join(map(str, range(50))), kind="notes")
    await service.start(cast.faye, job_id, now=NOON)
    notes.breaks = breaks
    with pytest.raises(OSError, match="disk"):
        await settle()
    job = await queries.get_job(cast.faye, job_id)
    assert (job.state, job.problem, job.rows_done) == (ImportState.RUNNING, running.BROKEN, 20)
    assert await kept_notes() == 19
    notes.breaks = lambda _rows: None
    await service.resume(cast.finn, job_id, now=NOON)
    await settle()
    job = await queries.get_job(cast.faye, job_id)
    assert (job.state, job.problem, dict(job.counts)) == (ImportState.DONE, "", {"imported": 50, "not_data": 1})
    assert await kept_notes() == 50
    with pytest.raises(Conflict):
        await service.resume(cast.finn, job_id, now=NOON)


async def test_a_chunk_is_tried_again_when_transactions_stood_in_each_others_way(cast: Cast, notes: Notes) -> None:
    job_id = await bring(cast.faye, "id\n1\n", kind="notes")
    await service.start(cast.faye, job_id, now=NOON, in_background=False)
    left = [2]

    def breaks(_rows: Sequence[Parsed]) -> None:
        if left[0]:
            left[0] -= 1
            raise asyncpg.DeadlockDetectedError

    notes.breaks = breaks
    assert await service.run(cast.faye, job_id) == {"imported": 1, "not_data": 1}


async def test_only_what_was_started_runs(cast: Cast) -> None:
    job_id = await bring(cast.vera)
    with pytest.raises(Conflict):
        await service.run(cast.vera, job_id)
    with pytest.raises(Conflict):
        await service.resume(cast.vera, job_id, now=NOON)


async def test_progress_is_told_chunk_by_chunk(cast: Cast) -> None:
    job_id = await bring(cast.vera, accounts_csv(1_200))
    await service.start(cast.vera, job_id, now=NOON, in_background=False)
    told: list[tuple[int, int]] = []
    await service.run(cast.vera, job_id, progress=lambda done, total: told.append((done, total)))
    assert told == [(500, 1201), (1000, 1201), (1201, 1201)]


async def test_the_same_file_is_known_again(cast: Cast) -> None:
    again = await queries.get_job(cast.vera, await bring(cast.vera))
    assert await queries.find_finished(cast.vera, "accounts", "crm", again.file_sha256) is None
    await take(cast.vera)
    assert await queries.find_finished(cast.vera, "accounts", "crm", again.file_sha256) is not None
    assert await queries.find_finished(cast.vera, "accounts", "erp", again.file_sha256) is None
    assert await queries.find_unfinished(cast.vera, "accounts", "crm", again.file_sha256) is None
    await service.start(cast.vera, again.id, now=NOON, in_background=False)
    found: Any = await queries.find_unfinished(cast.vera, "accounts", "crm", again.file_sha256)
    assert found.id == again.id
    assert await queries.list_source_systems(cast.vera) == ["crm"]


async def test_an_id_is_refused_the_second_time_wherever_it_stands(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond its chunk too, after a crash as well, and without harm to a file that comes again."""
    monkeypatch.setattr(running, "CHUNK", 2)
    content = f"{HEADINGS}\nA-1,Acme,DE,Ulm\nA-2,Beta,DE,Ulm\nA-3,Gamma,DE,Ulm\nA-1,Delta,DE,Ulm\nA-2,Epsilon,DE,Ulm\n"
    job_id = await bring(cast.vera, content)
    await service.start(cast.vera, job_id, now=NOON, in_background=False)

    def break_off(done: int, _total: int) -> None:
        if done >= 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await running.run(cast.vera, job_id, progress=break_off)
    assert await running.run(cast.vera, job_id) == {"imported": 3, "refused": 2, "not_data": 1}
    async with db.transaction(SYSTEM):
        refused = await db.sql(
            "SELECT number, problems FROM imports_row WHERE job = $1 AND outcome = 'refused' ORDER BY number", job_id
        )
        names = await db.sql("SELECT legal_name FROM partners_account ORDER BY legal_name")
    assert [(row["number"], json.loads(row["problems"])[0]["code"]) for row in refused] == [
        (5, "repeated"), (6, "repeated"),
    ]  # fmt: skip
    assert [row["legal_name"] for row in names] == ["Acme", "Beta", "Gamma"]
    _again, counts = await take(cast.vera, content)
    assert counts == {"same": 3, "refused": 2, "not_data": 1}
