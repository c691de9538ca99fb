"""What was decided, counted: by rule and by partner, direct against partner, and how long it took."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from partners.conflicts.rules import Ground
from portal.core import db
from portal.core.actor import Actor
from portal.core.permissions import Permission

_MOST_PARTNERS: Final = 20


@dataclass(frozen=True, slots=True)
class ByPartner:
    """How a partner's conflicts that are decided went."""

    partner_id: UUID
    name: str
    conflicts: int
    won: int
    shared: int
    lost: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Decided conflicts in numbers; those that an appeal reopened count when they are decided again."""

    waiting: int
    decided: int
    followed: int
    direct: int
    """Those in which the vendor's own sale was among the claims."""
    direct_won: int
    median: timedelta | None
    """From finding to the last decision; None while nothing was decided."""
    grounds: Sequence[tuple[Ground, int]]
    """The most frequent first."""
    partners: Sequence[ByPartner]
    """Those with the most conflicts."""


async def get_figures(actor: Actor) -> Figures:
    """The numbers of all conflicts, in three statements. Raises NotAllowed."""
    actor.require(Permission.CONFLICTS_READ)
    async with db.transaction(actor):
        row = await db.sql_one(
            "SELECT count(*) FILTER (WHERE t.state IN ('open', 'appealed')) AS waiting,"
            " count(*) FILTER (WHERE t.state = 'decided') AS decided,"
            " count(*) FILTER (WHERE t.state = 'decided' AND t.followed) AS followed,"
            " count(*) FILTER (WHERE t.state = 'decided' AND t.is_direct) AS direct,"
            " count(*) FILTER (WHERE t.state = 'decided' AND t.is_direct AND k.kind = 'opportunity') AS direct_won,"
            " percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM t.decided_at - t.found_at))"
            " FILTER (WHERE t.state = 'decided') AS seconds"
            " FROM partners_conflict t LEFT JOIN partners_conflict_claim k ON k.id = t.winner"
        )
        grounds = await db.sql(
            "SELECT ground, count(*) AS count FROM partners_conflict WHERE state = 'decided' GROUP BY ground"
            " ORDER BY count DESC, ground"
        )
        partners = await db.sql(
            "SELECT k.partner_id, p.legal_name AS name, count(*) AS conflicts,"
            " count(*) FILTER (WHERE k.result = 'won') AS won, count(*) FILTER (WHERE k.result = 'shared') AS shared,"
            " count(*) FILTER (WHERE k.result = 'lost') AS lost FROM partners_conflict_claim k"
            " JOIN partners_conflict t ON t.id = k.conflict AND t.state = 'decided'"
            " JOIN partners_company p ON p.id = k.partner_id WHERE k.result IN ('won', 'shared', 'lost')"
            " GROUP BY k.partner_id, p.legal_name ORDER BY conflicts DESC, name LIMIT $1",
            _MOST_PARTNERS,
        )
    counts = row or {}
    seconds = counts.pop("seconds")
    return Figures(
        **counts,
        median=None if seconds is None else timedelta(seconds=float(seconds)),
        grounds=[(Ground(one["ground"]), one["count"]) for one in grounds],
        partners=[ByPartner(**one) for one in partners],
    )
