"""Deals pasted from a spreadsheet: the text into rows of fields, and each good row into a registration."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, Literal, cast
from uuid import UUID

from pydantic import Field, create_model

from partners.deals import choosing, service
from partners.deals.choosing import TypedCustomer
from partners.deals.schemas import NEW, DealForm, named_as_fields
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.web.forms import Form, Typed
from portal.imports import fields as imports
from portal.imports import messages
from portal.imports import vocabulary as words
from portal.imports.cells import CellError
from portal.imports.fields import ImportKind, ValueKind
from portal.imports.limits import Unreadable
from portal.imports.mapping import guess_mapping, take_guess
from portal.imports.reading import RowKind, inspect_file, read_rows
from portal.imports.shape import Shape, Wanted
from portal.imports.values import clean_text, is_nothing

MOST_ROWS: Final = 50
LONGEST_PASTE: Final = 200_000
_LONGEST_CELL: Final = 240


@dataclass(frozen=True, slots=True)
class Cell:
    """A column of the grid: the field of the registration's form that it fills, and the headings that mean it."""

    name: str
    target: str
    label: str
    synonyms: tuple[str, ...]
    kind: str = ""
    """How a browser helps to type it: `numeric` or `decimal`."""


CELLS: Final = (
    Cell("customer", "customer", N_("Customer"), words.CUSTOMER),
    Cell("country", "country", N_("Country"), words.COUNTRY),
    Cell("product", "product_1", N_("Product"), words.PRODUCT),
    Cell("quantity", "quantity_1", N_("Quantity"), words.QUANTITY, "numeric"),
    Cell("price", "price_1", N_("Price each, net"), words.UNIT_PRICE, "decimal"),
    Cell("currency", "currency", N_("Currency"), words.CURRENCY),
    Cell("close", "expected_close_on", N_("Expected close"), words.CLOSE_DATE),
    Cell("contact", "contact_name", N_("Contact"), words.FULL_NAME),
    Cell("email", "contact_email", N_("E-mail of the contact"), words.EMAIL),
    Cell("reference", "reference", N_("Your own reference"), ("Reference", "Your reference", *words.DEAL_ID)),
    Cell("reason", "price_reason", N_("Why the customer needs this price"), ("Reason of the price", "Price reason")),
    Cell("price_end", "price_wanted_until", N_("Wanted until"), ("Price wanted until", "Special price until")),
)
_OWN: Final = {cell.target: cell.name for cell in CELLS}
_KIND: Final = ImportKind(
    "pasted", "", tuple(imports.Field(one.name, ValueKind.TEXT, one.label, synonyms=one.synonyms) for one in CELLS)
)


class _PasteFacts(Form):
    """What was pasted, or the rows that were made of it; their cells are fields with a number, added below."""

    do: Literal["read", "register"] = "read"
    text: Annotated[str, Field(max_length=LONGEST_PASTE)] = ""
    rows: int = Field(default=0, ge=0, le=MOST_ROWS)


def _cell_fields() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for number in range(1, MOST_ROWS + 1):
        found |= {f"{cell.name}_{number}": (Annotated[str, Field(max_length=_LONGEST_CELL)], "") for cell in CELLS}
        found[f"new_{number}"] = (Literal["yes"] | None, None)
    return found


PasteForm: Final = cast(
    type[_PasteFacts], create_model("PasteForm", __base__=_PasteFacts, __module__=__name__, **_cell_fields())
)
"""The form of both steps."""

PastedRow = dict[str, str]
"""The texts of a row by the names of `CELLS`, and `new` where a person says that the customer is a new one."""


