"""What is stored about approval chains: one for each review that needs more than its manager's word, and its steps."""

from piccolo.columns import JSONB, UUID, Array, Boolean, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.chains.rules import Approver, Outcome
from partners.deals.tables import Deal
from portal.core.tenancy import PartnerScoped, one_of


class DealChain(PartnerScoped, Table, tablename="partners_deal_chain"):
    """That a deal needs so many steps. Its partner reads it, and learns how far it is and whose work is asked."""

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    policy_version = UUID(default=None)
    facts = JSONB(default=None)
    """What the rules looked at (`rules.Facts`)."""
    asks = Array(base_column=Varchar(length=20), default=list)
    """Number and kind of each approver (`2:finance`), in order: never who."""
    done = Integer(default=0)
    """How many steps are agreed."""
    outcome = Varchar(length=10, default=Outcome.OPEN)
    made_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)

    known_outcome = Check(one_of("outcome", Outcome))
    chain_ended = Check("(outcome = 'open') = (ended_at IS NULL)")
    chain_counts = Check("done BETWEEN 0 AND cardinality(asks) AND cardinality(asks) > 0")


class DealStep(Table, tablename="partners_deal_step"):
    """One step of a chain: who is asked, why, and who agreed. Vendor-only."""

    id = UUID(primary_key=True)
    chain = ForeignKey(DealChain, null=False, default=None, on_delete=OnDelete.restrict)
    number = Integer(default=None)
    approver = Varchar(length=20, default=None)
    person = UUID(null=True, default=None, index=True)
    """The membership where one person is asked by name."""
    rules = Array(base_column=Varchar(length=80), default=list)
    """The rules of the policy's version that ask."""
    unsure = Boolean(default=False)
    """Asked only because something was not known, such as a rate."""
    decided_by = UUID(null=True, default=None)
    on_behalf_of = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    note = Varchar(length=4000, default="")

    step_number = Check("number BETWEEN 1 AND 3")
    known_approver = Check(one_of("approver", Approver))
    step_decided = Check("(decided_by IS NULL) = (decided_at IS NULL)")
    step_for_another = Check("on_behalf_of IS NULL OR (decided_by IS NOT NULL AND on_behalf_of <> decided_by)")
