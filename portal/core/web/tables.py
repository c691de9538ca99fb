"""What is stored so that a form sent twice acts once."""

from piccolo.columns import JSONB, UUID, BigSerial, Bytea, Integer, Timestamptz, Varchar
from piccolo.constraints import Unique
from piccolo.table import Table


class IdempotencyRecord(Table, tablename="core_idempotency"):
    """A command that was sent with a key, and its answer once there is one."""

    id = BigSerial(primary_key=True)
    membership_id = UUID(default=None)
    partner_id = UUID(null=True, default=None)
    """The partner for whom the membership acts, for row-level security; None on the vendor's side."""
    method = Varchar(length=10, default=None)
    path = Varchar(length=300, default=None)
    key = Varchar(length=80, default=None)
    request_hash = Varchar(length=64, default=None)
    status = Integer(default=0)
    """Zero while the command runs."""
    headers = JSONB(default="{}")
    body = Bytea(default=b"")
    created_at = Timestamptz(default=None, index=True)

    once = Unique([membership_id, method, path, key])
