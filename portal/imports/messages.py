"""Every code in words: what is wrong, and what to do about it. Translated where it is shown."""

from collections.abc import Mapping
from typing import Final

from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.imports.cells import CellError
from portal.imports.codes import CellCode, FileCode, MappingCode, RowCode
from portal.imports.limits import Unreadable

FILES: Final[Mapping[FileCode, str]] = {
    FileCode.EMPTY_FILE: N_("The file is empty. Export it again and send that file."),
    FileCode.FILE_TOO_LARGE: N_(
        "The file has {size_mb} MB; at most {limit_mb} MB can be read at once. Split it and send the parts one by one."
    ),
    FileCode.NO_ROWS: N_("There is nothing in the file but blank rows. Check that the right sheet was exported."),
    FileCode.NOT_TEXT: N_(
        "The file is no table: it is full of characters that no text has. "
        "Send CSV, TSV, Parquet or an Excel workbook (.xlsx)."
    ),
    FileCode.ENCODING_UNKNOWN: N_(
        "The characters of the file could not be made out. Choose the encoding yourself, or save the file as UTF-8."
    ),
    FileCode.OLD_EXCEL: N_(
        "This is an Excel file of the old format (.xls) or one with a password. "
        "Open it in Excel, save it as .xlsx without a password, and send that."
    ),
    FileCode.UNSUPPORTED_FORMAT: N_(
        "This is a {format} file, which cannot be read as a table. Send CSV, TSV, Parquet or an Excel workbook (.xlsx)."
    ),
    FileCode.TOO_MANY_COLUMNS: N_(
        "The table has more than {limit} columns. Delete those that are not needed and send it again."
    ),
    FileCode.TOO_MANY_ROWS: N_("The table has more than {limit} rows. Split the file and send the parts one by one."),
    FileCode.PARQUET_DAMAGED: N_("The Parquet file is damaged and cannot be read. Write it again and send that."),
    FileCode.WORKBOOK_DAMAGED: N_(
        "The workbook is damaged and cannot be opened. Open it in Excel, save it again as .xlsx, and send that."
    ),
    FileCode.WORKBOOK_LOCKED: N_("The workbook has a password. Save it without one and send it again."),
    FileCode.WORKBOOK_NO_SHEET: N_("The workbook has no sheet “{sheet}”. Choose one of those it has."),
    FileCode.WORKBOOK_TOO_LARGE: N_(
        "Unpacked, the workbook has more than {limit_mb} MB. "
        "Delete pictures and sheets that are not needed, or send the table as CSV."
    ),
    FileCode.WORKBOOK_AREA_TOO_LARGE: N_(
        "The used area of a sheet is {rows} rows by {columns} columns, which is too large. "
        "Delete stray cells far to the right or far below, or send the table as CSV."
    ),
    FileCode.WORKBOOK_TOO_MANY_ERRORS: N_(
        "More than {limit} cells show a formula error such as #N/A. Mend the formulas and send the workbook again."
    ),
}

ROWS: Final[Mapping[RowCode, str]] = {
    RowCode.TOO_FEW_CELLS: N_(
        "The row has {found} cells, but there are {expected} columns. Fill in the missing cells, "
        "or choose to take short rows as they are."
    ),
    RowCode.TOO_MANY_CELLS: N_(
        "The row has {found} cells, but there are only {expected} columns. "
        "A separator inside a text has to stand between quotes."
    ),
    RowCode.UNCLOSED_QUOTE: N_(
        "A quote is opened and never closed. Close it, or write it twice if it belongs to the text."
    ),
    RowCode.TEXT_AFTER_QUOTE: N_(
        "There is text right after a closing quote. Quotes inside a quoted text have to be written twice."
    ),
    RowCode.BAD_BYTES: N_(
        "Some characters could not be read in the encoding of the file (shown as �). "
        "Correct them, or choose another encoding."
    ),
    RowCode.CELL_TOO_LONG: N_("A cell is too long to be a value. Shorten it."),
    RowCode.ROW_TOO_LONG: N_(
        "The row is too long to be read. Check that the right separator and line ends were chosen."
    ),
}

