"""What is stored about notices: each one to one membership, what people chose, and the links of mails that act."""

from piccolo.columns import JSONB, UUID, Bytea, Integer, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from portal.core.tenancy import one_of
from portal.notices.rules import Mail


class Notice(Table, tablename="notices_notice"):
    """Something that one membership is told, in all languages, as things stood when it was told."""

    id = UUID(primary_key=True)
    membership = UUID(default=None)
    partner_id = UUID(null=True, default=None, index=True)
    """The membership's partner; null for the vendor's people."""
    kind = Varchar(length=40, default=None)
    subject_type = Varchar(length=40, default=None)
    subject_id = UUID(default=None)
    path = Varchar(length=300, default=None)
    """Where it leads."""
    words = JSONB(default="{}")
    """By locale: `{"title": …, "lines": […]}`."""
    dedupe_key = Varchar(length=120, default=None)
    made_at = Timestamptz(default=None, index=True)
    read_at = Timestamptz(null=True, default=None)
    mail = Varchar(length=10, default=None)
    """What was to come by mail, by the choice that held when it was made."""
    mailed_at = Timestamptz(null=True, default=None)

    known_mail = Check(one_of("mail", Mail))


class NoticeChoice(Table, tablename="notices_choice"):
    """What a membership wants by mail of one kind of notice; without a row, what the kind says."""

    id = UUID(primary_key=True)
    membership = UUID(default=None)
    partner_id = UUID(null=True, default=None, index=True)
    kind = Varchar(length=40, default=None)
    mail = Varchar(length=10, default=None)
    changed_at = Timestamptz(default=None)

    known_mail = Check(one_of("mail", Mail))


class ActingLink(Table, tablename="notices_link"):
    """A link of a mail: one membership may do one thing to one version of one subject, once, for a while."""

    id = UUID(primary_key=True)
    token_hash = Bytea(default=None, unique=True)
    membership = UUID(default=None, index=True)
    partner_id = UUID(null=True, default=None, index=True)
    subject_type = Varchar(length=40, default=None)
    subject_id = UUID(default=None)
    verb = Varchar(length=40, default=None)
    version = Integer(default=None)
    """The subject's version that the mail spoke of."""
    made_at = Timestamptz(default=None)
    expires_at = Timestamptz(default=None)
    used_at = Timestamptz(null=True, default=None)

    used_in_time = Check("used_at IS NULL OR used_at < expires_at")
