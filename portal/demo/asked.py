"""What is asked of the demo's running deals: longer protections, amendments, approvals taken back, and two appeals."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from partners.deals import amending, extending, revoking
from partners.deals import service as deals
from partners.deals.rules import Line
from partners.deals.states import RevokeCode
from portal.approvals import service as approvals
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.permissions import Permission
from portal.demo.world import Row
from portal.identity.sessions import actor_of

AT: Final = timedelta(hours=10)
"""Of the day on which something is asked."""
ANSWERED_AFTER: Final = timedelta(days=1, hours=5)
EXTENSION_DAYS: Final = 30
_LATER: Final = timedelta(days=30)
"""By how much a close moves when a deal is amended."""


class Words(NamedTuple):
    """The same in the languages of the demo's partners."""

    en: str
    zh: str

    def of(self, actor: Actor) -> str:
        """In the actor's language."""
        return self.zh if actor.locale == "zh_CN" else self.en


class _Course(NamedTuple):
    """One request: whose deal, what, how it ends, and how many days ago it was asked."""

    partner: str
    what: str
    ends: str
    days: int
    code: str = ""


_COURSES: Final = (
    _Course("Pia Lindqvist", "extend", "", 1),
    _Course("Pia Lindqvist", "amend", "", 2),
    _Course("Pia Lindqvist", "extend", "grant", 9),
    _Course("Pia Lindqvist", "appeal", "", 3),
    _Course("Greta Novak", "extend", "refuse", 12),
    _Course("Greta Novak", "amend", "accept", 15),
    _Course("Greta Novak", "revoke", "agree", 6, RevokeCode.INACTIVE),
    _Course("Greta Novak", "amend", "refuse", 8),
    _Course("Greta Novak", "appeal", "", 2),
    _Course("Otto Brandt", "revoke", "", 1, RevokeCode.CUSTOMER_CHOICE),
    _Course("林浩然", "extend", "", 1),
    _Course("林浩然", "amend", "", 2),
    _Course("林浩然", "extend", "grant", 11),
    _Course("林浩然", "extend", "refuse", 14),
    _Course("林浩然", "amend", "accept", 7),
    _Course("林浩然", "revoke", "agree", 4, RevokeCode.CUSTOMER_CHOICE),
    _Course("林浩然", "revoke", "refuse", 9, RevokeCode.INACTIVE),
    _Course("林浩然", "amend", "refuse", 5),
)
_SAID: Final[Mapping[tuple[str, str], Words]] = {
    ("extend", ""): Words(
        "Their board meets later than planned; the order is ready to be signed.", "客户董事会推迟开会，订单已可签署。"
    ),
    ("extend", "grant"): Words(
        "Agreed: the customer confirmed the new date to us.", "同意：客户已向我们确认新的日期。"
    ),
    ("extend", "refuse"): Words(
        "Nothing has happened with this customer for two months. Show us the next step and ask again.",
        "该客户两个月来没有进展。请说明下一步计划后再次申请。",
    ),
    ("amend", ""): Words("They take some more, and want them a month later.", "客户增加数量，并要求晚一个月交付。"),
    ("amend", "accept"): Words("Good news, thank you.", "好消息，谢谢。"),
    ("amend", "refuse"): Words(
        "The customer told us another number. Please talk to them once more and propose it again.",
        "客户告知我们的数量与此不同，请再次与客户确认后重新提出。",
    ),
    ("revoke", RevokeCode.INACTIVE): Words(
        "Nobody has spoken to the customer since this was approved, and it asked us why.",
        "批准后一直无人联系该客户，客户已向我们询问原因。",
    ),
    ("revoke", RevokeCode.CUSTOMER_CHOICE): Words(
        "The customer decided on something else and will not buy this.", "客户已另有决定，不再采购本产品。"
    ),
    ("revoke", "refuse"): Words(
        "They have shown me what they did last week. Let it run.", "伙伴已出示上周的跟进记录，维持批准。"
    ),
    ("appeal", ""): Words(
        "The buyer whom we named decides this alone and will confirm it to you by telephone.",
        "我们所报的采购负责人有权单独决定，可电话向贵方确认。",
    ),
}  # fmt: skip
_RUNNING: Final = (
    "SELECT d.id, d.number, c.manager FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id"
    " WHERE d.partner_id = $1 AND d.state = 'approved' AND d.stage NOT IN ('won', 'lost') AND d.role = 'sell'"
    " AND d.pending = '' AND d.decided_at < $2 AND d.protected_until > $3::timestamptz + interval '14 days'"
    " AND NOT EXISTS (SELECT FROM partners_deal_extension x WHERE x.deal = d.id)"
    " AND NOT EXISTS (SELECT FROM partners_deal_amendment x WHERE x.deal = d.id)"
    " AND NOT EXISTS (SELECT FROM partners_deal_revocation x WHERE x.deal = d.id)"
    " AND NOT EXISTS (SELECT FROM partners_conflict_claim x WHERE x.subject = d.id)"
    " AND NOT EXISTS (SELECT FROM attribution_revenue r JOIN partners_card_link l ON l.account = r.account"
    " WHERE l.card = d.card AND r.partner = d.partner_id) ORDER BY d.protected_until, d.number LIMIT 1"
)
"""The next of a partner's deals of which nothing was asked and by which nothing was sold."""
_REFUSED: Final = (
    "SELECT d.id, d.number, c.manager FROM partners_deal d JOIN partners_company c ON c.id = d.partner_id"
    " WHERE d.partner_id = $1 AND d.state = 'rejected' AND d.stage <> 'lost' AND d.appealed_at IS NULL"
    " AND d.decided_at < least($2::timestamptz, $3::timestamptz)"
    " AND d.reject_code IN ('existing_customer', 'incomplete')"
    " ORDER BY d.decided_at DESC, d.number LIMIT 1"
)


