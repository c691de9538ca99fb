"""What the record of a deal carries of appeals and of what partners ask about it, as parts of its one statement."""

from typing import Final

from portal.core.permissions import GRANTS, Permission, Side

_DECIDING: Final = ", ".join(
    f"'{role}'" for role, rights in GRANTS.items() if Permission.DEALS_DECIDE in rights and role.side == Side.STAFF
)
JUDGES: Final = (
    "SELECT m.id FROM identity_membership m WHERE m.side = 'staff' AND m.ended_at IS NULL"
    f" AND m.roles && array[{_DECIDING}]::varchar[]"
)
"""Those of the vendor who may decide deals; narrowed by who uses it."""
