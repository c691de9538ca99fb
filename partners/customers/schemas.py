"""What comes in about customers, as forms and as JSON."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from partners.customers.rules import CONTACT_LIMITS, LIMITS, ContactFacts, CustomerFacts
from portal.core.web.forms import Body, Form

Name = Annotated[str, Field(max_length=LIMITS["legal_name"])]
Domain = Annotated[str, Field(max_length=300)]
"""A whole address may be pasted; its domain is kept."""
Registry = Annotated[str, Field(max_length=LIMITS["registry_id"])]
Country = Annotated[str, Field(min_length=2, max_length=2)]
Place = Annotated[str, Field(max_length=LIMITS["city"])]
Industry = Annotated[str, Field(max_length=LIMITS["industry"])]
Size = Annotated[str, Field(max_length=LIMITS["size"])]
Notes = Annotated[str, Field(max_length=LIMITS["notes"])]
PersonName = Annotated[str, Field(max_length=CONTACT_LIMITS["name"])]
Email = Annotated[str, Field(max_length=CONTACT_LIMITS["email"])]
Phone = Annotated[str, Field(max_length=CONTACT_LIMITS["phone"])]
JobTitle = Annotated[str, Field(max_length=CONTACT_LIMITS["job_title"])]
Consent = Annotated[str, Field(max_length=CONTACT_LIMITS["consent"])]


class CardForm(Form):
    """A customer as a partner writes it down. `seen` is when it had last changed as the editor saw it."""

    legal_name: Name
    country: Country
    local_name: Name = ""
    domain: Domain = ""
    registry_id: Registry = ""
    region: Place = ""
    city: Place = ""
    industry: Industry = ""
    size: Size = ""
    notes: Notes = ""
    seen: datetime | None = None

    def facts(self) -> CustomerFacts:
        """The facts that the service takes."""
        return CustomerFacts(**self.model_dump(exclude={"seen"}))


class AccountForm(Form):
    """A customer as the vendor writes it down."""

    legal_name: Name
    country: Country
    local_name: Name = ""
    domain: Domain = ""
    registry_id: Registry = ""
    region: Place = ""
    city: Place = ""
    address: Annotated[str, Field(max_length=LIMITS["address"])] = ""
    postcode: Annotated[str, Field(max_length=LIMITS["postcode"])] = ""
    industry: Industry = ""
    size: Size = ""
    phone: Annotated[str, Field(max_length=LIMITS["phone"])] = ""
    seen: datetime | None = None

    def facts(self) -> CustomerFacts:
        """The facts that the service takes."""
        return CustomerFacts(**self.model_dump(exclude={"seen"}))


class ContactForm(Form):
    """A person at a customer."""

    name: PersonName
    email: Email = ""
    phone: Phone = ""
    job_title: JobTitle = ""
    consent: Consent = ""

    def facts(self) -> ContactFacts:
        """The facts that the service takes."""
        return ContactFacts(**self.model_dump())


class LinkForm(Form):
    """Which account a card is, and the deal whose page to go back to."""

    account: UUID
    deal: UUID | None = None


class BackForm(Form):
    """Only where to go back to."""

    deal: UUID | None = None


class CardBody(Body):
    """A card as JSON."""

    legal_name: Name
    country: Country
    local_name: Name = ""
    domain: Domain = ""
    registry_id: Registry = ""
    region: Place = ""
    city: Place = ""
    industry: Industry = ""
    size: Size = ""
    notes: Notes = ""

    def facts(self) -> CustomerFacts:
        """The facts that the service takes."""
        return CustomerFacts(**self.model_dump())


class AccountBody(Body):
    """An account as JSON."""

    legal_name: Name
    country: Country
    local_name: Name = ""
    domain: Domain = ""
    registry_id: Registry = ""
    region: Place = ""
    city: Place = ""
    address: Annotated[str, Field(max_length=LIMITS["address"])] = ""
    postcode: Annotated[str, Field(max_length=LIMITS["postcode"])] = ""
    industry: Industry = ""
    size: Size = ""
    phone: Annotated[str, Field(max_length=LIMITS["phone"])] = ""

    def facts(self) -> CustomerFacts:
        """The facts that the service takes."""
        return CustomerFacts(**self.model_dump())


class ContactBody(Body):
    """A person as JSON."""

    name: PersonName
    email: Email = ""
    phone: Phone = ""
    job_title: JobTitle = ""
    consent: Consent = ""

    def facts(self) -> ContactFacts:
        """The facts that the service takes."""
        return ContactFacts(**self.model_dump())


class LinkBody(Body):
    """Which account a card is."""

    account: UUID


class TagForm(Form):
    """A tag to put on an account; `tag` is the id that the field with suggestions sends, and says nothing here."""

    tag_text: Annotated[str, Field(max_length=100)] = ""
    tag: Annotated[str, Field(max_length=100)] = ""


class UntagForm(Form):
    """A tag to take off an account, by its name."""

    name: Annotated[str, Field(max_length=100)]


class TagBody(Body):
    """A tag by its name."""

    name: Annotated[str, Field(max_length=100)]
