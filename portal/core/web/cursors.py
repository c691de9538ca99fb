"""Cursors of lists: where a page begins, signed, and good only for the list it was made for."""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass
from typing import Final, Literal
from uuid import UUID

LONGEST: Final = 6_000
"""Characters of a cursor we care to read: a name of 1,000 Chinese characters and its id fit."""

_TAG_BYTES: Final = 16
_KEYS: Final[dict[str, bytes]] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """A row to go on from. Its sort value travels in the address, readable: never sort by a serial number."""

    way: Literal["after", "before"]
    start: int
    """How many rows come before the page this place leads to, as far as was known."""
    value: str
    """The row's sort value as PostgreSQL writes it."""
    id: UUID


def use_secret(secret: str) -> None:
    """Derive the signing key from the installation's secret; once, at start. A new one ends all cursors."""
    _KEYS["cursor"] = hmac.digest(secret.encode(), b"tributary list cursor", hashlib.sha256)


def seal(place: Place, context: bytes) -> str:
    """The cursor for the address. `context` (list, filters, sort, direction) is signed but not carried."""
    parts = [place.way, place.start, place.value, place.id.hex]
    raw = json.dumps(parts, separators=(",", ":"), ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(_tag(raw, context) + raw).rstrip(b"=").decode()


def open_cursor(cursor: str, context: bytes) -> Place | None:
    """What the cursor says, or None when it was not made by us for exactly this context."""
    if len(cursor) > LONGEST:
        return None
    try:
        sealed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    tag, raw = sealed[:_TAG_BYTES], sealed[_TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(raw, context)):
        return None
    way, start, value, id_ = json.loads(raw)
    return Place(way, start, value, UUID(hex=id_))


def _tag(raw: bytes, context: bytes) -> bytes:
    """The signature over the context and the place; the length keeps the two apart."""
    message = len(context).to_bytes(4, "big") + context + raw
    return hmac.digest(_KEYS["cursor"], message, hashlib.sha256)[:_TAG_BYTES]
