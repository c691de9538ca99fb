"""What comes in about contribution claims, as forms and as JSON."""

from datetime import date
from typing import Annotated, Final, Literal
from uuid import UUID

from pydantic import Field

from attribution.claims.rules import LONGEST_LINK, LONGEST_TEXT, ClaimFacts
from attribution.claims.service import Said
from attribution.touchpoints.rules import Motion, TouchKind
from portal.core.web.fields import TypedDate
from portal.core.web.forms import Body, Form

Pressed = Literal["submit", "draft", "save", "find"]
"""The buttons of the form; `find` only draws it again, with the customers like what was typed."""
Words = Annotated[str, Field(max_length=LONGEST_TEXT)]
Link = Annotated[str, Field(max_length=LONGEST_LINK)]
REDRAWS: Final = "find"


class ClaimForm(Form):
    """A claim as it is typed."""

    do: Pressed = "submit"
    version: int | None = None
    customer: Annotated[str, Field(max_length=200)] = ""
    card: Annotated[str, Field(max_length=40)] = ""
    """A card's id, or nothing while none is chosen."""
    deal_number: Annotated[str, Field(max_length=20)] = ""
    motion: Motion
    kind: TouchKind
    occurred_on: TypedDate
    did: Words = ""
    evidence_link: Link = ""
    evidence: Words = ""

    def facts(self, card: UUID, deal: UUID | None) -> ClaimFacts:
        """The claim, with its customer and deal found."""
        return ClaimFacts(
            card, deal, self.motion, self.kind, self.occurred_on, self.did, self.evidence_link, self.evidence
        )


class MoveForm(Form):
    """A move of the claim, with what it needs."""

    verb: Annotated[str, Field(max_length=20)]
    version: int | None = None
    note: Words = ""
    code: Annotated[str, Field(max_length=24)] = ""

    def said(self) -> Said:
        """What comes with the move."""
        return Said(self.note, self.code)


class ClaimBody(Body):
    """A claim as JSON; `submit` sends it for review at once."""

    card: UUID
    deal: UUID | None = None
    motion: Motion
    kind: TouchKind
    occurred_on: date
    did: Words = ""
    evidence_link: Link = ""
    evidence: Words = ""
    submit: bool = False
    version: int | None = None

    def facts(self) -> ClaimFacts:
        """The claim."""
        return ClaimFacts(
            self.card, self.deal, self.motion, self.kind, self.occurred_on, self.did, self.evidence_link, self.evidence
        )


class MoveBody(Body):
    """A move as JSON."""

    verb: Annotated[str, Field(max_length=20)]
    version: int | None = None
    note: Words = ""
    code: Annotated[str, Field(max_length=24)] = ""

    def said(self) -> Said:
        """What comes with the move."""
        return Said(self.note, self.code)
