"""Ids and secrets: random, made here, never serial."""

import hashlib
import os
import secrets
from uuid import UUID, uuid4


def new_id() -> UUID:
    """The id of something that has an address: random, so it tells nobody a number or a time."""
    return uuid4()


def new_ids(count: int) -> list[UUID]:
    """As many ids as `new_id` would give one by one, from one piece of randomness."""
    random = os.urandom(16 * count)
    return [UUID(bytes=random[at : at + 16], version=4) for at in range(0, len(random), 16)]


def new_token() -> str:
    """A secret of 256 bits for a session or a link; only its hash is ever stored."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """What is stored of a token. It has full entropy, so one plain SHA-256 is enough."""
    return hashlib.sha256(token.encode()).digest()
