"""The policy `website`: which sites of the vendor may tell of their visitors."""

from typing import Any, Final

from pydantic import Field, field_validator

from attribution.visits.rules import clean_origin
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.web.fields import refuse
from portal.policies.kinds import Document, Line, PolicyKind, Posted, register_kind

KEY: Final = "website"
MOST_SITES: Final = 50


class Website(Document):
    """Sites by their origins, as browsers write them: `https://www.example.com`."""

    origins: tuple[str, ...] = Field(default=(), max_length=MOST_SITES)

    @field_validator("origins", mode="after")
    @classmethod
    def _clean(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(dict.fromkeys(clean_origin(one) for one in origins))
        except ValueError as error:
            raise refuse(_("Write each site as https://www.example.com, one a line.")) from error


DEFAULT: Final = Website()
"""What a new installation begins with: no site. A version without any closes the door again."""


def lines(document: Website) -> list[Line]:
    """One line a site."""
    return [Line(f"origins.{one}", "", _("Site"), one) for one in document.origins]


def parse_form(posted: Posted) -> dict[str, Any]:
    """The lines of the one field as the list of sites."""
    typed = "\n".join(posted.get("origins", []))
    return {"origins": [one.strip() for one in typed.splitlines() if one.strip()]}


WEBSITE: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Own sites"),
        about=N_("Which sites of yours may tell what their visitors open, with their consent."),
        model=Website,
        template="attribution/visits/pages/policy.html",
        lines=lines,
        parse_form=parse_form,
    )
)
