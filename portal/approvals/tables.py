"""What is stored about requests for a second person."""

from piccolo.columns import UUID, Text, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from portal.approvals.rules import Decision
from portal.core.tenancy import one_of


class ApprovalRequest(Table, tablename="approvals_request"):
    """Somebody wants this done to exactly this content; somebody else decides."""

    id = UUID(primary_key=True)
    subject_type = Varchar(length=40, default=None)
    subject_id = UUID(default=None, index=True)
    verb = Varchar(length=40, default=None)
    content_sha256 = Varchar(length=64, default=None)
    summary = Varchar(length=300, default=None)
    needs = Varchar(length=40, default=None)
    """The permission that the deciding person must hold."""
    requested_by = UUID(default=None)
    requested_at = Timestamptz(default=None)
    decision = Varchar(length=10, default=Decision.PENDING, index=True)
    decided_by = UUID(null=True, default=None)
    decided_at = Timestamptz(null=True, default=None)
    note = Text(default="")

    known_decision = Check(one_of("decision", Decision))
    second_person = Check("decided_by IS NULL OR decided_by <> requested_by")
    decided_has_person = Check("(decision IN ('approved', 'rejected')) = (decided_by IS NOT NULL)")
