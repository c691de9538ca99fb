"""What tests of claims stand on: a workshop of a week ago, and claiming it."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from attribution.claims import service
from attribution.claims.rules import ClaimFacts
from attribution.touchpoints.rules import Motion, TouchKind
from portal.core.actor import Actor
from tests import make
from tests.make import NOON, TODAY

WEEK_AGO = TODAY - timedelta(days=7)


def facts(card: UUID, **more: Any) -> ClaimFacts:
    """A workshop of a week ago, with evidence."""
    values: dict[str, Any] = {
        "deal": None, "motion": Motion.BUILD, "kind": TouchKind.TRAINING, "occurred_on": WEEK_AGO,
        "did": "Two days on site.", "evidence_link": "https://files.example/report.pdf",
    }  # fmt: skip
    return ClaimFacts(card=card, **values | more)


async def submitted(actor: Actor, card: UUID | None = None, **more: Any) -> UUID:
    """A claim of the actor's partner, submitted."""
    return await service.submit_new(actor, facts(card or await make.card(actor), **more), now=NOON)
