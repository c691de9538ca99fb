"""What comes in about deals, as forms and as JSON."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Final, Literal, cast
from uuid import UUID

from pydantic import Field, create_model

from partners.companies.entitlements import LONGEST_PROTECTION
from partners.deals.extending import Decision
from partners.deals.handing import Wish
from partners.deals.locks import DealField
from partners.deals.rules import MOST_LINES, Contact, Line, NewCustomer, Registration
from partners.deals.service import Said
from partners.deals.states import DealRole, DealSource
from portal.core.errors import Invalid
from portal.core.flow import LONGEST_NOTE
from portal.core.i18n import gettext as _
from portal.core.web.fields import Currency, TypedAmount, TypedDate
from portal.core.web.forms import Body, Form

NEW: Final = "new"
"""Chosen instead of a card: the customer is a new one."""
ROWS_AT_FIRST: Final = 2
Pressed = Literal["submit", "draft", "save", "find", "add"]
"""The buttons of the form; `find` and `add` only draw it again."""

Note = Annotated[str, Field(max_length=LONGEST_NOTE)]
Short = Annotated[str, Field(max_length=120)]


class _LineFacts(Form):
    """What a form with lines has; the lines are fields with a number, added below."""

    do: Pressed = "submit"
    version: int | None = None
    rows: int = Field(default=ROWS_AT_FIRST, ge=1, le=MOST_LINES)
    currency: Currency

    def line_rows(self) -> list[int]:
        """The numbers of the rows that say something."""
        return [number for number in range(1, MOST_LINES + 1) if _says_something(self, number)]

    def typed_products(self) -> list[str]:
        """What stands in the product fields of those rows."""
        return [getattr(self, f"product_{n}") for n in self.line_rows()]

    def typed_lines(self, products: Sequence[UUID]) -> tuple[Line, ...]:
        """The lines of `line_rows` with their products found; a quantity left empty is one."""
        return tuple(
            Line(product, quantity if (quantity := getattr(self, f"quantity_{n}")) is not None else 1, _minor(self, n))
            for n, product in zip(self.line_rows(), products, strict=True)
        )


class _DealFacts(_LineFacts):
    """The registration as it is typed; the lines are fields with a number, added below."""

    customer: Annotated[str, Field(max_length=200)] = ""
    card: str = ""
    """A card's id, `new`, or nothing while none is chosen."""
    country: Annotated[str, Field(max_length=2)] = ""
    expected_close_on: TypedDate | None = None
    role: DealRole = DealRole.SELL
    source: DealSource = DealSource.PARTNER
    contact_name: Short = ""
    contact_email: Annotated[str, Field(max_length=254)] = ""
    consent: Annotated[str, Field(max_length=200)] = ""
    competitor: Short = ""
    help_wanted: Annotated[str, Field(max_length=1000)] = ""
    reference: Annotated[str, Field(max_length=60)] = ""
    notes: Annotated[str, Field(max_length=10_000)] = ""
    price_reason: Annotated[str, Field(max_length=1000)] = ""
    price_wanted_until: TypedDate | None = None
    continues: UUID | None = None

    def registration(self, customer: UUID | NewCustomer, products: Sequence[UUID] | None) -> Registration:
        """The registration, with its customer and the products of `line_rows` found; None where lines are locked."""
        lines = () if products is None else self.typed_lines(products)
        return Registration(
            customer=customer,
            currency=self.currency,
            lines=lines,
            expected_close_on=self.expected_close_on,
            role=self.role,
            source=self.source,
            contact=Contact(self.contact_name, self.contact_email, self.consent),
            competitor=self.competitor,
            help_wanted=self.help_wanted,
            reference=self.reference,
            notes=self.notes,
            price_reason=self.price_reason,
            price_wanted_until=self.price_wanted_until,
            continues=self.continues,
        )


def _says_something(form: _LineFacts, number: int) -> bool:
    values = (getattr(form, f"{part}_{number}") for part in ("product", "quantity", "price"))
    return any(value not in ("", None) for value in values)