CELLS: Final[Mapping[CellCode, str]] = {
    CellCode.REQUIRED: N_("The value is missing, and it is required. Fill it in."),
    CellCode.TOO_LONG: N_("The text has {length} characters; at most {longest} are allowed. Shorten it."),
    CellCode.TOO_LARGE: N_("“{text}” is too large a number. Check it."),
    CellCode.TOO_MANY_PARTS: N_("The list has more than {most} parts. Shorten it."),
    CellCode.NOT_A_NUMBER: N_("“{text}” is not a number. Write digits only, such as 1234.50."),
    CellCode.NOT_WHOLE: N_("“{text}” is not a whole number. Leave the decimals out."),
    CellCode.SCIENTIFIC_NUMBER: N_(
        "“{text}” was shortened by a spreadsheet, and digits are lost. "
        "Format the column as a number, put the full value in, and export again."
    ),
    CellCode.AMBIGUOUS_NUMBER: N_(
        "“{text}” can be two different numbers. Say whether the comma or the point is before the decimals."
    ),
    CellCode.CURRENCY_MISSING: N_(
        "“{text}” has no currency. Add a column with the currency, or choose one for the whole file."
    ),
    CellCode.CURRENCY_DIFFERS: N_("“{text}” is not in {currency}, the currency of its row. Correct one of the two."),
    CellCode.UNKNOWN_CURRENCY: N_(
        "“{text}” has no currency that is known. Use its code of three letters, such as EUR."
    ),
    CellCode.TOO_MANY_DECIMALS: N_(
        "“{text}” has more decimals than {currency} has ({decimals}). Round it yourself: amounts are never rounded."
    ),
    CellCode.NOT_A_DATE: N_("“{text}” is not a date. Write it as 2026-01-31."),
    CellCode.NOT_A_TIME: N_("“{text}” has a time that does not exist. Write it as 2026-01-31 14:30."),
    CellCode.NO_SUCH_DATE: N_("“{text}” is a day that does not exist. Correct it."),
    CellCode.DATE_OTHER_ORDER: N_(
        "“{text}” has day and month in another order than the rest of the column. Write it as 2026-01-31."
    ),
    CellCode.DATE_OUT_OF_RANGE: N_("“{text}” is too far away to be true. Dates from 1900 to 2199 are taken."),
    CellCode.AMBIGUOUS_DATE: N_(
        "“{text}” can be two different days. Say whether the day or the month comes first in this column."
    ),
    CellCode.NOT_A_BOOLEAN: N_("“{text}” is neither yes nor no. Write yes or no."),
    CellCode.UNKNOWN_CHOICE: N_("“{text}” is not one of the values allowed here: {choices}."),
    CellCode.UNKNOWN_COUNTRY: N_("“{text}” is not a country that is known. Use its code of two letters, such as DE."),
    CellCode.COUNTRY_MISSPELT: N_("“{text}” is not a country that is known. Is {suggestion} meant? Then write that."),
    CellCode.NOT_AN_EMAIL: N_("“{text}” is not an e-mail address. It looks like name@company.com."),
    CellCode.NOT_A_DOMAIN: N_("“{text}” is not a website. It looks like company.com."),
    CellCode.NOT_A_URL: N_("“{text}” is not a web address. It looks like https://company.com/page."),
}

MAPPINGS: Final[Mapping[MappingCode, str]] = {
    MappingCode.UNKNOWN_FIELD: N_("There is no field “{field}” in this import. Leave it out of the mapping."),
    MappingCode.UNKNOWN_COLUMN: N_("The file has no column “{column}”. Choose one of those it has."),
    MappingCode.FIELD_NOT_MAPPED: N_(
        "No column brings this field, and it is required. Choose a column, or one value for all rows."
    ),
}