def read_pasted(text: str, defaults: Mapping[str, str]) -> list[PastedRow]:
    """Text of a spreadsheet, or with any separator, as rows; blank cells get the defaults. Raises Invalid for `text`.

    With headings their words tell which column is which; without any, the columns are those of `CELLS`, in order.
    """
    if not text.strip():
        raise Invalid({"text": _("Paste at least one row.")})
    content = text.encode()
    try:
        shape, places = _columns(content)
        rows = [row for row in read_rows(content, shape) if row.kind in {RowKind.DATA, RowKind.MALFORMED}]
    except Unreadable as problem:
        raise Invalid({"text": messages.explain_file(problem)}) from problem
    if not 1 <= len(rows) <= MOST_ROWS:
        raise Invalid({"text": _("Paste between 1 and %(most)s rows at once.") % {"most": MOST_ROWS}})
    for row in rows:
        if row.kind is RowKind.MALFORMED:
            why = messages.explain_cell(CellError(row.reason, "", dict(row.params)))
            raise Invalid({"text": _("Row %(number)s: %(why)s") % {"number": row.number, "why": why}})
    return [{name: _plain(row.cells[place]) for name, place in places.items()} | _blank(row.cells, places, defaults)
            for row in rows]  # fmt: skip


def _columns(content: bytes) -> tuple[Shape, dict[str, int]]:
    """How the text is read, and where each cell stands."""
    known = words.known_headings(_KIND)
    shape = inspect_file(content, wanted=Wanted(pad_short_rows=True, months=False), known=known)
    columns = take_guess(guess_mapping(_KIND, shape.columns)).columns if shape.header_row else {}
    if columns:
        return shape, {name: shape.names.index(column) for name, column in columns.items()}
    shape = inspect_file(content, wanted=Wanted(header=False, pad_short_rows=True, months=False), known=known)
    return shape, {cell.name: place for place, cell in enumerate(CELLS[: len(shape.columns)])}


def _plain(text: str) -> str:
    plain = clean_text(text)
    return "" if is_nothing(plain, ValueKind.TEXT) else " ".join(plain.split())[:_LONGEST_CELL]


def _blank(cells: tuple[str, ...], places: Mapping[str, int], defaults: Mapping[str, str]) -> PastedRow:
    """Defaults for what a row leaves blank."""
    return {name: text for name, text in defaults.items() if name not in places or not _plain(cells[places[name]])}


def typed_rows(form: Typed[Any]) -> list[PastedRow]:
    """The rows as they stand in the grid; those without a word are left out."""
    count = min(int(form.value("rows") or 0), MOST_ROWS) if form.value("rows").isdecimal() else 0
    names = [*(cell.name for cell in CELLS), "new"]
    rows = [{name: form.value(f"{name}_{number}").strip() for name in names} for number in range(1, count + 1)]
    return [row for row in rows if row["customer"] or row["product"]]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a row: its deal, or what is wrong by the names of its cells (`""` for the whole of it)."""

    row: PastedRow
    deal_id: UUID | None
    errors: Mapping[str, str]


async def register_rows(actor: Actor, rows: list[PastedRow], *, now: datetime) -> list[Tried]:
    """Register each good row, by the same checks as the form; a row that is refused leaves nothing behind."""
    async with db.transaction(actor):
        return [await _register(actor, row, now) for row in rows]


async def _register(actor: Actor, row: PastedRow, now: datetime) -> Tried:
    pairs = [(cell.target, row.get(cell.name, "")) for cell in CELLS]
    form = Typed(DealForm, [*pairs, ("card", NEW if row.get("new") else "")])
    form.check()
    try:
        async with db.savepoint():
            data = form.data
            customer = await choosing.choose_customer(actor, TypedCustomer(data.customer, data.card, data.country))
            products = await choosing.choose_products(actor, data.typed_products())
            deal_id = await service.register_deal(actor, data.registration(customer, products), now=now)
    except Invalid as refusal:
        lines = [] if form.errors else form.data.line_rows() or [1]
        return Tried(row, None, _by_cell(named_as_fields(refusal.errors, lines) or {"": refusal.message}))
    except Conflict as refusal:
        return Tried(row, None, {"": refusal.message})
    return Tried(row, deal_id, {})


def _by_cell(errors: Mapping[str, str]) -> dict[str, str]:
    """Errors of the registration's form under the names of the grid's cells."""
    return {_OWN.get(name, ""): message for name, message in errors.items()}
