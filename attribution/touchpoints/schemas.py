"""What comes in about the words of sources, as forms and as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from attribution.touchpoints.rules import Meaning
from attribution.touchpoints.vocabulary import MOST_AT_ONCE
from portal.core.web.forms import Body, Form


class MapForm(Form):
    """Words and what they mean."""

    words: tuple[UUID, ...] = ()
    target: UUID
    meaning: Meaning = Meaning.NODE


class UnmapForm(Form):
    """Words that shall wait again."""

    words: tuple[UUID, ...] = ()


class MapBody(Body):
    """The same as JSON."""

    words: Annotated[list[UUID], Field(max_length=MOST_AT_ONCE)]
    target: UUID
    meaning: Meaning = Meaning.NODE


class UnmapBody(Body):
    """The same as JSON."""

    words: Annotated[list[UUID], Field(max_length=MOST_AT_ONCE)]
