"""What the record of a deal carries of appeals and of what partners ask about it, as parts of its one statement."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.deals.states import AmendmentState, ExtensionState, HandoverState
from portal.core.permissions import GRANTS, Permission, Side

_DECIDING: Final = ", ".join(
    f"'{role}'" for role, rights in GRANTS.items() if Permission.DEALS_DECIDE in rights and role.side == Side.STAFF
)
JUDGES: Final = (
    "SELECT m.id FROM identity_membership m WHERE m.side = 'staff' AND m.ended_at IS NULL"
    f" AND m.roles && array[{_DECIDING}]::varchar[]"
)
"""Those of the vendor who may decide deals; narrowed by who uses it."""
NAME_OF: Final = (
    "(SELECT p.name FROM identity_membership m JOIN identity_person p ON p.id = m.person WHERE m.id = {membership})"
)
"""A membership's name, as a value."""


@dataclass(frozen=True, slots=True)
class Extension:
    """A request for a longer protection as pages show it."""

    state: ExtensionState
    wanted_days: int
    words: str
    asked_by: str
    asked_at: datetime
    granted_days: int | None
    until_after: datetime | None
    decided_by: str
    decided_at: datetime | None
    decision_note: str


EXTENSIONS_OF: Final = (
    "(SELECT coalesce(jsonb_agg(jsonb_build_object('state', x.state, 'wanted_days', x.wanted_days, 'words', x.words,"
    f" 'asked_by', coalesce({NAME_OF.format(membership='x.asked_by')}, ''), 'asked_at', x.asked_at,"
    " 'granted_days', x.granted_days, 'until_after', x.until_after,"
    f" 'decided_by', coalesce({NAME_OF.format(membership='x.decided_by')}, ''), 'decided_at', x.decided_at,"
    " 'decision_note', x.decision_note) ORDER BY x.asked_at, x.id), '[]') FROM partners_deal_extension x"
    " WHERE x.deal = d.id)"
)
"""All requests of the deal `d` for a longer protection, oldest first, as JSON."""


def read_extensions(found: str) -> tuple[Extension, ...]:
    """The rows of `EXTENSIONS_OF`."""
    return tuple(
        Extension(**_moments(row, "asked_at", "until_after", "decided_at") | {"state": ExtensionState(row["state"])})
        for row in json.loads(found)
    )


@dataclass(frozen=True, slots=True)
class Amendment:
    """A proposal to change an approved deal as pages show it: lines and close before and after, as they were kept."""

    state: AmendmentState
    before: dict[str, Any]
    after: dict[str, Any]
    words: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    decision_note: str


AMENDMENTS_OF: Final = (
    "(SELECT coalesce(jsonb_agg(jsonb_build_object('state', y.state, 'before', y.before, 'after', y.after,"
    f" 'words', y.words, 'asked_by', coalesce({NAME_OF.format(membership='y.asked_by')}, ''), 'asked_at', y.asked_at,"
    f" 'decided_by', coalesce({NAME_OF.format(membership='y.decided_by')}, ''), 'decided_at', y.decided_at,"
    " 'decision_note', y.decision_note) ORDER BY y.asked_at, y.id), '[]') FROM partners_deal_amendment y"
    " WHERE y.deal = d.id)"
)
"""All proposals to change the deal `d`, oldest first, as JSON."""


def read_amendments(found: str) -> tuple[Amendment, ...]:
    """The rows of `AMENDMENTS_OF`."""
    return tuple(
        Amendment(**_moments(row, "asked_at", "decided_at") | {"state": AmendmentState(row["state"])})
        for row in json.loads(found)
    )


@dataclass(frozen=True, slots=True)
class Continued:
    """The deal of the same partner on the other side of a renewal."""

    id: UUID
    number: str


_OF_A_DEAL: Final = "jsonb_build_object('id', z.id, 'number', z.number) FROM partners_deal z"
CONTINUES_OF: Final = f"(SELECT {_OF_A_DEAL} WHERE z.id = d.continued_from)"
CONTINUED_BY_OF: Final = f"(SELECT {_OF_A_DEAL} WHERE z.continued_from = d.id ORDER BY z.created_at DESC LIMIT 1)"
"""Both are deals of the partner that has `d`: what went to another partner is kept where only the vendor reads."""


def read_continued(found: str | None) -> Continued | None:
    """The row of either."""
    if found is None:
        return None
    row = json.loads(found)
    return Continued(UUID(row["id"]), row["number"])


@dataclass(frozen=True, slots=True)
class Revocation:
    """The wish to revoke an approval that waits for a second person."""

    code: str
    note: str
    requested_by: str
    requested_at: datetime
    request_id: UUID


