"""What comes in about conflicts, as forms and as JSON: each said once, with what the two call otherwise beside it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Final, cast
from uuid import UUID

from pydantic import BaseModel, Field, create_model

from partners.conflicts.rules import LONGEST_LINK, LONGEST_WORDS, MOST_OWN_WORDS, WHOLE, Ground, Parts
from partners.conflicts.service import Agreement, Award, own_field
from portal.core.web.forms import Body, Form

Words = Annotated[str, Field(max_length=LONGEST_WORDS)]
Link = Annotated[str, Field(max_length=LONGEST_LINK)]
Percent = Annotated[int, Field(ge=0, le=WHOLE)]
OWN: Final = "own"
AGREED: Final = "agreed"
"""How the fields of each form's own words begin: both are on one page."""


class _Decision(BaseModel):
    """Who goes on."""

    version: int | None = None
    winner: UUID
    ground: Ground
    note: Words = ""
    words: Words = ""

    def award_with(self, own_words: Mapping[UUID, str]) -> Award:
        """The decision."""
        return Award(self.winner, self.ground, self.note, self.words, own_words)


class _Agreed(BaseModel):
    """What two partners agreed on."""

    version: int | None = None
    lead: UUID
    joining: UUID
    lead_percent: Percent
    joining_percent: Percent

    def agreement_with(self, note: str, words: str, own_words: Mapping[UUID, str]) -> Agreement:
        """The agreement."""
        parts = Parts(self.lead, self.joining, self.lead_percent, self.joining_percent)
        return Agreement(parts, note, words, own_words)


class _Choice(BaseModel):
    """Whom the customer wants."""

    claim: UUID
    evidence: Link = ""


def own_fields(prefix: str) -> dict[str, Any]:
    """Words for one claim each, and which it is: as many as there may be in a form."""
    found: dict[str, Any] = {}
    for number in range(1, MOST_OWN_WORDS + 1):
        found[f"{prefix}_claim_{number}"] = (UUID | None, None)
        found[f"{prefix}_words_{number}"] = (Words, "")
    return found


def _own_words(form: BaseModel, prefix: str) -> dict[UUID, str]:
    """What was written for one claim alone."""
    return {claim: said for _number, claim, said in _rows(form, prefix) if said}


def _rows(form: BaseModel, prefix: str) -> Iterator[tuple[int, UUID, str]]:
    for number in range(1, MOST_OWN_WORDS + 1):
        claim = getattr(form, f"{prefix}_claim_{number}")
        if claim is not None:
            yield number, claim, getattr(form, f"{prefix}_words_{number}")


def own_names(form: BaseModel, prefix: str) -> dict[str, str]:
    """By the service's name of a problem with somebody's own words: the field where they were typed."""
    return {own_field(claim): f"{prefix}_words_{number}" for number, claim, _said in _rows(form, prefix)}


def first_own(prefix: str, claims: Sequence[UUID]) -> dict[str, UUID]:
    """What stands in the form before anybody types: one field for each of these claims, as far as there are fields."""
    return {f"{prefix}_claim_{number}": claim for number, claim in enumerate(claims[:MOST_OWN_WORDS], start=1)}


class _DecisionFacts(_Decision, Form):
    """The form of a decision; somebody's own words are fields with a number, added below."""

    def award(self) -> Award:
        """The decision."""
        return self.award_with(_own_words(self, OWN))


class _AgreementFacts(_Agreed, Form):
    """The form of an agreement, which is on one page with that of a decision."""

    agreed_note: Words = ""
    agreed_words: Words = ""

    def agreement(self) -> Agreement:
        """The agreement."""
        return self.agreement_with(self.agreed_note, self.agreed_words, _own_words(self, AGREED))


DecisionForm: Final = cast(
    type[_DecisionFacts], create_model("DecisionForm", __base__=_DecisionFacts, __module__=__name__, **own_fields(OWN))
)
"""The form of a decision."""
AgreementForm: Final = cast(
    type[_AgreementFacts],
    create_model("AgreementForm", __base__=_AgreementFacts, __module__=__name__, **own_fields(AGREED)),
)
"""The form of an agreement."""


class ChoiceForm(_Choice, Form):
    """Whom the customer wants; the words have another name than those of the forms beside it."""

    said: Words = ""


class DecisionBody(_Decision, Body):
    """Who goes on, as JSON; `own_words` by the id of a claim is what its partner reads instead of `words`."""

    own_words: dict[UUID, Words] = Field(default_factory=dict)

    def award(self) -> Award:
        """The decision."""
        return self.award_with(self.own_words)


class AgreementBody(_Agreed, Body):
    """What two partners agreed on, as JSON; `own_words` as in a decision."""

    note: Words = ""
    words: Words = ""
    own_words: dict[UUID, Words] = Field(default_factory=dict)

    def agreement(self) -> Agreement:
        """The agreement."""
        return self.agreement_with(self.note, self.words, self.own_words)


class ChoiceBody(_Choice, Body):
    """Whom the customer wants, as JSON."""

    words: Words
