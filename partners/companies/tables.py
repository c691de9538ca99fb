"""What is stored about partner companies. The company's own id is the `partner_id` of all its rows."""

from piccolo.columns import UUID, Array, ForeignKey, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.companies.rules import CompanyStatus, Tier
from portal.core.tenancy import one_of


class Company(Table, tablename="partners_company"):
    """A partner of the vendor."""

    id = UUID(primary_key=True)
    legal_name = Varchar(length=200, default=None)
    local_name = Varchar(length=200, default="")
    domain = Varchar(length=120, default="")
    country = Varchar(length=2, default=None)
    region = Varchar(length=80, default="")
    city = Varchar(length=80, default="")
    phone = Varchar(length=40, default="")
    registry_id = Varchar(length=60, default="")
    kinds = Array(base_column=Varchar(length=20), default=list)
    tier = Varchar(length=12, default=Tier.REGISTERED)
    status = Varchar(length=12, default=CompanyStatus.ACTIVE, index=True)
    currency = Varchar(length=3, default=None)
    """In which its commission is kept and paid."""
    languages = Array(base_column=Varchar(length=10), default=list)
    manager = UUID(null=True, default=None, index=True)
    """The vendor's membership that looks after it."""
    joined_on = DateColumn(default=None)
    search = Varchar(length=500, default="")
    """Names and city, folded: what lists search."""
    sort_name = Varchar(length=200, default=None)
    """Folded, Chinese by pinyin: what lists sort by."""
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    known_tier = Check(one_of("tier", Tier))
    known_company_status = Check(one_of("status", CompanyStatus))


class CompanyParent(Table, tablename="partners_company_parent"):
    """Which distributor a company is below, and when. A constraint allows one at any instant."""

    id = UUID(primary_key=True)
    partner_id = UUID(default=None, index=True)
    parent = ForeignKey(Company, null=False, default=None, on_delete=OnDelete.restrict)
    since = DateColumn(default=None)
    until = DateColumn(null=True, default=None)
    """Exclusive; null while it lasts."""

    not_its_own_parent = Check("parent <> partner_id")
    parent_order = Check("until IS NULL OR until > since")


class CompanyTerritory(Table, tablename="partners_company_territory"):
    """Where a company may sell: a country, or a region of it."""

    id = UUID(primary_key=True)
    partner_id = UUID(default=None, index=True)
    country = Varchar(length=2, default=None)
    region = Varchar(length=80, default="")
