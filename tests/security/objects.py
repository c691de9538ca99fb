"""One object of every kind for each of two rivals, for the matrix, the crawl and the rest to ask for."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

from partners.companies.entitlements import DEFAULT as TIERS
from partners.companies.entitlements import Entitlements
from partners.conflicts import service as conflicts
from partners.conflicts.checking import check_account
from partners.conflicts.rules import Ground
from partners.customers import tags
from partners.forecast import service as forecast
from partners.merging import service as merging
from partners.merging.tables import AccountPair, MergeRequest
from partners.response import service as response
from portal.absences import service as absences
from portal.absences.rules import Absence
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.ids import new_id
from portal.core.money import Money
from portal.core.permissions import Role, Side
from portal.ledger import service as ledger
from portal.ledger.rules import AccountCode, movement
from tests import make
from tests.attribution.commissions.world import PLAN as A_PLAN
from tests.attribution.commissions.world import make_plan
from tests.attribution.credits.world import rate
from tests.make import NOON, Cast
from tests.partners.stand import tiers
from tests.security import attributed, deals, installed
from tests.security.installed import SOME_DAY
from tests.security.runs import sealed_run, valuation

ROOMY: Final = Entitlements(tiers=tuple(one.model_copy(update={"open_registrations": 1_000}) for one in TIERS.tiers))
"""More open registrations than there are objects here."""
TAG: Final = "Big spender"
Ids = dict[str, str]
Maker = Callable[[Cast, Actor], Awaitable[UUID]]


@dataclass(frozen=True, slots=True)
class Objects:
    """Ids by kind: Alpha's, its rival Omega's, and one that nobody has."""

    own: Ids
    rival: Ids
    missing: Ids

    def of(self, owner: str) -> Ids:
        """Those of `own`, `rival` or `missing`."""
        found: Ids = getattr(self, owner)
        return found


async def _company(_cast: Cast, actor: Actor) -> UUID:
    assert actor.partner_id
    return actor.partner_id


async def _membership(_cast: Cast, actor: Actor) -> UUID:
    return actor.membership_id


async def _colleague(cast: Cast, actor: Actor) -> UUID:
    return (cast.paul if actor is cast.pia else cast.oona).membership_id


async def _absence(cast: Cast, _actor: Actor) -> UUID:
    """A manager is away next month."""
    away = await make.person("Mara Vendor", Side.STAFF, [Role.PARTNER_MANAGER])
    wanted = Absence(away.membership_id, cast.vera.membership_id, SOME_DAY, SOME_DAY + timedelta(days=7))
    return await absences.note_absence(cast.ada, wanted, now=NOON)


async def _card(_cast: Cast, actor: Actor) -> UUID:
    return await make.card(actor)


async def _linked_card(_cast: Cast, actor: Actor) -> UUID:
    return await make.card(actor, account_id=await make.account())


async def _contact(_cast: Cast, actor: Actor) -> UUID:
    return await make.contact(actor, await make.card(actor))


async def _account(_cast: Cast, _actor: Actor) -> UUID:
    return await make.account()


async def _product(_cast: Cast, _actor: Actor) -> UUID:
    return await make.product()


async def _sku(_cast: Cast) -> str:
    product = await make.product("A")
    async with db.transaction(SYSTEM):
        return str(await db.sql_value("SELECT sku FROM partners_product WHERE id = $1", product))


async def _group(_cast: Cast, _actor: Actor) -> UUID:
    return await make.group_of(await make.product())


async def _person(_cast: Cast, _actor: Actor) -> UUID:
    return await make.person_at(await make.account())


async def _opportunity(cast: Cast, _actor: Actor) -> UUID:
    return await make.opportunity(await make.account(), cast.sam)


_CONFLICTS: Final[dict[UUID, tuple[UUID, UUID, UUID]]] = {}
"""By the membership whose it is: its conflict, its own claim there and its rival's."""


