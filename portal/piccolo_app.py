"""The tables and migrations of `portal`."""

from pathlib import Path

from piccolo.conf.apps import AppConfig

from portal.absences.tables import Absence
from portal.approvals.tables import ApprovalRequest
from portal.calendars.tables import BusinessCalendar, CalendarDay
from portal.core.tables import Event, EventPersonal, ReactionDone, Setting
from portal.core.web.tables import IdempotencyRecord
from portal.identity.tables import Membership, OneTimeLink, Person, Session, SignInAttempt
from portal.imports.tables import ImportFile, ImportJob, ImportRow, SavedMapping, SourceReceipt
from portal.ledger.tables import LedgerAccount, LedgerEntry, LedgerPeriod, LedgerPosting
from portal.mail.tables import MailMessage
from portal.notices.tables import ActingLink, Notice, NoticeChoice
from portal.policies.tables import Policy, PolicyVersion
from portal.rates.tables import Rate
from portal.robots.tables import Robot, RobotMessage
from portal.segments.tables import Segment

APP_CONFIG = AppConfig(
    app_name="portal",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=[
        Setting,
        Event,
        EventPersonal,
        ReactionDone,
        IdempotencyRecord,
        Person,
        Membership,
        Session,
        OneTimeLink,
        SignInAttempt,
        Policy,
        PolicyVersion,
        ApprovalRequest,
        LedgerAccount,
        LedgerEntry,
        LedgerPosting,
        LedgerPeriod,
        MailMessage,
        ImportJob,
        ImportFile,
        ImportRow,
        SourceReceipt,
        SavedMapping,
        Segment,
        Rate,
        BusinessCalendar,
        CalendarDay,
        Notice,
        NoticeChoice,
        ActingLink,
        Absence,
        Robot,
        RobotMessage,
    ],
    migration_dependencies=[],
    commands=[],
)