async def write_requests(people: Iterable[Row], staff: Sequence[Actor], *, today: datetime) -> None:
    """Have partners ask and managers answer in the days before `today`; once."""
    async with db.transaction(SYSTEM):
        if await db.sql_value("SELECT count(*) FROM partners_deal_extension"):
            return
    writers = await writers_of(people, {course.partner for course in _COURSES}, today)
    for course in _COURSES:
        writer, then = writers[course.partner], today - timedelta(days=course.days) + AT
        async with db.transaction(SYSTEM):
            statement = _REFUSED if course.what == "appeal" else _RUNNING
            found = await db.sql_one(statement, writer.partner_id, then, today)
        if found is not None:
            manager, second = deciders(staff, found["manager"])
            await _ASKS[course.what](course, found["id"], writer, manager, second, then)


async def writers_of(people: Iterable[Row], names: Iterable[str], now: datetime) -> dict[str, Actor]:
    """The partners' people of these names."""
    emails = {row["name"]: row["email"] for row in people if row["side"] == "partner"}
    found = {}
    for name in names:
        async with db.transaction(SYSTEM):
            member = await db.sql_value(
                "SELECT m.id FROM identity_membership m JOIN identity_person p ON p.id = m.person WHERE p.email = $1",
                emails[name],
            )
        actor = await actor_of(member, now)
        if actor is not None:
            found[name] = actor
    return found


def deciders(staff: Sequence[Actor], manager: UUID | None) -> tuple[Actor, Actor]:
    """Who decides a partner's deals: its manager, where there is one, and a second person."""
    able = [one for one in staff if one.may(Permission.DEALS_DECIDE) and one.may(Permission.APPROVALS_DECIDE)]
    able.sort(key=lambda one: one.membership_id != manager)
    return able[0], able[1]


async def _extend(course: _Course, deal: UUID, writer: Actor, manager: Actor, _second: Actor, now: datetime) -> None:
    await extending.request_extension(writer, deal, EXTENSION_DAYS, _SAID["extend", ""].of(writer), now=now)
    if course.ends:
        said = extending.Decision(_SAID["extend", course.ends].of(writer))
        await extending.decide_extension(manager, deal, course.ends, said=said, now=now + ANSWERED_AFTER)


async def _amend(course: _Course, deal: UUID, writer: Actor, manager: Actor, _second: Actor, now: datetime) -> None:
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT l.product, l.quantity, l.unit_price_minor, d.expected_close_on FROM partners_deal_line l"
            " JOIN partners_deal d ON d.id = l.deal WHERE d.id = $1 ORDER BY l.position",
            deal,
        )
    proposal = amending.Proposal(
        tuple(Line(row["product"], row["quantity"] * 3 // 2 + 1, row["unit_price_minor"]) for row in rows),
        rows[0]["expected_close_on"] + _LATER,
        _SAID["amend", ""].of(writer),
    )
    await amending.propose_amendment(writer, deal, proposal, now=now)
    if course.ends:
        note = _SAID["amend", course.ends].of(writer)
        await amending.decide_amendment(manager, deal, course.ends, note=note, now=now + ANSWERED_AFTER)


async def _revoke(course: _Course, deal: UUID, writer: Actor, manager: Actor, second: Actor, now: datetime) -> None:
    words = _SAID["revoke", course.code].of(writer)
    asked = await revoking.request_revocation(manager, deal, course.code, words, now=now)
    if course.ends:
        note = "" if course.ends == "agree" else _SAID["revoke", course.ends].of(writer)
        await answer(second, asked, note, agrees=course.ends == "agree", now=now + ANSWERED_AFTER)


async def answer(second: Actor, asked: UUID, note: str, *, agrees: bool, now: datetime) -> None:
    """Have a second person decide what was asked, as it was shown."""
    shown = await approvals.get_request(second, asked)
    await approvals.decide(second, asked, approve=agrees, content_sha256=shown.content_sha256, note=note, now=now)


async def _appeal(_course: _Course, deal: UUID, writer: Actor, _manager: Actor, _second: Actor, now: datetime) -> None:
    await deals.move_deal(writer, deal, "appeal", said=deals.Said(_SAID["appeal", ""].of(writer)), now=now)


_ASKS: Final[Mapping[str, Any]] = {"extend": _extend, "amend": _amend, "revoke": _revoke, "appeal": _appeal}
