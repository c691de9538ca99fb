"""The policy `conflicts`: the rules that propose who goes on, in their order."""

from typing import Any, Final

from pydantic import Field, model_validator

from partners.conflicts.rules import GROUND_LABELS, LONGEST_DAYS, WITH_DAYS, Asked, Rule
from portal.core import formats
from portal.core.i18n import N_, ngettext
from portal.core.i18n import gettext as _
from portal.policies.kinds import Document, Line, PolicyKind, register_kind

KEY: Final = "conflicts"


class RuleTerm(Document):
    """One rule; those that count days say how many."""

    rule: Rule
    days: int = Field(default=0, ge=0, le=LONGEST_DAYS)

    @model_validator(mode="before")
    @classmethod
    def _without_days(cls, value: Any) -> Any:
        """A rule that counts no days has none, whatever the form left in the field."""
        if isinstance(value, dict) and value.get("rule") not in WITH_DAYS:
            return {**value, "days": 0}
        return value


class ConflictRules(Document):
    """The rules in the order in which they are asked: the first that gives a clear answer is proposed."""

    rules: tuple[RuleTerm, ...] = Field(min_length=1, max_length=len(Rule))

    def asked(self) -> list[Asked]:
        """The rules as `propose` takes them."""
        return [Asked(one.rule, one.days) for one in self.rules]


DEFAULT: Final = ConflictRules(
    rules=(
        RuleTerm(rule=Rule.PROTECTION),
        RuleTerm(rule=Rule.CUSTOMER),
        RuleTerm(rule=Rule.RECORD),
        RuleTerm(rule=Rule.FIRST_TOUCH, days=90),
        RuleTerm(rule=Rule.FIRST_REGISTRATION),
        RuleTerm(rule=Rule.EARLIER_DIRECT, days=14),
    )
)
"""What holds until a version is approved, and what the first draft begins with."""


def lint(document: ConflictRules) -> list[str]:
    """Each rule once."""
    rules = [one.rule for one in document.rules]
    return [
        _("“%(rule)s” stands in it more than once.") % {"rule": _(GROUND_LABELS[rule])}
        for rule in Rule
        if rules.count(rule) > 1
    ]


def lines(document: ConflictRules) -> list[Line]:
    """One line a rule, with its place and days."""
    found = []
    for place, one in enumerate(document.rules, start=1):
        days = ngettext("%(count)s day", "%(count)s days", one.days) % {"count": formats.number(one.days)}
        words = _("asked as number %(place)s") % {"place": place}
        value = f"{words}, {days}" if one.rule in WITH_DAYS else words
        found.append(Line(one.rule.value, "", _(GROUND_LABELS[one.rule]), value))
    return found


CONFLICTS: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Conflicts"),
        about=N_("Which rules propose who goes on when several claim one customer, in their order."),
        model=ConflictRules,
        template="partners/conflicts/pages/policy.html",
        lint=lint,
        lines=lines,
        first=DEFAULT,
    )
)
