"""Keys of a description: whoever shares one with another is worth comparing with it."""

import re
from collections.abc import Iterator
from hashlib import blake2b
from itertools import pairwise
from typing import Final

from partners.matching.records import Prepared

_WORD_AT_LEAST: Final = 3
_WORDS_AT_MOST: Final = 6
_START: Final = 4
_LONG_WORD: Final = 7
_STREET_START: Final = 4
_BRAND_OF_HAN: Final = 2
_PHONE_END: Final = 7


def exact_keys(one: Prepared) -> Iterator[str]:
    """The keys that alone say a lot: registry id, domain, telephone, whole name."""
    if one.registry:
        yield f"r:{one.registry}"
        digits = one.registry.partition(":")[2]
        yield f"r:{digits}"
    if one.domain:
        yield f"d:{one.domain}"
    if one.phone:
        yield f"p:{one.phone[-_PHONE_END:]}"
    yield f"n:{one.spelt}"


def near_keys(one: Prepared) -> Iterator[str]:
    """The keys that find what is written differently: words, beginnings, street and number."""
    if one.house and one.street:
        street = one.street[:_STREET_START]
        yield f"a:{one.house}:{street}"
        for place in (one.postcode, one.city):
            if place:
                yield f"a:{one.house}:{street}:{place}"
    name = one.name
    if name.han:
        yield from _han_keys(one)
        return
    yield from _latin_keys(one)


def _latin_keys(one: Prepared) -> Iterator[str]:
    name = one.name
    words = name.core.split()[:_WORDS_AT_MOST]
    own = name.brand.split()[:_WORDS_AT_MOST]
    for word in own:
        if len(word) >= _WORD_AT_LEAST:
            yield f"w:{word}"
            if one.postcode:
                yield f"w:{word}:{one.postcode}"
            if len(word) >= _LONG_WORD:
                yield f"s:{word[:_START]}:{word[-2:]}"
    ordered = sorted(words)
    for first, second in pairwise(ordered):
        yield f"2:{first}:{second}"
    if len(words) > 1:
        yield f"b:{''.join(word[:_START] for word in words[:2])}"
    if name.alias:
        yield f"n:{name.alias.replace(' ', '')}"
    yield f"s:{one.spelt[:6]}"
    yield f"c:{_sound(one.spelt)}"


def _sound(spelt: str) -> str:
    """How a name roughly sounds: its first letter and consonants, `akme` as `acme`."""
    return spelt[:1].translate(_ALIKE) + _VOWELS.sub("", spelt[1:].replace("ph", "f").translate(_ALIKE))


_ALIKE: Final = str.maketrans("cqzvyj", "kksfii")
_VOWELS: Final = re.compile(r"[aeiouh]|(.)(?=\1)")


def _han_keys(one: Prepared) -> Iterator[str]:
    name = one.name
    yield f"h:{name.brand}"
    if name.alias:
        yield f"h:{name.alias}"
    if name.place:
        yield f"h:{name.place}{name.brand[:_BRAND_OF_HAN]}"
    if name.trade:
        yield f"h:{name.brand[:1]}:{name.brand[-1:]}:{name.trade}"
        yield f"h:{name.brand[:_BRAND_OF_HAN]}:{name.trade}"
        yield f"h:{name.brand[-_BRAND_OF_HAN:]}:{name.trade}"


def number_of(key: str) -> int:
    """A key as the number in which it is stored: 63 bits, the same on every machine."""
    return int.from_bytes(blake2b(key.encode(), digest_size=8).digest(), "big") >> 1


def exact_numbers(one: Prepared) -> set[int]:
    """The numbers of `exact_keys`."""
    return {number_of(key) for key in exact_keys(one)}


def near_numbers(one: Prepared) -> set[int]:
    """The numbers of `near_keys`."""
    return {number_of(key) for key in near_keys(one)}
