"""What sealed runs credit to partners for invoice lines: which run, share and touches. For the vendor's units."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from attribution.commissions.shares import OwnTouch, Share
from attribution.commissions.terms import Credited
from attribution.commissions.trace import canonical
from portal.core import clock, db, formats

_COVERING: Final = (
    "SELECT w.invoice, l.event, r.id AS run, r.number, r.outputs_sha256"
    " FROM unnest($1::uuid[], $2::uuid[]) AS w (invoice, run)"
    " JOIN attribution_lifecycle_line l ON l.line = w.invoice"
    " JOIN LATERAL (SELECT r.id, r.number, r.outputs_sha256 FROM attribution_run r WHERE r.state = 'sealed'"
    " AND EXISTS (SELECT FROM attribution_run_credit c WHERE c.run = r.id AND c.event = l.event)"
    " ORDER BY r.id = w.run DESC NULLS LAST, r.sealed_at DESC, r.id LIMIT 1) r ON true"
)
_CREDITS: Final = (
    "SELECT c.run, c.event, c.event_kind, e.occurred_at AS event_at, c.touchpoint, c.key, c.partner, c.share_ppb,"
    " t.occurred_at, t.kind FROM unnest($1::uuid[], $2::uuid[]) AS w (run, event)"
    " JOIN attribution_run_credit c ON c.run = w.run AND c.event = w.event"
    " JOIN attribution_lifecycle_event e ON e.id = c.event LEFT JOIN attribution_touchpoint t ON t.id = c.touchpoint"
    " ORDER BY c.run, c.event, t.occurred_at, c.touchpoint, c.key"
)


async def find_credited(invoice_ids: Sequence[UUID], runs: Mapping[UUID, UUID]) -> dict[UUID, Credited]:
    """By invoice line what the run in force says of it; lines that no sealed run covers are not there.

    In force is the run that the line was reckoned by before (`runs`, by invoice line), else the newest that covers
    it: a later run changes nothing by itself. Two statements.
    """
    covering = await db.sql(_COVERING, list(invoice_ids), [runs.get(one) for one in invoice_ids])
    pairs = list({(row["run"], row["event"]) for row in covering})
    rows = await db.sql(_CREDITS, [run for run, _event in pairs], [event for _run, event in pairs])
    by_event: dict[tuple[UUID, UUID], list[dict[str, Any]]] = {}
    for row in rows:
        by_event.setdefault((row["run"], row["event"]), []).append(row)
    found: dict[UUID, Credited] = {}
    for row in covering:
        of_event = by_event[row["run"], row["event"]]
        commitment = commit(of_event, row["outputs_sha256"])
        found[row["invoice"]] = dict(_shares(of_event, row["run"], row["number"], commitment))
    return found


def _shares(rows: Sequence[Mapping[str, Any]], run: UUID, number: str, commitment: str) -> Iterable[tuple[UUID, Share]]:
    """Each partner's part of one event's credit, with its own touches and nobody else's."""
    zone = formats.time_zone().key
    for partner_id in dict.fromkeys(row["partner"] for row in rows if row["partner"] is not None):
        own = [row for row in rows if row["partner"] == partner_id]
        touches = tuple(
            OwnTouch(row["touchpoint"], row["occurred_at"], row["kind"]) for row in own if row["touchpoint"] is not None
        )
        first = own[0]
        share = Share(
            run, number, first["event_kind"], clock.day_of(first["event_at"], zone),
            sum(row["share_ppb"] for row in own), touches, commitment,
        )  # fmt: skip
        yield partner_id, share


def commit(rows: Iterable[Mapping[str, Any]], outputs_sha256: str) -> str:
    """What commits the vendor to all credits of an event without telling them.

    SHA-256 over the credits in their order, salted by the hash of the run's outputs, which no partner ever sees:
    without it, somebody could try out whether nobody else took part.
    """
    listed = [
        [str(row["touchpoint"]) if row["touchpoint"] else "", row["key"], row["share_ppb"]] for row in rows
    ]  # fmt: skip
    return hashlib.sha256(canonical({"credits": sorted(listed), "salt": outputs_sha256}).encode()).hexdigest()
