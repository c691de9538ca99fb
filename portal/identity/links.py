"""One-time links: an invitation or a reset opens a page, and a button on it acts."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from portal.core import db
from portal.core.errors import Invalid, NotFound
from portal.core.i18n import gettext as _
from portal.core.ids import new_id, new_token, token_hash
from portal.identity import rules
from portal.identity.passwords import hash_password
from portal.identity.rules import LinkPurpose


@dataclass(frozen=True, slots=True)
class OpenLink:
    """A link that still works, and for whom."""

    id: UUID
    purpose: LinkPurpose
    person_id: UUID
    name: str
    email: str


async def make_link(person_id: UUID, purpose: LinkPurpose, now: datetime) -> str:
    """A new link's secret, on the open authentication unit; earlier ones of the same purpose stop working."""
    token = new_token()
    await db.sql(
        "UPDATE identity_one_time_link SET used_at = $3 WHERE person = $1 AND purpose = $2 AND used_at IS NULL",
        person_id, purpose.value, now,
    )  # fmt: skip
    await db.sql(
        "INSERT INTO identity_one_time_link (id, token_hash, person, purpose, created_at, expires_at)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        new_id(), token_hash(token), person_id, purpose.value, now, now + purpose.lasts,
    )  # fmt: skip
    return token


async def open_link(token: str, now: datetime) -> OpenLink:
    """What the link is for. Raises NotFound when it is unknown, used or too old: all three look the same."""
    async with db.auth_transaction():
        row = await db.sql_one(
            "SELECT l.id, l.purpose, p.id AS person_id, p.name, p.email FROM identity_one_time_link l"
            " JOIN identity_person p ON p.id = l.person"
            " WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2",
            token_hash(token), now,
        )  # fmt: skip
    if row is None:
        raise NotFound(_("This link has been used or is too old. Ask for a new one."), code="link")
    return OpenLink(row["id"], LinkPurpose(row["purpose"]), row["person_id"], row["name"], row["email"])


async def set_password(token: str, password: str, again: str, now: datetime) -> OpenLink:
    """Use the link to set a password; every session of the person ends.

    Raises NotFound for a link that works no more, Invalid for a password that will not do.
    """
    link = await open_link(token, now)
    problems = {}
    if problem := rules.password_problem(password, link.email, link.name):
        problems["password"] = password_sentence(problem)
    if password != again:
        problems["again"] = _("The two passwords differ.")
    if problems:
        raise Invalid(problems)
    stored = await hash_password(password)
    async with db.auth_transaction():
        used = await db.sql(
            "UPDATE identity_one_time_link SET used_at = $2 WHERE id = $1 AND used_at IS NULL RETURNING id",
            link.id, now,
        )  # fmt: skip
        if not used:
            raise NotFound(_("This link has been used or is too old. Ask for a new one."), code="link")
        await db.sql("UPDATE identity_person SET password_hash = $2 WHERE id = $1", link.person_id, stored)
        await db.sql("UPDATE identity_membership SET sessions_since = $2 WHERE person = $1", link.person_id, now)
    return link


def password_sentence(problem: str) -> str:
    """What is wrong with a password, and what to do."""
    sentences = {
        "short": _("Use at least %(length)s characters; a few words in a row are easy to keep in mind.")
        % {"length": rules.PASSWORD_LENGTH},
        "long": _("Use at most %(length)s characters.") % {"length": rules.PASSWORD_LONGEST},
        "simple": _("Too few different characters. Try a few words in a row."),
        "own_name": _("Mostly your own name or address. Try a few words in a row."),
    }
    return sentences[problem]
