"""Descriptions of companies as they are compared: each taken apart once, then held in columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from partners.matching import addresses, domains, registry
from partners.matching.names import Name, parse_name

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Description:
    """What is known of a company, as somebody wrote it. All but the name may be empty."""

    name: str
    domain: str = ""
    """A website, or a mail address at the company's own domain."""
    address: str = ""
    postcode: str = ""
    city: str = ""
    country: str = ""
    """The ISO code where it is known; any other word is compared as it is."""
    phone: str = ""
    registry_id: str = ""


def named(description: Description, local_name: str) -> list[Description]:
    """A company under each of its names."""
    if not local_name or local_name == description.name:
        return [description]
    return [description, replace(description, name=local_name)]


@dataclass(frozen=True, slots=True)
class Prepared:
    """A description in the form in which it is compared."""

    name: Name
    spelt: str
    """The core of the name without spaces and with ü, ö and ä as u, o and a, however they were written."""
    domain: str
    house: str
    street: str
    postcode: str
    city: str
    country: str
    phone: str
    scheme: str
    registry: str
    """Scheme and number, so that numbers of two countries differ."""
    registry_checked: bool | None


_PHONE_BLOCK: Final = 7


def prepare(one: Description) -> Prepared:
    """Take a description apart. Costs about 60 microseconds."""
    name = parse_name(one.name)
    house, street = addresses.parse_address(one.address)
    found = registry.parse_registry_id(one.registry_id, one.country) if one.registry_id else registry.NONE
    return Prepared(
        name=name,
        spelt=spelling(name.core),
        domain=domains.clean_domain(one.domain) if one.domain else "",
        house=house,
        street=addresses.street_name(street) if street else "",
        postcode=addresses.clean_postcode(one.postcode),
        city=addresses.clean_city(one.city),
        country=addresses.clean_city(one.country),
        phone=addresses.clean_phone(one.phone),
        scheme=found.scheme,
        registry=f"{found.scheme}:{found.number}" if found.number else "",
        registry_checked=found.checked,
    )


def spelling(core: str) -> str:
    """What two spellings of a name share: `muller sohne` and `Mueller Soehne` are one."""
    return core.replace(" ", "").replace("ae", "a").replace("oe", "o").replace("ue", "u")


@dataclass(slots=True)
class Codes:
    """Small numbers for texts, the same for all tables that are compared; 0 is nothing."""

    known: dict[str, int] = field(default_factory=lambda: {"": 0})

    def of(self, texts: Iterable[str]) -> Ints:
        """A number for each text."""
        known = self.known
        return np.fromiter((known.setdefault(text, len(known)) for text in texts), np.int64)


@dataclass(slots=True)
class Columns:
    """Many prepared descriptions, column by column: texts to be likened, numbers to be compared."""

    rows: Sequence[Prepared]
    core: list[str]
    brand: list[str]
    street: list[str]
    codes: dict[str, Ints]

    def __len__(self) -> int:
        return len(self.rows)


def columns_of(rows: Sequence[Prepared], codes: Codes) -> Columns:
    """Columns of these rows; tables that are compared with each other share `codes`."""
    names = [row.name for row in rows]
    coded = {
        "core": codes.of(name.core for name in names),
        "spelt": codes.of(row.spelt for row in rows),
        "brand": codes.of(name.brand for name in names),
        "trade": codes.of(name.trade for name in names),
        "place": codes.of(name.place for name in names),
        "form": codes.of(name.form for name in names),
        "branch": codes.of(name.branch for name in names),
        "numbers": codes.of(name.numbers for name in names),
        "alias": codes.of(name.alias for name in names),
        "domain": codes.of(row.domain for row in rows),
        "house": codes.of(row.house for row in rows),
        "street": codes.of(row.street for row in rows),
        "postcode": codes.of(row.postcode for row in rows),
        "city": codes.of(row.city for row in rows),
        "country": codes.of(row.country for row in rows),
        "phone": codes.of(row.phone for row in rows),
        "phone_end": codes.of(row.phone[-_PHONE_BLOCK:] for row in rows),
        "scheme": codes.of(row.scheme for row in rows),
        "registry": codes.of(row.registry for row in rows),
    }
    coded["checked"] = np.fromiter((_checked(row) for row in rows), np.int64, len(rows))
    coded["han"] = np.fromiter((name.han for name in names), np.int64, len(rows))
    coded["phone_length"] = np.fromiter((len(row.phone) for row in rows), np.int64, len(rows))
    coded["words"] = np.fromiter((_telling(name) for name in names), np.int64, len(rows))
    return Columns(
        rows, [name.core for name in names], [name.brand for name in names], [row.street for row in rows], coded
    )


def _checked(row: Prepared) -> int:
    return {True: 2, None: 1, False: 0}[row.registry_checked]


def _telling(name: Name) -> int:
    """How much a name tells by itself: its words, of which one at least is its own; Chinese counts characters."""
    if not name.brand:
        return 0
    return len(name.brand) + bool(name.trade) if name.han else len(name.core.split())
