"""What comes in about people and sessions."""

from uuid import UUID

from portal.core.permissions import Role
from portal.core.web.forms import Body, Form


class SignInForm(Form):
    """The sign-in form."""

    email: str
    password: str
    next: str = "/"


class ForgotForm(Form):
    """Asking for a reset."""

    email: str


class WelcomeForm(Form):
    """Setting a password by a one-time link."""

    password: str
    again: str


class ProfileForm(Form):
    """One's own name and language."""

    name: str
    locale: str


class SwitchForm(Form):
    """Acting for another of one's memberships."""

    membership: UUID


class InviteForm(Form):
    """Inviting a person, on the vendor's side or for a partner."""

    email: str
    name: str
    roles: tuple[Role, ...]
    locale: str = "en"
    partner: UUID | None = None


class RolesForm(Form):
    """Other roles for a membership."""

    roles: tuple[Role, ...] = ()


class EndForm(Form):
    """Ending a membership."""

    successor: UUID


class InviteBody(Body):
    """Inviting a person by the API."""

    email: str
    name: str
    roles: list[Role]
    locale: str = "en"
    partner: UUID | None = None
