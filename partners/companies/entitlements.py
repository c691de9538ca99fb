"""The policy `tiers`: what each tier is called and entitles to."""

import itertools
from typing import Any, Final

from pydantic import Field

from partners.companies.rules import TIER_LABELS, Tier
from portal.core import formats
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.policies.kinds import Document, Line, PolicyKind, register_kind

LONGEST_PROTECTION: Final = 730
MOST_OPEN: Final = 10_000
MOST_EXTENSIONS: Final = 20


class TierEntitlement(Document):
    """What one tier entitles to."""

    tier: Tier
    protection_days: int = Field(ge=1, le=LONGEST_PROTECTION)
    """How long an approved exclusive deal is protected."""
    open_registrations: int = Field(ge=1, le=MOST_OPEN)
    """How many registrations may wait or be open at once."""
    extensions: int = Field(ge=0, le=MOST_EXTENSIONS)
    """How often the protection of one deal may be extended."""
    extension_days: int = Field(ge=0, le=LONGEST_PROTECTION)
    """How many days one extension adds at most."""


class Entitlements(Document):
    """All tiers, each exactly once."""

    tiers: tuple[TierEntitlement, ...]

    def of(self, tier: Tier | str) -> TierEntitlement:
        """What this tier entitles to. Raises KeyError."""
        for one in self.tiers:
            if one.tier == tier:
                return one
        raise KeyError(tier)


DEFAULT: Final = Entitlements(
    tiers=(
        TierEntitlement(
            tier=Tier.REGISTERED, protection_days=60, open_registrations=5, extensions=1, extension_days=30,
        ),
        TierEntitlement(
            tier=Tier.SILVER, protection_days=75, open_registrations=12, extensions=1, extension_days=30,
        ),
        TierEntitlement(
            tier=Tier.GOLD, protection_days=90, open_registrations=40, extensions=2, extension_days=45,
        ),
        TierEntitlement(
            tier=Tier.PLATINUM, protection_days=120, open_registrations=100, extensions=3, extension_days=60,
        ),
    )
)  # fmt: skip
"""What a new installation begins with, as a first version that managers can change."""


_NEVER_LESS: Final = ("protection_days", "open_registrations", "extensions", "extension_days")


def with_extensions(body: dict[str, Any]) -> dict[str, Any]:
    """A body of before extensions were part of it: what nobody decided then is not given now."""
    return {"tiers": [{**one, "extensions": 0, "extension_days": 0} for one in body["tiers"]]}


def lint(document: Entitlements) -> list[str]:
    """Every tier once; a higher one never entitles to less; extensions have days."""
    order = [tier.value for tier in Tier]
    given = [one.tier.value for one in document.tiers]
    if sorted(given, key=order.index) != order:
        return [_("Every tier must stand in it exactly once.")]
    found = []
    ranked = [document.of(tier) for tier in Tier]
    for lower, higher in itertools.pairwise(ranked):
        if any(getattr(higher, name) < getattr(lower, name) for name in _NEVER_LESS):
            found.append(
                _("%(higher)s entitles to less than %(lower)s.")
                % {"higher": _(TIER_LABELS[higher.tier]), "lower": _(TIER_LABELS[lower.tier])}
            )
    found += [
        _("%(tier)s has extensions without days, or days without extensions.") % {"tier": _(TIER_LABELS[one.tier])}
        for one in ranked
        if (one.extensions == 0) != (one.extension_days == 0)
    ]
    return found


def lines(document: Entitlements) -> list[Line]:
    """What each tier entitles to, tier by tier."""
    found = []
    for one in document.tiers:
        tier = _(TIER_LABELS[one.tier])
        days = ngettext("%(count)s day", "%(count)s days", one.protection_days)
        more = ngettext("%(count)s day", "%(count)s days", one.extension_days)
        found += [
            Line(
                f"{one.tier}.protection_days", tier, _("Protection of an approved deal"),
                days % {"count": formats.number(one.protection_days)},
            ),
            Line(
                f"{one.tier}.open_registrations", tier, _("Open registrations at most"),
                formats.number(one.open_registrations),
            ),
            Line(
                f"{one.tier}.extensions", tier, _("Extensions of a protection at most"), formats.number(one.extensions)
            ),
            Line(
                f"{one.tier}.extension_days", tier, _("One extension at most"),
                more % {"count": formats.number(one.extension_days)},
            ),
        ]  # fmt: skip
    return found


TIERS: Final = register_kind(
    PolicyKind(
        key="tiers",
        title=N_("Tiers"),
        about=N_("What each tier entitles a partner to: days of protection, extensions of it and open registrations."),
        model=Entitlements,
        template="partners/companies/pages/tiers_policy.html",
        lint=lint,
        lines=lines,
        first=DEFAULT,
        schema_version=2,
        up_casters={1: with_extensions},
    )
)
