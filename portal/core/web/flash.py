"""A sentence that survives one redirect: kept in a signed cookie, shown once."""

import base64
import json
from dataclasses import dataclass
from typing import Any, Final, Literal

from litestar.datastructures import Cookie

from portal.core.web.site import Connection, Site, site_of

COOKIE: Final = "flash"
_SECONDS: Final = 60
_LONGEST: Final = 500
_PURPOSE: Final = "flash"

Kind = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Flash:
    """The sentence, already in the person's language, and how it is meant."""

    message: str
    kind: Kind = "good"


def keep_flash(site: Site, flash: Flash) -> Cookie:
    """The cookie that carries it to the next page."""
    plain = json.dumps([flash.kind, flash.message[:_LONGEST]]).encode()
    value = base64.urlsafe_b64encode(plain).decode().rstrip("=")
    return site.cookies.make(COOKIE, f"{value}.{site.sign(_PURPOSE, value)}", max_age=_SECONDS)


def read_flash(connection: Connection) -> Flash | None:
    """What the last redirect left, if it is ours."""
    site = site_of(connection)
    value, _, mac = connection.cookies.get(site.cookies.name(COOKIE), "").partition(".")
    if not value or not site.is_signed(_PURPOSE, value, mac):
        return None
    plain: list[Any] = json.loads(base64.urlsafe_b64decode(value + "=" * (-len(value) % 4)))
    return Flash(kind=plain[0], message=plain[1])
