"""What a tier gives a deal: how many may be open, how long one is protected, and the rows that protect it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from partners.companies.entitlements import Entitlements
from partners.companies.queries import get_company
from partners.companies.rules import CompanyStatus
from partners.customers.doors import guards_link
from partners.deals import doors, rules
from partners.deals.states import DealRole
from partners.deals.tables import Deal
from portal.core import clock, db, formats
from portal.core.actor import Actor
from portal.core.errors import Conflict
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.core.questions import Question
from portal.policies.queries import InForce, holds_on

COUNTS_AS_OPEN = "(state IN ('submitted', 'in_review', 'info_requested') OR (state = 'approved' AND closed_at IS NULL))"
"""`rules.counts_as_open`, for the database."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What the partner's tier entitles to on a day, and the policy version that says so."""

    tier: str
    protection_days: int
    open_registrations: int
    extensions: int
    extension_days: int
    version_id: UUID


async def find_terms(actor: Actor, tier: str, now: datetime) -> Terms | None:
    """The terms of a tier today; None while no version of the policy is in force."""
    async with db.transaction(actor):
        found: Terms | None = await db.ask(terms_of(tier, now))
    return found


def terms_of(tier: str, now: datetime) -> Question:
    """The question of `find_terms`, for asking beside others."""
    return tiers_of(now).then(lambda found: read_terms(found, tier))


def tiers_of(now: datetime) -> Question:
    """What every tier entitles to today, for `read_terms`: for asking before it is known which tier it is."""
    return holds_on("tiers", clock.day_of(now, formats.time_zone().key))


def read_terms(found: InForce | None, tier: str) -> Terms | None:
    """One tier of the version in force."""
    if found is None:
        return None
    body: Entitlements = found.body
    one = body.of(tier)
    return Terms(
        tier, one.protection_days, one.open_registrations, one.extensions, one.extension_days, found.version_id
    )


async def count_open(actor: Actor, partner_id: UUID) -> int:
    """How many of the partner's registrations count against its limit."""
    async with db.transaction(actor):
        return int(await db.ask(open_count(partner_id)))


def open_count(partner_id: UUID) -> Question:
    """The question of `count_open`, for asking beside others."""
    return Question(f"SELECT count(*) FROM partners_deal WHERE partner_id = $1 AND {COUNTS_AS_OPEN}", (partner_id,))


async def check_limit(actor: Actor, partner_id: UUID, now: datetime) -> None:
    """Raise Conflict when the partner is suspended or one more open registration would exceed its tier's limit.

    Two at once are counted one after the other.
    """
    company = await get_company(actor, partner_id)
    if company["status"] != CompanyStatus.ACTIVE:
        raise Conflict(_("Your company is not active in the programme, so nothing can be submitted."), code="inactive")
    terms = await find_terms(actor, company["tier"], now)
    if terms is None:
        return
    await db.lock_subject(f"open deals of {partner_id}")
    count = await count_open(actor, partner_id)
    if count >= terms.open_registrations:
        raise Conflict(
            _(
                "Your tier allows %(most)s open registrations and you have %(count)s."
                " Withdraw one, or close one as won or lost, and submit this again."
            )
            % {"most": terms.open_registrations, "count": count},
            code="limit",
        )


async def protect(actor: Actor, deal: Deal, *, now: datetime) -> None:
    """Give an approved deal its time, and an exclusive one a row for each product group. Sets columns, saves nothing.

    Raises Conflict without a policy or a linked account, and when another deal holds account and group.
    """
    company = await get_company(actor, deal.partner_id)
    terms = await find_terms(actor, company["tier"], now)
    if terms is None:
        raise Conflict(
            _("No version of the policy “Tiers” is in force, so nobody knows how long to protect it."), code="policy"
        )
    linked = await _linked(deal)
    if linked is None:
        raise Conflict(
            _("Say first which account this customer is: link the card to one, or make one of it. Then approve."),
            code="unlinked",
        )
    until = rules.protected_until(now, terms.protection_days, formats.time_zone().key)
    until += await doors.extra_protection(deal, now)
    deal.protected_until, deal.policy_version = until, terms.version_id
    if rules.is_exclusive(DealRole(deal.role)):
        groups = await _groups_of(deal)
        advice = _("Reject this one as registered already, or approve it when that has ended.")
        await _insert_protections(deal, linked["account"], linked["customer"], groups, now, advice)


