"""The policy `approval_chains` made known, with what its form offers and what is held against what is stored."""

from collections.abc import Mapping
from typing import Any, Final

from partners.chains import queries
from partners.chains.policy import APPROVER_LABELS, CHOOSABLE, DEFAULT, KEY, Chains, lines, lint
from partners.products.queries import list_groups, local_name
from portal.core import db
from portal.core.actor import Actor
from portal.core.i18n import N_
from portal.core.i18n import gettext as _
from portal.policies.kinds import PolicyKind, register_kind


async def _choices(actor: Actor) -> Mapping[str, Any]:
    """Product groups by code, and whom a step can ask."""
    return {
        "groups": [(row["code"], local_name(row)) for row in await list_groups(actor)],
        "approvers": [(one.value, _(APPROVER_LABELS[one])) for one in CHOOSABLE],
    }


async def _look(actor: Actor, document: Chains) -> list[str]:
    """People who are named and cannot agree, because they left or never could; groups that there are not."""
    named = sorted({person for rule in document.rules for _number, _approver, person in rule.asked() if person})
    async with db.transaction(actor):
        known = await queries.find_members(named)
    found = [
        _("%(email)s cannot agree: gone, or neither a partner manager nor of key accounts or finance.")
        % {"email": email}
        for email in named
        if email not in known
    ]
    groups = {row["code"] for row in await list_groups(actor)}
    unknown = sorted({group for rule in document.rules for group in rule.groups} - groups)
    return found + [_("There is no product group “%(group)s”.") % {"group": group} for group in unknown]


CHAINS: Final = register_kind(
    PolicyKind(
        key=KEY,
        title=N_("Approval of deals"),
        about=N_("Which deals need more than a partner manager's word, and whose; how fast partners may submit."),
        model=Chains,
        template="partners/chains/pages/policy.html",
        lint=lint,
        lines=lines,
        look=_look,
        choices=_choices,
        first=DEFAULT,
    )
)
