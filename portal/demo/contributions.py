"""What two partners claim to have done for customers without selling: one claim in every state, for the desk."""

import contextlib
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from attribution import public as attribution
from portal.core import db
from portal.core.actor import SYSTEM, Actor
from portal.core.errors import Conflict
from portal.core.permissions import Permission
from portal.demo.world import Row
from portal.identity.sessions import actor_of

WRITERS: Final = ("Pia Lindqvist", "林浩然")


class _Claimed(NamedTuple):
    """One claim, and how far it has come."""

    motion: str
    kind: str
    days_ago: int
    did: str
    did_zh: str
    moves: tuple[tuple[str, str, str], ...]
    """By whom (`partner`, `vendor`), the verb, and the words with it."""


_SENT: Final = ("partner", "submit", "")
_TAKEN: Final = ("vendor", "take", "")
_CLAIMS: Final = (
    _Claimed("service", "training", 9, "Two days with the workshop crew.", "为车间团队培训两天。", (_SENT,)),
    _Claimed(
        "build", "proof_of_concept", 16, "A pilot on their own track, six weeks long.", "在客户场地试点六周。",
        (_SENT, _TAKEN),
    ),
    _Claimed(
        "influence", "meeting", 23, "Introduced the buyer at the trade fair.", "在展会上引荐采购负责人。",
        (_SENT, _TAKEN, ("vendor", "ask", "Who of us was there?")),
    ),
    _Claimed(
        "manage", "health_check", 30, "Looked over every bike with the fleet manager.", "与车队经理逐一检查车辆。",
        (_SENT, _TAKEN, ("vendor", "approve", "Thank you, the fleet manager confirmed it.")),
    ),
    _Claimed(
        "influence", "event", 37, "They were at our evening for customers.", "客户参加了我们的答谢会。",
        (_SENT, _TAKEN, ("vendor", "reject", "The list of guests does not name them.")),
    ),
    _Claimed("service", "support", 3, "Answered the helpdesk over the weekend.", "周末负责客服支持。", ()),
)  # fmt: skip


async def write_claims(people: Iterable[Row], staff: Iterable[Actor], today: date, *, now: datetime) -> None:
    """Have the partners' people claim, and the vendor's manager decide; once."""
    emails = {row["name"]: row["email"] for row in people if row["side"] == "partner"}
    manager = next(one for one in staff if one.may(Permission.CLAIMS_DECIDE))
    for name in WRITERS:
        async with db.transaction(SYSTEM):
            member = await db.sql_value(
                "SELECT m.id FROM identity_membership m JOIN identity_person p ON p.id = m.person WHERE p.email = $1",
                emails[name],
            )
        actor = await actor_of(member, now)
        if actor is not None:
            await _claim(actor, manager, today, now, chinese=not name.isascii())


async def _claim(actor: Actor, manager: Actor, today: date, now: datetime, *, chinese: bool) -> None:
    """A claim of each kind, each for another customer. What was done before an interruption is not done again."""
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT c.id, (SELECT x.id FROM attribution_claim x WHERE x.card = c.id) AS claim"
            " FROM partners_customer_card c JOIN partners_card_link l ON l.card = c.id"
            ' WHERE c.partner_id = $1 ORDER BY c.sort_name COLLATE "C", c.id LIMIT $2',
            actor.partner_id, len(_CLAIMS),
        )  # fmt: skip
    for row, one in zip(rows, _CLAIMS, strict=False):
        facts = _facts(row["id"], one, today, chinese=chinese)
        claim = row["claim"] or await attribution.draft_claim(actor, facts, now=now)
        for side, verb, words in one.moves:
            said = attribution.ClaimSaid(words, "no_evidence" if verb == "reject" else "")
            # A move that was made already is refused as one from elsewhere.
            with contextlib.suppress(Conflict):
                await attribution.move_claim(actor if side == "partner" else manager, claim, verb, said=said, now=now)


def _facts(card: UUID, one: _Claimed, today: date, *, chinese: bool) -> attribution.ClaimFacts:
    return attribution.ClaimFacts(
        card=card,
        deal=None,
        motion=attribution.Motion(one.motion),
        kind=attribution.TouchKind(one.kind),
        occurred_on=today - timedelta(days=one.days_ago),
        did=one.did_zh if chinese else one.did,
        evidence_link="https://files.example/report.pdf",
    )
