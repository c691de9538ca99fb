"""Objects of the installation itself: imports, versions of policies, calendars, robots, segments, mails and notices."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from attribution.commissions.plan import DEFAULT as PLAN
from attribution.commissions.plan import KEY as PLAN_KIND
from partners.companies.entitlements import DEFAULT as TIERS
from portal.calendars import service as calendars
from portal.calendars.rules import OFFICE_WEEK
from portal.calendars.service import Wanted
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.imports import service as imports
from portal.mail import service as mail
from portal.notices import service as notices
from portal.notices.acting import Offer
from portal.notices.rules import Mail
from portal.policies import service as policies
from portal.robots import service as robots
from portal.robots.rules import RobotKind
from portal.robots.service import Wanted as WantedRobot
from portal.segments import service as segments
from tests import make
from tests.make import NOON, TODAY, Cast
from tests.portal.notices.stand import told

SOME_DAY: Final = TODAY + timedelta(days=30)


async def a_segment(cast: Cast, actor: Actor) -> UUID:
    """A filter that Vera saved and shares."""
    name = f"As {actor.name} sees it"
    return await segments.save_segment(cast.vera, "accounts", name, "size=10-49", shared=True, now=NOON)


async def a_robot(cast: Cast, actor: Actor) -> UUID:
    """A robot of a group of the vendor's."""
    wanted = WantedRobot(f"As {actor.name} sees it", RobotKind.SLACK, "https://robots.example/x", "", (), None, "en")
    return await robots.register_robot(cast.ada, wanted, now=NOON)


async def mapped_import(cast: Cast, _actor: Actor) -> UUID:
    content = b"Account ID,Company,Country\nA-1,Acme,DE\n"
    return await imports.bring_file(cast.vera, "accounts", "a.csv", content, source_system="crm", now=NOON)


async def running_import(cast: Cast, actor: Actor) -> UUID:
    job = await mapped_import(cast, actor)
    await imports.start(cast.vera, job, now=NOON)
    return job


async def drafted_version(cast: Cast, _actor: Actor) -> UUID:
    """A draft of the policy of tiers."""
    body = TIERS.model_dump(mode="json")
    return await policies.create_draft(cast.ada, "tiers", body, effective_from=SOME_DAY, now=NOON)


async def sent_version(cast: Cast, actor: Actor) -> UUID:
    """The same, waiting for a second person."""
    version = await drafted_version(cast, actor)
    await policies.submit(cast.ada, version, today=TODAY, now=NOON)
    return version


async def signing_request(cast: Cast, _actor: Actor) -> UUID:
    """Faye's commission plan, waiting for somebody else of finance."""
    body = PLAN.model_dump(mode="json")
    version = await policies.create_draft(cast.faye, PLAN_KIND, body, effective_from=SOME_DAY, now=NOON)
    return await policies.submit(cast.faye, version, today=TODAY, now=NOON)


async def a_mail(_cast: Cast, actor: Actor) -> UUID:
    key = str(new_id())
    to = mail.Recipient(actor.email, actor.name, "en")
    async with db.transaction(SYSTEM):
        await mail.queue(to, subject="Hello", lines=["Words"], dedupe_key=key, now=NOON)
        found: UUID = await db.sql_value("SELECT id FROM mail_message WHERE dedupe_key = $1", key)
    return found


async def a_calendar(cast: Cast, actor: Actor) -> UUID:
    wanted = Wanted("Head office", "DE", "", OFFICE_WEEK)
    return await calendars.create_calendar(cast.vera, f"c-{actor.membership_id.hex[:12]}", wanted, now=NOON)


async def calendar_day(cast: Cast, actor: Actor) -> UUID:
    """A day that is off in a calendar of its own."""
    wanted = Wanted("Second office", "DE", "", OFFICE_WEEK)
    made = await calendars.create_calendar(cast.vera, f"d-{actor.membership_id.hex[:12]}", wanted, now=NOON)
    await calendars.set_days(cast.vera, made, TODAY, None, works=False, note="Outing", now=NOON)
    async with db.transaction(SYSTEM):
        found: UUID = await db.sql_value("SELECT id FROM calendars_day WHERE calendar = $1", made)
    return found


async def a_notice(_cast: Cast, actor: Actor) -> UUID:
    """A notice to this person, with a mail whose link answers, and a choice of its own."""
    deal = await make.deal(actor, state="info_requested", question="Who decides?")
    await notices.choose(actor, {"deal_ended": Mail.NOW}, now=NOON)
    return await told(actor, "deal_question", offers=[Offer("deal", deal, 1, "answer")])
