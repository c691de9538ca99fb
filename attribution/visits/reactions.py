"""What follows from a message of a page: touches on the source tree, and whom its form names."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from attribution.touchpoints.rules import Told
from attribution.touchpoints.service import NewTouch, OwnTouch, record_touchpoints
from attribution.visits.rules import NEW_SOURCES_A_DAY, TOUCH_KINDS, WEBSITE, LinkRule, VisitKind
from attribution.visits.service import SUBJECT, TAKE, link
from portal.core import clock, db
from portal.core.actor import SYSTEM
from portal.core.events import Recorded, reacts_to, record
from portal.core.jobs import handles

SOURCE_SYSTEM = "website"


@reacts_to("touchpoints.imported")
async def list_imported(event: Recorded) -> None:
    """List the visitors that a file names and nobody knows, so that somebody can say who they are."""
    await db.sql(
        "INSERT INTO attribution_visitor (id, visitor, source_system, touches, first_seen_at, last_seen_at)"
        " SELECT gen_random_uuid(), t.visitor, min(t.source_system), count(*), min(t.occurred_at), max(t.occurred_at)"
        " FROM attribution_touchpoint t WHERE t.visitor <> '' AND t.account IS NULL"
        " AND t.source_system NOT IN ('website', 'tributary') AND t.visitor IN (SELECT n.visitor"
        " FROM attribution_touchpoint n WHERE n.visitor <> '' AND n.account IS NULL AND n.recorded_at >= ("
        "SELECT coalesce(started_at, created_at) FROM imports_job WHERE id = $1)) GROUP BY t.visitor"
        " ON CONFLICT (visitor) DO UPDATE SET touches = excluded.touches, first_seen_at = excluded.first_seen_at,"
        " last_seen_at = excluded.last_seen_at WHERE attribution_visitor.source_system <> 'website'",
        event.subject_id,
    )


@handles(TAKE)
async def take_batch(batch: UUID) -> None:
    """Make touches of a message's receipts, once each, and attach the visitor whom a form names."""
    now = clock.now()
    async with db.transaction(SYSTEM):
        rows = await db.sql(
            "SELECT v.*, w.visitor AS name FROM attribution_visit v JOIN attribution_visitor w ON w.id = v.visitor"
            " WHERE v.batch = $1 AND v.touchpoint IS NULL ORDER BY v.seq FOR UPDATE OF v",
            batch,
        )
        if not rows:
            return
        sources = await _sources(rows, now)
        touches = [OwnTouch(_touch(row, source)) for row, source in zip(rows, sources, strict=True)]
        kept = await record_touchpoints(touches, source_system=SOURCE_SYSTEM, now=now)
        for email in dict.fromkeys(row["email"] for row in rows if row["email"]):
            await _attach_by_email(rows[0]["visitor"], rows[0]["name"], email, now)
        await db.sql(
            "UPDATE attribution_visit v SET touchpoint = k.touchpoint, email = ''"
            " FROM unnest($1::uuid[], $2::uuid[]) AS k (id, touchpoint) WHERE v.id = k.id",
            [row["id"] for row in rows], kept,
        )  # fmt: skip
        await db.sql(
            "UPDATE attribution_visitor SET touches = touches + $2 WHERE id = $1", rows[0]["visitor"], len(rows)
        )


def _touch(row: dict[str, Any], source: Told) -> NewTouch:
    return NewTouch(
        source_id=str(row["id"]),
        occurred_at=row["received_at"],
        precision="second",
        kind=TOUCH_KINDS[VisitKind(row["kind"])],
        source=source,
        visitor=row["name"],
        asset=row["page"],
    )


async def _sources(rows: Sequence[dict[str, Any]], now: datetime) -> list[Told]:
    """Where each came from: what its link says, else a site that the source tree knows, else the website itself."""
    known = await _known_hosts({row["referrer"] for row in rows} - {""})
    may_add = await _may_add(now)
    return [_source(row, known) if may_add else Told(fallback=WEBSITE) for row in rows]


def _source(row: dict[str, Any], known: set[str]) -> Told:
    host = row["referrer"].removeprefix("www.")
    platform = row["platform"] or ("" if row["medium"] or host not in known else host)
    return Told(
        channel=row["medium"], platform=platform, campaign=row["campaign"], content=row["content"],
        keyword=row["keyword"], fallback=WEBSITE,
    )  # fmt: skip


async def _known_hosts(hosts: set[str]) -> set[str]:
    """Those hosts that the vocabulary has a word for; others are nobody's to sort out."""
    bare = [host.removeprefix("www.") for host in hosts]
    rows = await db.sql(
        "SELECT DISTINCT w.word FROM attribution_source_node n, unnest(n.words) AS w (word)"
        " WHERE n.level IN ('origin', 'channel', 'platform') AND w.word = any($1::text[])",
        bare,
    )
    return {row["word"] for row in rows}


async def _may_add(now: datetime) -> bool:
    """Whether visits may still add to the source tree today."""
    recent = await db.sql_value(
        "SELECT count(*) FROM attribution_source_node WHERE level IN ('words', 'campaign', 'content', 'keyword')"
        " AND created_at > $1",
        now - timedelta(days=1),
    )
    return int(recent) < NEW_SOURCES_A_DAY


async def _attach_by_email(visitor_id: UUID, name: str, email: str, now: datetime) -> None:
    """Attach the visitor to the one contact with this address; with none or several nobody can know."""
    found = await db.sql("SELECT id, account FROM partners_contact WHERE email = $1 LIMIT 2", email)
    if len(found) != 1:
        return
    contact = found[0]
    if await link(name, contact["account"], contact["id"], LinkRule.FORM_EMAIL, None, now):
        await record(
            SYSTEM, "visitor.attached", SUBJECT, visitor_id, now=now,
            changes={"account": [None, str(contact["account"])]},
        )  # fmt: skip
