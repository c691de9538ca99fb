"""What is stored about accounts that are one customer. Partners have no right on these tables."""

from piccolo.columns import UUID, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.customers.tables import Account, CustomerCard
from partners.merging.rules import PairState, RequestState
from portal.core.tenancy import one_of


class AccountAlias(Table, tablename="partners_account_alias"):
    """That an account is another one. Undoing it fills its last columns; a row is never taken away."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    merged_into = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    """As it was decided; that one may have been merged further since."""
    canonical = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    """Under which account both are found today: never one that is merged itself."""
    note = Varchar(length=1000, default="")
    decided_by = UUID(default=None)
    decided_at = Timestamptz(default=None)
    undone_by = UUID(null=True, default=None)
    undone_at = Timestamptz(null=True, default=None)

    alias_of_another = Check("account <> canonical AND account <> merged_into")
    alias_undone_by_somebody = Check("(undone_at IS NULL) = (undone_by IS NULL)")


class MergeRequest(Table, tablename="partners_merge_request"):
    """A merge that waits for a person, because two deals would be protected on one account."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    merged_into = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    note = Varchar(length=1000, default="")
    state = Varchar(length=12, default=RequestState.WAITING)
    requested_by = UUID(default=None)
    requested_at = Timestamptz(default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)

    request_of_two = Check("account <> merged_into")
    known_request_state = Check(one_of("state", RequestState))
    request_decided = Check("(state = 'waiting') = (decided_at IS NULL)")


class AccountPair(Table, tablename="partners_account_pair"):
    """Two that may be one customer: an account and another one, or an account and a partner's card."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    other = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    card = ForeignKey(CustomerCard, null=True, default=None, on_delete=OnDelete.restrict)
    score = Integer(default=None)
    """In percent."""
    reasons = Varchar(length=400, default="")
    """Codes of why they are alike or not, with commas between."""
    state = Varchar(length=12, default=PairState.OPEN)
    found_at = Timestamptz(default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)

    pair_of_two = Check("(other IS NULL) <> (card IS NULL) AND (other IS NULL OR account < other)")
    pair_percent = Check("score BETWEEN 0 AND 100")
    known_pair_state = Check(one_of("state", PairState))
    pair_decided = Check("(state = 'open') = (decided_at IS NULL)")
