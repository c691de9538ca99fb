"""What is stored about segments: the vendor's alone, so partners have no right on it."""

from piccolo.columns import UUID, Boolean, Timestamptz, Varchar
from piccolo.table import Table


class Segment(Table, tablename="segments_segment"):
    """A filter of a list, saved under a name by one person and, if they like, for all colleagues."""

    id = UUID(primary_key=True)
    list_name = Varchar(length=40, default=None)
    name = Varchar(length=80, default=None)
    folded = Varchar(length=160, default=None)
    """The name as it is compared: one person has it once for a list."""
    query = Varchar(length=1000, default=None)
    """The parameters of the list's address, in the order in which the list writes them."""
    owner = UUID(default=None)
    """The membership that saved it."""
    is_shared = Boolean(default=False)
    created_at = Timestamptz(default=None)
