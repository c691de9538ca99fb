"""Links of mails that act: looking changes nothing, the button acts once, with the rights and the state of then."""

import asyncio
import re
from datetime import timedelta
from uuid import UUID

import pytest
from litestar import Litestar

from partners.deals import extending, queries, service
from partners.deals.service import Said
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.permissions import Role
from portal.identity import rules as identity_rules
from portal.identity import service as people
from portal.notices import acting, routes
from portal.notices.brake import Brake
from portal.notices.rules import LINK_LASTS
from tests import make
from tests.make import NOON, Cast
from tests.partners.stand import names_of, tiers
from tests.portal.notices.stand import mails, speaks
from tests.security.wire import touched
from tests.settle import settle
from tests.standalone import database
from tests.web import Browser

pytestmark = pytest.mark.security

_LINK = re.compile(r"/act/[A-Za-z0-9_-]{20,}")


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOON)
    monkeypatch.setattr(routes, "_BRAKE", Brake(identity_rules.ATTEMPT_WINDOW))


async def links() -> set[str]:
    """Every link that was ever mailed, after the queue is worked through."""
    await settle()
    return {link for mail in await mails() for link in _LINK.findall(mail["text"])}


async def registered(cast: Cast) -> tuple[UUID, str]:
    """A deal that Pia has submitted, and the link by which Vera can approve it."""
    await tiers()
    before = await links()
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1", cast.vera.membership_id)
    card = await make.card(cast.pia, "Acme GmbH", account_id=await make.account())
    deal = await make.deal(cast.pia, card_id=card, expected_close_on=NOON.date())
    await service.move_deal(cast.pia, deal, "submit", now=NOON)
    [link] = await links() - before
    return deal, link


async def state(cast: Cast, deal: UUID) -> str:
    return (await queries.get_record(cast.vera, deal)).state.value


async def test_looking_changes_nothing_and_the_button_approves_once(app: Litestar, cast: Cast) -> None:
    deal, link = await registered(cast)
    nobody = Browser(app)
    before = await touched()
    for _time in range(3):
        page = await nobody.get(link)
        assert page.status_code == 200
    assert await touched() == before
    for words in ("Acme GmbH", "Alpha Systemhaus GmbH", "Vera Vendor"):
        assert words in page.text
    assert await state(cast, deal) == "submitted"
    done = await nobody.post(link, {"note": "Good luck."})
    assert (done.status_code, "Approved" in done.text) == (200, True)
    record = await queries.get_record(cast.vera, deal)
    assert (record.state, record.reviewer_name, record.decision_note) == ("approved", "Vera Vendor", "Good luck.")
    again = await nobody.post(link, {"note": "Again."})
    assert again.status_code == 404
    assert (await names_of(deal)).count("deal.approved") == 1
    assert (await nobody.get(link)).status_code == 404


async def test_a_partner_answers_from_the_mail(app: Litestar, cast: Cast) -> None:
    deal, approving = await registered(cast)
    await service.move_deal(cast.vera, deal, "take", now=NOON)
    await service.move_deal(cast.vera, deal, "ask", now=NOON, said=Said("How many sites?"))
    await speaks(cast.pia, "zh_CN")
    [link] = await links() - {approving}
    nobody = Browser(app)
    page = await nobody.get(link)
    assert ("How many sites?" in page.text, 'lang="zh-CN"' in page.text) == (True, True)
    empty = await nobody.post(link, {"note": " "})
    assert (empty.status_code, await state(cast, deal)) == (422, "info_requested")
    assert (await nobody.post(link, {"note": "Two sites."})).status_code == 200
    assert (await queries.get_record(cast.vera, deal)).answer == "Two sites."
    assert await state(cast, deal) == "in_review"


async def test_a_manager_grants_a_longer_protection_from_the_mail(app: Litestar, cast: Cast) -> None:
    await tiers()
    card = await make.card(cast.pia, account_id=await make.account())
    deal = await make.deal(cast.pia, card_id=card, state="approved", protected_until=NOON + timedelta(days=10))
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $2 WHERE id = $1", cast.alpha, cast.vera.membership_id)
    await extending.request_extension(cast.pia, deal, 20, "They decide in March.", now=NOON)
    [link] = await links()
    nobody = Browser(app)
    page = await nobody.get(link)
    assert "They decide in March." in page.text
    assert "18 Dec 2026" in page.text
    assert (await nobody.post(link, {"note": "Good luck."})).status_code == 200
    record = await queries.get_record(cast.vera, deal)
    assert [one.state for one in record.extensions] == ["granted"]
    assert record.protected_until is not None
    assert record.protected_until > NOON + timedelta(days=30)


