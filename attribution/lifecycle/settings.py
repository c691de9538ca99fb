"""The policy `lifecycle`: from when a customer is dormant, and what counts as the renewal of a contract."""

from datetime import date
from typing import Final, NamedTuple
from uuid import UUID

from pydantic import Field

from attribution.lifecycle.continuing import Settings
from portal.core import formats
from portal.core.actor import Actor
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.policies.kinds import Document, Line, PolicyKind, register_kind
from portal.policies.queries import in_force

KEY: Final = "lifecycle"
MOST_MONTHS: Final = 60
MOST_DAYS: Final = 180


class LifecycleSettings(Document):
    """What the vendor decides about the life of customers."""

    dormant_months: int = Field(ge=1, le=MOST_MONTHS)
    """Without a payment for so long, and without a running paid contract, a customer is dormant."""
    continue_days: int = Field(ge=0, le=MOST_DAYS)
    """Between the end of a contract and the start of the one that continues it, either way."""
    order_days: int = Field(ge=0, le=MOST_DAYS)
    """Between an order and the start of the contract that it renews, either way."""

    @property
    def plain(self) -> Settings:
        """As the rules take them."""
        return Settings(self.dormant_months, self.continue_days, self.order_days)


DEFAULT: Final = LifecycleSettings(dormant_months=18, continue_days=90, order_days=30)
"""What a new installation begins with, as a first version that managers can change."""


class Chosen(NamedTuple):
    """The settings in force, and the version of the policy they come from; None where none was approved yet."""

    version: UUID | None
    settings: Settings


async def settings_on(actor: Actor, day: date) -> Chosen:
    """What holds on a day. A customer's whole life is derived by it, so that its parts fit together."""
    found = await in_force(actor, KEY, day)
    return Chosen(None, DEFAULT.plain) if found is None else Chosen(found.version_id, found.body.plain)


def lines(document: LifecycleSettings) -> list[Line]:
    """What it says, one line a thing."""
    months = ngettext("%(count)s month", "%(count)s months", document.dormant_months)
    return [
        Line(
            "dormant_months", "", _("Dormant after"), months % {"count": formats.number(document.dormant_months)},
        ),
        Line("continue_days", "", _("A contract continues another within"), _days(document.continue_days)),
        Line("order_days", "", _("An order renews a contract within"), _days(document.order_days)),
    ]  # fmt: skip


def _days(count: int) -> str:
    return ngettext("%(count)s day", "%(count)s days", count) % {"count": formats.number(count)}


POLICY: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Lifecycle"),
        about=N_("From when a customer is dormant, and what counts as the renewal of a contract."),
        model=LifecycleSettings,
        template="attribution/lifecycle/pages/policy.html",
        lines=lines,
        first=DEFAULT,
    )
)
