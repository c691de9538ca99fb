"""What a sealed run says of one event, under all its models: read from its frozen files."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa  # type: ignore[import-untyped]  # it has no annotations
from pyarrow import parquet

from attribution.credits import store
from attribution.credits.queries import RunView
from attribution.credits.rules import NOBODY
from attribution.engine.columns import NO_PARTNER


@dataclass(frozen=True, slots=True)
class EventCredit:
    """What one model gives to one touch of one event; `touchpoint_id` is None where no touch was eligible."""

    model: str
    touchpoint_id: UUID | None
    key: str
    share_ppb: int
    value_minor: int


def credits_of(run: RunView, event_id: UUID) -> list[EventCredit]:
    """All credits of the event by party, in the order of the models; nothing for an event that the run did not freeze.

    Reads files: for a thread. Raises MissingFile where they are gone.
    """
    place = _place_of(run.events_sha256, event_id)
    if place is None:
        return []
    found = parquet.read_table(store.place(run.party_sha256), filters=[("event_id", "=", place)])
    rows = found.to_pylist()
    ids = _ids_of(run.touches_sha256, {row["touchpoint_id"] for row in rows} - {None})
    order = {model: number for number, model in enumerate(run.models)}
    credits_ = [
        EventCredit(row["model"], ids.get(row["touchpoint_id"]), _key(row["key"]), row["share_ppb"], row["value_minor"])
        for row in rows
    ]
    return sorted(credits_, key=lambda one: (order[one.model], str(one.touchpoint_id), one.key))


def _key(name: str) -> str:
    """The key by the name that the engine's files give it."""
    return NOBODY if name == NO_PARTNER else name


def _place_of(events_sha256: str, event_id: UUID) -> int | None:
    """The number by which the files call an event."""
    wanted = [("event", "=", pa.scalar(event_id.bytes, pa.binary(16)))]
    rows = parquet.read_table(store.place(events_sha256), columns=["event_id"], filters=wanted).column("event_id")
    return int(rows[0].as_py()) if len(rows) else None


def _ids_of(touches_sha256: str, numbers: Iterable[int]) -> dict[int, UUID]:
    """The ids of touches by the numbers that the files call them by."""
    listed = list(numbers)
    if not listed:
        return {}
    rows = parquet.read_table(
        store.place(touches_sha256), columns=["touchpoint_id", "touchpoint"], filters=[("touchpoint_id", "in", listed)]
    ).to_pylist()
    return {row["touchpoint_id"]: UUID(bytes=row["touchpoint"]) for row in rows}
