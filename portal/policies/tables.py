"""What is stored about policies: one row per policy, one per version, immutable once approved."""

from piccolo.columns import JSONB, UUID, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from portal.core.tenancy import one_of
from portal.policies.rules import VersionState


class Policy(Table, tablename="policies_policy"):
    """A rule that people may change, of one kind and for one scope."""

    id = UUID(primary_key=True)
    kind = Varchar(length=40, default=None)
    scope = Varchar(length=80, default="")
    """What it applies to within its kind; empty for the whole programme."""


class PolicyVersion(Table, tablename="policies_version"):
    """One version of a policy's document. Approved ones never change; a trigger holds that."""

    id = UUID(primary_key=True)
    policy = ForeignKey(Policy, null=False, default=None, on_delete=OnDelete.restrict)
    number = Integer(default=None)
    state = Varchar(length=12, default=VersionState.DRAFT)
    body = JSONB(default="{}")
    schema_version = Integer(default=1)
    body_sha256 = Varchar(length=64, default=None)
    effective_from = DateColumn(null=True, default=None)
    note = Varchar(length=500, default="")
    author = UUID(default=None)
    created_at = Timestamptz(default=None)
    approver = UUID(null=True, default=None)
    approved_at = Timestamptz(null=True, default=None)

    known_version_state = Check(one_of("state", VersionState))
    approver_is_not_author = Check("approver IS NULL OR approver <> author")
    approved_has_approver = Check("state <> 'approved' OR (approver IS NOT NULL AND effective_from IS NOT NULL)")
