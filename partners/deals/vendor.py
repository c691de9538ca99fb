"""What only the vendor sees of a deal: its account, what two people decide about it, and how the partner is doing."""

from dataclasses import dataclass, replace
from datetime import datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from partners.customers.queries import suggest_accounts
from partners.deals.asked import (
    CONSENT_OF,
    HANDOVERS_OF,
    NAME_OF,
    REVOCATION_OF,
    Consent,
    Handover,
    Revocation,
    read_consent,
    read_handovers,
    read_revocation,
)
from partners.deals.queries import DealRecord
from partners.matching.accounts import Candidate
from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import current_locale
from portal.core.permissions import Permission
from portal.core.questions import Question, row_of


@dataclass(frozen=True, slots=True)
class VendorSide:
    """What the vendor sees of a deal and its partner never does: the account, and how the partner is doing."""

    account_id: UUID | None
    account_name: str
    link_reason: str
    linked_by: str
    linked_at: datetime | None
    protected_groups: tuple[str, ...]
    suggestions: tuple[Candidate, ...]
    """Accounts that the card may be, while it is not linked."""
    revocation: Revocation | None
    """What somebody wants to be revoked and somebody else has to agree to."""
    handovers: tuple[Handover, ...]
    """Where it goes, went or came from."""
    consent: Consent | None
    open_registrations: int
    won: int
    lost: int

    @property
    def handover_request(self) -> Handover | None:
        """What somebody else has to agree to, if the deal is to go to another partner."""
        return next((one for one in self.handovers if one.request_id is not None), None)

    @property
    def win_rate(self) -> Fraction | None:
        """The share of the partner's closed sales that were won; None while nothing was closed."""
        closed = self.won + self.lost
        return Fraction(self.won, closed) if closed else None


async def get_vendor_side(actor: Actor, record: DealRecord) -> VendorSide:
    """The vendor's own knowledge about a deal. One statement, and one more while the card is not linked."""
    async with db.transaction(actor):
        return await with_suggestions(actor, record, await db.ask(side_of(actor, record)))


async def with_suggestions(actor: Actor, record: DealRecord, side: VendorSide) -> VendorSide:
    """With the accounts that the card may be, while it is not linked: one statement then."""
    if side.account_id is not None:
        return side
    return replace(side, suggestions=tuple(await suggest_accounts(actor, record.customer)))


def side_of(actor: Actor, record: DealRecord) -> Question:
    """The vendor's own knowledge about a deal, without suggestions, for asking beside others. Raises NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    return row_of(
        "SELECT a.id AS account_id, coalesce(a.legal_name, '') AS account_name, coalesce(l.reason, '') AS reason,"
        f" coalesce({NAME_OF.format(membership='l.linked_by')}, '') AS linked_by, l.linked_at,"
        " array(SELECT coalesce(CASE WHEN $4 THEN nullif(g.name_zh, '') END, g.name) FROM partners_deal_protection x"
        " JOIN partners_product_group g ON g.id = x.product_group WHERE x.deal = $1 ORDER BY g.name) AS groups,"
        f" {REVOCATION_OF} AS revocation, {CONSENT_OF} AS consent,"
        f" {HANDOVERS_OF} AS handovers, o.open, o.won, o.lost FROM (SELECT"
        " (SELECT count(*) FROM partners_deal WHERE partner_id = $3 AND state"
        " IN ('submitted', 'in_review', 'info_requested')) + (SELECT count(*) FROM partners_deal"
        " WHERE partner_id = $3 AND state = 'approved' AND closed_at IS NULL) AS open,"
        # Each count is of one part of the rows, which an index holds alone.
        " count(*) FILTER (WHERE stage = 'won') AS won, count(*) FILTER (WHERE stage = 'lost') AS lost"
        " FROM partners_deal WHERE partner_id = $3 AND closed_at IS NOT NULL) o"
        " LEFT JOIN partners_card_link l ON l.card = $2 LEFT JOIN partners_account a"
        " ON a.id = partners_canonical_account(l.account)",
        record.id, record.card_id, record.partner_id, current_locale() == "zh_CN",
        account_id=UUID, linked_at=datetime.fromisoformat,
    ).then(_side)  # fmt: skip


def _side(row: dict[str, Any]) -> VendorSide:
    return VendorSide(
        account_id=row["account_id"],
        account_name=row["account_name"],
        link_reason=row["reason"],
        linked_by=row["linked_by"],
        linked_at=row["linked_at"],
        protected_groups=tuple(row["groups"]),
        suggestions=(),
        revocation=read_revocation(row["revocation"]),
        handovers=read_handovers(row["handovers"]),
        consent=read_consent(row["consent"]),
        open_registrations=row["open"],
        won=row["won"],
        lost=row["lost"],
    )
