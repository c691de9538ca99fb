"""Logs: one JSON object a line on standard error, or plain words when a person watches."""

import logging
import sys
from typing import Final, TextIO

import structlog
from structlog.typing import Processor

# Libraries that tell of every request or statement at INFO.
QUIET: Final = ("httpx", "httpcore", "asyncio", "pgqueuer", "aiosmtplib")


def configure_logs(stream: TextIO | None = None, *, level: int = logging.INFO) -> None:
    """Sends structlog's and the standard library's logs to `stream` (standard error) in one form.

    JSON escapes line breaks, so that no value can forge a line. May be called again; the last call counts.
    """
    target = sys.stderr if stream is None else stream
    handler = logging.StreamHandler(target)
    handler.setFormatter(_formatter(plain=target.isatty()))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in QUIET:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,  # loggers made at import obey a later configuration
    )


def _common() -> list[Processor]:
    """What both kinds of records are given."""
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _formatter(*, plain: bool) -> structlog.stdlib.ProcessorFormatter:
    """`plain` draws in colours and with tracebacks as Python writes them."""
    drawn: list[Processor] = (
        [structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)]
        if plain
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_common(),
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *drawn],
    )
