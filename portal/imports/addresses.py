"""Mail addresses, domains and web addresses as they are compared and stored."""

import re
from typing import Final
from urllib.parse import urlsplit

from portal.imports.cells import BadCell
from portal.imports.codes import CellCode

_LONGEST_EMAIL: Final = 254
_LONGEST_URL: Final = 2000
_NAMED_EMAIL: Final = re.compile(r"[^<>]*<\s*([^<>\s]+)\s*>")
_LOCAL_PART: Final = re.compile(r"[^\s@\"(),:;<>\[\\\]]{1,64}")
_LABEL: Final = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")
_SCHEME: Final = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d+(?:/|$))", re.IGNORECASE)
_LONGEST_HOST: Final = 253


def parse_email(text: str) -> str:
    """A mail address, also out of `Name <address>` and `mailto:`; its domain in lower case ASCII. Raises BadCell."""
    plain = text.strip()[:_LONGEST_URL]
    if named := _NAMED_EMAIL.fullmatch(plain):
        plain = named[1]
    plain = re.sub(r"^mailto:", "", plain, flags=re.IGNORECASE).partition("?")[0]
    local, at, domain = plain.rpartition("@")
    host = _host(domain)
    dotted = not (local.startswith(".") or local.endswith(".") or ".." in local)
    if not at or host is None or not _LOCAL_PART.fullmatch(local) or not dotted:
        raise BadCell(CellCode.NOT_AN_EMAIL, text)
    if len(local) + 1 + len(host) > _LONGEST_EMAIL:
        raise BadCell(CellCode.NOT_AN_EMAIL, text)
    return f"{local}@{host}"


def parse_domain(text: str) -> str:
    """The domain of a website, mail address or bare name: no `www.`, no path, lower case ASCII. Raises BadCell."""
    plain = text.strip()[:_LONGEST_URL]
    if "@" in plain and "/" not in plain:
        plain = plain.rpartition("@")[2].rstrip(">")
    try:
        name = urlsplit(_with_scheme(plain)).hostname or ""
    except ValueError:
        name = ""
    host = _host(name.removeprefix("www."))
    if host is None:
        raise BadCell(CellCode.NOT_A_DOMAIN, text)
    return host


def parse_url(text: str) -> str:
    """A web address; one without a scheme is https. Raises BadCell for other schemes, scripts among them."""
    plain = text.strip()
    if len(plain) > _LONGEST_URL:
        raise BadCell(CellCode.NOT_A_URL, text)
    try:
        parts = urlsplit(_with_scheme(plain))
        port = f":{parts.port}" if parts.port else ""
        host = _host(parts.hostname or "")
    except ValueError:
        host = None
    if host is None or any(c.isspace() for c in plain):
        raise BadCell(CellCode.NOT_A_URL, text)
    if parts.scheme not in {"http", "https"} or parts.username is not None:
        raise BadCell(CellCode.NOT_A_URL, text)
    return parts._replace(netloc=host + port).geturl()


def _with_scheme(plain: str) -> str:
    """The address with a scheme; what has one keeps it."""
    return plain if _SCHEME.match(plain) else f"https://{plain.lstrip('/')}"


def _host(name: str) -> str | None:
    """A host name of at least two labels in lower case ASCII; None when it is none."""
    try:
        plain = name.strip().rstrip(".").lower().encode("idna").decode("ascii")
    except UnicodeError:
        return None
    labels = plain.split(".")
    numeric = labels[-1].isdecimal()
    if plain.count(".") < 1 or numeric or len(plain) > _LONGEST_HOST or not all(map(_LABEL.fullmatch, labels)):
        return None
    return plain
