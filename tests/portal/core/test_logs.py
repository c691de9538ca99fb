"""Logs: one JSON object a line, whatever is said by whomever."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from portal.core.logs import configure_logs


class Terminal(io.StringIO):
    """A stream that a person watches."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _undone() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_both_kinds_of_loggers_write_the_same_form() -> None:
    stream = io.StringIO()
    early = structlog.get_logger("early")
    configure_logs(stream)
    early.info("started", port=8000)
    logging.getLogger("library").warning("took %s s", 3)
    first, second = lines(stream)
    assert (first["event"], first["port"], first["level"], first["logger"]) == ("started", 8000, "info", "early")
    assert (second["event"], second["level"], second["logger"]) == ("took 3 s", "warning", "library")
    assert first["timestamp"].endswith("Z")


@pytest.mark.parametrize("break_", ["\n", "\r\n", "\u2028", "\x0b", "\x85"])
def test_no_value_forges_a_line(break_: str) -> None:
    stream = io.StringIO()
    configure_logs(stream)
    forged = f'seen{break_}{{"event": "forged"}}'
    structlog.get_logger().info(forged, name=forged)
    logging.getLogger("library").warning("%s", forged)
    assert [line["event"] for line in lines(stream)] == [forged, forged]


def test_an_exception_stays_on_its_line() -> None:
    stream = io.StringIO()
    configure_logs(stream)
    try:
        raise RuntimeError("it broke")  # noqa: EM101, TRY003, TRY301 -- the exception is the point
    except RuntimeError:
        structlog.get_logger().exception("failed")
    (line,) = lines(stream)
    assert line["exception"].endswith("RuntimeError: it broke")


def test_a_person_is_given_plain_words() -> None:
    stream = Terminal()
    configure_logs(stream)
    structlog.get_logger().info("started", port=8000)
    assert "started" in stream.getvalue()
    assert not stream.getvalue().lstrip().startswith("{")


def test_talkative_libraries_and_details_are_left_out() -> None:
    stream = io.StringIO()
    configure_logs(stream)
    logging.getLogger("httpx").info("a request")
    structlog.get_logger().debug("a detail")
    assert stream.getvalue() == ""


def test_what_a_request_is_bound_to_is_on_each_line() -> None:
    stream = io.StringIO()
    configure_logs(stream)
    with structlog.contextvars.bound_contextvars(request="r1"):
        structlog.get_logger().info("one")
        logging.getLogger("library").warning("two")
    assert [line["request"] for line in lines(stream)] == ["r1", "r1"]
