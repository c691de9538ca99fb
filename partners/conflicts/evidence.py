"""Who claims a customer now, and the facts on each side: read from the rows of today, for the check to keep."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from partners.conflicts.rules import LONGEST_DAYS, Claim, ClaimKind
from portal.core import clock, db, formats

_EXCLUSIVE: Final = "sell"
_DIRECT: Final = "direct"
_GROUPS_OF_DEAL: Final = (
    'array(SELECT DISTINCT p."group" FROM partners_deal_line x JOIN partners_product p ON p.id = x.product'
    ' WHERE x.deal = d.id ORDER BY p."group")'
)
LIVE_DEALS: Final = (
    "d.role = 'sell' AND d.stage <> 'lost' AND (d.state IN ('submitted', 'in_review', 'info_requested')"
    " OR d.state = 'approved' AND (d.protected_until IS NULL OR d.protected_until > {now}))"
)
"""Registrations that exclude others and are undecided or approved and still running. A lost sale excludes nobody."""


@dataclass(frozen=True, slots=True)
class Live:
    """A registration or an open direct opportunity that claims the customer now."""

    kind: ClaimKind
    subject: UUID
    partner_id: UUID | None
    label: str
    role: str
    account: UUID
    groups: tuple[UUID, ...]
    owner: UUID
    amount_minor: int
    currency: str
    stood: str
    claimed_at: datetime
    protected_until: datetime | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known on one side beside the claim itself."""

    first_touch: UUID | None = None
    first_touch_at: datetime | None = None
    touch_days: tuple[date, ...] = ()
    of_record: UUID | None = None
    of_record_until: date | None = None


async def list_live(accounts: Sequence[UUID], now: datetime) -> list[Live]:
    """All that claim one of these accounts, on the open unit. Their rows are held until its end.

    Whoever would approve one of them in the meantime waits, and then sees the conflict.
    """
    deals = await db.sql(
        "SELECT d.id AS subject, d.partner_id, d.number AS label, l.account, d.owner, d.amount_minor, d.currency,"
        f" d.state AS stood, d.submitted_at AS claimed_at, {_GROUPS_OF_DEAL} AS groups,"
        " CASE WHEN d.state = 'approved' THEN d.protected_until END AS protected_until"
        " FROM partners_deal d JOIN partners_card_link l ON l.card = d.card"
        f" WHERE l.account = any($1::uuid[]) AND {LIVE_DEALS.format(now='$2')} ORDER BY d.id FOR SHARE OF d",
        list(accounts), now,
    )  # fmt: skip
    direct = await db.sql(
        "SELECT o.id AS subject, NULL::uuid AS partner_id, o.name AS label, o.account, o.owner, o.amount_minor,"
        ' o.currency, o.stage AS stood, o.opened_at AS claimed_at, array[p."group"] AS groups,'
        " NULL::timestamptz AS protected_until FROM partners_opportunity o JOIN partners_product p ON p.id = o.product"
        " WHERE o.account = any($1::uuid[]) AND o.closed_at IS NULL ORDER BY o.id FOR SHARE OF o",
        list(accounts),
    )
    return [_live(row, ClaimKind.REGISTRATION, _EXCLUSIVE) for row in deals] + [
        _live(row, ClaimKind.OPPORTUNITY, _DIRECT) for row in direct
    ]


def _live(row: dict[str, Any], kind: ClaimKind, role: str) -> Live:
    return Live(kind=kind, role=role, **row | {"groups": tuple(row["groups"])})


def as_claim(live: Live) -> Claim:
    """What the rules need to see who stands in whose way; the evidence comes later."""
    day = clock.day_of(live.claimed_at, formats.time_zone().key)
    return Claim(live.subject, live.partner_id, live.kind, frozenset(live.groups), live.claimed_at, day)


async def gather(
    accounts: Sequence[UUID], claims: Iterable[Live], now: datetime
) -> dict[tuple[ClaimKind, UUID], Evidence]:
    """The evidence of each claim: when its owner first met the customer, and whether a contract runs through it.

    The touch of a registration itself proves nothing, and neither does one that was rejected.
    """
    wanted = list(claims)
    touches = await _touches(accounts, now)
    terms = await _running_terms(accounts, now)
    found = {}
    for live in wanted:
        touch = touches.get(live.partner_id)
        term = next((t for t in terms if t["partner"] == live.partner_id and t["group"] in live.groups), None)
        found[live.kind, live.subject] = Evidence(
            first_touch=touch["id"] if touch else None,
            first_touch_at=touch["first_at"] if touch else None,
            touch_days=tuple(touch["days"]) if touch else (),
            of_record=term["id"] if term else None,
            of_record_until=term["ends_on"] if term else None,
        )
    return found


async def _touches(accounts: Sequence[UUID], now: datetime) -> Mapping[UUID | None, dict[str, Any]]:
    """By owner: its first touch, and the days of the last two years on which it had one."""
    rows = await db.sql(
        "SELECT t.partner, (array_agg(t.id ORDER BY t.occurred_at, t.id))[1] AS id, min(t.occurred_at) AS first_at,"
        " coalesce(array_agg(DISTINCT (t.occurred_at AT TIME ZONE $3)::date) FILTER (WHERE t.occurred_at >= $4),"
        " '{}') AS days FROM attribution_touchpoint t WHERE t.account = any($1::uuid[]) AND t.occurred_at <= $2"
        " AND NOT (t.source_system = 'tributary' AND t.source_id LIKE 'deal/%') AND t.kind <> 'registration'"
        " AND coalesce((SELECT d.state FROM attribution_touchpoint_decision d WHERE d.touchpoint = t.id"
        " ORDER BY d.seq DESC LIMIT 1), 'approved') <> 'rejected' GROUP BY t.partner",
        list(accounts), now, formats.time_zone().key, now - timedelta(days=LONGEST_DAYS),
    )  # fmt: skip
    return {row["partner"]: row for row in rows}


async def _running_terms(accounts: Sequence[UUID], now: datetime) -> list[dict[str, Any]]:
    """The contracts that run today, those that end last first."""
    return await db.sql(
        'SELECT t.id, t.partner, p."group", t.ends_on FROM attribution_term t JOIN partners_product p'
        " ON p.id = t.product WHERE t.account = any($1::uuid[]) AND $2 BETWEEN t.starts_on AND t.ends_on"
        " ORDER BY t.ends_on DESC, t.id",
        list(accounts), clock.day_of(now, formats.time_zone().key),
    )  # fmt: skip
