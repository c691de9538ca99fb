"""What the environment says about this installation, read once at the start."""

import os
import secrets
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Final, Self, TypeVar
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

Value = TypeVar("Value")

SECRET_FILE: Final = "secret.key"  # noqa: S105 -- a file name
SECRET_LENGTH: Final = 32
"""The fewest characters of a secret key: 32 random bytes in the shortest writing still are more."""
NAME_LENGTH: Final = 100
PORTS: Final = range(1, 65536)
YES: Final = frozenset({"1", "true", "yes", "on"})
NO: Final = frozenset({"0", "false", "no", "off"})


class SettingsError(ValueError):
    """A variable of the environment cannot be used; the message names it and says what it should be."""


@dataclass(frozen=True)
class Settings:
    """One installation's settings. Values that hold secrets are left out of `repr`, and so of logs."""

    data_dir: Path
    """Where the embedded database, the secret key and uploads are kept; absolute."""
    database_url: str | None = field(repr=False)
    """A PostgreSQL of one's own, or None for the embedded one."""
    port: int
    public_url: str
    """How browsers reach the portal: scheme and host, without a slash at the end."""
    secret_key: str = field(repr=False)
    """What signs cursors, form tokens and links; at least `SECRET_LENGTH` characters."""
    smtp_url: str | None = field(repr=False)
    """The mail server, or None: then mails stay in the outbox."""
    vendor_name: str
    time_zone: str
    """The IANA name of the vendor's one time zone."""
    demo: bool
    outward_ports: frozenset[int] = frozenset({443})
    """Ports of other people's servers that may be asked (`portal.core.outward`)."""
    outward_private: tuple[str, ...] = ()
    """Networks of one's own that may be asked all the same, such as that of a gateway."""

    @property
    def zone(self) -> ZoneInfo:
        """The vendor's time zone itself."""
        return ZoneInfo(self.time_zone)

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> Self:
        """Reads all variables; an empty one counts as not set.

        Makes the data directory and, where none is given, a secret key kept in it. Raises SettingsError.
        """
        data_dir = _read(environ, "TRIBUTARY_DATA_DIR", _directory, _default_data_dir(environ))
        port = _read(environ, "PORT", _port, 8000)
        return cls(
            data_dir=data_dir,
            database_url=_read(environ, "DATABASE_URL", _database_url, None),
            port=port,
            public_url=_read(environ, "TRIBUTARY_PUBLIC_URL", _public_url, f"http://127.0.0.1:{port}"),
            secret_key=_read(environ, "TRIBUTARY_SECRET_KEY", _secret_key, None) or _kept_secret(data_dir),
            smtp_url=_read(environ, "TRIBUTARY_SMTP_URL", _smtp_url, None),
            vendor_name=_read(environ, "TRIBUTARY_VENDOR_NAME", _name, "Corvane"),
            time_zone=_read(environ, "TRIBUTARY_TIME_ZONE", _time_zone, "Europe/Berlin"),
            demo=_read(environ, "TRIBUTARY_DEMO", _boolean, default=False),
            outward_ports=_read(environ, "TRIBUTARY_OUTWARD_PORTS", _ports, cls.outward_ports),
            outward_private=_read(environ, "TRIBUTARY_OUTWARD_PRIVATE", _networks, cls.outward_private),
        )


def _read(environ: Mapping[str, str], name: str, parse: Callable[[str], Value], default: Value) -> Value:
    """The parsed variable. The value itself stays out of the message: it may be a password."""
    text = environ.get(name, "").strip()
    if not text:
        return default
    try:
        return parse(text)
    except ValueError as error:
        message = f"{name} {error}"
        raise SettingsError(message) from None


def _default_data_dir(environ: Mapping[str, str]) -> Path:
    """Where this system's programs keep a person's data."""
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "Tributary"
    base = Path(environ.get("XDG_DATA_HOME", ""))
    return (base if base.is_absolute() else Path.home() / ".local" / "share") / "tributary"


