"""What comes in about absences, as a form and as JSON."""

from datetime import date
from uuid import UUID

from portal.core.web.fields import TypedDate
from portal.core.web.forms import Body, Form


class AbsenceForm(Form):
    """Who is away, from which day, which is the last one, and who covers; nobody named means oneself."""

    membership: UUID | None = None
    since: TypedDate
    last: TypedDate
    cover: UUID


class AbsenceBody(Body):
    """The same as JSON: `until` is the first day back."""

    membership: UUID | None = None
    since: date
    until: date
    cover: UUID
