"""The mail of the day: one a person, what is unread, in groups with links; late or twice does no harm."""

from datetime import UTC, datetime, timedelta

from portal.core import db
from portal.core.actor import SYSTEM
from portal.notices import digest, service
from portal.notices.rules import Mail
from tests.make import NOON, Cast
from tests.portal.notices.stand import event, mails, speaks, told

MORNING = datetime(2026, 11, 19, 7, tzinfo=UTC)
"""Eight o'clock in Berlin, the day after."""


async def together(cast: Cast) -> None:
    """Pia wants what is decided once a day."""
    await service.choose(cast.pia, {"deal_decided": Mail.DIGEST}, now=NOON)


async def test_one_mail_with_all_of_it_in_groups_with_links(cast: Cast) -> None:
    await together(cast)
    await speaks(cast.pia, "zh_CN")
    await told(cast.pia)
    await told(cast.pia, "deal_ended")
    await told(cast.pia)
    assert await digest.write_digests(now=MORNING - timedelta(seconds=1)) == 0
    assert await digest.write_digests(now=MORNING) == 1
    [mail] = await mails()
    assert (mail["to_address"], mail["locale"]) == (cast.pia.email, "zh_CN")
    assert "3" in mail["subject"]
    assert mail["text"].count("- 已批准\n  http://127.0.0.1:8000/partners/deals") == 3
    assert mail["text"].count("您的商机已有结果") == 1


async def test_nothing_to_say_is_no_mail_and_what_was_read_is_left_out(cast: Cast) -> None:
    await together(cast)
    read = await told(cast.pia)
    await service.mark_read(cast.pia, read, now=NOON)
    assert await digest.write_digests(now=MORNING) == 0
    assert await mails() == []


async def test_late_and_twice_is_one_mail_a_day_and_nothing_is_lost(cast: Cast) -> None:
    await together(cast)
    await told(cast.pia)
    for late in (timedelta(hours=7), timedelta(hours=7), timedelta(hours=9)):
        await digest.write_digests(now=MORNING + late)
    assert len(await mails()) == 1
    # What happened before the hour and was told after the day's mail waits for the next.
    await told(cast.pia, of=event(at=MORNING - timedelta(minutes=1)))
    await digest.write_digests(now=MORNING + timedelta(hours=10))
    assert len(await mails()) == 1
    await digest.write_digests(now=MORNING + timedelta(days=1))
    assert len(await mails()) == 2
    await digest.write_digests(now=MORNING + timedelta(days=2))
    assert len(await mails()) == 2


async def test_each_person_has_a_mail_of_its_own_and_who_has_left_has_none(cast: Cast) -> None:
    for who in (cast.pia, cast.paul, cast.otto):
        await service.choose(who, {"deal_decided": Mail.DIGEST}, now=NOON)
        await told(who)
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_membership SET ended_at = $2 WHERE id = $1", cast.otto.membership_id, NOON)
    assert await digest.write_digests(now=MORNING) == 2
    assert sorted(mail["to_address"] for mail in await mails()) == sorted([cast.pia.email, cast.paul.email])
    assert await digest.write_digests(now=MORNING) == 0
