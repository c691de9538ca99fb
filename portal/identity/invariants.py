"""What always holds of people and what they may, as queries for the rows that break it."""

from collections.abc import Mapping
from typing import Any, Final

from portal.core.invariants import Invariant, register
from portal.core.permissions import Role, Side


def _is_of_another_side(row: Mapping[str, Any]) -> bool:
    return any(Role(role).side != Side(row["side"]) for role in row["roles"])


INVARIANTS: Final = [
    Invariant(
        "identity.no_session_after_end",
        "Nobody has a session that was opened after the access had ended.",
        "SELECT s.id FROM identity_session s JOIN identity_membership m ON m.id = s.membership"
        " WHERE s.ended_at IS NULL AND s.created_at > m.ended_at",
    ),
    Invariant(
        "identity.sides",
        "People of a partner name their company, the vendor's name none.",
        "SELECT id FROM identity_membership WHERE (side = 'partner') <> (partner_id IS NOT NULL)",
    ),
    Invariant(
        "identity.roles_of_side",
        "Nobody holds a role of the other side.",
        "SELECT side, roles FROM identity_membership",
        _is_of_another_side,
    ),
    Invariant(
        "identity.successor",
        "Whoever took over somebody's work is of the same company.",
        "SELECT m.id FROM identity_membership m JOIN identity_membership s ON s.id = m.successor"
        " WHERE m.id = s.id OR m.partner_id IS DISTINCT FROM s.partner_id",
    ),
]

register(*INVARIANTS)
