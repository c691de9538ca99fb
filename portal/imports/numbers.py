"""Numbers as people and programs write them: grouping, decimal signs, minus signs, currencies. Exact, never floats."""

import re
import unicodedata
from decimal import Context, Decimal
from typing import Final

from portal.core.money import Money, exponent, is_currency
from portal.imports.cells import BadCell
from portal.imports.codes import CellCode

DECIMAL_SIGNS: Final = (".", ",")

_LONGEST: Final = 60
_LARGEST: Final = 2**63 - 1
_EXACT: Final = Context(prec=2 * _LONGEST)
"""Holds every digit of what is let in, so that nothing is ever rounded."""
_GROUPED: Final = {
    # Digits in groups of three set apart by one and the same sign, or ungrouped. India groups by two after the first.
    ".": r"(?:[1-9]\d{0,2}(?P<sign>[,'’ ])\d{3}(?:(?P=sign)\d{3})*|[1-9]\d?(?:,\d\d)+,\d{3}|\d*)",
    ",": r"(?:[1-9]\d{0,2}(?P<sign>[.'’ ])\d{3}(?:(?P=sign)\d{3})*|\d*)",
}
_NUMBER: Final = {
    sign: re.compile(f"(?P<whole>{whole})(?:{re.escape(sign)}(?P<part>\\d*))?") for sign, whole in _GROUPED.items()
}
_PLAIN: Final = {
    ".": re.compile(rf"[0-9]{{1,{_LONGEST // 2}}}(\.[0-9]{{1,{_LONGEST // 2}}})?"),
    ",": re.compile(rf"[0-9]{{1,{_LONGEST // 2}}}"),
}
"""Most numbers are written without any decoration; these are read at once."""
_TIMES: Final = {"万": 10_000, "萬": 10_000, "亿": 100_000_000, "億": 100_000_000}
_SCIENTIFIC: Final = re.compile(r"[-+]?\d+([.,]\d+)?e[+-]?\d+", re.IGNORECASE)

