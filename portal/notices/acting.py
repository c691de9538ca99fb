"""Links of mails that act: a page says what would be done, a button does it, once, with the rights of that moment."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from portal.core import db, formats
from portal.core.actor import Actor
from portal.core.errors import NotAllowed, NotFound
from portal.core.i18n import gettext as _
from portal.core.i18n import using
from portal.core.ids import new_id, new_token, token_hash
from portal.core.permissions import Permission
from portal.identity.sessions import actor_of
from portal.mail.service import link_to
from portal.notices.rules import LINK_LASTS


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that a mail lets its reader do to one version of a subject."""

    subject_type: str
    subject_id: UUID
    version: int
    verb: str


@dataclass(frozen=True, slots=True)
class Shown:
    """What would be done, for the page behind the link; all of it in the reader's language."""

    title: str
    facts: Sequence[tuple[str, str]]
    button: str
    subject: str
    """What the subject is called."""
    quotes: Sequence[tuple[str, str]] = ()
    """What people wrote, each with what it is."""
    words_label: str = ""
    """The label of a field for words; empty where none are asked for."""
    words_needed: bool = False


Describe = Callable[[Actor, Offer, datetime], Awaitable[Shown]]
"""(actor, offer, now) -> what would be done. Raises NotFound, NotAllowed, Conflict when it cannot be any more."""
Perform = Callable[[Actor, Offer, str, datetime], Awaitable[str]]
"""(actor, offer, words, now) -> what is said afterwards; on the actor's open unit. Raises what its service raises."""


@dataclass(frozen=True, slots=True)
class Action:
    """What can be done by a link; `label` is the verb in the mail, marked for translation."""

    label: str
    path: str
    """Where the subject is, with `{id}`."""
    permission: Permission
    describe: Describe
    perform: Perform


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that still works, and as whom it acts."""

    id: UUID
    actor: Actor
    offer: Offer

    @property
    def path(self) -> str:
        """Where the subject is in the portal."""
        return action_of(self.offer).path.format(id=self.offer.subject_id)


_ACTIONS: Final[dict[tuple[str, str], Action]] = {}


def acts_on(subject_type: str, verb: str, action: Action) -> None:
    """Have mails about this kind of subject offer this verb."""
    _ACTIONS[(subject_type, verb)] = action


def action_of(offer: Offer) -> Action:
    """What is done. Raises KeyError for what nobody registered."""
    return _ACTIONS[(offer.subject_type, offer.verb)]


async def offer_line(offer: Offer, membership_id: UUID, partner_id: UUID | None, locale: str, now: datetime) -> str:
    """Make a link for this membership, on the open unit, and give the lines of the mail that hold it."""
    token, until = new_token(), now + LINK_LASTS
    await db.sql(
        "INSERT INTO notices_link (id, token_hash, membership, partner_id, subject_type, subject_id, verb, version,"
        " made_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new_id(), token_hash(token), membership_id, partner_id, offer.subject_type, offer.subject_id, offer.verb,
        offer.version, now, until,
    )  # fmt: skip
    with using(locale):
        words = _("%(verb)s by this link. It shows everything first, works once, and until %(time)s:") % {
            "verb": _(action_of(offer).label),
            "time": formats.datetime_(until),
        }
    return f"{words}\n{link_to(f'/act/{token}')}"


async def open_link(token: str, now: datetime, *, visitor: Actor | None) -> OpenLink:
    """What the link is for, and as whom it acts.

    Raises NotFound when it is unknown, used, too old, or opened by somebody who is signed in as another person: all
    look the same. Raises NotAllowed when the access of whom it was sent to has ended.
    """
    async with db.detached(), db.auth_transaction():
        row = await db.sql_one(
            "SELECT id, membership, subject_type, subject_id, version, verb FROM notices_link"
            " WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2",
            token_hash(token), now,
        )  # fmt: skip
        actor = await actor_of(row["membership"], now) if row else None
    offer = Offer(row["subject_type"], row["subject_id"], row["version"], row["verb"]) if row else None
    if row is None or offer is None or (offer.subject_type, offer.verb) not in _ACTIONS:
        raise NotFound(code="link")
    if actor is None:
        raise NotAllowed(_("The access of the person to whom this mail was sent has ended."), code="ended")
    if visitor is not None and visitor.person_id != actor.person_id:
        raise NotFound(code="link")
    return OpenLink(row["id"], actor, offer)


async def describe(link: OpenLink, now: datetime) -> Shown:
    """What the link would do, by the rights and the state of now; it changes nothing.

    Raises NotFound, NotAllowed, and Conflict when the subject has moved on.
    """
    action = action_of(link.offer)
    link.actor.require(action.permission)
    async with db.detached(), db.transaction(link.actor, read_only=True):
        return await action.describe(link.actor, link.offer, now)


async def perform(link: OpenLink, words: str, now: datetime) -> str:
    """Do it as the person to whom the link was sent, and use the link up, both or neither; what to say then.

    Raises NotFound when somebody was faster with the same link, and what the subject's own service raises.
    """
    action = action_of(link.offer)
    link.actor.require(action.permission)
    async with db.detached(), db.transaction(link.actor):
        used = await db.sql(
            "UPDATE notices_link SET used_at = $2 WHERE id = $1 AND used_at IS NULL AND expires_at > $2 RETURNING id",
            link.id, now,
        )  # fmt: skip
        if not used:
            raise NotFound(code="link")
        return await action.perform(link.actor, link.offer, words, now)
