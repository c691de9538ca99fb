"""What is stored about visitors of the vendor's site. Partners have no right on these tables."""

from piccolo.columns import UUID, BigSerial, Bytea, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from attribution.touchpoints.tables import Touchpoint
from attribution.visits.rules import LinkRule, VisitKind
from partners.contacts.tables import Contact
from partners.customers.tables import Account
from portal.core.tenancy import one_of


class Visitor(Table, tablename="attribution_visitor"):
    """Somebody whom touches call by an id only: a browser of the vendor's site, or a visitor that a file names."""

    id = UUID(primary_key=True)
    visitor = Varchar(length=120, default=None, unique=True)
    """What its touches call it."""
    source_system = Varchar(length=40, default="website")
    """`website` for the page tag, else the system whose file named the visitor."""
    key_sha256 = Bytea(null=True, default=None, unique=True)
    """The hash of the id that its browser keeps; NX"""
    touches = Integer(default=0)
    consented_at = Timestamptz(null=True, default=None)
    """Of the tag's visitors; whether others consented, their own system knows."""
    first_seen_at = Timestamptz(default=None)
    last_seen_at = Timestamptz(default=None)
    withdrawn_at = Timestamptz(null=True, default=None)

    browser_is_forgotten = Check(
        "CASE WHEN source_system = 'website' THEN consented_at IS NOT NULL AND (withdrawn_at IS NULL) ="
        " (key_sha256 IS NOT NULL) ELSE key_sha256 IS NULL AND withdrawn_at IS NULL END"
    )


class Visit(Table, tablename="attribution_visit"):
    """A receipt: one thing that a page told, which becomes a touch."""

    id = UUID(primary_key=True)
    seq = BigSerial()
    batch = UUID(default=None, index=True)
    """Which message of a page it came with."""
    visitor = ForeignKey(Visitor, null=False, default=None, on_delete=OnDelete.restrict)
    event_key = Varchar(length=40, default=None)
    """The page's own id for it: the same told twice is one."""
    kind = Varchar(length=10, default=None)
    page = Varchar(length=200, default="")
    """The path of the page, or what the document or form is called; never what stands behind a question mark."""
    medium = Varchar(length=200, default="")
    platform = Varchar(length=200, default="")
    campaign = Varchar(length=200, default="")
    content = Varchar(length=200, default="")
    keyword = Varchar(length=200, default="")
    referrer = Varchar(length=200, default="")
    """The host that led here, if it was another."""
    email = Varchar(length=254, default="")
    """What a form named, until it was looked for among the contacts: then it is blanked."""
    received_at = Timestamptz(default=None)
    touchpoint = ForeignKey(Touchpoint, null=True, default=None, on_delete=OnDelete.restrict)

    known_visit_kind = Check(one_of("kind", VisitKind))
    address_is_blanked = Check("touchpoint IS NULL OR email = ''")


class VisitorLink(Table, tablename="attribution_visitor_link"):
    """Whom a visitor was taken for, by which rule and when; undone by a time, never deleted."""

    id = UUID(primary_key=True)
    visitor = Varchar(length=120, default=None)
    """As touches call it, from the tag or from an import."""
    account = ForeignKey(Account, null=False, default=None, on_delete=OnDelete.restrict)
    contact = ForeignKey(Contact, null=True, default=None, on_delete=OnDelete.restrict)
    rule = Varchar(length=20, default=None)
    linked_by = UUID(null=True, default=None)
    """The membership of who said so; None for a rule."""
    linked_at = Timestamptz(default=None)
    undone_by = UUID(null=True, default=None)
    undone_at = Timestamptz(null=True, default=None)

    known_link_rule = Check(one_of("rule", LinkRule))
    person_is_named = Check("(rule = 'person') = (linked_by IS NOT NULL)")
    undone_by_somebody = Check("(undone_at IS NULL) = (undone_by IS NULL)")