async def _conflict(cast: Cast, actor: Actor) -> UUID:
    """A customer that both rivals registered, the rival a day later."""
    account, product = await make.account(), await make.product()
    for one, days in ((actor, 1), (cast.otto if actor is cast.pia else cast.pia, 0)):
        card = await make.card(one, account_id=account)
        at = NOON - timedelta(days=days)
        await make.deal(one, card_id=card, product_id=product, state="submitted", submitted_at=at, created_at=at)
    await check_account(account, now=NOON)
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT k.id, k.conflict FROM partners_conflict_claim k JOIN partners_conflict c ON c.id = k.conflict"
            " WHERE c.account = $1 ORDER BY k.partner_id <> $2",
            account, actor.partner_id,
        )  # fmt: skip
    _CONFLICTS[actor.membership_id] = rows[0]["conflict"], rows[0]["id"], rows[1]["id"]
    return _CONFLICTS[actor.membership_id][0]


async def _conflict_asked(cast: Cast, actor: Actor) -> UUID:
    """A customer for which the partner is protected and that its rival wants too: the manager asked a second person."""
    account, product = await make.account(), await make.product()
    rival = cast.otto if actor is cast.pia else cast.pia
    kept = await make.deal(
        actor, card_id=await make.card(actor, account_id=account), product_id=product, state="approved",
        protected_until=NOON + timedelta(days=90),
    )  # fmt: skip
    await make.protection(
        kept, actor, account, await make.group_of(product), protected_until=NOON + timedelta(days=90)
    )  # fmt: skip
    wanted = await make.deal(
        rival, card_id=await make.card(rival, account_id=account), product_id=product, state="submitted",
        submitted_at=NOON,
    )  # fmt: skip
    await check_account(account, now=NOON)
    async with db.transaction(SYSTEM):
        row = await db.sql_one("SELECT id, conflict FROM partners_conflict_claim WHERE subject = $1", wanted)
    assert row is not None
    award = conflicts.Award(row["id"], Ground.CUSTOMER, "By mail.", "The customer chose otherwise.")
    await conflicts.decide(cast.vera, row["conflict"], award, now=NOON)
    found: UUID = row["conflict"]
    return found


async def _own_claim(_cast: Cast, actor: Actor) -> UUID:
    return _CONFLICTS[actor.membership_id][1]


async def _rivals_claim(_cast: Cast, actor: Actor) -> UUID:
    return _CONFLICTS[actor.membership_id][2]


async def _merge(cast: Cast, actor: Actor) -> UUID:
    """An account of which the partner has a card, merged into another."""
    account = await make.account()
    await make.card(actor, account_id=account)
    return (await merging.merge_accounts(cast.vera, account, await make.account(), now=NOON)).alias_id or new_id()


async def _tagged_account(cast: Cast, _actor: Actor) -> UUID:
    account = await make.account()
    await tags.tag_account(cast.vera, account, TAG, now=NOON)
    return account


async def _merge_request(cast: Cast, _actor: Actor) -> UUID:
    one, other, key = await make.account(), await make.account(), new_id()
    request = MergeRequest(
        id=key, account=one, merged_into=other, requested_by=cast.vera.membership_id, requested_at=NOON
    )
    async with db.transaction(SYSTEM):
        await request.save()
    return key


async def _pair(_cast: Cast, actor: Actor) -> UUID:
    """The partner's card, and an account that it may be."""
    card, account, key = await make.card(actor), await make.account(), new_id()
    async with db.transaction(SYSTEM):
        await AccountPair(id=key, account=account, card=card, score=70, reasons="name", found_at=NOON).save()
    return key


