"""What comes in about conflicts, as forms and as JSON."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from partners.conflicts.rules import LONGEST_LINK, LONGEST_WORDS, WHOLE, Ground, Parts
from partners.conflicts.service import Agreement, Award
from portal.core.web.forms import Body, Form

Words = Annotated[str, Field(max_length=LONGEST_WORDS)]
Link = Annotated[str, Field(max_length=LONGEST_LINK)]
Percent = Annotated[int, Field(ge=0, le=WHOLE)]


class DecisionForm(Form):
    """Who goes on."""

    version: int | None = None
    winner: UUID
    ground: Ground
    note: Words = ""
    words: Words = ""

    def award(self) -> Award:
        """The decision."""
        return Award(self.winner, self.ground, self.note, self.words)


class AgreementForm(Form):
    """What two partners agreed on."""

    version: int | None = None
    lead: UUID
    joining: UUID
    lead_percent: Percent
    joining_percent: Percent
    agreed_note: Words = ""
    agreed_words: Words = ""

    def agreement(self) -> Agreement:
        """The agreement."""
        parts = Parts(self.lead, self.joining, self.lead_percent, self.joining_percent)
        return Agreement(parts, self.agreed_note, self.agreed_words)


class ChoiceForm(Form):
    """Whom the customer wants."""

    claim: UUID
    said: Words = ""
    evidence: Link = ""


class DecisionBody(Body):
    """Who goes on, as JSON."""

    version: int | None = None
    winner: UUID
    ground: Ground
    note: Words = ""
    words: Words = ""

    def award(self) -> Award:
        """The decision."""
        return Award(self.winner, self.ground, self.note, self.words)


class AgreementBody(Body):
    """What two partners agreed on, as JSON."""

    version: int | None = None
    lead: UUID
    joining: UUID
    lead_percent: Percent
    joining_percent: Percent
    note: Words = ""
    words: Words = ""

    def agreement(self) -> Agreement:
        """The agreement."""
        parts = Parts(self.lead, self.joining, self.lead_percent, self.joining_percent)
        return Agreement(parts, self.note, self.words)


class ChoiceBody(Body):
    """Whom the customer wants, as JSON."""

    claim: UUID
    words: Words
    evidence: Link = ""
