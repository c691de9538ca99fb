"""What comes in about commissions: closing a month and paying by a run, which need nothing but the will to."""

from typing import Literal

from portal.core.web.forms import Body, Form


class CloseForm(Form):
    """The button on the page of a month."""

    verb: Literal["close"]


class AdoptForm(Form):
    """The button on the page that says what paying by a run would change."""

    verb: Literal["adopt"]


class CloseBody(Body):
    """The same as JSON: an empty object."""
