"""What comes in about runs: until when one looks, which two are compared, and by which model."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from attribution.credits.rules import Dimension
from portal.core.web.fields import TypedDate
from portal.core.web.forms import Body, Form


class RunForm(Form):
    """A run that somebody asks for. `observed_until` is the last day that is looked at; none is up to now."""

    observed_until: TypedDate | None = None


class RunBody(Body):
    """The same as JSON."""

    observed_until: date | None = None


class AgainForm(Form):
    """The button that has a run reckoned again."""

    verb: Literal["reproduce"]


class AgainBody(Body):
    """The same as JSON: an empty object."""


class CompareQuery(Form):
    """Which run to lay beside this one, and what to look at."""

    to: UUID | None = None
    model: Annotated[str, Field(max_length=20)] = ""
    by: Dimension = Dimension.PARTY
