"""Types of form fields that are typed in the person's language: days and amounts."""

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from typing import Annotated, Any, Final

from babel.dates import parse_date
from babel.numbers import parse_decimal
from pydantic import PlainValidator, ValidationInfo, WithJsonSchema
from pydantic_core import PydanticCustomError

from portal.core.i18n import current_locale
from portal.core.i18n import gettext as _
from portal.core.money import Money, is_currency, parse_money
from portal.core.web.messages import OWN

_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_HAS_YEAR: Final = re.compile(r"(?<!\d)\d{4}(?!\d)")
_AMOUNT: Final = re.compile(r"[-+]?[0-9.,']+")
_LONGEST: Final = 40
_MOST_MINOR: Final = 2**53
"""Amounts above it would not survive a spreadsheet or a chart; the column itself holds more."""


def refuse(message: str, *, field: str = "") -> PydanticCustomError:
    """The error to raise in a validator; `message` is translated, `field` names another than its own."""
    return PydanticCustomError(OWN, "{message}", {"message": message, "field": field})


def read_date(text: str) -> dt.date:
    """The day that a person typed: ISO, year first, or as the locale writes it. Raises ValueError.

    The year has four digits; nothing guesses a century.
    """
    plain = text.strip()
    match = _YEAR_FIRST.fullmatch(plain)
    if match:
        return dt.date(*(int(part) for part in match.groups()))
    if len(plain) > _LONGEST or not _HAS_YEAR.search(plain):
        raise ValueError(text)
    return parse_date(plain, locale=current_locale())


def read_amount(text: str, currency: str) -> Money:
    """The amount that a person typed, with the locale's grouping, in any width. Raises ValueError; never rounds."""
    plain = unicodedata.normalize("NFKC", text[:_LONGEST]).replace("\N{MINUS SIGN}", "-").replace(" ", "")
    if len(text) > _LONGEST or not _AMOUNT.fullmatch(plain):
        raise ValueError(text)
    number: Decimal = parse_decimal(plain, locale=current_locale(), strict=True)
    amount = parse_money(format(number, "f"), currency)
    if abs(amount.minor) > _MOST_MINOR:
        raise ValueError(text)
    return amount


def _date(value: Any) -> dt.date:
    if isinstance(value, dt.date):
        return value
    try:
        return read_date(str(value))
    except (ValueError, IndexError) as error:
        raise refuse(_("Write a date, for example 2026-03-31.")) from error


def _amount(value: Any, info: ValidationInfo) -> Money:
    if isinstance(value, Money):
        return value
    currency = info.data.get(f"{info.field_name}_currency") or info.data.get("currency")
    if currency is None:
        raise refuse(_("Choose a currency first."))
    try:
        return read_amount(str(value), currency)
    except ValueError as error:
        raise refuse(_("Write an amount, for example 1,234.50.")) from error


def _currency(value: Any) -> str:
    code = str(value).strip().upper()
    if not is_currency(code):
        raise refuse(_("Choose a currency."))
    return code


TypedDate = Annotated[dt.date, PlainValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
"""A day typed in the person's locale."""

Currency = Annotated[str, PlainValidator(_currency), WithJsonSchema({"type": "string"})]
"""An ISO 4217 code."""

TypedAmount = Annotated[Money, PlainValidator(_amount), WithJsonSchema({"type": "string"})]
"""An amount typed in the person's locale; the field `NAME_currency` or `currency` stands before it."""
