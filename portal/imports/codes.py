"""The codes of everything that can be wrong with a file, a row or a cell; `messages` has a sentence for each."""

from enum import StrEnum


class FileCode(StrEnum):
    """Why a file as a whole cannot be read."""

    EMPTY_FILE = "empty_file"
    FILE_TOO_LARGE = "file_too_large"
    NO_ROWS = "no_rows"
    NOT_TEXT = "not_text"
    ENCODING_UNKNOWN = "encoding_unknown"
    OLD_EXCEL = "old_excel"
    UNSUPPORTED_FORMAT = "unsupported_format"
    TOO_MANY_COLUMNS = "too_many_columns"
    TOO_MANY_ROWS = "too_many_rows"
    PARQUET_DAMAGED = "parquet_damaged"
    WORKBOOK_DAMAGED = "workbook_damaged"
    WORKBOOK_LOCKED = "workbook_locked"
    WORKBOOK_NO_SHEET = "workbook_no_sheet"
    WORKBOOK_TOO_LARGE = "workbook_too_large"
    WORKBOOK_AREA_TOO_LARGE = "workbook_area_too_large"
    WORKBOOK_TOO_MANY_ERRORS = "workbook_too_many_errors"


class RowCode(StrEnum):
    """Why a row is malformed."""

    TOO_FEW_CELLS = "too_few_cells"
    TOO_MANY_CELLS = "too_many_cells"
    UNCLOSED_QUOTE = "unclosed_quote"
    TEXT_AFTER_QUOTE = "text_after_quote"
    BAD_BYTES = "bad_bytes"
    CELL_TOO_LONG = "cell_too_long"
    ROW_TOO_LONG = "row_too_long"


class CellCode(StrEnum):
    """Why a cell is no value of its field."""

    REQUIRED = "required"
    TOO_LONG = "too_long"
    TOO_LARGE = "too_large"
    TOO_MANY_PARTS = "too_many_parts"
    NOT_A_NUMBER = "not_a_number"
    NOT_WHOLE = "not_whole"
    SCIENTIFIC_NUMBER = "scientific_number"
    AMBIGUOUS_NUMBER = "ambiguous_number"
    CURRENCY_MISSING = "currency_missing"
    CURRENCY_DIFFERS = "currency_differs"
    UNKNOWN_CURRENCY = "unknown_currency"
    TOO_MANY_DECIMALS = "too_many_decimals"
    NOT_A_DATE = "not_a_date"
    NOT_A_TIME = "not_a_time"
    NO_SUCH_DATE = "no_such_date"
    DATE_OTHER_ORDER = "date_other_order"
    DATE_OUT_OF_RANGE = "date_out_of_range"
    AMBIGUOUS_DATE = "ambiguous_date"
    NOT_A_BOOLEAN = "not_a_boolean"
    UNKNOWN_CHOICE = "unknown_choice"
    UNKNOWN_COUNTRY = "unknown_country"
    COUNTRY_MISSPELT = "country_misspelt"
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_DOMAIN = "not_a_domain"
    NOT_A_URL = "not_a_url"


class MappingCode(StrEnum):
    """What keeps a mapping from being used."""

    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_COLUMN = "unknown_column"
    FIELD_NOT_MAPPED = "field_not_mapped"
