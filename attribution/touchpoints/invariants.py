"""What always holds of touchpoints and costs, as queries for the rows that break it."""

from typing import Final

from portal.core.invariants import Invariant, register

INVARIANTS: Final = [
    Invariant(
        "touchpoints.contact",
        "A touch with a contact is a touch with a customer.",
        "SELECT id FROM attribution_touchpoint WHERE contact IS NOT NULL AND account IS NULL",
    ),
    Invariant(
        "touchpoints.receipt",
        "Every receipt of a touchpoint leads to the touch of that system and id.",
        "SELECT r.source_id FROM imports_source_receipt r WHERE r.kind = 'touchpoints' AND NOT EXISTS"
        " (SELECT FROM attribution_touchpoint t WHERE t.id = r.target_id AND t.source_system = r.source_system"
        " AND t.source_id = r.source_id)",
    ),
    Invariant(
        "touchpoints.tree",
        "Every node of the source tree but the first ones hangs below another, and its path says so.",
        "SELECT n.id FROM attribution_source_node n LEFT JOIN attribution_source_node p ON p.id = n.parent"
        " WHERE (n.level IN ('origin', 'unmapped')) <> (n.parent IS NULL)"
        " OR n.path <> CASE WHEN p.id IS NULL THEN n.name ELSE p.path || ' / ' || n.name END",
    ),
    Invariant(
        "touchpoints.mapped",
        "Words that were mapped mean a node that is no words itself.",
        "SELECT n.id FROM attribution_source_node n JOIN attribution_source_node m ON m.id = n.maps_to"
        " WHERE m.level IN ('words', 'unmapped')",
    ),
]
register(*INVARIANTS)
