"""What comes in about steps of an approval, as a form and as JSON."""

from typing import Annotated, Literal

from pydantic import Field

from partners.deals.service import Said
from portal.core.flow import LONGEST_NOTE
from portal.core.web.forms import Body, Form

Note = Annotated[str, Field(max_length=LONGEST_NOTE)]
Code = Annotated[str, Field(max_length=24)]


class StepForm(Form):
    """What somebody decides where it is their turn; the words, and for a rejection its reason."""

    verb: Literal["approve", "reject"]
    note: Note = ""
    code: Code = ""
    version: int | None = None

    def said(self) -> Said:
        """What comes with it."""
        return Said(self.note, self.code)


class StepBody(Body):
    """The same as JSON."""

    verb: Literal["approve", "reject"]
    note: Note = ""
    code: Code = ""
    version: int | None = None

    def said(self) -> Said:
        """What comes with it."""
        return Said(self.note, self.code)