REVOCATION_OF: Final = (
    "(SELECT jsonb_build_object('code', v.code, 'note', v.note, 'requested_at', v.requested_at, 'request_id', q.id,"
    f" 'requested_by', coalesce({NAME_OF.format(membership='v.requested_by')}, '')) FROM partners_deal_revocation v"
    " JOIN approvals_request q ON q.subject_id = v.deal AND q.verb = 'revoke' AND q.decision = 'pending'"
    " WHERE v.deal = $1 AND v.state = 'pending')"
)
"""What is asked of a second person about the deal $1, as JSON; for the vendor's units only."""


def read_revocation(row: dict[str, Any] | None) -> Revocation | None:
    """The row of `REVOCATION_OF`, read from JSON."""
    if row is None:
        return None
    return Revocation(**_moments(row, "requested_at") | {"request_id": UUID(row["request_id"])})


@dataclass(frozen=True, slots=True)
class Handover:
    """That a deal goes, or went, to another partner; on either of the two deals, for the vendor's eyes only."""

    state: HandoverState
    gives: bool
    """Whether this deal is the one that is given away; else the one that it became."""
    other_id: UUID | None
    """The other deal; None while nobody has agreed."""
    other_number: str
    partner: str
    """The other partner."""
    owner: str
    """Who works it there, where it is given to."""
    reason: str
    giver_words: str
    taker_words: str
    note: str
    requested_by: str
    requested_at: datetime
    decided_by: str
    decided_at: datetime | None
    request_id: UUID | None
    """While it waits."""


_OTHER_DEAL: Final = "CASE WHEN h.deal = $1 THEN h.became ELSE h.deal END"
HANDOVERS_OF: Final = (
    "(SELECT coalesce(jsonb_agg(jsonb_build_object('state', h.state, 'gives', h.deal = $1, 'other_id', o.id,"
    " 'other_number', coalesce(o.number, ''), 'partner', c.legal_name,"
    f" 'owner', coalesce({NAME_OF.format(membership='h.owner')}, ''), 'reason', h.reason,"
    " 'giver_words', h.giver_words, 'taker_words', h.taker_words, 'note', h.note,"
    f" 'requested_by', coalesce({NAME_OF.format(membership='h.requested_by')}, ''), 'requested_at', h.requested_at,"
    f" 'decided_by', coalesce({NAME_OF.format(membership='h.decided_by')}, ''), 'decided_at', h.decided_at,"
    " 'request_id', q.id) ORDER BY h.requested_at), '[]') FROM partners_deal_handover h"
    f" LEFT JOIN partners_deal o ON o.id = {_OTHER_DEAL}"
    " JOIN partners_company c ON c.id = CASE WHEN h.deal = $1 THEN h.taker ELSE o.partner_id END"
    " LEFT JOIN approvals_request q ON h.state = 'pending' AND q.subject_id = h.deal AND q.verb = 'hand_over'"
    " AND q.decision = 'pending' WHERE (h.deal = $1 OR h.became = $1) AND h.state IN ('pending', 'agreed'))"
)
"""Where the deal $1 goes or came from, as JSON; for the vendor's units only."""


def read_handovers(rows: list[dict[str, Any]]) -> tuple[Handover, ...]:
    """The rows of `HANDOVERS_OF`, read from JSON."""
    return tuple(
        Handover(
            **_moments(row, "requested_at", "decided_at")
            | {"state": HandoverState(row["state"])}
            | {name: UUID(row[name]) if row[name] else None for name in ("other_id", "request_id")}
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True)
class Consent:
    """What a second person was asked about the prices last."""

    state: str
    requested_by: str
    decided_by: str
    request_id: UUID | None
    """While it waits."""


CONSENT_OF: Final = (
    "(SELECT jsonb_build_object('state', s.state, 'request_id', (SELECT q.id FROM approvals_request q"
    " WHERE q.subject_id = s.deal AND q.verb = 'special_price' AND q.decision = 'pending'),"
    f" 'requested_by', coalesce({NAME_OF.format(membership='s.requested_by')}, ''),"
    f" 'decided_by', coalesce({NAME_OF.format(membership='s.decided_by')}, '')) FROM partners_deal_price_consent s"
    " WHERE s.deal = $1 ORDER BY s.requested_at DESC LIMIT 1)"
)
"""What was asked of a second person about the prices of the deal $1, as JSON; for the vendor's units only."""


def read_consent(row: dict[str, Any] | None) -> Consent | None:
    """The row of `CONSENT_OF`, read from JSON."""
    if row is None:
        return None
    return Consent(**row | {"request_id": UUID(row["request_id"]) if row["request_id"] else None})


def _moments(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return row | {name: datetime.fromisoformat(row[name]) if row[name] else None for name in names}
