"""What is stored about contacts. Partners have no right on this table."""

from piccolo.columns import UUID, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.contacts.rules import BuyingRole
from partners.customers.tables import Account
from portal.core.tenancy import one_of


class Contact(Table, tablename="partners_contact"):
    """A person at an account, as the vendor knows it."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    name = Varchar(length=120, default=None)
    email = Varchar(length=254, default="", index=True)
    phone = Varchar(length=40, default="")
    job_title = Varchar(length=120, default="")
    persona = Varchar(length=60, default="")
    """What sort of reader or buyer it is, in the vendor's own words."""
    buying_role = Varchar(length=20, default="")
    language = Varchar(length=40, default="")
    city = Varchar(length=80, default="")
    country = Varchar(length=2, default="")
    search = Varchar(length=500, default="")
    sort_name = Varchar(length=200, default=None)
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    known_buying_role = Check(f"buying_role = '' OR {one_of('buying_role', BuyingRole)}")
