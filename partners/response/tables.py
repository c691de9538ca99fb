"""What is stored of answers: a clock for each, when it rested, what was done when it was late, and how fast all are."""

from piccolo.columns import UUID, Boolean, ForeignKey, Integer, Timestamptz, Varchar
from piccolo.columns import Date as DateColumn
from piccolo.columns.base import OnDelete
from piccolo.constraints import Check
from piccolo.table import Table

from partners.deals.tables import Deal
from partners.response.rules import What
from portal.calendars.tables import BusinessCalendar
from portal.core.tenancy import PartnerScoped, one_of


class ResponseClock(PartnerScoped, Table, tablename="partners_response"):
    """Until when the vendor has to answer something about a deal. It keeps the policy that it began by."""

    id = UUID(primary_key=True)
    deal = ForeignKey(Deal, null=False, default=None, on_delete=OnDelete.restrict)
    what = Varchar(length=12, default=None)
    number = Integer(default=1)
    """Of its kind on its deal, from 1."""
    started_at = Timestamptz(default=None)
    allowed_minutes = Integer(default=None)
    """Of working time."""
    due_at = Timestamptz(default=None)
    """Moved by pauses, and by nothing else."""
    warn_at = Timestamptz(default=None)
    """When whoever has to answer is reminded; moved as `due_at` is."""
    lengthens = Boolean(default=False)
    """Whether a late answer makes the protection longer."""
    calendar = ForeignKey(BusinessCalendar, null=True, default=None, on_delete=OnDelete.restrict)
    """None for Monday to Friday, nine to five."""
    calendar_sha256 = Varchar(length=64, default=None)
    """Of the calendar as it was when the due time was last reckoned."""
    policy_version = UUID(null=True, default=None)
    """None where no version was in force."""
    paused_at = Timestamptz(null=True, default=None)
    answered_at = Timestamptz(null=True, default=None)
    ended_at = Timestamptz(null=True, default=None)
    """When it was answered, or needed no answer any more."""
    worked_minutes = Integer(null=True, default=None)
    """Working time that the answer took, without pauses."""
    warned_at = Timestamptz(null=True, default=None)
    breached_at = Timestamptz(null=True, default=None)
    """The due time that went by without an answer."""
    lengthened_days = Integer(default=0)
    """By how much the protection is longer because of it."""

    known_what = Check(one_of("what", What))
    answered_is_ended = Check("answered_at IS NULL OR (ended_at = answered_at AND worked_minutes IS NOT NULL)")
    ended_rests_no_more = Check("ended_at IS NULL OR paused_at IS NULL")


class ResponsePause(PartnerScoped, Table, tablename="partners_response_pause"):
    """That a clock rested while the partner had to act, and how it was due before and after. Insert-only."""

    id = UUID(primary_key=True)
    response = ForeignKey(ResponseClock, null=False, default=None, on_delete=OnDelete.restrict, index=False)
    paused_at = Timestamptz(default=None)
    resumed_at = Timestamptz(default=None)
    due_before = Timestamptz(default=None)
    due_after = Timestamptz(default=None)

    pause_order = Check("paused_at <= resumed_at AND due_before <= due_after")


class ResponseStep(Table, tablename="partners_response_step"):
    """That a step of the policy was taken because an answer was late, or what forbade it. Vendor-only, insert-only.

    One that was forbidden is tried again, and has another row when something else forbids it.
    """

    id = UUID(primary_key=True)
    response = ForeignKey(ResponseClock, null=False, default=None, on_delete=OnDelete.restrict, index=False)
    place = Integer(default=0)
    """In the policy, from 0."""
    does = Varchar(length=12, default=None)
    outcome = Varchar(length=40, default="done")
    """`done`, or what forbade it (`rules.HELD_LABELS`)."""
    at = Timestamptz(default=None)


class ResponseFigure(Table, tablename="partners_response_figure"):
    """How fast registrations were answered in the 90 days before a day, over all partners together. Insert-only."""

    id = UUID(primary_key=True)
    reckoned_on = DateColumn(default=None, unique=True)
    decisions = Integer(default=0)
    partners = Integer(default=0)
    median_minutes = Integer(default=0)
    """Half of all answers took no longer, in working time."""
    high_minutes = Integer(default=0)
    """Nine of ten took no longer."""
