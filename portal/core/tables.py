"""What is stored by the floor itself: events, their personal values, and what reacted to them."""

from piccolo.columns import JSONB, UUID, BigSerial, Text, Timestamptz, Varchar
from piccolo.constraints import Check
from piccolo.table import Table

from portal.core.tenancy import one_of
from portal.core.types import Audience


class Event(Table, tablename="core_event"):
    """One thing that happened: audit trail, timeline and outbox at once. Insert-only."""

    id = UUID(primary_key=True)
    seq = BigSerial(index=True)
    name = Varchar(length=60, default=None, index=True)
    at = Timestamptz(default=None)
    actor_id = UUID(default=None)
    """The membership that did it; the system is all zeros."""
    on_behalf_of = UUID(null=True, default=None)
    partner_id = UUID(null=True, default=None, index=True)
    audience = Varchar(length=10, default=None)
    subject_type = Varchar(length=40, default=None)
    subject_id = UUID(default=None, index=True)
    command_id = UUID(default=None)
    changes = JSONB(default="{}")
    note = Text(default="")

    known_audience = Check(one_of("audience", Audience))
    partner_audience_has_partner = Check("audience = 'vendor' OR partner_id IS NOT NULL")


class EventPersonal(Table, tablename="core_event_personal"):
    """Personal values of an event, apart so that they can be erased."""

    event_id = UUID(primary_key=True)
    partner_id = UUID(null=True, default=None)
    data = JSONB(default="{}")


class ReactionDone(Table, tablename="core_reaction_done"):
    """Which reaction has handled which event, written in the reaction's own transaction: once each."""

    id = BigSerial(primary_key=True)
    event_id = UUID(default=None)
    reaction = Varchar(length=120, default=None)
    at = Timestamptz(default=None)


class Setting(Table, tablename="core_setting"):
    """What is set once for the installation: the vendor's name and time zone, the demo's state."""

    key = Varchar(length=60, primary_key=True)
    value = JSONB(default="{}")
