"""Being told: once, in all languages, by mail as one chose; and nobody whose access has ended."""

from datetime import timedelta

import asyncpg
import pytest

from portal.core import db
from portal.core.actor import SYSTEM
from portal.core.errors import Invalid, NotFound
from portal.core.i18n import using
from portal.core.permissions import Role
from portal.identity import service as people
from portal.notices import housekeeping, queries, service
from portal.notices.rules import KEPT, Mail
from tests.make import NOON, Cast
from tests.portal.notices.stand import event, mails, notices, speaks, told
from tests.settle import settle


async def test_a_notice_and_its_mail_are_in_the_language_of_the_reader_and_the_notice_in_all(cast: Cast) -> None:
    await speaks(cast.pia, "zh_CN")
    await told(cast.pia)
    [mail] = await mails()
    assert (mail["subject"], mail["locale"], mail["to_address"]) == ("已批准", "zh_CN", cast.pia.email)
    for locale, title, second in (("en", "Approved", "Deals"), ("zh_CN", "已批准", "商机")):
        with using(locale):
            [one] = (await queries.list_notices(cast.pia)).unread
        assert (one.title, one.lines) == (title, ("Acme GmbH", second))


async def test_one_event_is_told_once_to_each(cast: Cast) -> None:
    once = event()
    for who in (cast.pia, cast.pia, cast.paul):
        await told(who, of=once)
    assert [row["membership"] for row in await notices()].count(cast.pia.membership_id) == 1
    assert sorted(mail["to_address"] for mail in await mails()) == sorted([cast.pia.email, cast.paul.email])


async def test_nobody_is_told_whose_access_has_ended(cast: Cast) -> None:
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE identity_membership SET ended_at = $2 WHERE id = $1", cast.pia.membership_id, NOON)
    await told(cast.pia)
    assert (await notices(), await mails()) == ([], [])


@pytest.mark.parametrize(("mail", "mailed"), [(Mail.NOW, 1), (Mail.DIGEST, 0), (Mail.NONE, 0)])
async def test_by_mail_as_it_was_chosen_and_in_the_portal_always(cast: Cast, mail: Mail, mailed: int) -> None:
    await service.choose(cast.pia, {"deal_decided": mail}, now=NOON)
    await told(cast.pia)
    assert len(await mails()) == mailed
    assert [one["mail"] for one in await notices()] == [mail.value]
    assert len((await queries.list_notices(cast.pia)).unread) == 1


async def test_only_what_asks_one_to_act(cast: Cast) -> None:
    await service.choose_what_asks(cast.pia, now=NOON)
    chosen = {kind.key: mail for kind, mail in await queries.list_choices(cast.pia)}
    assert chosen["deal_question"] == Mail.NOW
    assert chosen["deal_decided"] == chosen["deal_ended"] == Mail.NONE
    assert chosen["access"] == Mail.NOW
    assert "deal_waiting" not in chosen


@pytest.mark.security
async def test_what_is_about_ones_own_rights_cannot_be_turned_off(cast: Cast) -> None:
    for kind in ("access", "deal_waiting", "nothing"):
        with pytest.raises(Invalid):
            await service.choose(cast.pia, {kind: Mail.NONE}, now=NOON)
    await people.change_roles(cast.paul, cast.pia.membership_id, frozenset({Role.PARTNER_FINANCE}), now=NOON)
    await settle()
    [mail] = await mails()
    assert (mail["to_address"], "Partner finance" in mail["text"]) == (cast.pia.email, True)


async def test_reading_one_and_reading_what_stood_there(cast: Cast) -> None:
    one, two, later = await told(cast.pia), await told(cast.pia), await told(cast.pia)
    assert await service.mark_read(cast.pia, one, now=NOON) == "/partners/deals"
    assert await service.mark_many_read(cast.pia, [one, two], now=NOON) == 1
    found = await queries.list_notices(cast.pia)
    assert [told.id for told in found.unread] == [later]
    assert {told.id for told in found.read} == {one, two}


async def test_who_acts_on_a_subject_has_read_what_was_told_of_it(cast: Cast) -> None:
    asked, other = event("deal.asked"), event("deal.asked")
    for one in (asked, other):
        await told(cast.pia, "deal_question", of=one)
        await told(cast.paul, "deal_question", of=one)
    answered = event("deal.answered", subject_id=asked.subject_id, actor_id=cast.pia.membership_id)
    await told(cast.vera, "deal_waiting", of=answered)
    assert [row["subject_id"] for row in await notices() if row["read_at"]] == [asked.subject_id]
    assert len((await queries.list_notices(cast.pia)).unread) == 1
    assert len((await queries.list_notices(cast.paul)).unread) == 2


@pytest.mark.security
async def test_a_notice_is_one_persons_and_no_colleagues(cast: Cast) -> None:
    for owner, others in ((cast.pia, (cast.paul, cast.otto, cast.dora, cast.vera)), (cast.vera, (cast.sam, cast.pia))):
        notice = await told(owner, "access")
        for other in others:
            with pytest.raises(NotFound):
                await service.mark_read(other, notice, now=NOON)
            assert await service.mark_many_read(other, [notice], now=NOON) == 0
            assert notice not in {one.id for one in (await queries.list_notices(other)).unread}


@pytest.mark.security
async def test_the_database_alone_keeps_colleagues_apart(cast: Cast) -> None:
    """Raw SQL as a partner's role: one's own row, of which nothing but `read_at` can be changed."""
    await told(cast.pia)
    for actor, rows in ((cast.pia, 1), (cast.paul, 0), (cast.otto, 0), (cast.dora, 0)):
        async with db.transaction(actor):
            assert await db.sql_value("SELECT count(*) FROM notices_notice") == rows
    for statement in (
        "UPDATE notices_notice SET path = '/elsewhere'", "DELETE FROM notices_notice",
        "UPDATE notices_notice SET membership = partner_id",
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with db.transaction(cast.pia):
                await db.sql(statement)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with db.transaction(cast.pia):
            await db.sql(
                "INSERT INTO notices_choice (id, membership, partner_id, kind, mail, changed_at)"
                " VALUES (gen_random_uuid(), $1, $2, 'deal_decided', 'none', $3)",
                cast.paul.membership_id, cast.alpha, NOON,
            )  # fmt: skip


async def test_what_has_served_its_time_is_swept(cast: Cast) -> None:
    await told(cast.pia)
    await housekeeping.sweep(NOON + KEPT)
    assert len(await notices()) == 1
    await housekeeping.sweep(NOON + KEPT + timedelta(seconds=1))
    assert await notices() == []
