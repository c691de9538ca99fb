"""What comes in about commissions: closing a month, which needs nothing but the will to."""

from typing import Literal

from portal.core.web.forms import Body, Form


class CloseForm(Form):
    """The button on the page of a month."""

    verb: Literal["close"]


class CloseBody(Body):
    """The same as JSON: an empty object."""
