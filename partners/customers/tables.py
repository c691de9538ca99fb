"""What is stored about customers: the vendor's accounts, and each partner's own cards."""

from piccolo.columns import UUID, ForeignKey, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.table import Table

from portal.core.tenancy import PartnerScoped


class Account(Table, tablename="partners_account"):
    """An end customer as the vendor knows it. Partners have no right on this table."""

    id = UUID(primary_key=True)
    legal_name = Varchar(length=200, default=None)
    local_name = Varchar(length=200, default="")
    domain = Varchar(length=120, default="", index=True)
    registry_id = Varchar(length=60, default="", index=True)
    country = Varchar(length=2, default=None)
    region = Varchar(length=80, default="")
    city = Varchar(length=80, default="")
    address = Varchar(length=200, default="")
    postcode = Varchar(length=20, default="")
    industry = Varchar(length=120, default="")
    size = Varchar(length=20, default="")
    phone = Varchar(length=40, default="")
    match_name = Varchar(length=200, default="", index=True)
    """The legal name folded, without its legal form."""
    search = Varchar(length=500, default="")
    sort_name = Varchar(length=200, default=None)
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)


class CustomerCard(PartnerScoped, Table, tablename="partners_customer_card"):
    """A customer as one partner wrote it down. Nothing learned elsewhere ever comes here."""

    id = UUID(primary_key=True)
    legal_name = Varchar(length=200, default=None)
    local_name = Varchar(length=200, default="")
    domain = Varchar(length=120, default="")
    registry_id = Varchar(length=60, default="")
    country = Varchar(length=2, default=None)
    region = Varchar(length=80, default="")
    city = Varchar(length=80, default="")
    industry = Varchar(length=120, default="")
    size = Varchar(length=20, default="")
    notes = Varchar(length=2000, default="")
    search = Varchar(length=500, default="")
    sort_name = Varchar(length=200, default=None)
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)


class CardContact(PartnerScoped, Table, tablename="partners_card_contact"):
    """A person at a customer, on one partner's card, with the consent the partner obtained."""

    id = UUID(primary_key=True)
    card = ForeignKey(CustomerCard, null=False, default=None, on_delete=OnDelete.restrict)
    name = Varchar(length=120, default=None)
    email = Varchar(length=254, default="")
    phone = Varchar(length=40, default="")
    job_title = Varchar(length=120, default="")
    consent = Varchar(length=200, default="")
    """For what, in words; empty when none was given."""
    consent_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None)


class CardLink(Table, tablename="partners_card_link"):
    """Which account a card is: vendor-only, so that no partner learns anything from it."""

    card = ForeignKey(CustomerCard, primary_key=True, default=None, on_delete=OnDelete.restrict)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    reason = Varchar(length=200, default="")
    linked_by = UUID(default=None)
    linked_at = Timestamptz(default=None)


class CardUnlink(Table, tablename="partners_card_unlink"):
    """A link that a person undid: the system does not link that card again by itself, and asks no more about the two.

    Vendor-only as the link is.
    """

    id = UUID(primary_key=True)
    card = ForeignKey(CustomerCard, null=False, default=None, on_delete=OnDelete.restrict)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    undone_by = UUID(default=None)
    undone_at = Timestamptz(default=None)


class Tag(Table, tablename="partners_tag"):
    """A word of the vendor's by which it tells accounts apart. Partners have no right on it."""

    id = UUID(primary_key=True)
    name = Varchar(length=40, default=None)
    folded = Varchar(length=80, default=None, unique=True)
    """The name as it is compared, so that one word is one tag however it is written."""
    created_by = UUID(default=None)
    created_at = Timestamptz(default=None)


class AccountTag(Table, tablename="partners_account_tag"):
    """That an account has a tag. Vendor-only, as the account is."""

    id = UUID(primary_key=True)
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    tag = ForeignKey(Tag, null=False, default=None, on_delete=OnDelete.restrict)
    tagged_by = UUID(default=None)
    tagged_at = Timestamptz(default=None)