def _directory(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if path.exists() and not path.is_dir():
        message = "must be a directory, and this is a file"
        raise ValueError(message)
    return path


def _port(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or int(text) not in PORTS:
        message = f"must be a whole number from {PORTS[0]} to {PORTS[-1]}"
        raise ValueError(message)
    return int(text)


def _ports(text: str) -> frozenset[int]:
    return frozenset(_port(one.strip()) for one in text.split(","))


def _networks(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(one.strip())) for one in text.split(","))
    except ValueError:
        message = "must be networks such as 10.1.2.0/28, with commas between them"
        raise ValueError(message) from None


def _split(text: str, schemes: tuple[str, ...], example: str) -> SplitResult:
    message = f"must look like {example}"
    try:
        url = urlsplit(text)
        usable = url.scheme in schemes and (url.port is None or url.port in PORTS)
    except ValueError:
        raise ValueError(message) from None
    if not usable or any(character.isspace() for character in text):
        raise ValueError(message)
    return url


def _database_url(text: str) -> str:
    _split(text, ("postgresql", "postgres"), "postgresql://user:password@host:5432/database")
    return text


def _smtp_url(text: str) -> str:
    example = "smtp://user:password@host:587 or smtps://user:password@host:465"
    if not _split(text, ("smtp", "smtps"), example).hostname:
        message = f"must look like {example}"
        raise ValueError(message)
    return text


def _public_url(text: str) -> str:
    """An origin. Plain http would send the session cookie in the open, so it stays on this machine."""
    example = "https://partners.example.com"
    url = _split(text, ("https", "http"), example)
    if not url.hostname or url.username or url.path not in {"", "/"} or url.query or url.fragment:
        message = f"must look like {example}, without anything after the host"
        raise ValueError(message)
    if url.scheme == "http" and not _is_loopback(url.hostname):
        message = "must begin with https://, unless the host is this machine (localhost or 127.0.0.1)"
        raise ValueError(message)
    return f"{url.scheme}://{url.netloc.lower()}"


def _is_loopback(host: str) -> bool:
    with suppress(ValueError):
        return ip_address(host).is_loopback
    return host == "localhost"


def _secret_key(text: str) -> str:
    if len(text) < SECRET_LENGTH:
        message = f"must have at least {SECRET_LENGTH} random characters"
        raise ValueError(message)
    return text


def _name(text: str) -> str:
    if len(text) > NAME_LENGTH or not text.isprintable():
        message = f"must be one line of at most {NAME_LENGTH} characters"
        raise ValueError(message)
    return text


def _time_zone(text: str) -> str:
    try:
        return ZoneInfo(text).key
    except (ZoneInfoNotFoundError, ValueError, OSError):
        message = "must be a name from the IANA time zone database, such as Europe/Berlin or Asia/Shanghai"
        raise ValueError(message) from None


def _boolean(text: str) -> bool:
    if text.lower() not in YES | NO:
        message = "must be 1 or 0"
        raise ValueError(message)
    return text.lower() in YES


def _kept_secret(data_dir: Path) -> str:
    """The secret key in the data directory, made by whichever process comes first."""
    path = data_dir / SECRET_FILE
    try:
        data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not path.exists():
            _make_secret(path)
        return _secret_key(path.read_text(encoding="ascii").strip())
    except OSError as error:
        message = f"TRIBUTARY_DATA_DIR cannot be used: {error.strerror or error} ({data_dir})"
        raise SettingsError(message) from error
    except ValueError as error:
        message = f"TRIBUTARY_SECRET_KEY is not set, and the one kept in {path} {error}"
        raise SettingsError(message) from None


def _make_secret(path: Path) -> None:
    """Linked into place once written, so that two starts at once agree and a killed one leaves no half."""
    handle, written = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48) + "\n")
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(written, path)
    finally:
        Path(written).unlink()
