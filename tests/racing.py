"""Two acts at once, one of them a little later, in an order that a seed makes again."""

import asyncio
import random
from collections.abc import Awaitable, Callable


async def at_once(
    one: Callable[[], Awaitable[object]], other: Callable[[], Awaitable[object]], seed: int, *, latest_ms: int
) -> list[object]:
    """What each gave or raised. The later one begins within so many milliseconds: that varies the order, no more."""
    dice = random.Random(seed)  # noqa: S311 -- a start to reproduce, no secret
    late, wait = dice.choice((0, 1)), dice.random() * latest_ms / 1_000

    async def act(number: int) -> object:
        await asyncio.sleep(wait if number == late else 0)
        return await (one, other)[number]()

    return list(await asyncio.gather(act(0), act(1), return_exceptions=True))
