"""What comes in about segments, as forms and as JSON."""

from typing import Annotated

from pydantic import Field

from portal.core.web.forms import Body, Form
from portal.segments.rules import LONGEST_NAME, LONGEST_QUERY

ListName = Annotated[str, Field(max_length=40)]
Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Query = Annotated[str, Field(max_length=LONGEST_QUERY)]


class SegmentForm(Form):
    """A filter to keep under a name."""

    list: ListName
    name: Name
    query: Query = ""
    shared: bool = False


class SharingForm(Form):
    """Whether colleagues have it too."""

    shared: bool


class SegmentBody(Body):
    """A filter to keep under a name."""

    list: ListName
    name: Name
    query: Query
    shared: bool = False


class SharingBody(Body):
    """Whether colleagues have it too."""

    shared: bool
