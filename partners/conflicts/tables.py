"""What is stored about conflicts. Partners have no right on these tables."""

from piccolo.columns import JSONB, UUID, Array, BigInt, Boolean, Date, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.conflicts.rules import AwardState, ClaimKind, ConflictState, Ground, Result
from partners.customers.tables import Account
from partners.deals.tables import Deal
from portal.core.tenancy import one_of


class Conflict(Table, tablename="partners_conflict"):
    """That several claim one customer for the same product groups. How it was last decided stands here too."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    """Under which the customer was found when the conflict was."""
    account_name = Varchar(length=200, default=None)
    """So that lists need no join."""
    product_groups = Array(base_column=UUID(), default=list)
    """Those that more than one wants."""
    state = Varchar(length=12, default=ConflictState.OPEN)
    is_direct = Boolean(default=False)
    """Whether the vendor's own sale is among the claims."""
    chosen = UUID(null=True, default=None)
    """The claim that the customer wants, as a person recorded it."""
    choice_words = Text(default="")
    choice_evidence = Varchar(length=500, default="")
    chosen_by = UUID(null=True, default=None)
    chosen_at = Timestamptz(null=True, default=None)
    winner = UUID(null=True, default=None)
    """The claim that goes on."""
    ground = Varchar(length=20, default="")
    followed = Boolean(null=True, default=None)
    """Whether the decision is what the rules proposed; None while undecided."""
    found_at = Timestamptz(default=None)
    decided_at = Timestamptz(null=True, default=None)
    appealed_at = Timestamptz(null=True, default=None)
    closed_at = Timestamptz(null=True, default=None)
    close_reason = Varchar(length=12, default="")
    search = Varchar(length=500, default="")
    changed_at = Timestamptz(default=None)
    version = Integer(default=1)

    known_conflict_state = Check(one_of("state", ConflictState))
    known_conflict_ground = Check(f"ground = '' OR {one_of('ground', Ground)}")
    conflict_decided = Check("state <> 'decided' OR decided_at IS NOT NULL AND winner IS NOT NULL AND ground <> ''")
    conflict_closed = Check(
        "(state = 'closed') = (closed_at IS NOT NULL) AND (state = 'closed') = (close_reason <> '')"
    )
    conflict_appealed_after_decision = Check("appealed_at IS NULL OR decided_at IS NOT NULL")
    conflict_choice = Check("(chosen IS NULL) = (chosen_at IS NULL) AND (chosen IS NULL OR choice_words <> '')")


class ConflictClaim(Table, tablename="partners_conflict_claim"):
    """One who claims the customer, with what was known of it when it came into the conflict."""

    id = UUID(primary_key=True)
    conflict = ForeignKey(Conflict, null=False, default=None, on_delete=OnDelete.restrict)
    kind = Varchar(length=12, default=None)
    subject = UUID(default=None)
    """The deal or the opportunity."""
    partner_id = UUID(null=True, default=None, index=True)
    """None for the vendor itself."""
    label = Varchar(length=200, default=None)
    """The deal's number or the opportunity's name."""
    role = Varchar(length=12, default=None)
    account = UUID(default=None)
    """On which account it was recorded."""
    product_groups = Array(base_column=UUID(), default=list)
    owner = UUID(default=None)
    """Who of the partner, or of the vendor, works it."""
    amount_minor = BigInt(default=None)
    currency = Varchar(length=3, default=None)
    stood = Varchar(length=16, default=None)
    """The deal's state or the opportunity's stage when it came in."""
    claimed_at = Timestamptz(default=None)
    first_touch = UUID(null=True, default=None)
    first_touch_at = Timestamptz(null=True, default=None)
    touch_days = Array(base_column=Date(), default=list)
    """The days of the last two years on which its owner met the customer, in the vendor's zone."""
    of_record = UUID(null=True, default=None)
    """The running contract of which its owner is partner of record."""
    of_record_until = Date(null=True, default=None)
    protected_until = Timestamptz(null=True, default=None)
    joined_at = Timestamptz(default=None)
    result = Varchar(length=8, default=Result.WAITING)
    left_reason = Varchar(length=12, default="")
    part_percent = Integer(null=True, default=None)
    """What it gets by an agreement."""

    known_claim_of_conflict = Check(one_of("kind", ClaimKind))
    known_result = Check(one_of("result", Result))
    left_for_a_reason = Check("(result = 'left') = (left_reason <> '')")
    claim_is_somebodys = Check("(kind = 'registration') = (partner_id IS NOT NULL)")
    part_of_whole = Check("part_percent IS NULL OR part_percent BETWEEN 1 AND 99")
    shared_has_part = Check("result <> 'shared' OR part_percent IS NOT NULL")


