"""The policy `claims`: from how long ago a contribution may be claimed, and how many claims may wait at once."""

from typing import Final

from pydantic import Field

from portal.core.i18n import N_
from portal.policies.kinds import Document, PolicyKind, register_kind

KEY: Final = "claims"


class ClaimTerms(Document):
    """The bounds of contribution claims."""

    look_back_days: int = Field(ge=1, le=730, title=N_("Days back that can be claimed"))
    open_claims: int = Field(ge=1, le=10_000, title=N_("Claims of a partner that may wait at once"))


DEFAULT: Final = ClaimTerms(look_back_days=180, open_claims=50)
"""What holds until a version is approved, and what the first draft begins with."""

CLAIMS: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Contribution claims"),
        about=N_("From how long ago partners may claim a contribution, and how many claims may wait at once."),
        model=ClaimTerms,
        template="attribution/claims/pages/policy.html",
        first=DEFAULT,
    )
)
