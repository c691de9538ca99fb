"""What comes in about the vendor's own opportunities, as forms and as JSON."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from partners.deals.states import Stage
from partners.opportunities.rules import LONGEST_NAME, LONGEST_NOTES, LONGEST_SOURCE, MOST_MINOR, OpportunityFacts
from portal.core.flow import LONGEST_NOTE
from portal.core.money import Money
from portal.core.web.fields import Currency, TypedAmount, TypedDate
from portal.core.web.forms import Body, Form

Name = Annotated[str, Field(max_length=LONGEST_NAME)]
Source = Annotated[str, Field(max_length=LONGEST_SOURCE)]
Notes = Annotated[str, Field(max_length=LONGEST_NOTES)]


class OpportunityForm(Form):
    """An opportunity as it is typed; account and product are found from what was typed."""

    seen: datetime | None = None
    account: Annotated[str, Field(max_length=40)] = ""
    account_text: Annotated[str, Field(max_length=200)] = ""
    name: Name = ""
    product: Annotated[str, Field(max_length=300)] = ""
    currency: Currency
    amount: TypedAmount
    stage: Stage = Stage.PROSPECT
    expected_close_on: TypedDate | None = None
    source: Source = ""
    notes: Notes = ""

    def facts(self, account: UUID, product: UUID | None) -> OpportunityFacts:
        """What it says, with account and product found."""
        return OpportunityFacts(
            account, self.name, self.amount, product, self.stage, self.expected_close_on, self.source, self.notes
        )


class CloseForm(Form):
    """How it ended."""

    verb: Literal["won", "lost"]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""


class OpportunityBody(Body):
    """An opportunity as JSON; its value in whole minor units."""

    seen: datetime | None = None
    account: UUID
    name: Name
    product: UUID | None = None
    amount_minor: Annotated[int, Field(ge=0, le=MOST_MINOR)]
    currency: Currency
    stage: Stage = Stage.PROSPECT
    expected_close_on: date | None = None
    source: Source = ""
    notes: Notes = ""

    def facts(self) -> OpportunityFacts:
        """What it says."""
        return OpportunityFacts(
            self.account, self.name, Money(self.amount_minor, self.currency), self.product, self.stage,
            self.expected_close_on, self.source, self.notes,
        )  # fmt: skip


class CloseBody(Body):
    """How it ended, as JSON."""

    verb: Literal["won", "lost"]
    note: Annotated[str, Field(max_length=LONGEST_NOTE)] = ""
