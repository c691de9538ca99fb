"""What the pages of runs are given: models side by side, what partners sourced, how two runs differ."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from attribution.credits import queries
from attribution.credits.queries import KeyFigure, RunView
from attribution.credits.rules import (
    INFLUENCED,
    MODEL_LABELS,
    NOBODY,
    OPEN,
    PARTY_LABELS,
    STEP_LABELS,
    Dimension,
    Portion,
    RunState,
    partner_of,
    portion,
)
from attribution.credits.settings import lines
from attribution.credits.wording import failure_words
from attribution.lifecycle.rules import KIND_LABELS, EventKind
from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.i18n import current_locale
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.web.charts import Chart
from portal.core.web.export import Field
from portal.history.queries import timeline_of
from portal.identity.queries import name_behind

TOP: Final = 10
"""Keys that are drawn by name; the others are drawn together."""
LISTED: Final = 50
"""Keys in the table beneath; all of them are in the export."""
FEWEST: Final = 20
"""Journeys that a partner must have touched for its portion of purchases to be shown."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key under every model: what it is called, its value by model, and what was measured."""

    key: str
    name: str
    href: str
    values: Mapping[str, Money]
    low: Money | None
    high: Money | None
    """Of the paying model's value."""
    removal_effect: Decimal | None
    influenced: Money
    bought: Portion | None


async def run_context(actor: Actor, run: RunView, by: Dimension) -> dict[str, Any]:
    """All that the page of a run shows."""
    sealed = run.state is RunState.SEALED
    beside = await db.ask_by_name({
        "requested_by": name_behind(run.requested_by),
        "timeline": timeline_of(run.id),
        "figures": queries.figures_of(actor, run.id, by) if sealed else None,
        "others": queries.others_of(actor, run.id) if sealed else None,
        "kinds": queries.kinds_of(actor, run.id) if sealed else None,
    })  # fmt: skip
    context: dict[str, Any] = {
        "run": run,
        "works": run.state in OPEN,
        "step": _(STEP_LABELS[run.step]),
        "failure": failure_words(run.failure),
        "requested_by": beside["requested_by"] or "",
        "settings_lines": lines(run.settings),
        "may_write": actor.may(Permission.RUNS_WRITE),
        "timeline": beside["timeline"],
        "by": by,
        "paying": _(MODEL_LABELS[run.paying_model]),
    }
    if not sealed:
        return context
    rows = key_rows(run, beside["figures"])
    return context | {
        "rows": rows[:LISTED] if len(rows) > LISTED + 1 else rows,
        "count": len(rows),
        "chart": _chart(run, rows, by),
        "kinds": [(_(KIND_LABELS[EventKind(one.kind)]), Money(one.value_minor, run.currency), one.events)
                  for one in beside["kinds"]],
        "parts": _parts(run),
        "others": beside["others"],
        "fell_back": _fell_back(run),
        "models": [(name, _(MODEL_LABELS[name])) for name in run.models],
        "fewest": FEWEST,
    }  # fmt: skip


def key_rows(run: RunView, figures: Iterable[KeyFigure]) -> list[KeyRow]:
    """One row for each key, the greatest value under the paying model first, nobody last."""
    by_key: dict[str, list[KeyFigure]] = {}
    for one in figures:
        by_key.setdefault(one.key, []).append(one)
    rows = [_key_row(run, key, several) for key, several in by_key.items()]
    zero = Money.zero(run.currency)
    return sorted(rows, key=lambda row: (row.key == NOBODY, -row.values.get(run.paying_model, zero).minor, row.name))


def _key_row(run: RunView, key: str, several: Sequence[KeyFigure]) -> KeyRow:
    by_model = {one.model: one for one in several}
    paying, measured = by_model.get(run.paying_model), by_model.get(INFLUENCED)
    effect = next((one.removal_effect for one in several if one.model == "markov:1"), None)
    touched = measured.touched if measured and measured.touched else 0
    return KeyRow(
        key,
        name_of(several[0]),
        f"/partners/companies/{key}" if partner_of(key) else "",
        {model: Money(one.value_minor, run.currency) for model, one in by_model.items() if model != INFLUENCED},
        _bound(paying.low_minor if paying else None, run.currency),
        _bound(paying.high_minor if paying else None, run.currency),
        effect,
        Money(measured.value_minor if measured else 0, run.currency),
        portion(measured.bought or 0, touched) if measured and touched >= FEWEST else None,
    )


def name_of(one: KeyFigure) -> str:
    """What a key is called in the reader's language."""
    if one.key in PARTY_LABELS:
        return _(PARTY_LABELS[one.key])
    if one.key == "partner":
        return _("Partners")
    return (one.name_zh if current_locale() == "zh_CN" else one.name) or one.name or one.key


def _bound(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)


def _parts(run: RunView) -> list[tuple[str, Money, Fraction, int]]:
    """What partners sourced and influenced: label, value, part of all revenue, events."""
    found = []
    for name, label in (("sourced", _("Sourced by partners")), ("influenced", _("Influenced by partners"))):
        value = Money(int(run.counts.get(f"{name}_minor", 0)), run.currency)
        part = Fraction(value.minor, run.value.minor) if run.value.minor else Fraction(0)
        found.append((label, value, part, int(run.counts.get(f"{name}_events", 0))))
    return found


def _fell_back(run: RunView) -> list[tuple[str, int]]:
    """Models that had no weight for some events, and were linear there."""
    of_party = run.counts.get("fell_back", {}).get(Dimension.PARTY.value, {})
    return [(_(MODEL_LABELS[model]), count) for model, count in of_party.items() if count]


