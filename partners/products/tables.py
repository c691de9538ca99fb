"""What is stored of the catalogue."""

from piccolo.columns import UUID, BigInt, Boolean, ForeignKey, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table


class ProductGroup(Table, tablename="partners_product_group"):
    """A group of products: what a deal is registered for, and what protection covers."""

    id = UUID(primary_key=True)
    code = Varchar(length=40, default=None, unique=True)
    name = Varchar(length=120, default=None)
    name_zh = Varchar(length=120, default="")


class Product(Table, tablename="partners_product"):
    """Something the vendor sells, with its list price."""

    id = UUID(primary_key=True)
    sku = Varchar(length=60, default=None, unique=True)
    name = Varchar(length=160, default=None)
    name_zh = Varchar(length=160, default="")
    group = ForeignKey(ProductGroup, null=False, default=None, on_delete=OnDelete.restrict)
    unit = Varchar(length=40, default="")
    list_price_minor = BigInt(default=None)
    currency = Varchar(length=3, default=None)
    active = Boolean(default=True)
    search = Varchar(length=400, default="")

    list_price_not_negative = Check("list_price_minor >= 0")
