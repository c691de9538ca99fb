"""A command sent twice with one key acts once, and the second time gets the first answer."""

import hashlib
import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from litestar.types import Send

from portal.core.actor import SYSTEM, Actor
from portal.core.db import sql, sql_one, sql_value, transaction
from portal.core.errors import Conflict, Invalid
from portal.core.i18n import gettext as _
from portal.core.web.forms import PLUMBING
from portal.core.web.visit import AnyRequest, header, is_unsafe, visit_of

FIELD: Final = "idempotency_key"
HEADER: Final = b"idempotency-key"
KEPT: Final = timedelta(hours=24)
LONGEST_PATH: Final = 300
_KEY: Final = re.compile(r"[A-Za-z0-9_.:-]{8,80}")
_NOT_KEPT: Final = frozenset({b"set-cookie", b"content-length", b"date"})
"""Cookies hold secrets of a session, of which the database keeps only hashes."""

# Of two requests with one key at once the second neither waits nor runs: the lock is only tried.
_CLAIM: Final = """
INSERT INTO core_idempotency AS mine
    (membership_id, partner_id, method, path, key, request_hash, status, headers, body, created_at)
SELECT $1::uuid, $2::uuid, $3::text, $4::text, $5::text, $6::text, 0, '{}'::jsonb, ''::bytea, $7::timestamptz
WHERE pg_try_advisory_xact_lock(hashtextextended(concat_ws(' ', $1::uuid, $3::text, $4::text, $5::text), 0))
ON CONFLICT (membership_id, method, path, key) DO UPDATE
    SET request_hash = excluded.request_hash, status = 0, created_at = excluded.created_at
    WHERE mine.created_at < $8::timestamptz
RETURNING id
"""
_FIND: Final = """
SELECT id, request_hash, status, headers, body FROM core_idempotency
WHERE membership_id = $1 AND method = $2 AND path = $3 AND key = $4
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to run a command once, or the answer that it had."""

    id: int
    is_replay: bool = False
    status: int = 0
    headers: tuple[tuple[bytes, bytes], ...] = ()
    body: bytes = b""

    async def keep(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Store the answer in the command's own transaction: both are there, or neither."""
        kept = [[k.decode("latin-1"), v.decode("latin-1")] for k, v in headers if k.lower() not in _NOT_KEPT]
        await sql(
            "UPDATE core_idempotency SET status = $2, headers = $3, body = $4 WHERE id = $1",
            self.id,
            status,
            json.dumps(kept),
            body,
        )

    async def replay(self, send: Send) -> None:
        """Send the stored answer, marked as such."""
        length = (b"content-length", str(len(self.body)).encode())
        headers = [*self.headers, length, (b"idempotency-replayed", b"true")]
        await send({"type": "http.response.start", "status": self.status, "headers": headers})
        await send({"type": "http.response.body", "body": self.body, "more_body": False})


async def claim_key(request: AnyRequest, actor: Actor, *, now: datetime) -> Claim | None:
    """Claim the request's key for its membership; None when it has no key. Inside the unit of work.

    Raises Invalid for a malformed key or one used for other content, Conflict while the first still runs.
    """
    key = _key_of(request)
    if key is None:
        return None
    path: str = request.scope["path"]
    if not _KEY.fullmatch(key) or len(path) > LONGEST_PATH:
        raise Invalid({FIELD: _("An idempotency key has 8 to 80 letters, digits and - _ . :")})
    place = (actor.membership_id, request.method, path, key)
    digest = await _digest(request)
    mine = await sql_value(_CLAIM, place[0], actor.partner_id, *place[1:], digest, now, now - KEPT)
    if mine is not None:
        return Claim(mine)
    return _again(await sql_one(_FIND, *place), digest)


def _again(row: dict[str, Any] | None, digest: str) -> Claim:
    """What a key that is taken means."""
    if row is None or row["status"] == 0:
        raise Conflict(_("The same request is still being worked on. Wait a moment."), code="in_flight")
    if row["request_hash"] != digest:
        message = _("This form was already sent with other content. Reload the page and try again.")
        raise Invalid({"": message}, code="key_reused")
    headers = tuple((k.encode("latin-1"), v.encode("latin-1")) for k, v in json.loads(row["headers"]))
    return Claim(row["id"], is_replay=True, status=row["status"], headers=headers, body=row["body"])


def _key_of(request: AnyRequest) -> str | None:
    if not is_unsafe(request.scope):
        return None
    given = header(request.scope, HEADER) or dict(visit_of(request.scope).fields).get(FIELD, "")
    return given or None


async def _digest(request: AnyRequest) -> str:
    """A hash of what was asked, without the token and the key; files by their content, not their boundary."""
    visit = visit_of(request.scope)
    digest = hashlib.sha256(request.scope["query_string"])
    if visit.fields or visit.files:
        pairs = [pair for pair in visit.fields if pair[0] not in PLUMBING]
        digest.update(json.dumps(pairs).encode())
        for name, file in visit.files:
            digest.update(json.dumps([name, file.filename]).encode())
            digest.update(hashlib.sha256(await file.read()).digest())
            await file.seek(0)
    else:
        digest.update(await request.body())
    return digest.hexdigest()


async def purge_keys(*, now: datetime) -> int:
    """Delete the keys of more than a day ago, as the system; how many there were."""
    async with transaction(SYSTEM):
        gone = await sql("DELETE FROM core_idempotency WHERE created_at < $1 RETURNING id", now - KEPT)
    return len(gone)
