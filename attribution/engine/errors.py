"""What the engine refuses, and with which exit code the command line says so."""

from typing import Final

EXIT_REFUSED: Final = 3
EXIT_TOO_LARGE: Final = 4


class EngineError(ValueError):
    """Something that the engine does not compute; the message is a sentence for people."""

    exit_code: int = EXIT_REFUSED


class RefusedError(EngineError):
    """The input contradicts itself or lacks what is needed; the command ends with 3."""


class OptionError(EngineError):
    """What is asked for does not exist; the command ends with 2."""

    exit_code = 2


class UnknownModelError(OptionError):
    """There is no such model, or not for this input."""


class TooLargeError(EngineError):
    """The input is beyond a stated limit; the command ends with 4."""

    exit_code = EXIT_TOO_LARGE
