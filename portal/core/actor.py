"""Who is acting: one membership with its side, roles and the partners it may read."""

from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from portal.core.errors import NotAllowed
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission, Role, Side, permissions_of

DATABASE_ROLES: Final = {
    Side.PARTNER: "tributary_partner",
    Side.STAFF: "tributary_staff",
    Side.SYSTEM: "tributary_worker",
}


@dataclass(frozen=True, slots=True)
class Actor:
    """A membership at work, computed once per request. Rights hang on it and on nothing else."""

    person_id: UUID
    membership_id: UUID
    name: str
    email: str
    side: Side
    roles: frozenset[Role]
    partner_id: UUID | None = None
    """The partner it acts for; None on the vendor's side."""
    reads: frozenset[UUID] = frozenset()
    """The partners whose rows it may read: its own, and resellers below where the programme allows."""
    locale: str = "en"
    company_name: str | None = None
    permissions: frozenset[Permission] = field(default=frozenset())

    def __post_init__(self) -> None:
        """Derive the rights once; a partner without its partner is a mistake of ours."""
        if (self.side == Side.PARTNER) != (self.partner_id is not None):
            message = "an actor of the partner side has a partner, and nobody else has"
            raise ValueError(message)
        object.__setattr__(self, "permissions", permissions_of(self.roles))

    @property
    def is_partner(self) -> bool:
        """Whether it acts for a partner company."""
        return self.side == Side.PARTNER

    @property
    def db_role(self) -> str:
        """The database role under which its unit of work runs."""
        return DATABASE_ROLES[self.side]

    def may(self, permission: Permission) -> bool:
        """Whether it holds this right; the system holds all."""
        return self.side == Side.SYSTEM or permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Raise NotAllowed unless it holds this right. Every command asks, so jobs and the CLI obey too."""
        if not self.may(permission):
            raise NotAllowed(_("Your role does not include this."), code="permission")


_NOBODY: Final = UUID(int=0)
SYSTEM: Final = Actor(_NOBODY, _NOBODY, "Tributary", "", Side.SYSTEM, frozenset())
"""Reactions, jobs and the command line."""