_SYMBOLS: Final = {
    "€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₫": "VND", "฿": "THB", "₺": "TRY", "₪": "ILS",
    "US$": "USD", "HK$": "HKD", "NT$": "TWD", "R$": "BRL", "A$": "AUD", "C$": "CAD", "S$": "SGD", "CN¥": "CNY",
    "JP¥": "JPY", "RMB": "CNY", "人民币": "CNY", "美元": "USD", "欧元": "EUR", "日元": "JPY", "港元": "HKD",
}  # fmt: skip
"""Signs that stand for one currency."""
_SHARED_SYMBOLS: Final = {
    "$": frozenset(
        {"USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "BRL", "ARS", "CLP", "COP", "UYU", "JMD", "BBD"}
    ),
    "¥": frozenset({"CNY", "JPY"}),
    "元": frozenset({"CNY", "HKD", "TWD", "MOP"}),
    "KR": frozenset({"SEK", "NOK", "DKK", "ISK"}),
}
"""Signs that several currencies share: they can contradict a currency, not give one."""
_MARKS: Final = sorted({*_SYMBOLS, *_SHARED_SYMBOLS}, key=len, reverse=True)
_MARK: Final = "|".join([*map(re.escape, _MARKS), "[A-Z]{3}"])
_AMOUNT: Final = re.compile(rf"(?P<lead>{_MARK})?\s*(?P<number>.*?)\s*(?P<trail>{_MARK})?", re.DOTALL)


def parse_number(text: str, sign: str | None) -> Decimal:
    """The number that a text says. `sign` is the decimal sign of its column, None when that is not known.

    Raises BadCell: `not_a_number`, `scientific_number` (a spreadsheet has cut digits off), `too_large`,
    `ambiguous_number` when it depends on the sign and that is not known.
    """
    if sign and _PLAIN[sign].fullmatch(text):
        return Decimal(text)
    if len(text) > _LONGEST:
        raise BadCell(CellCode.NOT_A_NUMBER, text)
    body, negative, times = _strip(text)
    readings = {d: _read(body, d) for d in (DECIMAL_SIGNS if sign is None else (sign,))}
    values = {value for value in readings.values() if value is not None}
    if not values:
        if _SCIENTIFIC.fullmatch(body):
            raise BadCell(CellCode.SCIENTIFIC_NUMBER, text)
        raise BadCell(CellCode.NOT_A_NUMBER, text)
    if len(values) > 1:
        raise BadCell(CellCode.AMBIGUOUS_NUMBER, text)
    value = _EXACT.multiply(values.pop(), Decimal(times))
    return value.copy_negate() if negative and value else value


def possible_signs(text: str) -> frozenset[str]:
    """The decimal signs under which a text is a number; both when it is the same number under either."""
    body, _, _ = _strip(text)
    return frozenset(sign for sign in DECIMAL_SIGNS if _read(body, sign) is not None)


def depends_on_sign(text: str) -> bool:
    """Whether a text is two different numbers under the two signs, as `1.234` is."""
    body, _, _ = _strip(text)
    return len({_read(body, sign) for sign in DECIMAL_SIGNS} - {None}) > 1


def parse_integer(text: str, sign: str | None) -> int:
    """A whole number. Raises BadCell as `parse_number`, and `not_whole`."""
    value = parse_number(text, sign)
    if value != value.to_integral_value():
        raise BadCell(CellCode.NOT_WHOLE, text)
    if abs(value) > _LARGEST:
        raise BadCell(CellCode.TOO_LARGE, text)
    return int(value)


def split_amount(text: str) -> tuple[str, str]:
    """A number's text and the currency sign before or after it. Raises BadCell when there are two different ones."""
    if len(text) > _LONGEST:
        raise BadCell(CellCode.NOT_A_NUMBER, text)
    if text[:1].isdigit() and text[-1:].isdigit():
        return text, ""
    body, negative, _ = _strip(text, keep_times=True)
    match = _AMOUNT.fullmatch(body.upper())
    lead, trail = (match["lead"] or "", match["trail"] or "") if match else ("", "")
    if lead and trail and _SYMBOLS.get(lead, lead) != _SYMBOLS.get(trail, trail):
        raise BadCell(CellCode.NOT_A_NUMBER, text)
    number = match["number"] if match else body
    return ("-" if negative else "") + number, lead or trail


def currency_in(text: str) -> str:
    """The currency that an amount's own sign or code stands for; `""` when it has none or a shared one."""
    try:
        _, mark = split_amount(text)
    except BadCell:
        return ""
    code = _SYMBOLS.get(mark, mark)
    return code if is_currency(code) else ""


def parse_money(text: str, sign: str | None, currency: str) -> Money:
    """Money from the text of an amount. `currency` is that of the row or the file, `""` when neither has one.

    Raises BadCell as `parse_number`, and `currency_missing`, `unknown_currency`, `currency_differs` (the sign in the
    cell contradicts `currency`), `too_many_decimals` (never rounded), `too_large`.
    """
    number, mark = split_amount(text)
    value = parse_number(number, sign)
    code = _agree(text, mark, currency)
    minor = value.scaleb(exponent(code), _EXACT)
    if minor != minor.to_integral_value():
        raise BadCell(CellCode.TOO_MANY_DECIMALS, text, currency=code, decimals=exponent(code))
    if abs(minor) > _LARGEST:
        raise BadCell(CellCode.TOO_LARGE, text)
    return Money(int(minor), code)


def parse_currency(text: str) -> str:
    """An ISO 4217 code from the code itself or a sign that stands for one currency. Raises BadCell."""
    mark = unicodedata.normalize("NFKC", text).strip().upper()
    code = _SYMBOLS.get(mark, mark)
    if not is_currency(code):
        raise BadCell(CellCode.UNKNOWN_CURRENCY, text)
    return code


def _agree(text: str, mark: str, currency: str) -> str:
    """The one currency that the sign in a cell and the row say."""
    shared = _SHARED_SYMBOLS.get(mark)
    code = "" if shared else _SYMBOLS.get(mark, mark)
    if code and not is_currency(code):
        raise BadCell(CellCode.UNKNOWN_CURRENCY, text)
    if not (code or currency):
        raise BadCell(CellCode.CURRENCY_MISSING, text)
    if currency and ((code and code != currency) or (shared and currency not in shared)):
        raise BadCell(CellCode.CURRENCY_DIFFERS, text, currency=currency)
    return code or currency


def _strip(text: str, *, keep_times: bool = False) -> tuple[str, bool, int]:
    """Digits and signs in plain characters, without minus, plus, accounting brackets and 万 or 亿."""
    body = unicodedata.normalize("NFKC", text).strip().replace("−", "-").replace("–", "-")
    negative = body.startswith("(") and body.endswith(")")
    if negative:
        body = body[1:-1].strip()
    times = 1
    if not keep_times and body[-1:] in _TIMES:
        times, body = _TIMES[body[-1]], body[:-1].rstrip()
    if body.startswith(("-", "+")):
        negative, body = negative != body.startswith("-"), body[1:].lstrip()
    elif body.endswith("-"):
        negative, body = not negative, body[:-1].rstrip()
    return body, negative, times


def _read(body: str, sign: str) -> Decimal | None:
    """The number under that decimal sign, None when it is none."""
    match = _NUMBER[sign].fullmatch(body)
    if match is None or not (match["whole"] or match["part"]):
        return None
    whole = re.sub(r"\D", "", match["whole"])
    return Decimal(f"{whole or 0}.{match['part']}" if match["part"] else whole)
