"""What Pydantic found wrong, in the person's words and language."""

from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from portal.core.i18n import N_
from portal.core.i18n import gettext as _

OWN: Final = "tributary"
"""The type of errors whose message is ours and already translated (`fields.refuse`)."""
_NOT_VALID: Final = N_("This is not a valid value.")
_CHOOSE: Final = N_("Choose one of the values offered.")
_MISSING: Final = N_("This is needed.")
_WHOLE: Final = N_("Write a whole number.")
_NUMBER: Final = N_("Write a number.")
_DATE: Final = N_("Write a date, for example 2026-03-31.")
_YES_NO: Final = N_("Answer yes or no.")

_MESSAGES: Final[dict[str, str]] = {
    "missing": _MISSING,
    "extra_forbidden": N_("This field is not known here."),
    "string_type": N_("Write text."),
    "string_unicode": N_("This text has characters that cannot be stored."),
    "string_too_short": N_("Write at least %(min_length)s characters."),
    "string_too_long": N_("Write at most %(max_length)s characters."),
    "string_pattern_mismatch": N_("This does not have the right form."),
    "too_short": N_("Give at least %(min_length)s."),
    "too_long": N_("Give at most %(max_length)s."),
    "int_parsing": _WHOLE,
    "int_type": _WHOLE,
    "int_from_float": _WHOLE,
    "int_parsing_size": N_("This number is too large."),
    "decimal_parsing": _NUMBER,
    "decimal_type": _NUMBER,
    "decimal_max_digits": N_("This number is too long."),
    "decimal_max_places": N_("Write at most %(decimal_places)s decimals."),
    "finite_number": _NUMBER,
    "greater_than": N_("This must be more than %(gt)s."),
    "greater_than_equal": N_("This must be at least %(ge)s."),
    "less_than": N_("This must be less than %(lt)s."),
    "less_than_equal": N_("This must be at most %(le)s."),
    "bool_parsing": _YES_NO,
    "bool_type": _YES_NO,
    "enum": _CHOOSE,
    "literal_error": _CHOOSE,
    "uuid_parsing": _CHOOSE,
    "uuid_type": _CHOOSE,
    "is_instance_of": _NOT_VALID,
    "date_parsing": _DATE,
    "date_type": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": _DATE,
    "datetime_parsing": N_("Write a date and time, for example 2026-03-31T09:30:00Z."),
    "datetime_from_date_parsing": N_("Write a date and time, for example 2026-03-31T09:30:00Z."),
    "timezone_aware": N_("Add the time zone, for example Z."),
    "json_invalid": N_("This is not valid JSON."),
    "model_type": N_("Send an object with named fields."),
    "list_type": N_("Send a list."),
    "dict_type": N_("Send an object with named fields."),
}


def message_of(error: ErrorDetails) -> str:
    """One sentence for one error."""
    if error["type"] == OWN:
        return error["msg"]
    if error["type"] == "string_too_short" and error["ctx"]["min_length"] == 1:
        return _(_MISSING)
    context: dict[str, Any] = error.get("ctx", {})
    return _(_MESSAGES.get(error["type"], _NOT_VALID)) % context


def field_of(error: ErrorDetails) -> str:
    """The field that an error belongs to, `lines.0.quantity`; empty for the whole form."""
    context: dict[str, Any] = error.get("ctx", {})
    named = context.get("field")
    return str(named) if named else ".".join(str(part) for part in error["loc"])


def messages_of(error: ValidationError) -> dict[str, str]:
    """The first sentence for each field; what the person typed is not in it."""
    found: dict[str, str] = {}
    for one in error.errors(include_url=False, include_input=False):
        found.setdefault(field_of(one), message_of(one))
    return found
