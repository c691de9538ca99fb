"""What can be read of runs: how each stands, what it says by key, and the credits that it pays by. Vendor-only."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from attribution.credits.rules import Dimension, RunState, Step
from attribution.credits.settings import KEY, AttributionSettings
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import NotFound
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.questions import Question, rows_of
from portal.policies.kinds import kind_of

MOST_CHOICES: Final = 50


@dataclass(frozen=True, slots=True)
class RunView:
    """A run as it stands."""

    id: UUID
    number: str
    state: RunState
    settings_version: UUID | None
    settings: AttributionSettings
    observed_until: datetime
    touchpoint_seq: int
    revenue_seq: int
    decision_seq: int
    code_version: str
    models: tuple[str, ...]
    paying_model: str
    currency: str
    step: Step
    done: int
    total: int
    counts: Mapping[str, Any]
    value: Money
    lost: Money
    touches_sha256: str
    events_sha256: str
    inputs_sha256: str
    party_sha256: str
    channel_sha256: str
    outputs_sha256: str
    requested_by: UUID
    requested_at: datetime
    sealed_at: datetime | None
    failed_at: datetime | None
    failure: Mapping[str, str]


class KeyFigure(NamedTuple):
    """What one model says of one key, over all gains. Value and bounds in minor units."""

    model: str
    key: str
    partner_id: UUID | None
    name: str
    name_zh: str
    share_ppb: int
    value_minor: int
    removal_effect: Decimal | None
    low_minor: int | None
    high_minor: int | None
    bought: int | None
    touched: int | None


class KindSum(NamedTuple):
    """What one kind of event brought or lost, and how many there were."""

    kind: str
    value_minor: int
    events: int


async def get_run(actor: Actor, run_id: UUID) -> RunView:
    """One run. Raises NotFound, NotAllowed."""
    actor.require(Permission.RUNS_READ)
    async with db.transaction(actor):
        row = await db.sql_one("SELECT * FROM attribution_run WHERE id = $1", run_id)
    if row is None:
        raise NotFound
    return _view(row)


async def find_run(actor: Actor, number: str) -> RunView | None:
    """The run that people call so. Raises NotAllowed."""
    actor.require(Permission.RUNS_READ)
    async with db.transaction(actor):
        row = await db.sql_one("SELECT * FROM attribution_run WHERE number = $1", number)
    return _view(row) if row else None


async def list_runs(actor: Actor, *, sealed: bool = False, most: int = MOST_CHOICES) -> list[RunView]:
    """The newest runs first, only sealed ones if asked. Raises NotAllowed."""
    actor.require(Permission.RUNS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT * FROM attribution_run WHERE NOT $1 OR state = 'sealed' ORDER BY requested_at DESC, id LIMIT $2",
            sealed, most,
        )  # fmt: skip
    return [_view(row) for row in rows]


async def list_figures(actor: Actor, run_id: UUID, dimension: Dimension) -> list[KeyFigure]:
    """Every model's figures of every key, with the keys' names; the greatest value first. Raises NotAllowed."""
    found: list[KeyFigure] = await db.ask_alone(actor, figures_of(actor, run_id, dimension))
    return found


def figures_of(actor: Actor, run_id: UUID, dimension: Dimension) -> Question:
    """The question of `list_figures`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.RUNS_READ)
    return rows_of(
        "SELECT e.model, e.key, e.partner AS partner_id, coalesce(c.legal_name, n.name, '') AS name,"
        " coalesce(c.legal_name, n.name_zh, '') AS name_zh, e.share_ppb, e.value_minor,"
        " e.removal_effect::text AS removal_effect, e.low_minor, e.high_minor, e.bought, e.touched"
        " FROM attribution_run_effect e LEFT JOIN partners_company c ON c.id = e.partner"
        " LEFT JOIN attribution_source_node n ON n.key = e.key AND n.level IN ('origin', 'channel', 'unmapped')"
        " WHERE e.run = $1 AND e.dimension = $2 ORDER BY e.value_minor DESC, e.key, e.model",
        run_id, dimension, partner_id=UUID, removal_effect=Decimal,
    ).then(lambda rows: [KeyFigure(**row) for row in rows])  # fmt: skip


async def list_kinds(actor: Actor, run_id: UUID) -> list[KindSum]:
    """What each kind of event brought, by the frozen events. Raises NotAllowed."""
    found: list[KindSum] = await db.ask_alone(actor, kinds_of(actor, run_id))
    return found


def kinds_of(actor: Actor, run_id: UUID) -> Question:
    """The question of `list_kinds`, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.RUNS_READ)
    return rows_of(
        "SELECT s.event_kind AS kind, sum(s.value_minor)::bigint AS value_minor,"
        " (sum(s.share_ppb) / 1000000000)::int AS events FROM attribution_run_sum s"
        " JOIN attribution_run r ON r.id = s.run WHERE s.run = $1 AND s.dimension = 'party'"
        " AND s.model = r.paying_model GROUP BY 1 ORDER BY 2 DESC, 1",
        run_id,
    ).then(lambda rows: [KindSum(**row) for row in rows])


def others_of(actor: Actor, run_id: UUID) -> Question:
    """The newest sealed runs besides this one, as pairs of id as text and number. Raises NotAllowed."""
    actor.require(Permission.RUNS_READ)
    return rows_of(
        "SELECT id, number FROM attribution_run WHERE state = 'sealed' AND id <> $1"
        " ORDER BY requested_at DESC, id LIMIT $2",
        run_id, MOST_CHOICES,
    ).then(lambda rows: [(row["id"], row["number"]) for row in rows])  # fmt: skip


def _view(row: dict[str, Any]) -> RunView:
    body: dict[str, Any] = json.loads(row["settings"])
    settings = kind_of(KEY).read(body["document"], body["schema_version"])
    if not isinstance(settings, AttributionSettings):
        message = f"no settings of a run: {settings!r}"
        raise TypeError(message)
    changed: dict[str, Any] = {
        "state": RunState(row["state"]),
        "settings": settings,
        "models": tuple(row["models"]),
        "step": Step(row["step"]),
        "counts": json.loads(row["counts"]),
        "value": Money(row["value_minor"], row["currency"]),
        "lost": Money(row["lost_minor"], row["currency"]),
        "failure": json.loads(row["failure"]),
    }
    whole = row | changed
    return RunView(**{name: whole[name] for name in RunView.__dataclass_fields__})
