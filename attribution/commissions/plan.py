"""The policy `commission_plan`: which percentage of the cash received earns whom, clause by clause."""

import re
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field

from partners.companies.rules import KIND_LABELS, TIER_LABELS, PartnerKind, Tier
from portal.core import money
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.policies.kinds import Document, Line, PolicyKind, register_kind

KEY: Final = "commission_plan"
MOST_CLAUSES: Final = 30
_PERCENT: Final = re.compile(r"(0|[1-9]\d?|100)(\.\d{1,4})?")


def _percent(text: str) -> str:
    """Hold a percentage to a plain decimal above 0 and up to 100, at most four decimals. Raises ValueError."""
    plain = text.removesuffix("%").strip()
    if not _PERCENT.fullmatch(plain) or not 0 < Fraction(plain) <= 100:  # noqa: PLR2004 -- a hundred percent
        raise ValueError(_("Give a percentage above 0 and up to 100, such as 7.5."))
    return plain


def _once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(values))


TO_LABELS: Final = {
    "registered_partner": N_("The partner that registered the sale"),
    "credited_partners": N_("Every credited partner, by its share"),
}
"""Whom a clause can pay."""


class Clause(Document):
    """One rule of a plan. The first clause that fits a partner is the one that counts."""

    code: str = Field(min_length=1, max_length=12)
    """How people cite it: `§ 3.2`."""
    name: str = Field(min_length=1, max_length=80)
    kinds: Annotated[tuple[PartnerKind, ...], AfterValidator(_once)] = ()
    """Of partners, any of them; none named means all."""
    tiers: Annotated[tuple[Tier, ...], AfterValidator(_once)] = ()
    """Any of them; none named means all."""
    rate: Annotated[str, AfterValidator(_percent)]
    """Percent of the base, as a decimal text."""
    base: Literal["cash"] = "cash"
    """Cash received, net, refunds taken off."""
    to: Literal["registered_partner", "credited_partners"] = "registered_partner"
    """The partner whose registration covers the order; or every partner that a run credits, each for its share."""

    @property
    def fraction(self) -> Fraction:
        """The rate, exactly: 7.5 is 3/40."""
        return money.rate(f"{self.rate}%")

    @property
    def is_by_credit(self) -> bool:
        """Whether it pays for a share of the credit, not for a registration."""
        return self.to == "credited_partners"

    def fits(self, kinds: Collection[str], tier: str) -> bool:
        """Whether it is meant for a partner of these kinds in this tier."""
        kind_fits = not self.kinds or any(kind in kinds for kind in self.kinds)
        return kind_fits and (not self.tiers or tier in self.tiers)


class CommissionPlan(Document):
    """A plan: its clauses in order."""

    title: str = Field(min_length=1, max_length=80)
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1, max_length=MOST_CLAUSES)]

    @property
    def pays_by_credit(self) -> bool:
        """Whether any clause needs a run."""
        return any(clause.is_by_credit for clause in self.clauses)

    def clause_for(self, kinds: Collection[str], tier: str) -> Clause | None:
        """The first clause that fits, or None."""
        return next((clause for clause in self.clauses if clause.fits(kinds, tier)), None)


DEFAULT: Final = CommissionPlan(
    title="Reseller programme",
    clauses=(
        Clause(code="§ 3.1", name="Distributors", kinds=(PartnerKind.DISTRIBUTOR,), rate="4"),
        Clause(
            code="§ 3.2",
            name="Resellers and integrators, gold and platinum",
            kinds=(PartnerKind.RESELLER, PartnerKind.INTEGRATOR),
            tiers=(Tier.GOLD, Tier.PLATINUM),
            rate="9",
        ),
        Clause(
            code="§ 3.3",
            name="Resellers and integrators, registered and silver",
            kinds=(PartnerKind.RESELLER, PartnerKind.INTEGRATOR),
            tiers=(Tier.REGISTERED, Tier.SILVER),
            rate="7",
        ),
        Clause(
            code="§ 3.4",
            name="Agents and referral partners",
            kinds=(PartnerKind.AGENT, PartnerKind.REFERRAL),
            rate="5.5",
        ),
    ),
)
"""What a new installation begins with, as a first version that finance can change."""


def lint(plan: CommissionPlan) -> list[str]:
    """Sentences about codes used twice, clauses that nobody reaches, and tiers that fall through."""
    return [*_repeated_codes(plan.clauses), *_unreachable(plan.clauses), *_gaps(plan)]


def _repeated_codes(clauses: Sequence[Clause]) -> list[str]:
    codes = [clause.code for clause in clauses]
    sentence = _("The code %(code)s stands for two clauses. Give each its own.")
    return [sentence % {"code": code} for code in dict.fromkeys(codes) if codes.count(code) > 1]


def _unreachable(clauses: Sequence[Clause]) -> list[str]:
    """Clauses of which every kind and tier is taken by those before."""
    taken: set[tuple[PartnerKind, Tier]] = set()
    found = []
    for clause in clauses:
        own = {(kind, tier) for kind in clause.kinds or PartnerKind for tier in clause.tiers or Tier}
        if own <= taken:
            sentence = _("Nobody reaches %(code)s: earlier clauses take all its partners. Move it up or remove it.")
            found.append(sentence % {"code": clause.code})
        taken |= own
    return found


def _gaps(plan: CommissionPlan) -> list[str]:
    """Tiers that earn nothing although a lower tier of the same kind does."""
    found = []
    for kind in PartnerKind:
        lower: Tier | None = None
        for tier in Tier:
            if plan.clause_for([kind], tier) is not None:
                lower = tier
            elif lower is not None:
                sentence = _("%(kind)s: %(higher)s earns nothing, although %(lower)s does. Add a clause for it.")
                words = {"kind": _(KIND_LABELS[kind]), "higher": _(TIER_LABELS[tier]), "lower": _(TIER_LABELS[lower])}
                found.append(sentence % words)
                break
    return found


def lines(plan: CommissionPlan) -> list[Line]:
    """What a plan says, one line a thing; clauses are told again by their codes."""
    found = [Line("title", "", _("Plan title"), plan.title)]
    for clause in plan.clauses:
        part = f"{clause.code} {clause.name}"
        kinds, tiers = kind_words(clause.kinds), tier_words(clause.tiers)
        found += [
            Line(f"{clause.code}.name", part, _("Clause name"), clause.name),
            Line(f"{clause.code}.kinds", part, _("Partner kinds"), kinds),
            Line(f"{clause.code}.tiers", part, _("Tiers"), tiers),
            Line(f"{clause.code}.rate", part, _("Commission rate"), f"{clause.rate}%"),
            Line(f"{clause.code}.base", part, _("Commission base"), _("Cash received, net of refunds")),
            Line(f"{clause.code}.to", part, _("Goes to"), _(TO_LABELS[clause.to])),
        ]
    return found


def kind_words(kinds: Iterable[str]) -> str:
    """Kinds of partner in the reader's words; none means all."""
    return _(", ").join(_(KIND_LABELS[PartnerKind(kind)]) for kind in kinds) or _("All kinds")


def tier_words(tiers: Iterable[str]) -> str:
    """Tiers in the reader's words; none means all."""
    return _(", ").join(_(TIER_LABELS[Tier(tier)]) for tier in tiers) or _("All tiers")


PLAN: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Commission plan"),
        about=N_("What partners earn on the cash received, by registration or by credit, kind and tier."),
        model=CommissionPlan,
        template="attribution/commissions/pages/plan.html",
        lines=lines,
        money=True,
        first=DEFAULT,
        lint=lint,
    )
)
