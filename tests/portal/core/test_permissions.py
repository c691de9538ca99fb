"""Who may do what, against a table written by hand from the product's description of its roles."""

import pytest

from portal.core.actor import SYSTEM, Actor
from portal.core.errors import NotAllowed
from portal.core.ids import new_id
from portal.core.permissions import GRANTS, Permission, Role, Side, permissions_of

EVERYBODY = {"home.read", "profile.read", "profile.write", "products.read"}
PARTNER = EVERYBODY | {"company.read", "colleagues.read"}
STAFF = EVERYBODY | {"companies.read", "accounts.read", "deals.read", "history.read", "absences.read"}
AWAY = {"absences.write"}
"""Who says when they are away: everybody of the vendor but those who only look on."""
SELLS = {"deals.read", "deals.write", "cards.read", "cards.write", "commissions.read", "claims.read", "claims.write"}
TABLE: dict[str, set[str]] = {
    "partner_admin": PARTNER | SELLS | {"company.write", "colleagues.write", "commission_report.read"},
    "partner_sales": PARTNER | SELLS,
    "partner_marketing": PARTNER | {"cards.read"},
    "partner_finance": PARTNER
    | {"deals.read", "cards.read", "commissions.read", "commission_report.read", "claims.read"},
    "partner_manager": STAFF
    | {"deals.decide", "accounts.write", "cards.read", "companies.write", "people.read", "revenue.read"}
    | {"commissions.read", "policies.read", "policies.write", "approvals.read", "approvals.decide"}
    | {"imports.read", "imports.write", "touchpoints.read", "touchpoints.write", "costs.read", "costs.write"}
    | {"runs.read", "runs.write", "sources.write", "visitors.write", "claims.read", "claims.decide"}
    | {"health.read", "health.write", "deal_steps.decide", "conflicts.read", "opportunities.write"}
    | AWAY,
    "sales": STAFF
    | {"accounts.write", "touchpoints.read", "runs.read", "deal_steps.decide", "conflicts.read"}
    | {"opportunities.write"}
    | AWAY,
    "customer_success": STAFF
    | AWAY
    | {"accounts.write", "revenue.read", "touchpoints.read", "runs.read", "health.read"},
    "marketing": STAFF
    | AWAY
    | {"touchpoints.read", "costs.read", "runs.read", "sources.write", "visitors.write", "claims.read"},
    "finance": STAFF
    | {"cards.read", "revenue.read", "revenue.write", "commissions.read", "commission_report.read", "periods.close"}
    | {"policies.read", "money_policies.write", "approvals.read", "approvals.decide"}
    | {"imports.read", "imports.write", "verify.read", "touchpoints.read", "costs.read", "costs.write"}
    | {"runs.read", "runs.write", "claims.read", "health.read", "deal_steps.decide"}
    | AWAY,
    "auditor": STAFF
    | {"cards.read", "people.read", "revenue.read", "commissions.read", "commission_report.read", "policies.read"}
    | {"approvals.read", "imports.read", "verify.read", "touchpoints.read", "costs.read", "runs.read"}
    | {"claims.read", "health.read", "conflicts.read", "robots.read"},
    "admin": STAFF
    | {"cards.read", "companies.write", "products.write", "people.read", "people.write", "policies.read"}
    | {"policies.write", "approvals.read", "imports.read", "imports.write", "verify.read"}
    | {"robots.read", "robots.write"}
    | AWAY,
}
MONEY = {Permission.REVENUE_WRITE, Permission.MONEY_POLICIES_WRITE, Permission.PERIODS_CLOSE}
DECIDES = {Permission.DEALS_DECIDE, Permission.APPROVALS_DECIDE, Permission.CLAIMS_DECIDE}


@pytest.mark.security
@pytest.mark.parametrize("role", Role)
def test_each_role_has_exactly_its_rights(role: Role) -> None:
    assert {permission.value for permission in GRANTS[role]} == TABLE[role.value]


def test_every_right_is_somebodys() -> None:
    assert permissions_of(frozenset(Role)) == frozenset(Permission)


@pytest.mark.security
def test_no_staff_role_can_both_make_people_and_move_money() -> None:
    for role in Role:
        assert not (Permission.PEOPLE_WRITE in GRANTS[role] and GRANTS[role] & MONEY), role


@pytest.mark.security
def test_no_role_can_both_register_and_decide() -> None:
    for role in Role:
        assert not (Permission.DEALS_WRITE in GRANTS[role] and GRANTS[role] & DECIDES), role


@pytest.mark.security
def test_money_is_finances_alone_and_an_administrator_has_no_right_to_it() -> None:
    assert {role for role in Role if GRANTS[role] & MONEY} == {Role.FINANCE}


@pytest.mark.security
def test_an_auditor_changes_nothing_but_the_own_profile() -> None:
    writes = {permission for permission in GRANTS[Role.AUDITOR] if not permission.value.endswith(".read")}
    assert writes == {Permission.PROFILE_WRITE}


@pytest.mark.security
def test_no_right_of_the_vendors_is_a_partners() -> None:
    partners = permissions_of(frozenset(role for role in Role if role.side == Side.PARTNER))
    of_the_vendor = {"companies", "accounts", "people", "revenue", "policies", "money_policies", "approvals"}
    of_the_vendor |= {"imports", "verify", "periods", "history"}
    assert not {permission for permission in partners if permission.value.split(".")[0] in of_the_vendor}
    assert not partners & DECIDES


def test_sides_of_roles() -> None:
    assert {role.value for role in Role if role.side == Side.PARTNER} == {
        "partner_admin", "partner_sales", "partner_marketing", "partner_finance",
    }  # fmt: skip


def actor(side: Side, roles: set[Role], *, partner: bool) -> Actor:
    return Actor(new_id(), new_id(), "A", "", side, frozenset(roles), new_id() if partner else None)


def test_several_roles_add_up() -> None:
    both = actor(Side.PARTNER, {Role.PARTNER_MARKETING, Role.PARTNER_FINANCE}, partner=True)
    assert both.permissions == GRANTS[Role.PARTNER_MARKETING] | GRANTS[Role.PARTNER_FINANCE]


def test_no_role_no_right() -> None:
    nobody = actor(Side.STAFF, set(), partner=False)
    for permission in Permission:
        with pytest.raises(NotAllowed):
            nobody.require(permission)


def test_the_system_may_all() -> None:
    for permission in Permission:
        SYSTEM.require(permission)


@pytest.mark.parametrize(("side", "partner"), [(Side.PARTNER, False), (Side.STAFF, True), (Side.SYSTEM, True)])
def test_an_actor_of_the_partner_side_has_a_partner_and_nobody_else(side: Side, partner: bool) -> None:  # noqa: FBT001 -- pytest passes it by name
    with pytest.raises(ValueError, match="partner"):
        actor(side, set(), partner=partner)


def test_each_side_works_as_its_own_database_role() -> None:
    roles = {actor(Side.PARTNER, set(), partner=True).db_role, actor(Side.STAFF, set(), partner=False).db_role}
    assert roles | {SYSTEM.db_role} == {"tributary_partner", "tributary_staff", "tributary_worker"}