def _chart(run: RunView, rows: Sequence[KeyRow], by: Dimension) -> Chart:
    """The paying model's shares as bars with their interval, each other model as a dot; the table has them all."""
    whole = run.value.minor
    named = [row for row in rows if row.key != NOBODY]
    drawn = [(row.name, [row]) for row in named[:TOP]]
    if named[TOP:]:
        drawn.append((_("All others"), named[TOP:]))
    drawn += [(row.name, [row]) for row in rows if row.key == NOBODY]
    paying = {"name": _(MODEL_LABELS[run.paying_model]), "colour": 2}
    alone = [several[0] if len(several) == 1 else None for _name, several in drawn]
    bars = paying | {
        "values": [_part(several, run.paying_model, whole) for _name, several in drawn],
        "low": [_bound_part(row.low if row else None, whole) for row in alone],
        "high": [_bound_part(row.high if row else None, whole) for row in alone],
    }
    dots = [
        {"name": _(MODEL_LABELS[model]), "values": [_part(several, model, whole) for _name, several in drawn]}
        for model in run.models
        if model != run.paying_model
    ]
    option = {
        "categories": [name for name, _several in drawn],
        "panels": [{"title": "", "unit": "%", "kind": "rows", "format": {"style": "percent"}, "series": [bars],
                    "dots": dots}],
    }  # fmt: skip
    return Chart(_("share of revenue, %"), _sentence(run, by), option, _table(run, drawn, whole) if whole else _EMPTY)


_EMPTY: Final[Mapping[str, Any]] = {"head": [], "rows": []}


def _sentence(run: RunView, by: Dimension) -> str:
    """What the chart shows, and what it does not prove."""
    if by is Dimension.CHANNEL:
        words = _("Bars are %(model)s, dots the other models. It says where touches stood before sales, not what would"
                  " have happened without them.")  # fmt: skip
    else:
        words = _("Bars are %(model)s with the interval of 95 %%, dots the other models. It shows who touched customers"
                  " before they bought; it does not prove that they bought because of it.")  # fmt: skip
    return words % {"model": _(MODEL_LABELS[run.paying_model])}


def _part(rows: Sequence[KeyRow], model: str, whole: int) -> float:
    """For drawing only: the table has the exact values."""
    minor = sum(row.values[model].minor for row in rows if model in row.values)
    return minor / whole if whole else 0.0


def _bound_part(bound: Money | None, whole: int) -> float | None:
    return None if bound is None or not whole else bound.minor / whole


def _table(run: RunView, drawn: Sequence[tuple[str, Sequence[KeyRow]]], whole: int) -> dict[str, Any]:
    """Every model's share of every key that is drawn."""
    rows = []
    for name, several in drawn:
        sums = [sum(row.values[model].minor for row in several if model in row.values) for model in run.models]
        rows.append([name, *(formats.percent(Fraction(minor, whole)) for minor in sums)])
    return {"head": [_("Credited to"), *(_(MODEL_LABELS[model]) for model in run.models)], "rows": rows}


# --- as files and programs see it


def result_fields(run: RunView) -> list[Field]:
    """The columns of the file of results."""

    def value(model: str) -> Any:
        return lambda row: row["values"].get(model, Decimal(0))

    return [
        Field(_("Credited to"), lambda row: row["name"]),
        Field(_("Currency"), lambda _row: run.currency),
        *(Field(_(MODEL_LABELS[model]), value(model)) for model in run.models),
        Field(_("Interval, low"), lambda row: row["low"]),
        Field(_("Interval, high"), lambda row: row["high"]),
        Field(_("Removal effect"), lambda row: row["removal_effect"]),
        Field(_("Influenced"), lambda row: row["influenced"]),
    ]


async def result_rows(run: RunView, figures: Iterable[KeyFigure]) -> AsyncIterator[dict[str, Any]]:
    """The lines of the file of results."""
    for row in key_rows(run, figures):
        yield {
            "name": row.name,
            "values": {model: one.decimal for model, one in row.values.items()},
            "low": row.low.decimal if row.low else None,
            "high": row.high.decimal if row.high else None,
            "removal_effect": row.removal_effect,
            "influenced": row.influenced.decimal,
        }


def run_json(run: RunView) -> dict[str, Any]:
    """A run as JSON."""
    return {
        "id": str(run.id), "number": run.number, "state": run.state, "step": run.step, "done": run.done,
        "total": run.total, "settings_version": str(run.settings_version) if run.settings_version else None,
        "settings": run.settings.model_dump(mode="json"), "observed_until": run.observed_until.isoformat(),
        "models": list(run.models), "paying_model": run.paying_model, "currency": run.currency,
        "value_minor": run.value.minor, "lost_minor": run.lost.minor, "counts": dict(run.counts),
        "code_version": run.code_version, "touches_sha256": run.touches_sha256, "events_sha256": run.events_sha256,
        "inputs_sha256": run.inputs_sha256, "party_sha256": run.party_sha256, "channel_sha256": run.channel_sha256,
        "outputs_sha256": run.outputs_sha256, "requested_at": run.requested_at.isoformat(),
        "sealed_at": run.sealed_at.isoformat() if run.sealed_at else None, "failure": dict(run.failure),
    }  # fmt: skip


def figure_json(one: KeyFigure, currency: str) -> dict[str, Any]:
    """What one model says of one key, as JSON."""
    plain = one._asdict()
    effect = plain.pop("removal_effect")
    return plain | {"removal_effect": None if effect is None else str(effect), "currency": currency}
