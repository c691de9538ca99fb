"""What an import takes in: the fields of a kind of record, as each slice declares them."""

from dataclasses import dataclass
from enum import StrEnum


class ValueKind(StrEnum):
    """How the text of a cell becomes a value, and which type that has."""

    TEXT = "text"
    """`str`, trimmed."""
    INTEGER = "integer"
    """`int`."""
    DECIMAL = "decimal"
    """`decimal.Decimal`."""
    MONEY = "money"
    """`portal.core.money.Money`; the currency is in the cell, in the field `currency`, or said for the whole file."""
    CURRENCY = "currency"
    """`str`: the ISO 4217 code."""
    DATE = "date"
    """`datetime.date`, as written; a time beside it does not move it."""
    MOMENT = "moment"
    """`dates.Moment`: UTC, with the precision that was given."""
    BOOLEAN = "boolean"
    """`bool`."""
    CHOICE = "choice"
    """`str`: the value of one of the field's choices."""
    LIST = "list"
    """`tuple[str, ...]`: parts between semicolons, each one of the choices where the field has any."""
    COUNTRY = "country"
    """`str`: the ISO 3166-1 code of two letters."""
    EMAIL = "email"
    """`str`: the address, its domain in lower case."""
    DOMAIN = "domain"
    """`str`: the host of a website or mail address, without `www.`, in ASCII."""
    URL = "url"
    """`str`: an http or https address."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values that a field may have, and the words that files use for it."""

    value: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a row may bring. `label` and `help` are marked for translation where they are written."""

    name: str
    kind: ValueKind
    label: str
    required: bool = False
    synonyms: tuple[str, ...] = ()
    """Headings that mean this field (`vocabulary` has them by subject)."""
    choices: tuple[Choice, ...] = ()
    help: str = ""
    currency: str = ""
    """Of money: the name of the field that holds its currency."""
    longest: int = 1_000
    """In characters, of text and of each part of a list."""


@dataclass(frozen=True, slots=True)
class ImportKind:
    """A kind of record that can be imported. Raises ValueError when its fields do not fit together."""

    name: str
    label: str
    fields: tuple[Field, ...]
    source_id: str = ""
    """The field that tells a row's record again in its source system; with it an import can be repeated."""
    within: str = ""
    """The field that tells records of one id apart, such as the lines of an invoice, if any."""

    def __post_init__(self) -> None:
        """Catch a wrong declaration where it is written."""
        names = [field.name for field in self.fields]
        unknown = {field.currency for field in self.fields} | {self.source_id, self.within}
        unknown -= {*names, ""}
        if unknown or len(set(names)) < len(names):
            message = f"{self.name}: unknown or repeated fields {sorted(unknown) or names}"
            raise ValueError(message)
        for field in self.fields:
            if field.kind is ValueKind.CHOICE and not field.choices:
                message = f"{self.name}.{field.name} has no choices"
                raise ValueError(message)

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)
