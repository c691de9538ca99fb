"""What is stored for finding accounts: the keys of each, vendor-only."""

from piccolo.columns import UUID, Array, BigInt
from piccolo.table import Table


class AccountKey(Table, tablename="partners_account_key"):
    """The keys of an account, as numbers: who shares one is compared. Partners have no right on this table."""

    account = UUID(primary_key=True, default=None)
    """References `partners_account`, which the slice above declares; the constraint is in the migration."""
    keys = Array(base_column=BigInt(), default=list)
