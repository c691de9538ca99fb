"""What is stored about mail: everything we write to people, before and after it was sent."""

from piccolo.columns import UUID, Integer, Text, Timestamptz, Varchar
from piccolo.table import Table


class MailMessage(Table, tablename="mail_message"):
    """One mail to one person, written with the change that caused it."""

    id = UUID(primary_key=True)
    dedupe_key = Varchar(length=120, default=None, unique=True)
    to_address = Varchar(length=254, default=None)
    to_name = Varchar(length=120, default="")
    locale = Varchar(length=10, default="en")
    subject = Varchar(length=200, default=None)
    text = Text(default=None)
    created_at = Timestamptz(default=None, index=True)
    sent_at = Timestamptz(null=True, default=None)
    attempts = Integer(default=0)
    error = Varchar(length=300, default="")
