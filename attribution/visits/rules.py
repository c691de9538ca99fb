"""What is true of visits: what a page may tell, how much at once, and how a visitor is called on touches. Pure."""

import ipaddress
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from attribution.touchpoints.rules import TouchKind
from portal.core.i18n import N_

MOST_EVENTS: Final = 20
"""Of one message of a page."""
EVENTS_A_MINUTE: Final = 120
"""From one address; of the sixth version from one network of 64 bits, which is what a household has."""
EVENTS_A_MINUTE_IN_ALL: Final = 6_000
"""For one process, whoever sends them."""
NEW_SOURCES_A_DAY: Final = 300
"""Beyond that, what visits name that the source tree does not know is no more added to it: anybody can write a link."""
WEBSITE: Final = "marketing/website"
"""The source of a visit that names none."""
_NETWORK_BITS: Final = 64


class VisitKind(StrEnum):
    """What somebody did on the site."""

    PAGE = "page"
    ASSET = "asset"
    FORM = "form"


TOUCH_KINDS: Final[Mapping[VisitKind, TouchKind]] = {
    VisitKind.PAGE: TouchKind.WEB_VISIT,
    VisitKind.ASSET: TouchKind.ASSET_OPENED,
    VisitKind.FORM: TouchKind.LEAD,
}


class LinkRule(StrEnum):
    """Why a visitor is taken for a customer's person."""

    FORM_EMAIL = "form_email"
    """A form was sent with an address that exactly one contact has."""
    PERSON = "person"
    """Somebody of the vendor said so."""


RULE_LABELS: Final[Mapping[str, str]] = {
    LinkRule.FORM_EMAIL: N_("a form was sent with the address of exactly one contact"),
    LinkRule.PERSON: N_("a person said so"),
}


def visitor_name(visitor_id: UUID) -> str:
    """How the visitor is called on its touches: our own id, so that forgetting the browser's leaves nothing of it."""
    return f"web:{visitor_id}"


def clean_origin(text: str) -> str:
    """The origin of a site as browsers write it in a header. Raises ValueError for what is none."""
    parts = urlsplit(text.strip().lower())
    host = parts.hostname
    if parts.scheme not in {"https", "http"} or not host or parts.path.strip("/") or parts.query or parts.username:
        raise ValueError(text)
    if parts.scheme == "http" and host not in {"localhost", "127.0.0.1"}:
        raise ValueError(text)
    default = {"https": 443, "http": 80}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port and parts.port != default else "")


def sender_of(address: str) -> str:
    """Whom an address counts for; the text itself where it is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if found.version == 4:  # noqa: PLR2004 -- the fourth version of the protocol
        return str(found)
    return str(ipaddress.ip_network(f"{found}/{_NETWORK_BITS}", strict=False))


class RateLimit:
    """How many events may come in a minute, from each sender and in all; counted in memory, begun anew each minute."""

    def __init__(self, *, each: int = EVENTS_A_MINUTE, in_all: int = EVENTS_A_MINUTE_IN_ALL) -> None:
        self._each = each
        self._in_all = in_all
        self._minute: datetime | None = None
        self._counts: dict[str, int] = {}
        self._total = 0

    def allows(self, sender: str, events: int, now: datetime) -> bool:
        """Whether these may still come; if so they are counted."""
        minute = now.replace(second=0, microsecond=0)
        if minute != self._minute:
            self._minute, self._total = minute, 0
            self._counts.clear()
        count = self._counts.get(sender, 0) + events
        if count > self._each or self._total + events > self._in_all:
            return False
        self._counts[sender] = count
        self._total += events
        return True
