"""The policy `lifetime_value`: how far ahead value is reckoned, at which margin, and what later money is worth now."""

import re
from fractions import Fraction
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from portal.core import formats
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.policies.kinds import Document, Line, PolicyKind, register_kind

KEY: Final = "lifetime_value"
_PERCENT: Final = re.compile(r"(0|[1-9]\d{0,2})(\.\d{1,4})?")
_MOST: Final = 100


def _percent(text: str) -> str:
    """A percentage from 0 to 100 as a plain decimal. Raises ValueError."""
    plain = text.removesuffix("%").strip()
    if not _PERCENT.fullmatch(plain) or Fraction(plain) > _MOST:
        raise ValueError(_("Give a percentage from 0 to 100, such as 10."))
    return plain


def _positive(text: str) -> str:
    plain = _percent(text)
    if Fraction(plain) == 0:
        raise ValueError(_("Give a percentage above 0 and up to 100, such as 7.5."))
    return plain


class ValueSettings(Document):
    """What a valuation depends on besides purchases."""

    horizon_months: int = Field(default=36, ge=1, le=120)
    """How far ahead purchases count."""
    discount_percent: Annotated[str, AfterValidator(_percent)] = "10"
    """What money a year later is worth less."""
    margin_percent: Annotated[str, AfterValidator(_positive)] = "100"
    """The part of revenue that counts; 100 values revenue itself."""

    @property
    def discount(self) -> float:
        """The yearly rate of one."""
        return float(Fraction(self.discount_percent) / _MOST)

    @property
    def margin(self) -> float:
        """The part of one."""
        return float(Fraction(self.margin_percent) / _MOST)


DEFAULT: Final = ValueSettings()
"""What a new installation begins with, as a first version that finance can change."""


def lines(document: ValueSettings) -> list[Line]:
    """What it says, one line a thing."""
    months = ngettext("%(count)s month", "%(count)s months", document.horizon_months)
    return [
        Line("horizon_months", "", _("Looks ahead"), months % {"count": formats.number(document.horizon_months)}),
        Line("discount_percent", "", _("Discount a year"), f"{document.discount_percent}%"),
        Line("margin_percent", "", _("Margin on revenue"), f"{document.margin_percent}%"),
    ]


POLICY: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Lifetime value"),
        about=N_("How far ahead value is reckoned, at which margin, and what later money is worth now."),
        model=ValueSettings,
        template="attribution/value/pages/policy.html",
        lines=lines,
        first=DEFAULT,
    )
)
