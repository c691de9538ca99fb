"""What is stored about contribution claims."""

from piccolo.columns import UUID, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.claims.rules import ClaimState
from attribution.touchpoints.rules import TouchKind
from partners.customers.tables import CustomerCard
from partners.deals.tables import Deal
from portal.core.tenancy import PartnerScoped, one_of


class Claim(PartnerScoped, Table, tablename="attribution_claim"):
    """What a partner says that it did for a customer. Nothing that the vendor knows of the customer stands here."""

    id = UUID(primary_key=True)
    owner = UUID(default=None, index=True)
    """The partner's membership that claims it; moves to a successor."""
    card = ForeignKey(CustomerCard, null=False, default=None, on_delete=OnDelete.restrict)
    deal = ForeignKey(Deal, null=True, default=None, on_delete=OnDelete.restrict)
    customer_name = Varchar(length=200, default=None)
    """The card's name when it was claimed, so that lists need no join."""
    motion = Varchar(length=20, default=None)
    kind = Varchar(length=20, default=None)
    occurred_on = DateColumn(default=None)
    did = Text(default="")
    evidence_link = Varchar(length=500, default="")
    evidence = Text(default="")
    state = Varchar(length=16, default=ClaimState.DRAFT, index=True)
    reviewer = UUID(null=True, default=None, index=True)
    question = Text(default="")
    answer = Text(default="")
    reject_code = Varchar(length=24, default="")
    decision_note = Text(default="")
    policy_version = UUID(null=True, default=None)
    """The version of the claims policy under which it was submitted; None where none was in force."""
    submitted_at = Timestamptz(null=True, default=None)
    taken_at = Timestamptz(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    search = Varchar(length=500, default="")
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)
    version = Integer(default=1)

    known_claim_state = Check(one_of("state", ClaimState))
    claimable_motion = Check("motion IN ('influence', 'build', 'service', 'manage')")
    known_claim_kind = Check(one_of("kind", TouchKind))
    submitted_has_time = Check("state IN ('draft', 'withdrawn') OR submitted_at IS NOT NULL")
    decided_has_time = Check("(state IN ('approved', 'rejected')) = (decided_at IS NOT NULL)")
    rejected_has_code = Check("(state = 'rejected') = (reject_code <> '')")
