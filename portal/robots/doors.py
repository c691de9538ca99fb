"""What modules above have robots tell: for each event its label, and how it is told."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from portal.core import db, jobs
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import using
from portal.core.ids import new_id

SEND: Final = "robot"
"""The job that sends one message."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event in the words of one language, for people of the vendor."""

    title: str
    lines: tuple[str, ...]
    path: str
    """Where to look: `/partners/deals/…`."""


@dataclass(frozen=True, slots=True)
class News:
    """An event as robots tell it."""

    managers: Collection[UUID]
    """Who manages the partners that it is about; none where nobody does."""
    compose: Callable[[], Told]
    """Called for each robot with its language as the current one."""


Reader = Callable[[Recorded], Awaitable[News | None]]
"""event -> what there is to tell, read from the current rows; None for nothing."""


@dataclass(frozen=True, slots=True)
class Announced:
    """An event that robots can be told of."""

    name: str
    label: str
    """Marked with `N_`."""
    read: Reader


_ANNOUNCED: Final[dict[str, Announced]] = {}


def announces(labels: dict[str, str], read: Reader) -> None:
    """Let robots be told of these events, by name with their labels, in the words that `read` finds."""
    for name, label in labels.items():
        _ANNOUNCED[name] = Announced(name, label, read)
        reacts_to(name)(tell_robots)


def announced() -> dict[str, Announced]:
    """All of them by name, in the order of registration."""
    return dict(_ANNOUNCED)


async def tell_robots(event: Recorded) -> None:
    """Everybody's reaction to what was announced: tell the robots that listen to it."""
    news = await _ANNOUNCED[event.name].read(event)
    if news is not None:
        await _tell(event, news)


async def _tell(event: Recorded, news: News) -> None:
    """Write a message to each robot that listens to this event, on the open unit: once, however often it is called."""
    rows = await db.sql(
        "SELECT id, locale FROM robots_robot WHERE $1 = any(events) AND paused_at IS NULL AND removed_at IS NULL"
        " AND (manager IS NULL OR manager = any($2::uuid[])) ORDER BY id",
        event.name, list(news.managers),
    )  # fmt: skip
    for row in rows:
        with using(row["locale"]):
            told = news.compose()
        await write(row["id"], event.id, told, event.at)


async def write(robot_id: UUID, event_id: UUID | None, told: Told, now: datetime) -> None:
    """The message and the job that sends it, in one transaction; a second one about the same event is dropped."""
    rows = await db.sql(
        "INSERT INTO robots_message (id, robot, event, title, lines, path, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING RETURNING id",
        new_id(), robot_id, event_id, told.title, [line for line in told.lines if line], told.path, now,
    )  # fmt: skip
    for row in rows:
        await jobs.enqueue(SEND, row["id"])