async def protect_lines(deal: Deal, now: datetime, advice: str) -> None:
    """Rows for the groups of a deal whose end is set already, from now until then.

    Raises Conflict without a linked account, and naming who holds account and group, with this advice.
    """
    linked = await _linked(deal)
    if linked is None:
        raise Conflict(_("The customer's card is linked to no account any more."), code="unlinked")
    await _insert_protections(deal, linked["account"], linked["customer"], await _groups_of(deal), now, advice)


async def _linked(deal: Deal) -> dict[str, Any] | None:
    """The account of the deal's card, and the one under which that is found now; held until the end of the unit."""
    return await db.sql_one(
        "SELECT account, partners_canonical_account(account) AS customer FROM partners_card_link WHERE card = $1"
        " FOR SHARE",
        deal.card,
    )


async def _groups_of(deal: Deal) -> list[UUID]:
    """The product groups of the deal's lines."""
    rows = await db.sql(
        'SELECT DISTINCT p."group" AS id FROM partners_deal_line l JOIN partners_product p ON p.id = l.product'
        ' WHERE l.deal = $1 ORDER BY p."group"',
        deal.id,
    )
    return [row["id"] for row in rows]


async def follow_lines(deal: Deal, now: datetime) -> None:
    """Have the rows of a running exclusive deal cover the groups of its lines: ended for some, begun for new ones.

    Raises Conflict naming who holds a group that would be added.
    """
    if not rules.is_exclusive(DealRole(deal.role)):
        return
    rows = await db.sql(
        "SELECT account, canonical_account AS customer, product_group FROM partners_deal_protection WHERE deal = $1"
        " AND protected_until > $2",
        deal.id, now,
    )  # fmt: skip
    held, wanted = {row["product_group"] for row in rows}, await _groups_of(deal)
    await db.sql(
        "UPDATE partners_deal_protection SET protected_until = greatest($2, protected_from) WHERE deal = $1"
        " AND protected_until > $2 AND product_group <> all($3::uuid[])",
        deal.id, now, wanted,
    )  # fmt: skip
    added = [group for group in wanted if group not in held]
    if added and rows:
        advice = _("So the proposal cannot be accepted as it is: refuse it and say what may be changed.")
        await _insert_protections(deal, rows[0]["account"], rows[0]["customer"], added, now, advice)


async def _insert_protections(
    deal: Deal, account_id: UUID, customer_id: UUID, wanted: Sequence[UUID], now: datetime, advice: str
) -> None:
    """One row per product group from now to the deal's end; the constraint decides. Raises Conflict naming the holder.

    `customer_id` is the account under which `account_id` is found since accounts were merged. The lock only keeps
    rivals in line: two that insert at the same moment would wait for each other until the server ends one of them.
    """
    await db.lock_subject(f"protection of {customer_id}")
    try:
        async with db.savepoint():
            await db.sql(
                "INSERT INTO partners_deal_protection (id, deal, partner_id, account, product_group, protected_from,"
                " protected_until) SELECT w.id, $1, $2, $3, w.product_group, $4, $5"
                " FROM unnest($6::uuid[], $7::uuid[]) AS w (id, product_group)",
                deal.id, deal.partner_id, account_id, now, deal.protected_until, [new_id() for _one in wanted], wanted,
            )  # fmt: skip
    except asyncpg.ExclusionViolationError:
        rivals = await find_holders(customer_id, wanted, now, deal.protected_until)
        raise Conflict(held_sentence(rivals, advice), code="protected") from None


