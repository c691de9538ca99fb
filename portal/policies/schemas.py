"""What comes in about policies: a document as a posted form or as JSON, with its day and a note."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Final, get_args, get_origin
from uuid import UUID

from pydantic import Field
from pydantic.fields import FieldInfo

from portal.core.web.fields import TypedDate
from portal.core.web.forms import Body, Form, Typed
from portal.core.web.visit import Pairs
from portal.policies.kinds import Document, PolicyKind, Posted

OWN_FIELDS: Final = frozenset({"csrf_token", "idempotency_key", "effective_from", "note", "do", "from"})
"""Fields of the page around the document."""
MOST_ROWS: Final = 200
"""Rows of one list in a form: more are not drawn."""


class VersionForm(Form):
    """What a draft says beside its document."""

    effective_from: TypedDate | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class VersionBody(Body):
    """A draft as JSON."""

    body: dict[str, Any]
    effective_from: date | None = None
    note: Annotated[str, Field(max_length=500)] = ""


class CompareQuery(Form):
    """Which two versions to lay side by side."""

    before: UUID
    after: UUID


def version_form(fields: Pairs) -> Typed[VersionForm]:
    """The page's own part of a form, checked."""
    form = Typed(VersionForm, [pair for pair in fields if pair[0] in VersionForm.model_fields])
    form.check()
    return form


def posted(fields: Pairs) -> Posted:
    """The document's part of a form: every value of each field."""
    found: dict[str, list[str]] = {}
    for name, value in fields:
        if name not in OWN_FIELDS:
            found.setdefault(name, []).append(value)
    return found


def raw_values(kind: PolicyKind, form: Posted) -> dict[str, Any]:
    """What was typed, nested as in the document, each of its fields there; texts stay texts."""
    values = kind.parse_form(form) if kind.parse_form else _nested(kind.model, form, "")
    return filled(kind.model, values)


def filled(model: type[Document], values: dict[str, Any]) -> dict[str, Any]:
    """The values with an empty one for each field that is missing, in every row too; what is unknown stays."""
    out = dict(values)
    for name, about in model.model_fields.items():
        inner = _document_in(about)
        given = values.get(name)
        if inner is None:
            out[name] = _empty(about) if given is None else given
        elif _is_list(about):
            out[name] = [filled(inner, row) for row in given or ()]
        else:
            out[name] = filled(inner, given or {})
    return out


def without_blanks(values: Any) -> Any:
    """The values without empty texts: an optional field left empty takes its default, and a needed one is missed."""
    if isinstance(values, dict):
        return {name: without_blanks(one) for name, one in values.items() if not _is_blank(one)}
    if isinstance(values, list):
        return [without_blanks(one) for one in values]
    return values


def change_rows(kind: PolicyKind, values: dict[str, Any], doing: str) -> bool:
    """Add, remove or move a row as a button of the form says (`add:clauses`, `up:clauses.2`); False for a submit.

    A button that names no row does nothing: the page is drawn again.
    """
    verb, _, path = doing.partition(":")
    if verb not in {"add", "remove", "up", "down"}:
        return False
    place, _, last = path.rpartition(".")
    name, index = (path, -1) if verb == "add" else (place, int(last) if last.isascii() and last.isdigit() else -1)
    rows = values.get(name)
    about = kind.model.model_fields.get(name)
    if not isinstance(rows, list) or about is None or len(rows) > MOST_ROWS:
        return True
    inner = _document_in(about)
    if verb == "add" and inner is not None:
        rows.append(filled(inner, {}))
    elif 0 <= index < len(rows):
        _move(rows, verb, index)
    return True


def _move(rows: list[Any], verb: str, index: int) -> None:
    row = rows.pop(index)
    if verb == "up":
        rows.insert(max(index - 1, 0), row)
    elif verb == "down":
        rows.insert(index + 1, row)


def _nested(model: type[Document], form: Posted, path: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, about in model.model_fields.items():
        inner, here = _document_in(about), f"{path}{name}"
        if inner is not None and _is_list(about):
            values[name] = [_nested(inner, form, f"{here}.{index}.") for index in _indexes(form, f"{here}.")]
        elif inner is not None:
            values[name] = _nested(inner, form, f"{here}.")
        elif _is_list(about):
            values[name] = [one for one in form.get(here, ()) if one.strip()]
        else:
            values[name] = form.get(here, [""])[-1]
    return values


def _indexes(names: Iterable[str], prefix: str) -> list[int]:
    """The numbers of the rows that were sent, in order; gaps close by themselves."""
    heads = {name[len(prefix) :].partition(".")[0] for name in names if name.startswith(prefix)}
    return sorted(int(head) for head in heads if head.isascii() and head.isdigit() and len(head) <= len(str(MOST_ROWS)))


def _document_in(about: FieldInfo) -> type[Document] | None:
    """The document that a field holds, one or many of."""
    annotation = about.annotation
    candidates = [annotation, *get_args(annotation)]
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, Document)), None)


def _is_list(about: FieldInfo) -> bool:
    return get_origin(about.annotation) in {tuple, list}


def _empty(about: FieldInfo) -> Any:
    if _is_list(about):
        return []
    return about.default if isinstance(about.default, str) else ""


def _is_blank(value: Any) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
