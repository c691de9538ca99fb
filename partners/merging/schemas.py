"""What comes in about accounts that are one customer, as forms and as JSON."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from partners.merging.rules import LONGEST_NOTE
from portal.core.web.forms import Body, Form

Note = Annotated[str, Field(max_length=LONGEST_NOTE)]


class MergeForm(Form):
    """Which account is this one too, and why."""

    account: UUID
    note: Note = ""


class PairForm(Form):
    """What somebody says of a pair."""

    verb: Literal["same", "different", "later"]
    note: Note = ""


class RequestForm(Form):
    """What becomes of a merge that waits."""

    verb: Literal["again", "refuse"]


class MergeBody(Body):
    """Which account is this one too, and why."""

    account: UUID
    note: Note = ""


class PairBody(Body):
    """What somebody says of a pair."""

    verb: Literal["same", "different", "later"]
    note: Note = ""


class RequestBody(Body):
    """What becomes of a merge that waits."""

    verb: Literal["again", "refuse"]
