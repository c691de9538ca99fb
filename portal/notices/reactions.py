"""Whom the portal itself tells: a person whose own rights have changed."""

from typing import Final

from portal.core import db
from portal.core.events import Recorded, reacts_to
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.permissions import Permission
from portal.identity.queries import roles_text
from portal.notices.kinds import notice_kind
from portal.notices.service import tell

ACCESS: Final = notice_kind(
    "access", N_("Your own rights have changed"), Permission.PROFILE_READ, group=N_("Your access"), icon="key",
    fixed=True,
)  # fmt: skip


@reacts_to("membership.roles_changed")
async def tell_member(event: Recorded) -> None:
    """Tell the person whose roles are others now: always by mail too, so that no change goes unseen."""
    roles = await db.sql_value("SELECT roles FROM identity_membership WHERE id = $1", event.subject_id)

    def compose() -> tuple[str, list[str]]:
        now_are = _("From now on: %(roles)s.") % {"roles": roles_text(roles or [], _)}
        return _("Your roles have changed"), [now_are, _("If this is a mistake, ask your administrator.")]

    await tell(event, event.subject_id, "/profile", compose, kind=ACCESS)