def _minor(form: _LineFacts, number: int) -> int | None:
    price = getattr(form, f"price_{number}")
    return None if price is None else price.minor


def _line_fields() -> dict[str, Any]:
    """Product, quantity and price of each row that a form can have."""
    found: dict[str, Any] = {}
    for number in range(1, MOST_LINES + 1):
        found[f"product_{number}"] = (Annotated[str, Field(max_length=240)], "")
        found[f"quantity_{number}"] = (int | None, None)
        found[f"price_{number}"] = (TypedAmount | None, None)
    return found


DealForm: Final = cast(
    type[_DealFacts], create_model("DealForm", __base__=_DealFacts, __module__=__name__, **_line_fields())
)
"""The form of a registration."""


class _AmendmentFacts(_LineFacts):
    """How a running deal should read, and why."""

    expected_close_on: TypedDate | None = None
    note: Note = ""


AmendmentForm: Final = cast(
    type[_AmendmentFacts],
    create_model("AmendmentForm", __base__=_AmendmentFacts, __module__=__name__, **_line_fields()),
)
"""The form of an amendment."""

_OF_LINES: Final = re.compile(r"lines(?:\.(\d+)\.(product|quantity|price))?")


def named_as_fields(errors: Mapping[str, str], rows: Sequence[int]) -> dict[str, str]:
    """Errors of the service under the names of the form's fields: `lines.0.price` is `price_1`."""

    def name_of(key: str) -> str:
        found = _OF_LINES.fullmatch(key)
        if not found:
            return key
        index, part = found.groups()
        return f"{part}_{rows[int(index)]}" if index else "product_1"

    return {name_of(key): message for key, message in errors.items()}


class MoveForm(Form):
    """A move of the registration or of the sale, with what it needs."""

    verb: Annotated[str, Field(max_length=20)]
    version: int | None = None
    note: Note = ""
    code: Annotated[str, Field(max_length=24)] = ""
    asked: tuple[DealField, ...] = ()

    def said(self) -> Said:
        """What comes with the move."""
        return Said(self.note, self.code, self.asked)


class MoveBody(Body):
    """The same as JSON."""

    verb: Annotated[str, Field(max_length=20)]
    version: int | None = None
    note: Note = ""
    code: Annotated[str, Field(max_length=24)] = ""
    asked: list[DealField] = Field(default_factory=list)

    def said(self) -> Said:
        """What comes with the move."""
        return Said(self.note, self.code, tuple(self.asked))


Days = Annotated[int, Field(ge=1, le=LONGEST_PROTECTION)]


class ExtensionForm(Form):
    """A request for a longer protection."""

    days: Days
    note: Note = ""


class ExtensionBody(Body):
    """The same as JSON."""

    days: Days
    note: Note = ""


class ExtensionMoveForm(Form):
    """A decision on such a request, or taking it back."""

    verb: Annotated[str, Field(max_length=20)]
    version: int | None = None
    days: Days | None = None
    note: Note = ""

    def said(self) -> Decision:
        """What comes with it."""
        return Decision(self.note, self.days)


class ExtensionMoveBody(Body):
    """The same as JSON."""

    verb: Annotated[str, Field(max_length=20)]
    version: int | None = None
    days: Days | None = None
    note: Note = ""

    def said(self) -> Decision:
        """What comes with it."""
        return Decision(self.note, self.days)


class AskedMoveForm(Form):
    """A decision on an amendment, or taking it back."""

    verb: Annotated[str, Field(max_length=20)]
    version: int | None = None
    note: Note = ""


class AskedMoveBody(Body):
    """The same as JSON."""

    verb: Annotated[str, Field(max_length=20)]
    version: int | None = None
    note: Note = ""


class RevocationForm(Form):
    """The wish to revoke an approval: the reason, and the words that the partner will read."""

    version: int | None = None
    code: Annotated[str, Field(max_length=20)] = ""
    note: Note = ""


