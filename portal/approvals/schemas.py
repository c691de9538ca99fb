"""What comes in about approvals: one decision on exactly one content."""

from typing import Annotated, Literal

from pydantic import Field

from portal.core.web.forms import Body, Form

Verb = Literal["approve", "reject"]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Note = Annotated[str, Field(max_length=2000)]


class DecisionForm(Form):
    """A decision as it is posted by the page that showed the content."""

    verb: Verb
    content_sha256: Digest
    note: Note = ""


class DecisionBody(Body):
    """The same as JSON."""

    verb: Verb
    content_sha256: Digest
    note: Note = ""