async def lengthen(deal: Deal, until: datetime, now: datetime) -> None:
    """Move the end of the deal's running protection, and of its rows. Sets columns, saves nothing.

    Raises Conflict naming who holds account and group in the time that would be added.
    """
    before = deal.protected_until
    rows = await db.sql(
        "SELECT canonical_account AS account, product_group FROM partners_deal_protection"
        " WHERE deal = $1 AND protected_until > $2 ORDER BY id",
        deal.id, now,
    )  # fmt: skip
    for account in sorted({row["account"] for row in rows}):
        await db.lock_subject(f"protection of {account}")
    try:
        async with db.savepoint():
            await db.sql(
                "UPDATE partners_deal_protection SET protected_until = $3 WHERE deal = $1 AND protected_until > $2",
                deal.id, now, until,
            )  # fmt: skip
    except asyncpg.ExclusionViolationError:
        rivals = [
            rival
            for row in rows
            for rival in await find_holders(row["account"], [row["product_group"]], before, until)
            if rival["id"] != deal.id
        ]
        advice = _("So the protection cannot be extended until that day: refuse it, or grant fewer days.")
        raise Conflict(held_sentence(rivals, advice), code="protected") from None
    deal.protected_until = until


async def shorten(deal: Deal, now: datetime) -> None:
    """End the deal's protection and its rows now: what was held before stays held. Sets columns, saves nothing."""
    await db.sql(
        "UPDATE partners_deal_protection SET protected_until = greatest($2, protected_from)"
        " WHERE deal = $1 AND protected_until > $2",
        deal.id, now,
    )  # fmt: skip
    deal.protected_until = now


async def find_holders(
    account_id: UUID, groups: Sequence[UUID], since: datetime, until: datetime
) -> list[dict[str, Any]]:
    """The deals that hold some of these groups of the customer in that time: for the vendor's eyes only."""
    return await db.sql(
        "SELECT d.id, d.number, c.legal_name AS partner_name, g.name AS group_name, x.protected_until"
        " FROM partners_deal_protection x JOIN partners_deal d ON d.id = x.deal"
        " JOIN partners_company c ON c.id = x.partner_id JOIN partners_product_group g ON g.id = x.product_group"
        " WHERE x.canonical_account = partners_canonical_account($1) AND x.product_group = any($2::uuid[])"
        " AND tstzrange(x.protected_from, x.protected_until) && tstzrange($3, $4) ORDER BY g.name, x.protected_from",
        account_id, list(groups), since, until,
    )  # fmt: skip


def held_sentence(rivals: list[dict[str, Any]], advice: str) -> str:
    """Who holds what until when, and what can be done: for the vendor's eyes only."""
    zone = formats.time_zone().key
    each = [
        _("%(group)s is protected for %(partner)s until %(day)s (%(number)s).")
        % {
            "group": rival["group_name"],
            "partner": rival["partner_name"],
            "day": formats.date(rules.last_protected_day(rival["protected_until"], zone)),
            "number": rival["number"],
        }
        for rival in rivals
    ]
    return " ".join([*each, advice])


@guards_link
async def keep_protected_link(actor: Actor, card_id: UUID, now: datetime) -> None:
    """A link stays while a deal of the card is protected through it. Raises Conflict that names the deal."""
    actor.require(Permission.DEALS_DECIDE)
    row = await db.sql_one(
        "SELECT d.number FROM partners_deal d JOIN partners_deal_protection x ON x.deal = d.id"
        " WHERE d.card = $1 AND x.protected_until > $2 ORDER BY x.protected_until DESC LIMIT 1",
        card_id, now,
    )  # fmt: skip
    if row is not None:
        raise Conflict(
            _("The deal %(number)s is protected through this link, so the link stays.") % {"number": row["number"]},
            code="protected",
        )
