"""What comes in about visits: messages of the page tag, and whom somebody attaches a visitor to."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from attribution.visits.rules import MOST_EVENTS, VisitKind
from portal.core.web.forms import Body, Form

LARGEST_MESSAGE: Final = 16 * 1024
"""Bytes of one message of a page."""
_Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{8,40}$")]
_Words = Annotated[str, Field(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$")]


class _Told(BaseModel):
    """What a page tells; everything else in it is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, str_strip_whitespace=True)


class ToldEvent(_Told):
    """One thing that happened on a page."""

    id: _Key
    kind: Annotated[VisitKind, Field(strict=False)]
    page: _Words = ""
    medium: _Words = ""
    source: _Words = ""
    campaign: _Words = ""
    content: _Words = ""
    term: _Words = ""
    referrer: _Words = ""
    email: Annotated[str, Field(max_length=254, pattern=r"^[^\x00-\x20\x7f]*$")] = ""


class Message(_Told):
    """What the tag sends: from whom, whether that one consents, and what happened."""

    visitor: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{20,64}$")]
    consent: bool
    events: Annotated[list[ToldEvent], Field(max_length=MOST_EVENTS)] = Field(default_factory=list)


class AttachForm(Form):
    """Whom a visitor is taken for."""

    account: UUID


class AttachBody(Body):
    """The same as JSON."""

    account: UUID
