"""What is stored about deals."""

from piccolo.columns import JSONB, UUID, Array, BigInt, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.customers.tables import Account, CustomerCard
from partners.deals.states import (
    AmendmentState,
    ConsentState,
    DealRole,
    DealSource,
    DealState,
    ExtensionState,
    HandoverReason,
    HandoverState,
    RevocationState,
    RevokeCode,
    Stage,
)
from partners.products.tables import Product, ProductGroup
from portal.core.tenancy import PartnerScoped, one_of


class Deal(PartnerScoped, Table, tablename="partners_deal"):
    """A sale that a partner registered, and that the vendor protects for it once approved."""

    id = UUID(primary_key=True)
    number = Varchar(length=20, default=None)
    """Human, counted per partner and year."""
    role = Varchar(length=12, default=DealRole.SELL)
    card = ForeignKey(CustomerCard, null=False, default=None, on_delete=OnDelete.restrict)
    customer_name = Varchar(length=200, default=None)
    """The card's name when it was registered, so that lists need no join."""
    registered_by = UUID(default=None)
    owner = UUID(default=None, index=True)
    """The partner's membership that works it; moves to a successor."""
    state = Varchar(length=16, default=DealState.DRAFT, index=True)
    stage = Varchar(length=12, default=Stage.PROSPECT)
    amount_minor = BigInt(default=0)
    currency = Varchar(length=3, default=None)
    expected_close_on = DateColumn(null=True, default=None)
    source = Varchar(length=12, default=DealSource.PARTNER)
    price_reason = Varchar(length=1000, default="")
    """Why prices below the list are needed, in the partner's words."""
    price_wanted_until = DateColumn(null=True, default=None)
    """The last day on which the partner wants them."""
    price_until = Timestamptz(null=True, default=None)
    """Until when they are granted, exclusive; never after the protection's end."""
    price_policy = UUID(null=True, default=None)
    """The version of the policy `special_price` they were granted by; none while its default held."""
    contact_name = Varchar(length=120, default="")
    contact_email = Varchar(length=254, default="")
    competitor = Varchar(length=120, default="")
    help_wanted = Varchar(length=1000, default="")
    reference = Varchar(length=60, default="")
    """The partner's own number in its CRM."""
    notes = Text(default="")
    reviewer = UUID(null=True, default=None, index=True)
    question = Text(default="")
    asked_fields = Array(base_column=Varchar(length=20), default=list)
    """What the question opens for the partner again (`locks.py`)."""
    answer = Text(default="")
    reject_code = Varchar(length=24, default="")
    decision_note = Text(default="")
    rejected_by = UUID(null=True, default=None)
    """Who rejected it last: an appeal is not this person's to decide, where there is somebody else."""
    appeal = Text(default="")
    appealed_at = Timestamptz(null=True, default=None)
    """A rejection is appealed once."""
    lost_reason = Varchar(length=16, default="")
    submitted_at = Timestamptz(null=True, default=None)
    taken_at = Timestamptz(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    protected_until = Timestamptz(null=True, default=None)
    policy_version = UUID(null=True, default=None)
    """The version of the deal policy it was decided by."""
    revoked_at = Timestamptz(null=True, default=None)
    revoke_code = Varchar(length=20, default="")
    revoke_note = Text(default="")
    """What the partner reads about it."""
    pending = Varchar(length=12, default="")
    """What the partner asks about it while it runs, and waits for: `extension` or `amendment`."""
    closed_at = Timestamptz(null=True, default=None)
    continued_from = UUID(null=True, default=None, index=True)
    """The partner's own earlier deal that this one continues."""
    search = Varchar(length=500, default="")
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)
    version = Integer(default=1)

    amount_not_negative = Check("amount_minor >= 0")
    known_state = Check(one_of("state", DealState))
    known_stage = Check(one_of("stage", Stage))
    known_role = Check(one_of("role", DealRole))
    known_source = Check(one_of("source", DealSource))
    closed_when_ended = Check("(stage IN ('won', 'lost')) = (closed_at IS NOT NULL)")
    revoked_has_reason = Check("(state = 'revoked') = (revoked_at IS NOT NULL AND revoke_code <> '')")
    approved_is_decided = Check("state NOT IN ('approved', 'rejected') OR decided_at IS NOT NULL")


class DealLine(PartnerScoped, Table, tablename="partners_deal_line"):
    """One product of a deal."""

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    position = Integer(default=1)
    product = ForeignKey(Product, null=False, default=None, on_delete=OnDelete.restrict)
    quantity = Integer(default=None)
    unit_price_minor = BigInt(default=None)
    value_minor = BigInt(default=None)

    quantity_positive = Check("quantity > 0")
    price_not_negative = Check("unit_price_minor >= 0 AND value_minor >= 0")


class DealReminder(PartnerScoped, Table, tablename="partners_deal_reminder"):
    """That the partner was reminded: of an end so many days before, or of a question. Insert-only, vendor-only."""

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    about = Varchar(length=10, default=None)
    of_at = Timestamptz(default=None)
    """The end that was near, or when the question was asked: another end or question is another reminder."""
    days = Integer(default=0)
    """Before the end; nothing for a question."""
    policy_version = UUID(null=True, default=None)
    """The version that it was due by; none for the product's own days."""
    made_at = Timestamptz(default=None)