SHAPES: Final[Mapping[str, str]] = {
    "mark": N_("The file says so itself, by a mark at its beginning."),
    "wrong_mark": N_("The mark at its beginning says otherwise, but the characters are of this kind."),
    "zeros": N_("The file has no mark, but its zero bytes stand where this encoding has them."),
    "ascii": N_("All characters are plain ASCII, which reads the same in every encoding."),
    "valid_utf8": N_("All characters are valid."),
    "mostly_utf8": N_("Nearly all characters are valid; rows with broken ones are named in the report."),
    "common_chinese": N_("Read this way, the characters are everyday Chinese."),
    "western_letters": N_("Read this way, the characters are letters of western languages."),
    "chosen": N_("You chose it."),
    "declared": N_("The first line of the file says so."),
    "columns_agree": N_("With it, the rows have equally many cells."),
    "one_column": N_("No separator is used; the file has one column."),
    "uneven": N_("No separator gives rows of equal length; this one comes closest."),
    "known_words": N_("The first row consists of known headings."),
    "unlike_below": N_("The first row is of another kind than the rows below it."),
    "like_below": N_("The first row looks like the rows below it, so there are no headings."),
    "assumed": N_("Nothing tells; headings are assumed."),
    "stored": N_("The file names its columns itself."),
}
"""Why encoding, separator and headings were taken as they are."""

QUESTIONS: Final[Mapping[str, str]] = {
    "decimal_sign": N_("Is the comma or the point before the decimals in “{column}”?"),
    "decimal_sign_mixed": N_(
        "In “{column}” some numbers have the comma before the decimals and some the point. Which one is meant?"
    ),
    "date_order": N_("Does the day or the month come first in “{column}”?"),
    "date_order_mixed": N_("In “{column}” dates are written in different orders. Which one is meant?"),
    "excel_days": N_("“{column}” holds numbers where dates are expected. Are they the day numbers of a spreadsheet?"),
    "currency": N_("Which currency are the amounts without one in?"),
}

MATCHES: Final[Mapping[str, str]] = {
    "exact": N_("Same name"),
    "synonym": N_("Known other name"),
    "normalised": N_("Known name, written differently"),
    "fuzzy": N_("Similar name, please check"),
}

LABELS: Final[Mapping[str, str]] = {
    "above": N_("Above the headings"),
    "header": N_("Headings"),
    "data": N_("Data"),
    "blank": N_("Blank"),
    "footer": N_("End of a report"),
    "malformed": N_("Malformed"),
    "certain": N_("Certain"),
    "likely": N_("Likely"),
    "guess": N_("Guessed, please check"),
    "comma": N_("Comma"),
    "semicolon": N_("Semicolon"),
    "tab": N_("Tab"),
    "pipe": N_("Vertical bar"),
    "dmy": N_("Day first"),
    "mdy": N_("Month first"),
    "ymd": N_("Year first"),
    "excel": N_("Day numbers of a spreadsheet"),
    ".": N_("Point before the decimals"),
    ",": N_("Comma before the decimals"),
}
"""Short words for kinds of row, confidence, separators, and the answers to questions."""

_SENTENCES: Final[Mapping[str, str]] = {
    str(code): sentence for group in (ROWS, CELLS, MAPPINGS) for code, sentence in group.items()
}
_IN_COLUMN: Final = N_("{column}: {sentence}")
_UNKNOWN: Final = N_("This row was refused for a reason that is no longer known.")


def explain_file(problem: Unreadable) -> str:
    """Why a file cannot be read and what to do, in the current language."""
    return _(FILES[problem.code]).format(**problem.params)


def explain_cell(error: CellError) -> str:
    """What is wrong with a cell, a row or a mapping and what to do, in the current language."""
    sentence = _(_SENTENCES.get(error.code, _UNKNOWN)).format(**error.params)
    return _(_IN_COLUMN).format(column=error.column, sentence=sentence) if error.column else sentence


def explain_shape(reason: str) -> str:
    """Why encoding, separator or headings were taken as they are."""
    return _(SHAPES[reason])


def ask(code: str, column: str) -> str:
    """A question about a column, or about the file."""
    return _(QUESTIONS[code]).format(column=column)


def label(code: str) -> str:
    """A short word for a kind of row, a confidence, a separator or an answer."""
    return _(LABELS[code])


def explain_match(reason: str) -> str:
    """Why a column was taken for a field."""
    return _(MATCHES[reason])
