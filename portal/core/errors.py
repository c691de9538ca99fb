"""What rules and services raise; one place in the web turns each into a page, a fragment or problem+json."""

from collections.abc import Mapping


class TributaryError(Exception):
    """Something a person can understand: the message is already in their language."""

    def __init__(self, message: str = "", *, code: str = "") -> None:
        """Keep the sentence for the person and a stable code for programs."""
        super().__init__(message)
        self.message = message
        self.code = code


class NotFound(TributaryError):
    """It does not exist, or this actor may not know that it does: the two look the same."""


class NotAllowed(TributaryError):
    """The actor sees the thing but has no right to do this."""


class Conflict(TributaryError):
    """The state of things forbids it now: a flow, a constraint, somebody was faster."""


class Invalid(TributaryError):
    """What came in is wrong; `errors` names each field and says what to do. `""` is the whole form."""

    def __init__(self, errors: Mapping[str, str], message: str = "", *, code: str = "") -> None:
        """Keep one sentence per field."""
        super().__init__(message or next(iter(errors.values()), ""), code=code)
        self.errors = dict(errors)


class TooMany(TributaryError):
    """Too often in too short a time; `retry_after` says when it makes sense again, in seconds."""

    def __init__(self, message: str = "", *, retry_after: int, code: str = "too_many") -> None:
        """Keep when to come back."""
        super().__init__(message, code=code)
        self.retry_after = retry_after
