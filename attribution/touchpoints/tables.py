"""What is stored about touchpoints: the source tree, touches and decisions (insert-only), costs. The vendor's alone."""

from typing import Any

from piccolo.columns import UUID, Array, BigInt, BigSerial, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.touchpoints.rules import CostKind, Decision, Level, Motion, TouchKind
from partners.companies.tables import Company
from partners.contacts.tables import Contact
from partners.customers.tables import Account
from portal.core.tenancy import one_of


class SourceNode(Table, tablename="attribution_source_node"):
    """A node of the source tree: origin, channel, platform, campaign, content, keyword; or words not mapped yet."""

    id = UUID(primary_key=True)
    parent: ForeignKey[Any] = ForeignKey("self", null=True, default=None, on_delete=OnDelete.restrict)
    level = Varchar(length=20, default=None)
    key = Varchar(length=200, default=None)
    """Of a governed node its place in the seed; of others the folded name, by which it is found below its parent."""
    name = Varchar(length=200, default=None)
    name_zh = Varchar(length=200, default="")
    words = Array(base_column=Varchar(length=200), default=list)
    """What files call a governed node, folded."""
    path = Varchar(length=1300, default=None)
    """The names from the origin down, for lists."""
    path_zh = Varchar(length=1300, default=None)
    maps_to: ForeignKey[Any] = ForeignKey("self", null=True, default=None, on_delete=OnDelete.restrict)
    """Of words that somebody has mapped: the node they mean. Touches stay where they are and are read through it."""
    version = Integer(default=1)
    """Of the vocabulary in which the node appeared, or last changed what it means."""
    created_at = Timestamptz(default=None)

    known_source_level = Check(one_of("level", Level))
    only_words_are_mapped = Check("maps_to IS NULL OR level = 'words'")


class Touchpoint(Table, tablename="attribution_touchpoint"):
    """One contact between a customer, or a visitor nobody knows yet, and the vendor or a partner."""

    id = UUID(primary_key=True)
    seq = BigSerial()
    occurred_at = Timestamptz(default=None)
    precision = Varchar(length=10, default="second")
    """`day` when the source gives no time: then it is the start of that day."""
    account = ForeignKey(Account, null=True, default=None, on_delete=OnDelete.restrict)
    contact = ForeignKey(Contact, null=True, default=None, on_delete=OnDelete.restrict)
    visitor = Varchar(length=120, default="")
    """Who it was while nobody knew: a first-party id, kept with consent only."""
    partner = ForeignKey(Company, null=True, default=None, on_delete=OnDelete.restrict)
    """Whose work it was; null for the vendor's own."""
    motion = Varchar(length=20, default="")
    kind = Varchar(length=20, default=None)
    node = ForeignKey(SourceNode, null=False, default=None, on_delete=OnDelete.restrict)
    asset = Varchar(length=200, default="")
    evidence = Varchar(length=500, default="")
    cost_minor = BigInt(null=True, default=None)
    currency = Varchar(length=3, default="")
    source_system = Varchar(length=40, default=None)
    source_id = Varchar(length=120, default=None)
    recorded_at = Timestamptz(default=None)

    known_touch_kind = Check(one_of("kind", TouchKind))
    known_motion = Check(f"motion = '' OR {one_of('motion', Motion)}")
    somebody_was_met = Check("account IS NOT NULL OR visitor <> ''")
    motion_is_a_partners = Check("motion = '' OR partner IS NOT NULL")
    touch_cost_has_currency = Check(
        "(cost_minor IS NULL) = (currency = '') AND (cost_minor IS NULL OR cost_minor >= 0)"
    )


class TouchpointDecision(Table, tablename="attribution_touchpoint_decision"):
    """Whether a touch counts: the latest row about it says so, and a touch without one counts."""

    id = UUID(primary_key=True)
    seq = BigSerial()
    touchpoint = ForeignKey(Touchpoint, null=False, default=None, on_delete=OnDelete.restrict)
    state = Varchar(length=10, default=None)
    reason = Varchar(length=40, default="")
    """A code: by what it was decided."""
    note = Text(default="")
    decided_by = UUID(default=None)
    """The membership of who decided; of a claimed one who claims it."""
    decided_at = Timestamptz(default=None)

    known_decision = Check(one_of("state", Decision))


class CostRecord(Table, tablename="attribution_cost"):
    """What a source cost in a time."""

    id = UUID(primary_key=True)
    node = ForeignKey(SourceNode, null=False, default=None, on_delete=OnDelete.restrict)
    kind = Varchar(length=10, default=None)
    amount_minor = BigInt(default=None)
    currency = Varchar(length=3, default=None)
    starts_on = DateColumn(default=None)
    before = DateColumn(default=None)
    """The first day that is no more in it."""
    note = Varchar(length=500, default="")
    number = Varchar(length=120, default=None)
    """Its id in the source system."""
    source_system = Varchar(length=40, default=None)
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    known_cost_kind = Check(one_of("kind", CostKind))
    cost_order = Check("before > starts_on")
    cost_not_negative = Check("amount_minor >= 0")
