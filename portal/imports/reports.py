"""What became of the rows of an import, as files to download and as JSON."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any, Final

from litestar.response import Stream

from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.web.cells import csv_line
from portal.core.web.export import Field, FileType, csv_response, xlsx_response
from portal.core.web.lists import ItemPage
from portal.imports import mapping as mappings
from portal.imports import queries
from portal.imports.queries import Job, ReportRow
from portal.imports.registry import Importer
from portal.imports.screens import OUTCOMES, explain_in
from portal.imports.states import RowOutcome

ITEMS: Final = 100
_LONGEST_CURSOR: Final = 9


async def refused_file(actor: Actor, job: Job, file_type: FileType, *, now: datetime) -> Stream:
    """The refused rows under the file's own headings, the reasons in front: corrected, it can be sent as it is."""
    records = _records(job, queries.stream_report(actor, job, RowOutcome.REFUSED))
    name = f"{job.importer.kind.name} refused"
    return await _file(name, _("Refused rows"), _refused_fields(job), records, file_type, now)


def _refused_fields(job: Job) -> list[Field]:
    why = Field(_("Why it was refused"), lambda record: record["why"])
    return [why, *(Field(name, _cell(place)) for place, name in enumerate(job.shape.names))]


async def refused_lines(actor: Actor, job: Job) -> AsyncIterator[str]:
    """The same as lines of CSV."""
    fields = _refused_fields(job)
    yield csv_line(one.heading for one in fields)
    async with db.transaction(actor):
        async for record in _records(job, queries.stream_report(actor, job, RowOutcome.REFUSED)):
            yield csv_line(one.value(record) for one in fields)


def _cell(place: int) -> Any:
    """What stands in a column; a row that has more cells than columns keeps them in the last one."""
    return lambda record: record["cells"][place] if place < len(record["cells"]) else ""


async def report_file(actor: Actor, job: Job, file_type: FileType, *, now: datetime) -> Stream:
    """Every row of the file with what became of it, and why."""
    fields = [
        Field(_("Row"), lambda record: record["number"]),
        Field(_("What became of it"), lambda record: record["outcome"]),
        Field(_("Id in the source system"), lambda record: record["id"]),
        Field(_("Why it was refused"), lambda record: record["why"]),
    ]
    records = _records(job, queries.stream_report(actor, job))
    return await _file(f"{job.importer.kind.name} report", _("Report"), fields, records, file_type, now)


async def _file(
    name: str, title: str, fields: list[Field], records: AsyncIterator[dict[str, Any]], kind: FileType, now: datetime
) -> Stream:
    if kind == "csv":
        return await csv_response(name, fields, records, now=now)
    return await xlsx_response(name, title, fields, records, now=now)


async def _records(job: Job, rows: AsyncIterator[ReportRow]) -> AsyncIterator[dict[str, Any]]:
    width = len(job.shape.names)
    column = job.plan.mapping.columns.get(job.importer.kind.source_id)
    place = job.shape.names.index(column) if column in job.shape.names else None
    async for row in rows:
        refused = row.outcome is RowOutcome.REFUSED
        at = (place if refused else 0) if place is not None else None
        cells = [*row.cells[: width - 1], " ".join(row.cells[width - 1 :])] if len(row.cells) > width else row.cells
        yield {
            "number": row.number,
            "outcome": _(OUTCOMES[row.outcome][0]),
            "id": row.cells[at] if at is not None and at < len(row.cells) else "",
            "why": " ".join(explain_in(job, problem) for problem in row.problems),
            "cells": cells,
        }


def read_cursor(text: str) -> int | None:
    """The number of a row as an address carries it; None for what is none."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= _LONGEST_CURSOR else None


async def rows_as_json(actor: Actor, job: Job, params: Mapping[str, str]) -> ItemPage:
    """A page of the report. Raises Invalid for a parameter that makes no sense."""
    asked, after = params.get("outcome", ""), params.get("cursor", "0")
    if asked and asked not in set(RowOutcome):
        raise Invalid({"outcome": _("Choose one of: %(words)s.") % {"words": ", ".join(RowOutcome)}})
    number = read_cursor(after)
    if number is None:
        raise Invalid({"cursor": _("Use what the page before gave as its cursor.")})
    outcome = RowOutcome(asked) if asked else None
    rows = await queries.list_rows(actor, job, outcome, after=number, most=ITEMS + 1)
    return {
        "items": [_public_row(job, row) for row in rows[:ITEMS]],
        "next_cursor": str(rows[ITEMS - 1].number) if len(rows) > ITEMS else None,
    }


def _public_row(job: Job, row: ReportRow) -> dict[str, Any]:
    return {
        "row": row.number,
        "outcome": row.outcome.value,
        "problems": [{"code": one.code, "field": one.field, "message": explain_in(job, one)} for one in row.problems],
        "cells": list(row.cells),
    }


def public_job(job: Job) -> dict[str, Any]:
    """An import for programs."""
    kind, plan = job.importer.kind, job.plan
    questions = plan.study.open_questions(plan.answers)
    return {
        "id": str(job.id),
        "kind": kind.name,
        "source_system": job.source_system,
        "file_name": job.file_name,
        "state": job.state.value,
        "problem": job.problem,
        "columns": [{"name": one.name, "samples": list(one.samples)} for one in job.shape.columns],
        "mapping": plan.mapping.to_json(),
        "missing": [one.field for one in mappings.check_mapping(kind, plan.mapping, job.shape.names)],
        "questions": [
            {"key": one.key, "code": one.code, "column": one.column, "options": [each.value for each in one.options]}
            for one in questions
        ],
        "rows_total": job.rows_total,
        "rows_done": job.rows_done,
        "counts": dict(job.counts),
        "created_at": job.created_at,
        "finished_at": job.finished_at,
    }


def public_kind(importer: Importer) -> dict[str, Any]:
    """A kind of import with its fields, for programs."""
    return {
        "kind": importer.kind.name,
        "label": _(importer.kind.label),
        "about": _(importer.about) if importer.about else "",
        "fields": [
            {
                "name": one.name,
                "label": _(one.label),
                "type": one.kind.value,
                "required": one.required,
                "choices": [choice.value for choice in one.choices],
            }
            for one in importer.kind.fields
        ],
    }
