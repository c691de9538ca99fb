"""Robots in words: why a message was not delivered, and what their history tells."""

from typing import Final

from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.outward import Reason
from portal.core.permissions import Permission
from portal.history.queries import Subject, Wording, knows, tells

REASON_LABELS: Final = {
    Reason.NOT_PLAIN: N_("This is no plain address."),
    Reason.NOT_HTTPS: N_("The address must begin with https://."),
    Reason.NO_HOST: N_("The address needs the name of a host, and no user or password before it."),
    Reason.PORT: N_("This port is not allowed. Leave it out, or have the administrator of the server allow it."),
    Reason.UNKNOWN: N_("The name of the host has no address."),
    Reason.NOT_PUBLIC: N_("The host is not on the public internet, so it is not asked."),
    Reason.TOO_SLOW: N_("The host did not answer in time."),
    Reason.TLS: N_("The host could not prove its name: its certificate is not trusted."),
    Reason.BROKEN: N_("The connection failed."),
}

tells(
    robot__registered=Wording(N_("registered a group robot"), "message", "us"),
    robot__changed=Wording(N_("changed a group robot"), "pencil"),
    robot__tested=Wording(N_("sent a test to a group"), "send"),
    robot__paused=Wording(N_("paused a group robot"), "player-pause"),
    robot__resumed=Wording(N_("resumed a group robot"), "player-play"),
    robot__removed=Wording(N_("removed a group robot"), "trash"),
    robot__gave_up=Wording(N_("paused a group robot, because it could not be reached"), "alert-triangle", "bad"),
)
knows(
    robot=Subject(
        label=N_("Group robots"), href="/settings/robots/{id}", needs=frozenset({Permission.ROBOTS_READ}),
        icon="message", table="robots_robot", name="name", is_vendors=True,
    )
)  # fmt: skip


def problem_words(problem: str) -> str:
    """Why a message was not delivered; what a server answered stays as it was said."""
    known = {reason.value: label for reason, label in REASON_LABELS.items()}
    return _(known[problem]) if problem in known else problem