async def test_the_address_is_in_no_referer_no_store_and_only_its_hash_is_kept(
    app: Litestar, cast: Cast, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    _deal, link = await registered(cast)
    token = link.removeprefix("/act/")
    page = await Browser(app).get(link)
    assert page.headers["referrer-policy"] == "strict-origin"
    assert "no-store" in page.headers["cache-control"]
    logged = caplog.text + "".join(capsys.readouterr())
    assert token not in logged
    async with db.transaction(SYSTEM):
        [row] = await db.sql("SELECT * FROM notices_link")
    assert token not in str(row)
    assert row["expires_at"] - row["made_at"] == LINK_LASTS


async def test_unknown_used_and_old_links_answer_alike(
    app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    _deal, used = await registered(cast)
    nobody = Browser(app)
    await nobody.get(used)
    await nobody.post(used)
    _other, old = await registered(cast)
    monkeypatch.setattr(clock, "now", lambda: NOON + LINK_LASTS)
    answers = [await nobody.get(link) for link in (used, old, "/act/no-such-token")]
    answers += [await nobody.post(link) for link in (used, old, "/act/no-such-token")]
    assert {answer.status_code for answer in answers} == {404}
    assert len({re.sub(r"/act/[\w-]+|[0-9a-f-]{36}", "*", answer.text) for answer in answers}) == 1


async def test_who_is_signed_in_as_somebody_else_uses_nobodys_link(app: Litestar, cast: Cast) -> None:
    deal, link = await registered(cast)
    for other in (cast.sam, cast.pia, cast.otto):
        browser = await Browser.of(app, other)
        assert (await browser.get(link)).status_code == 404
        assert (await browser.post(link)).status_code == 404
    assert await state(cast, deal) == "submitted"
    vera = await Browser.of(app, cast.vera)
    assert (await vera.get(link)).status_code == 200


async def test_after_the_deal_has_moved_on_nothing_is_done(app: Litestar, cast: Cast) -> None:
    deal, link = await registered(cast)
    nobody = Browser(app)
    await nobody.get(link)
    await service.move_deal(cast.pia, deal, "withdraw", now=NOON)
    for answer in (await nobody.get(link), await nobody.post(link)):
        assert (answer.status_code, "has changed since" in answer.text) == (409, True)
    assert await state(cast, deal) == "withdrawn"
    async with db.transaction(SYSTEM):
        assert await db.sql_value("SELECT used_at FROM notices_link") is None


async def test_rights_are_those_of_the_moment(app: Litestar, cast: Cast) -> None:
    deal, link = await registered(cast)
    nobody = Browser(app)
    await nobody.get(link)
    await people.change_roles(cast.ada, cast.vera.membership_id, frozenset({Role.MARKETING}), now=NOON)
    for answer in (await nobody.get(link), await nobody.post(link)):
        assert answer.status_code == 403
    other = await make.person("Vic Vendor", cast.vera.side, [Role.PARTNER_MANAGER])
    await people.end_membership(cast.ada, cast.vera.membership_id, other.membership_id, now=NOON)
    for answer in (await nobody.get(link), await nobody.post(link)):
        assert answer.status_code == 403
    assert await state(cast, deal) == "submitted"


async def test_a_refusal_of_the_deal_leaves_everything_as_it_was_and_the_link_works_on(
    app: Litestar, cast: Cast
) -> None:
    """A rival holds the customer: the review that the link began is undone with the approval."""
    deal, link = await registered(cast)
    async with db.transaction(SYSTEM):
        account = await db.sql_value("SELECT account FROM partners_card_link")
        product = await db.sql_value("SELECT product FROM partners_deal_line WHERE deal = $1", deal)
    theirs = await make.deal(cast.otto, state="approved")
    await make.protection(theirs, cast.otto, account, await make.group_of(product))
    nobody = Browser(app)
    await nobody.get(link)
    refused = await nobody.post(link)
    assert (refused.status_code, f"/partners/deals/{deal}" in refused.text) == (409, True)
    assert await state(cast, deal) == "submitted"
    assert (await nobody.get(link)).status_code == 200


async def test_a_form_of_another_site_does_nothing(app: Litestar, cast: Cast) -> None:
    deal, link = await registered(cast)
    nobody = Browser(app)
    await nobody.get(link)
    assert (await nobody.post(link, Origin="https://evil.example")).status_code == 403
    assert (await nobody.client.post(link, data={"note": ""})).status_code == 403
    assert await state(cast, deal) == "submitted"


async def test_a_link_goes_only_to_who_may(cast: Cast) -> None:
    """A manager of the partner whose role does not decide is told, and gets no link."""
    async with db.transaction(SYSTEM):
        await db.sql("UPDATE partners_company SET manager = $1", cast.sam.membership_id)
    deal = await make.deal(cast.pia, expected_close_on=NOON.date())
    await tiers()
    await service.move_deal(cast.pia, deal, "submit", now=NOON)
    await settle()
    [mail] = await mails()
    assert (mail["to_address"], _LINK.findall(mail["text"])) == (cast.sam.email, [])


async def test_guessing_is_slowed_down(app: Litestar, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    _deal, link = await registered(cast)
    nobody = Browser(app)
    for number in range(identity_rules.FAILURES_PER_NETWORK):
        assert (await nobody.get(f"/act/guess-{number}")).status_code == 404
    slowed = await nobody.get("/act/one-more")
    assert (slowed.status_code, int(slowed.headers["retry-after"]) > 0) == (429, True)
    assert (await nobody.get(link)).status_code == 429
    monkeypatch.setattr(clock, "now", lambda: NOON + identity_rules.ATTEMPT_WINDOW + timedelta(seconds=1))
    assert (await nobody.get(link)).status_code == 200


async def test_a_link_that_is_pressed_many_times_at_once_acts_once(fresh_url: str) -> None:
    """On a database of its own, with real commits: one gets through, the others find the link used."""
    async with database(fresh_url):
        cast = await make.cast()
        deal, link = await registered(cast)
        found = await acting.open_link(link.removeprefix("/act/"), NOON, visitor=None)
        ends = await asyncio.gather(*(acting.perform(found, "", NOON) for _time in range(8)), return_exceptions=True)
        assert sorted(type(end).__name__ for end in ends) == ["NotFound"] * 7 + ["str"]
        names = await names_of(deal)
    assert (names.count("deal.taken"), names.count("deal.approved")) == (1, 1)


async def test_a_deal_without_an_account_says_so_before_the_button(app: Litestar, cast: Cast) -> None:
    _deal, link = await registered(cast)
    async with db.transaction(SYSTEM):
        await db.sql("DELETE FROM partners_card_link")
    page = await Browser(app).get(link)
    assert (page.status_code, "which account this customer is" in page.text) == (409, True)
