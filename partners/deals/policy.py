"""The policy `special_price`: how far below the list one person may go alone, by tier."""

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import Field

from partners.companies.rules import TIER_LABELS, Tier
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.core.questions import Question
from portal.policies.kinds import Document, Line, PolicyKind, register_kind
from portal.policies.queries import InForce, holds_on

KEY: Final = "special_price"


class TierPrice(Document):
    """What one person may grant partners of a tier."""

    tier: Tier
    alone_percent: int = Field(ge=0, le=100)
    """Percent below the list price, of the cheapest line; more needs a second person."""


class SpecialPrice(Document):
    """All tiers, each exactly once."""

    tiers: tuple[TierPrice, ...]

    def of(self, tier: Tier | str) -> TierPrice:
        """What holds for this tier. Raises KeyError."""
        for one in self.tiers:
            if one.tier == tier:
                return one
        raise KeyError(tier)


DEFAULT: Final = SpecialPrice(
    tiers=tuple(
        TierPrice(tier=tier, alone_percent=percent) for tier, percent in zip(Tier, (5, 10, 15, 20), strict=True)
    )
)
"""What holds until a version is approved, and what the first draft begins with."""


def lint(document: SpecialPrice) -> list[str]:
    """Every tier stands in it once."""
    if sorted(one.tier for one in document.tiers) != sorted(Tier):
        return [_("Every tier must stand in it exactly once.")]
    return []


def lines(document: SpecialPrice) -> list[Line]:
    """What each tier may be granted, tier by tier."""
    label = _("One person may grant, below the list")
    return [
        Line(f"{one.tier}.alone_percent", _(TIER_LABELS[one.tier]), label, f"{one.alone_percent} %")
        for one in document.tiers
    ]


async def find_alone_percent(actor: Actor, tier: str, now: datetime) -> tuple[int, UUID | None]:
    """What one person may grant partners of this tier today, and the version that says so; None for the default."""
    async with db.transaction(actor):
        found: tuple[int, UUID | None] = await db.ask(alone_percent_of(tier, now))
    return found


def alone_percent_of(tier: str, now: datetime) -> Question:
    """The question of `find_alone_percent`, for asking beside others."""
    return holds_on(KEY, clock.day_of(now, formats.time_zone().key)).then(lambda found: _alone_percent(found, tier))


def _alone_percent(found: InForce | None, tier: str) -> tuple[int, UUID | None]:
    body: SpecialPrice = found.body if found else DEFAULT
    return body.of(tier).alone_percent, found.version_id if found else None


SPECIAL_PRICE: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Special prices"),
        about=N_("How far below the list price one person may go alone; beyond that a second person has to agree."),
        model=SpecialPrice,
        template="partners/deals/pages/price_policy.html",
        lint=lint,
        lines=lines,
        first=DEFAULT,
    )
)
