"""Costs of the demo's sources: by month, planned and actual."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from portal.demo.rates import decimal_text
from portal.demo.timeline import written
from portal.demo.world import Row, World

_MONTHLY: Final = (
    ("Website", "", 420_000),
    ("Search", "Google", 900_000),
    ("Search", "Bing", 180_000),
    ("Search", "百度", 90_000),
    ("Social media", "LinkedIn", 640_000),
    ("Social media", "Community", 60_000),
    ("Social media", "微信公众号", 120_000),
    ("Social media", "抖音", 80_000),
    ("E-mail", "", 150_000),
    ("Trade show", "", 1_400_000),
    ("Call", "", 520_000),
    ("Visit", "", 760_000),
)
"""Channel, platform, and what a month costs in US cents."""
_SPREAD_PERCENT: Final = (80, 125)


def cost_rows(world: World) -> Iterator[Row]:
    """All costs as the importer reads them; what is actual only up to last month."""
    month = (world.orders_from + world.orders_move).replace(day=1)
    while month < world.today:
        after = (month + timedelta(days=31)).replace(day=1)
        for channel, platform, cents in _MONTHLY:
            yield _row("planned", channel, platform, month, after, cents)
            if after <= world.today:
                percent = world.seeded.between(*_SPREAD_PERCENT, "cost", channel, platform, month)
                yield _row("actual", channel, platform, month, after, cents * percent // 100)
        month = after


def _row(kind: str, channel: str, platform: str, month: date, after: date, cents: int) -> Row:
    return {
        "source_id": f"{kind}-{month:%Y-%m}-{platform or channel}",
        "channel": channel,
        "platform": platform,
        "kind": kind,
        "starts_on": written(month),
        "ends_on": written(after - timedelta(days=1)),
        "amount": decimal_text(cents),
        "currency": "USD",
    }