class ConflictDecision(Table, tablename="partners_conflict_decision"):
    """What a person decided, and what the rules would have. Never changed; the second one is final."""

    id = UUID(primary_key=True)
    conflict = ForeignKey(Conflict, null=False, default=None, on_delete=OnDelete.restrict)
    number = Integer(default=None)
    winner = ForeignKey(ConflictClaim, null=False, default=None, on_delete=OnDelete.restrict)
    ground = Varchar(length=20, default=None)
    proposed = UUID(null=True, default=None)
    """The claim that the rules proposed, if they gave an answer."""
    proposed_rule = Varchar(length=20, default="")
    note = Text(default="")
    """Why, for the vendor's own people."""
    words = Text(default="")
    """What those read against whom it was decided."""
    own_words = JSONB(default="{}")
    """By claim: what this one reads instead."""
    decided_by = UUID(default=None)
    agreed_by = UUID(null=True, default=None)
    """The second person, where an approval ended by it."""
    decided_at = Timestamptz(default=None)
    policy_version = UUID(null=True, default=None)
    """The version of the policy `conflicts` that the rules came from; None while the product's own hold."""

    decided_once_or_twice = Check("number BETWEEN 1 AND 2")
    known_decision_ground = Check(one_of("ground", Ground))
    decided_by_two = Check("agreed_by IS NULL OR agreed_by <> decided_by")


class ConflictAward(Table, tablename="partners_conflict_award"):
    """A decision that would end an approval, and so waits for a second person; and what became of it."""

    id = UUID(primary_key=True)
    conflict = ForeignKey(Conflict, null=False, default=None, on_delete=OnDelete.restrict)
    number = Integer(default=None)
    """Which decision it would be."""
    state = Varchar(length=10, default=AwardState.PENDING)
    winner = ForeignKey(ConflictClaim, null=False, default=None, on_delete=OnDelete.restrict)
    ground = Varchar(length=20, default=None)
    note = Text(default="")
    words = Text(default="")
    own_words = JSONB(default="{}")
    joining = UUID(null=True, default=None)
    """By an agreement: the claim that joins, and the parts of both in percent."""
    lead_percent = Integer(null=True, default=None)
    joining_percent = Integer(null=True, default=None)
    proposed = UUID(null=True, default=None)
    """What the rules proposed when it was asked, and the version of the policy they came from."""
    proposed_rule = Varchar(length=20, default="")
    policy_version = UUID(null=True, default=None)
    content_sha256 = Varchar(length=64, default=None)
    requested_by = UUID(default=None)
    requested_at = Timestamptz(default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decision_note = Text(default="")
    """Why the second person refused."""

    awarded_once_or_twice = Check("number BETWEEN 1 AND 2")
    known_award_state = Check(one_of("state", AwardState))
    known_award_ground = Check(one_of("ground", Ground))
    two_people_award = Check("state NOT IN ('agreed', 'refused') OR decided_by IS NOT NULL")
    awarded_by_two = Check("decided_by IS NULL OR decided_by <> requested_by")
    award_decided_unless_pending = Check("(state = 'pending') = (decided_at IS NULL)")
    award_of_agreement = Check(
        "(ground = 'agreement') = (joining IS NOT NULL) AND (joining IS NULL) = (lead_percent IS NULL)"
        " AND (joining IS NULL) = (joining_percent IS NULL)"
    )


class ConflictAgreement(Table, tablename="partners_conflict_agreement"):
    """What two partners agreed on when a conflict was decided: who joins whom, and the parts. Never changed.

    A later one about the same leading deal stands beside it and counts from its own day on.
    """

    id = UUID(primary_key=True)
    conflict = ForeignKey(Conflict, null=False, default=None, on_delete=OnDelete.restrict)
    number = Integer(default=None)
    """Of the decision that it is."""
    lead_claim = ForeignKey(ConflictClaim, null=False, default=None, on_delete=OnDelete.restrict)
    joining_claim = ForeignKey(ConflictClaim, null=False, default=None, on_delete=OnDelete.restrict)
    lead = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    """The deal that is protected once it is approved."""
    joining = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    """The deal that goes on beside it."""
    lead_percent = Integer(default=None)
    joining_percent = Integer(default=None)
    product_groups = Array(base_column=UUID(), default=list)
    """Those that both claimed: the agreement is about nothing else."""
    decided_at = Timestamptz(default=None)

    agreed_whole = Check("lead_percent > 0 AND joining_percent > 0 AND lead_percent + joining_percent = 100")
    agreed_by_two = Check("lead <> joining AND lead_claim <> joining_claim")
