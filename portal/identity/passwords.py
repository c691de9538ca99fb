"""Password hashing: Argon2id off the event loop, a few at a time."""

import asyncio
from typing import Final

import argon2

# OWASP's smallest recommended cost: 19 MiB, two passes, one lane; about 85 ms.
_HASHER: Final = argon2.PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE: Final = asyncio.Semaphore(2)
_NOBODYS: Final = _HASHER.hash("nobody has this password")
"""Checked when there is no such account, so that both answers take the same time."""


async def hash_password(password: str) -> str:
    """The encoded hash to store."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHER.hash, password)


async def check_password(stored: str | None, password: str) -> bool:
    """Whether the password is right. Costs the same when there is nothing to compare with."""
    async with _AT_ONCE:
        right = await asyncio.to_thread(_verify, stored or _NOBODYS, password)
    return right and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.InvalidHashError):
        return False
