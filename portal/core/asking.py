"""Asking questions for somebody: in its own unit of work, several in one statement. For routes, which open no units."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.core import db
from portal.core.actor import Actor
from portal.core.questions import Question


async def ask_together(actor: Actor, *questions: Question | None) -> Sequence[Any]:
    """What several questions give, in one statement; None for each that is None."""
    async with db.transaction(actor):
        return await db.ask_together(questions)


async def ask_by_name(actor: Actor, questions: Mapping[str, Question | None]) -> dict[str, Any]:
    """The same for a page with many: each answer under its question's name."""
    async with db.transaction(actor):
        return await db.ask_by_name(questions)
