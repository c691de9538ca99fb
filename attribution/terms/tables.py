"""What is stored about terms: contracts that run. Partners have no right on this table."""

from piccolo.columns import UUID, BigInt, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.companies.tables import Company
from partners.customers.tables import Account
from partners.products.tables import Product


class Term(Table, tablename="attribution_term"):
    """What a customer has for how long: when it ends, a renewal is due."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    product = ForeignKey(Product, null=False, default=None, on_delete=OnDelete.restrict)
    partner = ForeignKey(Company, null=True, default=None, on_delete=OnDelete.restrict)
    """The partner of record; null for a contract that the vendor made itself."""
    number = Varchar(length=120, default=None)
    """Of the contract, as the source system has it."""
    source_system = Varchar(length=40, default=None)
    quantity = Integer(default=None)
    starts_on = DateColumn(default=None)
    ends_on = DateColumn(default=None)
    """The last day it runs."""
    value_minor = BigInt(default=None)
    """Of the whole term, net."""
    currency = Varchar(length=3, default=None)
    search = Varchar(length=500, default="")
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    term_order = Check("ends_on >= starts_on")
    term_quantity_positive = Check("quantity > 0")
    term_value_not_negative = Check("value_minor >= 0")
