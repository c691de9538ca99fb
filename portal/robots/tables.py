"""What is stored about robots: the vendor's alone, so partners have no right on it."""

from piccolo.columns import UUID, Array, ForeignKey, Integer, Text, Timestamptz, Varchar
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from portal.core.outward import LONGEST_ADDRESS
from portal.core.tenancy import one_of
from portal.robots.rules import LONGEST_NAME, LONGEST_SECRET, RobotKind


class Robot(Table, tablename="robots_robot"):
    """A robot of a group, and what it is told of."""

    id = UUID(primary_key=True)
    name = Varchar(length=LONGEST_NAME, default=None)
    kind = Varchar(length=10, default=None)
    address = Varchar(length=LONGEST_ADDRESS, default=None, secret=True)
    """Who knows it can write to the group: it leaves the database only when something is sent."""
    sign_secret = Varchar(length=LONGEST_SECRET, default="", secret=True)
    events = Array(base_column=Varchar(length=60), default=list)
    manager = UUID(null=True, default=None)
    """The membership whose partners alone it is told of; none means all."""
    locale = Varchar(length=10, default="en")
    failures = Integer(default=0)
    """Messages in a row that could not be delivered."""
    paused_at = Timestamptz(null=True, default=None)
    removed_at = Timestamptz(null=True, default=None)
    created_at = Timestamptz(default=None)
    changed_at = Timestamptz(default=None)

    known_robot_kind = Check(one_of("kind", RobotKind))


class RobotMessage(Table, tablename="robots_message"):
    """One message to one robot, written with the change that caused it."""

    id = UUID(primary_key=True)
    robot = ForeignKey(Robot, null=False, default=None, on_delete=OnDelete.restrict)
    event = UUID(null=True, default=None)
    """None for a test."""
    title = Varchar(length=600, default=None)
    lines = Array(base_column=Text(), default=list)
    path = Varchar(length=300, default="")
    created_at = Timestamptz(default=None)
    attempts = Integer(default=0)
    sent_at = Timestamptz(null=True, default=None)
    given_up_at = Timestamptz(null=True, default=None)
    error = Varchar(length=300, default="")
