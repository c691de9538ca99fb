"""What must always hold of notices, for `tributary verify`."""

from typing import Final

from portal.core.invariants import Invariant, register

_OF: Final = (
    "SELECT t.id FROM {table} t LEFT JOIN identity_membership m ON m.id = t.membership"
    " WHERE m.id IS NULL OR m.partner_id IS DISTINCT FROM t.partner_id"
)

register(
    Invariant(
        "notices.one_reader",
        "A notice names the company of whoever reads it.",
        _OF.format(table="notices_notice"),
    ),
    Invariant(
        "notices.links_of_one_company",
        "A link of a mail names the company of whoever it lets act.",
        _OF.format(table="notices_link"),
    ),
    Invariant(
        "notices.mailed_as_chosen",
        "What was not to come by mail did not.",
        "SELECT id FROM notices_notice WHERE mail = 'none' AND mailed_at IS NOT NULL",
    ),
)
