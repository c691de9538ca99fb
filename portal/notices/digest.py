"""The mail of the day: one for each person, of what is unread and was chosen to come together."""

import json
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from portal.core import clock, db, formats, jobs
from portal.core.actor import SYSTEM
from portal.core.i18n import gettext as _
from portal.core.i18n import ngettext, using
from portal.mail import service as mail
from portal.notices.kinds import find_kind
from portal.notices.queries import words_in
from portal.notices.rules import MOST_IN_DIGEST, digest_due

_WAITING: Final = "mail = 'digest' AND mailed_at IS NULL AND read_at IS NULL AND made_at < $1"


@jobs.scheduled("digest", "*/10 * * * *")
async def send_digests() -> None:
    """Every ten minutes: whose mail of the day is due and not written. Late or twice does no harm."""
    await write_digests(now=clock.now())


async def write_digests(*, now: datetime) -> int:
    """Write the mails of the day that are due; how many. Each in a unit of its own."""
    due = digest_due(now, formats.time_zone().key)
    async with db.transaction(SYSTEM):
        rows = await db.sql(f"SELECT DISTINCT membership FROM notices_notice WHERE {_WAITING}", due)
    return sum([await _write(row["membership"], due, now) for row in rows])


async def _write(membership_id: UUID, due: datetime, now: datetime) -> bool:
    """One person's, unless the day's mail is written already: what came in since then waits for the next."""
    day = clock.day_of(due, formats.time_zone().key)
    key = f"digest:{membership_id}:{day}"
    async with db.transaction(SYSTEM):
        await db.lock_subject(f"digest of {membership_id}")
        if await db.sql_value("SELECT EXISTS (SELECT FROM mail_message WHERE dedupe_key = $1)", key):
            return False
        to = await mail.recipient(membership_id)
        rows = await db.sql(
            f"UPDATE notices_notice SET mailed_at = $2 WHERE id IN (SELECT id FROM notices_notice WHERE {_WAITING}"
            f" AND membership = $3 ORDER BY made_at, id LIMIT {MOST_IN_DIGEST}) RETURNING *",
            due, now, membership_id,
        )  # fmt: skip
        if to is None or not rows:
            return False
        with using(to.locale):
            many = ngettext("%(count)s notice", "%(count)s notices", len(rows)) % {"count": len(rows)}
            subject = _("%(many)s, %(day)s") % {"many": many, "day": formats.date(day)}
            lines = _lines(sorted(rows, key=lambda row: (row["made_at"], row["id"])), to.locale)
            lines.append(_("All of them, and what comes by mail:"))
        await mail.queue(to, subject=subject, lines=lines, dedupe_key=key, now=now, link=mail.link_to("/notices"))
    return True


def _lines(rows: list[dict[str, Any]], locale: str) -> list[str]:
    """The paragraphs: for each kind its name, and below it each notice with its link."""
    by_kind: dict[str, list[str]] = {}
    for row in rows:
        title, _rest = words_in(json.loads(row["words"]), locale)
        by_kind.setdefault(row["kind"], []).append(f"- {title}\n  {mail.link_to(row['path'])}")
    return ["\n".join([_name(kind), *told]) for kind, told in by_kind.items()]


def _name(key: str) -> str:
    kind = find_kind(key)
    return _(kind.label) if kind else _("Other")
