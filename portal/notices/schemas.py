"""What comes in about notices, as forms and as JSON."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from portal.core.errors import Invalid
from portal.core.flow import LONGEST_NOTE
from portal.core.i18n import gettext as _
from portal.core.web.forms import Body, Form
from portal.notices.rules import Mail

Chosen = Annotated[str, Field(max_length=60)]


class ReadForm(Form):
    """Mark as read what stood on the page, and nothing that came in since."""

    notice: Annotated[list[UUID], Field(default_factory=list)]


class ReadBody(Body):
    """Mark these as read."""

    ids: Annotated[list[UUID], Field(max_length=1_000)]


class ChoicesForm(Form):
    """What comes by mail: `kind mail` each; or the one quick choice."""

    do: Literal["save", "asks"] = "save"
    choice: Annotated[list[Chosen], Field(default_factory=list)]

    def wanted(self) -> dict[str, Mail]:
        """By kind. Raises Invalid for what is not offered."""
        try:
            return {kind: Mail(chosen) for kind, chosen in (one.split(" ") for one in self.choice)}
        except ValueError as error:
            raise Invalid({"choice": _("Choose one of the values offered.")}) from error


class ChoicesBody(Body):
    """What comes by mail, by kind; kinds that are not named stay as they are."""

    mail: dict[Chosen, Mail]


class ActForm(Form):
    """The words that go with what a link does, where it asks for some."""

    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
