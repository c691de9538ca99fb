"""What is stored about people: who they are, for whom they act, and where they are signed in."""

from piccolo.columns import UUID, Array, BigSerial, Boolean, Bytea, ForeignKey, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from portal.core.permissions import Side
from portal.core.tenancy import one_of
from portal.identity.rules import LinkPurpose

MEMBER_SIDES = (Side.PARTNER, Side.STAFF)


class Person(Table, tablename="identity_person"):
    """A human being with one e-mail address. Rights hang on memberships, never on the person."""

    id = UUID(primary_key=True)
    email = Varchar(length=254, default=None, unique=True)
    """Folded to lower case."""
    name = Varchar(length=120, default=None)
    password_hash = Text(null=True, default=None)
    locale = Varchar(length=10, default="en")
    created_at = Timestamptz(default=None)


class Membership(Table, tablename="identity_membership"):
    """A person acting for the vendor or for one partner, with roles. Ended, never deleted."""

    id = UUID(primary_key=True)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    side = Varchar(length=10, default=None)
    partner_id = UUID(null=True, default=None, index=True)
    roles = Array(base_column=Varchar(length=30), default=list)
    created_at = Timestamptz(default=None)
    sessions_since = Timestamptz(default=None)
    """Sessions from before this instant are over: set by a change of roles and by "sign out everywhere"."""
    ended_at = Timestamptz(null=True, default=None)
    successor = UUID(null=True, default=None)
    """Who took over its open work when it ended."""

    known_side = Check(one_of("side", Side))
    partner_side_has_partner = Check("(side = 'partner') = (partner_id IS NOT NULL)")
    roles_of_the_side = Check(
        "CASE side WHEN 'partner' THEN roles <@ ARRAY['partner_admin', 'partner_sales', 'partner_marketing',"
        " 'partner_finance']::varchar[] ELSE NOT roles && ARRAY['partner_admin', 'partner_sales',"
        " 'partner_marketing', 'partner_finance']::varchar[] END"
    )


class Session(Table, tablename="identity_session"):
    """A signed-in browser. Only the hash of its random token is here."""

    id = UUID(primary_key=True)
    token_hash = Bytea(default=None, unique=True)
    membership = ForeignKey(Membership, null=False, default=None, on_delete=OnDelete.restrict)
    created_at = Timestamptz(default=None)
    last_seen_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    ended_at = Timestamptz(null=True, default=None)
    device = Varchar(length=200, default="")


class OneTimeLink(Table, tablename="identity_one_time_link"):
    """An invitation or a password reset: works once, for a while."""

    id = UUID(primary_key=True)
    token_hash = Bytea(default=None, unique=True)
    person = ForeignKey(Person, null=False, default=None, on_delete=OnDelete.restrict)
    purpose = Varchar(length=10, default=None)
    created_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    used_at = Timestamptz(null=True, default=None)

    known_purpose = Check(one_of("purpose", LinkPurpose))


class SignInAttempt(Table, tablename="identity_sign_in_attempt"):
    """A try to sign in or to ask for a reset, for limits per account and per network."""

    id = BigSerial(primary_key=True)
    account_key = Bytea(default=None, index=True)
    network = Varchar(length=45, default="", index=True)
    at = Timestamptz(default=None, index=True)
    succeeded = Boolean(default=False)