MAKERS: Final[dict[str, Maker]] = {
    "company": _company,
    "membership": _membership,
    "colleague": _colleague,
    "deal": deals.submitted,
    "draft": deals.draft,
    "review": deals.in_review,
    "asked": deals.asked,
    "stepped": deals.stepped,
    "absence": _absence,
    "rested": deals.rested,
    "approved": deals.approved,
    "rejected": deals.rejected,
    "amendment_asked": deals.amendment_asked,
    "cheap_review": deals.cheap_review,
    "handed_over": deals.handed_over,
    "extension_asked": deals.extension_asked,
    "card": _card,
    "linked_card": _linked_card,
    "contact": _contact,
    "account": _account,
    "product": _product,
    "group": _group,
    "revenue": attributed.revenue,
    "person": _person,
    "opportunity": _opportunity,
    "conflict": _conflict,
    "conflict_asked": _conflict_asked,
    "conflict_claim": _own_claim,
    "conflict_rival": _rivals_claim,
    "term": attributed.term,
    "lifecycle_event": attributed.lifecycle_event,
    "touchpoint": attributed.touchpoint,
    "words": attributed.source_words,
    "mapped_words": attributed.mapped_words,
    "claim": attributed.submitted_claim,
    "claim_draft": attributed.claim_draft,
    "claim_review": attributed.claim_in_review,
    "claim_asked": attributed.claim_asked,
    "visitor": attributed.site_visitor,
    "attached_visitor": attributed.attached_visitor,
    "cost": attributed.cost,
    "merge": _merge,
    "merge_request": _merge_request,
    "pair": _pair,
    "tagged_account": _tagged_account,
    "segment": installed.a_segment,
    "robot": installed.a_robot,
    "commission": attributed.commission,
    "run": sealed_run,
    "valuation": valuation,
    "healthy_account": attributed.healthy_account,
    "import": installed.mapped_import,
    "running_import": installed.running_import,
    "version": installed.drafted_version,
    "sent_version": installed.sent_version,
    "request": installed.signing_request,
    "mail": installed.a_mail,
    "calendar": installed.a_calendar,
    "calendar_day": installed.calendar_day,
    "notice": installed.a_notice,
}
WORDS: Final = {
    "token": "no-such-token",
    "file_type": "csv",
    "name": "css/tokens.css",
    "path": "nothing",
    "month": "2026-10",
    "key": "tiers",
    "subject_type": "deal",
}
"""Parameters of paths that are no ids."""
OCTOBER: Final = date(2026, 10, 1)


_MADE: Final[dict[UUID, Objects]] = {}
"""By the cast's first partner."""


async def make_objects(cast: Cast) -> Objects:
    """Everything twice, once for each rival; tiers and a plan in force, and a month that can be closed.

    Made once for a cast.
    """
    if cast.alpha not in _MADE:
        _MADE[cast.alpha] = await _make_objects(cast)
    return _MADE[cast.alpha]


async def _make_objects(cast: Cast) -> Objects:
    await tiers(ROOMY)
    await make_plan(A_PLAN, date(2026, 1, 1))
    await _earned_in_october(cast)
    await rate(OCTOBER, "USD", "1.1")
    own = {kind: str(await maker(cast, cast.pia)) for kind, maker in MAKERS.items()}
    rival = {kind: str(await maker(cast, cast.otto)) for kind, maker in MAKERS.items()}
    await forecast.take_snapshot(now=NOON)
    await response.reckon_figures(SYSTEM, now=NOON)
    shared = await _shared(cast, own, rival)
    return Objects(own | shared, rival | shared, {kind: str(new_id()) for kind in MAKERS} | shared)


async def _shared(cast: Cast, own: Ids, rival: Ids) -> Ids:
    """What bodies need and paths do not name."""
    async with db.transaction(SYSTEM):
        rows = await db.sql("SELECT id, content_sha256 FROM approvals_request")
    hashes = {str(row["id"]): row["content_sha256"] for row in rows}
    return {
        "distributor": str(cast.delta),
        "a_colleague_of_all": str(await _of_all(cast)),
        "an_account": await _text(make.account()),
        "a_product": await _text(make.product()),
        "a_sku": await _sku(cast),
        "a_group": str(await _group(cast, cast.pia)),
        "a_source": str(await make.source_node()),
        "digest_own": hashes[own["request"]],
        "digest_rival": hashes[rival["request"]],
    }


async def _of_all(_cast: Cast) -> UUID:
    """Somebody who may cover for anybody of the vendor."""
    roles = [role for role in Role if role.side == Side.STAFF]
    return (await make.person("Alma Vendor", Side.STAFF, roles)).membership_id


async def _text(made: Awaitable[Any]) -> str:
    return str(await made)


async def _earned_in_october(cast: Cast) -> None:
    """One entry of the ledger, so that its month is due for closing."""
    posting = movement(AccountCode.COMMISSION_EXPENSE, AccountCode.PARTNER_PAYABLE, Money(100, "EUR"))
    async with db.transaction(SYSTEM):
        period = await ledger.open_period_for(OCTOBER)
        await ledger.post_entry(SYSTEM, cast.alpha, "test", new_id(), "accrual", period, [posting], now=NOON)
