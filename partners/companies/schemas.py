"""What comes in about partner companies."""

from datetime import date
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, Field

from partners.companies.rules import CompanyStatus, PartnerKind, Tier, split_territory
from partners.companies.service import Profile
from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.web.forms import Body, Form


def territory_pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Lines of `DE` or `DE-Bavaria` as pairs of country and region. Raises Invalid naming the line."""
    try:
        return tuple(split_territory(line) for line in text.replace(";", "\n").splitlines() if line.strip())
    except ValueError as error:
        sentence = _("“%(line)s” is not a territory: write DE for a country, DE-Bavaria for a region.")
        raise Invalid({"territories": sentence % {"line": error}}) from error


Country = Annotated[str, Field(min_length=2, max_length=2), AfterValidator(str.upper)]
Name = Annotated[str, Field(max_length=200)]
Short = Annotated[str, Field(max_length=80)]


class CompanyForm(Form):
    """A company as the vendor writes it down."""

    legal_name: Name
    country: Country
    currency: Annotated[str, Field(max_length=3)]
    kinds: tuple[PartnerKind, ...]
    tier: Tier = Tier.REGISTERED
    local_name: Name = ""
    domain: Annotated[str, Field(max_length=120)] = ""
    region: Short = ""
    city: Short = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    registry_id: Annotated[str, Field(max_length=60)] = ""
    languages: str = ""
    manager: UUID | None = None
    territories: str = ""

    def profile(self) -> Profile:
        """The profile that the service takes. Raises Invalid for a wrong territory."""
        return profile_of(self, territory_pairs(self.territories), tuple(self.languages.replace(",", " ").split()))


class CompanyBody(Body):
    """The same as JSON."""

    legal_name: Name
    country: Country
    currency: Annotated[str, Field(max_length=3)]
    kinds: list[PartnerKind]
    tier: Tier = Tier.REGISTERED
    local_name: Name = ""
    domain: Annotated[str, Field(max_length=120)] = ""
    region: Short = ""
    city: Short = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    registry_id: Annotated[str, Field(max_length=60)] = ""
    languages: list[str] = Field(default_factory=list)
    manager: UUID | None = None
    territories: list[str] = Field(default_factory=list)

    def profile(self) -> Profile:
        """The profile that the service takes."""
        return profile_of(self, territory_pairs("\n".join(self.territories)), tuple(self.languages))


def profile_of(
    data: CompanyForm | CompanyBody, pairs: tuple[tuple[str, str], ...], tongues: tuple[str, ...]
) -> Profile:
    """The common part of both."""
    return Profile(
        legal_name=data.legal_name, country=data.country, currency=data.currency.upper(), kinds=tuple(data.kinds),
        tier=data.tier, local_name=data.local_name, domain=data.domain, region=data.region, city=data.city,
        phone=data.phone, registry_id=data.registry_id, languages=tongues, manager=data.manager, territories=pairs,
    )  # fmt: skip


class OwnProfileForm(Form):
    """What a partner's administrator may change of its own company."""

    local_name: Name = ""
    domain: Annotated[str, Field(max_length=120)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    languages: str = ""


class ParentForm(Form):
    """Under which distributor, from when."""

    parent: UUID | None = None
    since: date


class StatusForm(Form):
    """Suspend, terminate or take back."""

    status: CompanyStatus
    note: Annotated[str, Field(max_length=1000)] = ""
