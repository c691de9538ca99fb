"""A brake on guessing: how many links that do not work one network may try."""

from collections import deque
from datetime import datetime, timedelta
from typing import Final

from portal.core.errors import TooMany
from portal.core.i18n import gettext as _
from portal.identity import rules

MOST_NETWORKS: Final = 10_000
"""That are remembered; the longest silent is forgotten first."""


class Brake:
    """Failures by network, in this process alone: a link has 256 bits, so this spares work and is no lock.

    In memory, because looking at a link must change nothing that is stored.
    """

    def __init__(self, window: timedelta) -> None:
        self._window = window
        self._failures: dict[str, deque[datetime]] = {}

    def check(self, network: str, now: datetime) -> None:
        """Raise TooMany when this network has failed too often of late."""
        recent = self._failures.get(network)
        while recent and recent[0] <= now - self._window:
            recent.popleft()
        if recent:
            wait = rules.wait_seconds(len(recent), rules.FAILURES_PER_NETWORK, recent[0], now)
            if wait:
                raise TooMany(_("Too many tries. Wait a few minutes."), retry_after=wait)

    def note(self, network: str, now: datetime) -> None:
        """Remember a failure."""
        recent = self._failures.pop(network, None) or deque(maxlen=rules.FAILURES_PER_NETWORK)
        recent.append(now)
        self._failures[network] = recent
        if len(self._failures) > MOST_NETWORKS:
            del self._failures[next(iter(self._failures))]
