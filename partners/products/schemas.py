"""What comes in about the catalogue."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from partners.products.service import ProductData
from portal.core.errors import Invalid
from portal.core.i18n import gettext as _
from portal.core.money import Money, is_currency
from portal.core.web.fields import Currency, TypedAmount
from portal.core.web.forms import Body, Form

Sku = Annotated[str, Field(max_length=60)]
Name = Annotated[str, Field(max_length=160)]
GroupName = Annotated[str, Field(max_length=120)]
Unit = Annotated[str, Field(max_length=40)]
Code = Annotated[str, Field(max_length=40)]
MOST_MINOR = 2**53


class ProductForm(Form):
    """A product as the page posts it."""

    sku: Sku
    name: Name
    group: UUID
    list_price_currency: Currency
    list_price: TypedAmount
    name_zh: Name = ""
    unit: Unit = ""
    active: bool = False

    def product(self) -> ProductData:
        """The product that the service takes."""
        return ProductData(
            sku=self.sku, name=self.name, group=self.group, list_price=self.list_price, name_zh=self.name_zh,
            unit=self.unit, active=self.active,
        )  # fmt: skip


class PriceBody(Body):
    """An amount in whole minor units."""

    minor: Annotated[int, Field(ge=0, le=MOST_MINOR)]
    currency: str


class ProductBody(Body):
    """A product as JSON."""

    sku: Sku
    name: Name
    group: UUID
    list_price: PriceBody
    name_zh: Name = ""
    unit: Unit = ""
    active: bool = True

    def product(self) -> ProductData:
        """The product that the service takes. Raises Invalid for an unknown currency."""
        if not is_currency(self.list_price.currency):
            raise Invalid({"list_price.currency": _("Choose a currency.")})
        price = Money(self.list_price.minor, self.list_price.currency)
        return ProductData(
            sku=self.sku, name=self.name, group=self.group, list_price=price, name_zh=self.name_zh, unit=self.unit,
            active=self.active,
        )  # fmt: skip


class GroupForm(Form):
    """A product group as the page posts it."""

    code: Code
    name: GroupName
    name_zh: GroupName = ""


class GroupBody(Body):
    """A product group as JSON."""

    code: Code
    name: GroupName
    name_zh: GroupName = ""
