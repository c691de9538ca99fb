"""Tags of accounts: words of the vendor's own, put on and taken off. Partners neither read nor know of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from partners.customers.linking import ACCOUNT
from partners.customers.tables import AccountTag
from portal.core import db
from portal.core.actor import Actor
from portal.core.errors import Conflict, Invalid, NotFound
from portal.core.events import record
from portal.core.i18n import gettext as _
from portal.core.ids import new_id
from portal.core.permissions import Permission
from portal.core.questions import Question
from portal.core.text import fold

LONGEST: Final = 40
MOST_OF_ONE: Final = 20
"""Tags of one account."""
_MOST_OFFERED: Final = 100
_LOCK: Final = "tags of accounts"
"""Held while tags come and go, so that none is taken away while another account gets it."""


@dataclass(frozen=True, slots=True)
class KnownTag:
    """A tag that some account has."""

    id: UUID
    name: str
    accounts: int


async def tag_account(actor: Actor, account_id: UUID, name: str, *, now: datetime) -> None:
    """Put a tag on an account; one word is one tag, whatever its case. Nothing happens where it has it already.

    Raises NotFound, NotAllowed, Invalid, and Conflict when the account has as many as it may.
    """
    actor.require(Permission.ACCOUNTS_WRITE)
    written = _written(name)
    async with db.transaction(actor):
        await db.lock_subject(_LOCK)
        has = await _tags_of(account_id)
        if fold(written) in has:
            return
        if len(has) >= MOST_OF_ONE:
            raise Conflict(_("An account has at most %(most)s tags.") % {"most": MOST_OF_ONE}, code="tags")
        tag = await db.sql_one(
            "INSERT INTO partners_tag (id, name, folded, created_by, created_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (folded) DO UPDATE SET folded = excluded.folded RETURNING id, name",
            new_id(), written, fold(written), actor.membership_id, now,
        )  # fmt: skip
        assert tag is not None  # noqa: S101 -- the statement always returns its row
        await AccountTag(
            id=new_id(), account=account_id, tag=tag["id"], tagged_by=actor.membership_id, tagged_at=now
        ).save()
        await record(actor, "account.tagged", ACCOUNT, account_id, changes={"tag": [None, tag["name"]]}, now=now)


async def untag_account(actor: Actor, account_id: UUID, name: str, *, now: datetime) -> None:
    """Take a tag off an account, and off those merged into it; a tag that nobody has any more is gone.

    Raises NotFound, also where the account has no such tag, and NotAllowed.
    """
    actor.require(Permission.ACCOUNTS_WRITE)
    async with db.transaction(actor):
        await db.lock_subject(_LOCK)
        tag = (await _tags_of(account_id)).get(fold(name))
        if tag is None:
            raise NotFound
        await db.sql(
            "DELETE FROM partners_account_tag WHERE tag = $2 AND account = any(partners_accounts_of($1))",
            account_id, tag["id"],
        )  # fmt: skip
        await db.sql(
            "DELETE FROM partners_tag WHERE id = $1 AND NOT EXISTS (SELECT FROM partners_account_tag WHERE tag = $1)",
            tag["id"],
        )
        await record(actor, "account.untagged", ACCOUNT, account_id, changes={"tag": [tag["name"], None]}, now=now)


async def list_tags(actor: Actor, typed: str = "") -> list[KnownTag]:
    """The tags in which this is written, by name; all without it. Raises NotAllowed."""
    actor.require(Permission.ACCOUNTS_READ)
    async with db.transaction(actor):
        rows = await db.sql(
            "SELECT g.id, g.name, (SELECT count(*) FROM partners_account_tag x WHERE x.tag = g.id) AS accounts"
            ' FROM partners_tag g WHERE position($1 in g.folded) > 0 ORDER BY g.folded COLLATE "C" LIMIT $2',
            fold(typed), _MOST_OFFERED,
        )  # fmt: skip
    return [KnownTag(**row) for row in rows]


NAMES: Final = Question(
    "SELECT coalesce(jsonb_agg(x.name ORDER BY x.folded COLLATE \"C\"), '[]')"
    f' FROM (SELECT name, folded FROM partners_tag ORDER BY folded COLLATE "C" LIMIT {_MOST_OFFERED}) AS x'
)
"""The names of all tags as a JSON list, for a page that asks for something else in the same statement."""


async def _tags_of(account_id: UUID) -> dict[str, dict[str, Any]]:
    """The tags of a customer by their folded names. Raises NotFound without such an account."""
    rows = await db.sql(
        "SELECT g.id, g.name, g.folded FROM partners_account a LEFT JOIN partners_account_tag x"
        " ON x.account = any(partners_accounts_of(a.id)) LEFT JOIN partners_tag g ON g.id = x.tag WHERE a.id = $1",
        account_id,
    )
    if not rows:
        raise NotFound
    return {row["folded"]: row for row in rows if row["id"] is not None}


def _written(name: str) -> str:
    """The name as it is kept. Raises Invalid when there is none, or too much of it."""
    written = " ".join(name.split())
    if not fold(written):
        raise Invalid({"name": _("Write the tag.")})
    if len(written) > LONGEST or len(fold(written)) > 2 * LONGEST:
        raise Invalid({"name": _("Write at most %(max_length)s characters.") % {"max_length": LONGEST}})
    return written
