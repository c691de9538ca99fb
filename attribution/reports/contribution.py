"""What a partner reads of attribution: its own credit by month, as the newest run gives it, and nothing of others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from attribution.lifecycle.rules import KIND_LABELS, EventKind
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.i18n import gettext as _
from portal.core.money import Money
from portal.core.permissions import Permission
from portal.core.tenancy import visible_sql
from portal.core.web.charts import Chart

MONTHS: Final = 12
"""That are shown, the one of the newest run last."""


@dataclass(frozen=True, slots=True)
class Credited:
    """What one month's events of a kind are credited with."""

    month: date
    kind: EventKind
    events: int
    value: Money


@dataclass(frozen=True, slots=True)
class Contribution:
    """A partner's own credit."""

    as_of: datetime
    rows: Sequence[Credited]
    """Of the last twelve months, the newest first."""
    total: Money
    events: int
    before: Money
    """Of all months before."""


async def find_contribution(actor: Actor) -> Contribution | None:
    """The partner's own credit by the newest run that gave it any; None where none did. Raises NotAllowed."""
    actor.require(Permission.COMMISSIONS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT period, event_kind, events, value_minor, currency, sealed_at FROM attribution_partner_credit c"
            f" WHERE {visible_sql(actor, 'partner_id')} AND partner_id = $1"
            " AND run = (SELECT n.run FROM attribution_partner_credit n WHERE n.partner_id = $1"
            " ORDER BY n.sealed_at DESC, n.run LIMIT 1) ORDER BY period DESC, event_kind",
            actor.partner_id,
        )
    if not rows:
        return None
    currency, as_of = rows[0]["currency"], rows[0]["sealed_at"]
    first = _months(as_of)[0]
    listed = [
        Credited(
            row["period"], EventKind(row["event_kind"]), row["events"], Money(row["value_minor"], row["currency"])
        )
        for row in rows
    ]  # fmt: skip
    shown = [one for one in listed if one.month >= first]
    nothing = Money.zero(currency)
    return Contribution(
        as_of,
        shown,
        sum((one.value for one in shown), nothing),
        sum(one.events for one in shown),
        sum((one.value for one in listed if one.month < first), nothing),
    )


def _months(as_of: datetime) -> list[date]:
    """The twelve months up to that of an instant, the earliest first."""
    months = [clock.month_of(clock.day_of(as_of, formats.time_zone().key))]
    while len(months) < MONTHS:
        months.append(clock.previous_month(months[-1]))
    return months[::-1]


def chart(found: Contribution) -> Chart:
    """Bars by month, stacked by kind of event."""
    months, currency = _months(found.as_of), found.total.currency
    amounts = {(one.month, one.kind): one.value for one in found.rows}
    kinds = [kind for kind in EventKind if any(kind == one.kind for one in found.rows)]
    series: list[dict[str, Any]] = [
        {
            "name": _(KIND_LABELS[kind]),
            "values": [float(amounts[month, kind].decimal) if (month, kind) in amounts else 0.0 for month in months],
        }
        for kind in kinds
    ]
    panel = {"kind": "stack", "unit": currency, "format": {"style": "money", "currency": currency}, "series": series}
    return Chart(
        currency,
        _(
            "Your part of sales by the month of the sale, as the vendor's newest run gives it. What others are given is"
            " not told, and a later run may give another part."
        ),
        {"categories": [formats.month_short(month) for month in months], "panels": [panel]},
        {
            "head": [_("Month"), _("Kind of event"), _("Events"), _("Credited revenue")],
            "rows": [
                [
                    formats.month(one.month),
                    _(KIND_LABELS[one.kind]),
                    formats.number(one.events),
                    formats.money(one.value),
                ]
                for one in found.rows
            ],
        },
    )