class RevocationBody(Body):
    """The same as JSON."""

    version: int | None = None
    code: Annotated[str, Field(max_length=20)]
    note: Note


class HandoverForm(Form):
    """To whom a running deal should go, why, and what each side reads; the partner is found from what was typed."""

    do: Literal["save", "find", "take_back"] = "save"
    version: int | None = None
    taker: Annotated[str, Field(max_length=40)] = ""
    taker_text: Annotated[str, Field(max_length=200)] = ""
    owner: Annotated[str, Field(max_length=40)] = ""
    reason: Annotated[str, Field(max_length=20)] = ""
    giver_words: Note = ""
    taker_words: Note = ""
    note: Note = ""


class HandoverBody(Body):
    """The same as JSON; without `owner` it is whoever of the partner is nearest to the customer."""

    version: int | None = None
    taker: UUID
    owner: UUID | None = None
    reason: Annotated[str, Field(max_length=20)]
    giver_words: Note
    taker_words: Note
    note: Note = ""

    def wish(self) -> Wish:
        """The wish."""
        return Wish(self.taker, self.reason, self.giver_words, self.taker_words, self.note, self.owner)


class CustomerBody(Body):
    """A new customer, on the registration itself."""

    name: Annotated[str, Field(max_length=200)]
    country: Annotated[str, Field(min_length=2, max_length=2)]
    city: Annotated[str, Field(max_length=80)] = ""
    domain: Annotated[str, Field(max_length=120)] = ""


class LineBody(Body):
    """One product; without a price it is the list price. Amounts are whole minor units."""

    product: UUID
    quantity: int
    unit_price_minor: int | None = None


class AmendmentBody(Body):
    """How a running deal should read, as JSON, and why. Amounts are whole minor units of the deal's currency."""

    lines: list[LineBody] = Field(max_length=MOST_LINES)
    expected_close_on: date
    note: Note
    version: int | None = None


class DealBody(Body):
    """A registration as JSON: `card` or `customer`, and `submit` to send it for review at once."""

    card: UUID | None = None
    customer: CustomerBody | None = None
    currency: Annotated[str, Field(min_length=3, max_length=3)]
    lines: list[LineBody] = Field(default_factory=list, max_length=MOST_LINES)
    expected_close_on: date | None = None
    role: DealRole = DealRole.SELL
    source: DealSource = DealSource.PARTNER
    contact_name: Short = ""
    contact_email: Annotated[str, Field(max_length=254)] = ""
    consent: Annotated[str, Field(max_length=200)] = ""
    competitor: Short = ""
    help_wanted: Annotated[str, Field(max_length=1000)] = ""
    reference: Annotated[str, Field(max_length=60)] = ""
    notes: Annotated[str, Field(max_length=10_000)] = ""
    price_reason: Annotated[str, Field(max_length=1000)] = ""
    price_wanted_until: date | None = None
    continues: UUID | None = None
    submit: bool = False
    version: int | None = None

    def registration(self) -> Registration:
        """The registration. Raises Invalid unless there is either a card or a new customer."""
        typed = self.customer
        new = NewCustomer(typed.name, typed.country, typed.city, typed.domain) if typed else None
        if (self.card is None) == (new is None):
            raise Invalid({"customer": _("Give either a card or a new customer.")})
        return Registration(
            customer=cast("UUID | NewCustomer", self.card or new),
            currency=self.currency,
            lines=tuple(Line(line.product, line.quantity, line.unit_price_minor) for line in self.lines),
            expected_close_on=self.expected_close_on,
            role=self.role,
            source=self.source,
            contact=Contact(self.contact_name, self.contact_email, self.consent),
            competitor=self.competitor,
            help_wanted=self.help_wanted,
            reference=self.reference,
            notes=self.notes,
            price_reason=self.price_reason,
            price_wanted_until=self.price_wanted_until,
            continues=self.continues,
        )
