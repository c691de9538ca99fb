"""What two partners agreed on in a conflict: kept for ever as it was decided, and read for many deals at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.conflicts.queries import ClaimView
from partners.conflicts.rules import Parts
from partners.deals.states import DealRole, DealState, Stage
from portal.core import db
from portal.core.ids import new_id


@dataclass(frozen=True, slots=True)
class Party:
    """One of the two, with its deal as it stands now."""

    claim_id: UUID
    deal_id: UUID
    deal_number: str
    partner_id: UUID
    partner_name: str
    percent: int
    role: DealRole
    state: DealState
    stage: Stage
    decided_at: datetime | None
    """Of an approved one when that was, whatever became of it; None while it waits."""
    protected_until: datetime | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Agreed:
    """An agreement: who leads and is protected, who joins, what each gets, and about which product groups."""

    id: UUID
    conflict_id: UUID
    decided_at: datetime
    groups: frozenset[UUID]
    lead: Party
    joining: Party

    @property
    def parties(self) -> tuple[Party, Party]:
        """Both, the leading one first."""
        return self.lead, self.joining


def _party(side: str) -> str:
    """The columns of a side; the aliases are its claim `k`, deal `d` and partner `p`."""
    return (
        f"jsonb_build_object('claim_id', g.{side}_claim, 'deal_id', d.id, 'deal_number', d.number, 'partner_id',"
        f" d.partner_id, 'partner_name', p.legal_name, 'percent', g.{side}_percent, 'role', d.role, 'state', d.state,"
        " 'stage', d.stage, 'decided_at', d.decided_at, 'protected_until', d.protected_until, 'closed_at', d.closed_at)"
    )


_AGREED: Final = "".join(
    (
        "SELECT g.id, g.conflict AS conflict_id, g.decided_at, g.product_groups AS groups,",
        *(
            f" (SELECT {_party(side)} FROM partners_deal d JOIN partners_company p ON p.id = d.partner_id"
            f" WHERE d.id = g.{side}) AS {side}{end}"
            for side, end in (("lead", ","), ("joining", ""))
        ),
        " FROM partners_conflict_agreement g",
    )
)


async def keep(conflict_id: UUID, number: int, claims: Sequence[ClaimView], parts: Parts, *, now: datetime) -> None:
    """Write down what a decision says, beside it. Within the unit that decides."""
    by_id = {claim.id: claim for claim in claims}
    lead, joining = by_id[parts.lead], by_id[parts.joining]
    await db.sql(
        "INSERT INTO partners_conflict_agreement (id, conflict, number, lead_claim, joining_claim, lead, joining,"
        " lead_percent, joining_percent, product_groups, decided_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        new_id(), conflict_id, number, lead.id, joining.id, lead.subject, joining.subject, parts.lead_percent,
        parts.joining_percent, sorted(set(lead.groups) & set(joining.groups)), now,
    )  # fmt: skip


async def find_of_deals(deal_ids: Sequence[UUID]) -> list[Agreed]:
    """All agreements that any of these deals leads or joins, the newest first: one statement. For vendor's units."""
    rows = await db.sql(
        f"{_AGREED} WHERE g.lead = any($1::uuid[]) OR g.joining = any($1::uuid[]) ORDER BY g.decided_at DESC, g.id",
        list(deal_ids),
    )
    return [_agreed(row) for row in rows]


async def find_of_conflict(conflict_id: UUID) -> Agreed | None:
    """The newest agreement of a conflict, if it was ever settled by one. For vendor's units."""
    row = await db.sql_one(f"{_AGREED} WHERE g.conflict = $1 ORDER BY g.number DESC LIMIT 1", conflict_id)
    return _agreed(row) if row else None


async def find_agreement(agreement_id: UUID) -> Agreed | None:
    """One agreement with both partners. For vendor's units: partners read nothing of it."""
    row = await db.sql_one(f"{_AGREED} WHERE g.id = $1", agreement_id)
    return _agreed(row) if row else None


def _agreed(row: Mapping[str, Any]) -> Agreed:
    return Agreed(
        row["id"], row["conflict_id"], row["decided_at"], frozenset(row["groups"]),
        _party_of(row["lead"]), _party_of(row["joining"]),
    )  # fmt: skip


def _party_of(text: str) -> Party:
    plain = json.loads(text)
    return Party(
        claim_id=UUID(plain["claim_id"]),
        deal_id=UUID(plain["deal_id"]),
        deal_number=plain["deal_number"],
        partner_id=UUID(plain["partner_id"]),
        partner_name=plain["partner_name"],
        percent=plain["percent"],
        role=DealRole(plain["role"]),
        state=DealState(plain["state"]),
        stage=Stage(plain["stage"]),
        decided_at=_moment(plain["decided_at"]),
        protected_until=_moment(plain["protected_until"]),
        closed_at=_moment(plain["closed_at"]),
    )


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