class DealProtection(Table, tablename="partners_deal_protection"):
    """That account and product group belong to one deal for a time. A constraint forbids two. Vendor-only."""

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    partner_id = UUID(default=None, index=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    product_group = ForeignKey(ProductGroup, null=False, default=None, on_delete=OnDelete.restrict)
    protected_from = Timestamptz(default=None)
    protected_until = Timestamptz(default=None)
    """Exclusive. Moved by revocation, hand-over and extension; time alone ends it."""
    canonical_account = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    """Under which account it counts since accounts were merged; filled by the database, never empty there."""
    canonical_from = Timestamptz(null=True, default=None)
    """Since when it counts there: what two merged accounts had before stays as it was."""

    protection_order = Check("protected_until >= protected_from")


class DealExtension(PartnerScoped, Table, tablename="partners_deal_extension"):
    """A partner's request that a protection lasts longer, and what became of it."""

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    state = Varchar(length=12, default=ExtensionState.PENDING)
    wanted_days = Integer(default=None)
    words = Text(default="")
    asked_by = UUID(default=None)
    asked_at = Timestamptz(default=None)
    granted_days = Integer(null=True, default=None)
    until_before = Timestamptz(null=True, default=None)
    until_after = Timestamptz(null=True, default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decision_note = Text(default="")
    policy_version = UUID(default=None)
    """The version of the policy `tiers` that said how many and how long, when it was asked or decided last."""

    known_extension_state = Check(one_of("state", ExtensionState))
    days_positive = Check("wanted_days > 0 AND granted_days > 0")
    granted_is_longer = Check(
        "(state = 'granted') = (until_after IS NOT NULL) AND (until_after IS NULL OR until_after > until_before)"
    )
    decided_unless_pending = Check("(state = 'pending') = (decided_at IS NULL)")


class DealRevocation(Table, tablename="partners_deal_revocation"):
    """That somebody of the vendor wants an approval taken back, until somebody else agrees or not. Vendor-only."""

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    state = Varchar(length=12, default=RevocationState.PENDING)
    code = Varchar(length=20, default=None)
    note = Text(default="")
    requested_by = UUID(default=None)
    requested_at = Timestamptz(default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)

    known_revocation_state = Check(one_of("state", RevocationState))
    known_revoke_code = Check(one_of("code", RevokeCode))
    two_people = Check("state <> 'agreed' OR (decided_by IS NOT NULL AND decided_by <> requested_by)")


class DealHandover(Table, tablename="partners_deal_handover"):
    """That a running deal goes to another partner: asked for, agreed to, and which deal it became. Vendor-only.

    Nothing else says that the two deals belong together, so that no partner can read it anywhere.
    """

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    taker = UUID(default=None)
    """The partner that takes it over."""
    owner = UUID(default=None)
    """Its membership that will work it."""
    state = Varchar(length=12, default=HandoverState.PENDING)
    reason = Varchar(length=20, default=None)
    giver_words = Text(default="")
    taker_words = Text(default="")
    note = Text(default="")
    """The vendor's own; no partner reads it."""
    content = JSONB()
    """What would be handed over, as it was when it was asked for: lines at list prices, account, role and end."""
    requested_by = UUID(default=None)
    requested_at = Timestamptz(default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    became = ForeignKey(Deal, null=True, default=None, on_delete=OnDelete.restrict)
    """The new deal."""

    known_handover_state = Check(one_of("state", HandoverState))
    known_handover_reason = Check(one_of("reason", HandoverReason))
    agreed_became = Check("(state = 'agreed') = (became IS NOT NULL)")
    two_people_hand_over = Check("state <> 'agreed' OR (decided_by IS NOT NULL AND decided_by <> requested_by)")


class PriceConsent(Table, tablename="partners_deal_price_consent"):
    """A second person's word on prices so far below the list that one alone may not grant them. Vendor-only."""

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    state = Varchar(length=12, default=ConsentState.PENDING)
    content_sha256 = Varchar(length=64, default=None)
    """Of lines, currency, reason and end: the word counts for these only."""
    requested_by = UUID(default=None)
    requested_at = Timestamptz(default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)

    known_consent_state = Check(one_of("state", ConsentState))
    two_people_consent = Check("state <> 'agreed' OR (decided_by IS NOT NULL AND decided_by <> requested_by)")


class DealAmendment(PartnerScoped, Table, tablename="partners_deal_amendment"):
    """A partner's proposal to change an approved deal, as it read before and would read after."""

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    state = Varchar(length=12, default=AmendmentState.PENDING)
    before = JSONB()
    """Lines (product, name, quantity, unit price in minor units) and the expected close of when it was asked."""
    after = JSONB()
    words = Text(default="")
    asked_by = UUID(default=None)
    asked_at = Timestamptz(default=None)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    decision_note = Text(default="")

    known_amendment_state = Check(one_of("state", AmendmentState))
    amended_unless_pending = Check("(state = 'pending') = (decided_at IS NULL)")
