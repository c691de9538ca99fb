"""Texts that stand in for real ones: domains, registry and telephone numbers that belong to nobody."""

import re
import unicodedata
from typing import Final

from portal.demo.seeded import Seeded

_LATIN: Final = str.maketrans({"ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "œ": "oe", "ł": "l"})
_CREDIT_CODE: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_WEIGHTS: Final = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_REGISTRIES: Final = {
    "US": ("00-{}", 7),
    "CA": ("000{}", 6),
    "AU": ("00 {}", 9),
    "GB": ("00{}", 6),
    "DE": ("HRB 0{}", 6),
    "FR": ("000 {}", 6),
}
"""Per country the shape of its registry number and how many digits vary; leading zeros are not issued."""
_PHONES: Final = {
    "US": ("+1 {}-555-01{}", 3, 2),
    "CA": ("+1 {}-555-01{}", 3, 2),
    "AU": ("+61 2 5550 {}{}", 2, 2),
    "GB": ("+44 20 7946 0{}{}", 1, 2),
    "DE": ("+49 30 23125 {}{}", 1, 2),
    "FR": ("+33 1 99 00 {} {}", 2, 2),
}
"""Per country a range of numbers kept for fiction, and how many digits vary in it."""


def slug(name: str) -> str:
    """The name in plain letters, digits and hyphens."""
    plain = unicodedata.normalize("NFKD", name.translate(_LATIN)).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain.replace("'", "")).strip("-")


def domain(name: str) -> str:
    """A domain for the name under the top level that is reserved for examples."""
    return f"{slug(name)}.example"


def _digits(seeded: Seeded, count: int, *key: object) -> str:
    return f"{seeded.below(10**count, *key):0{count}}"


def credit_code(seeded: Seeded, *key: object) -> str:
    """A Chinese unified social credit code with its check character, of an authority that does not exist."""
    body = "91000000MA" + _digits(seeded, 7, "credit", *key)
    total = sum(_CREDIT_CODE.index(sign) * weight for sign, weight in zip(body, _CREDIT_WEIGHTS, strict=True))
    return body + _CREDIT_CODE[-total % len(_CREDIT_CODE)]


def registry_id(seeded: Seeded, country: str, *key: object) -> str:
    """A registry number in the country's shape, from a range that is not issued; empty if unknown."""
    if country == "CN":
        return credit_code(seeded, *key)
    if country not in _REGISTRIES:
        return ""
    shape, count = _REGISTRIES[country]
    return shape.format(_digits(seeded, count, "registry", *key))


def phone(seeded: Seeded, country: str, *key: object) -> str:
    """A telephone number from the country's range for fiction."""
    shape, first, second = _PHONES[country]
    area = seeded.between(201, 989, "area", *key) if country in {"US", "CA"} else None
    head = str(area) if area else _digits(seeded, first, "phone head", *key)
    return shape.format(head, _digits(seeded, second, "phone tail", *key))
