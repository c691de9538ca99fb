"""What is true of customers: names without legal form, clean keys, and which keys say that two are the same. Pure."""

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final
from uuid import UUID

from babel import Locale
from tldextract import TLDExtract

from portal.core.i18n import N_, current_locale
from portal.core.text import fold, sort_key

_LEGAL_FORMS: Final = """
    inc incorporated ltd limited llc llp lllp lp plc corp corporation co company cic pllc pc
    gmbh mbh ggmbh ag kg kgaa ohg gbr ug eg ev ek se haftungsbeschrankt
    sa sas sasu sarl eurl sci snc scop sprl srl sl slu slp sae sapi cv spa sapa ltda eireli
    bv nv vof ab hb aps as asa oy oyj ky tmi hf ehf
    spzoo kft zrt nyrt bt doo dd ad eood ood sro spol ou uab sia
    pty pte bhd sdn tbk pt kk gk godo kabushiki kaisha pvt jsc ooo oao zao pao tas
"""
_LEGAL_WORDS: Final = frozenset(_LEGAL_FORMS.split())
_JOINING: Final = frozenset({"&", "and", "und", "et", "och", "og"})
_CHINESE_FORMS: Final = (
    "股份有限公司", "有限责任公司", "有限責任公司", "有限公司", "有限合伙", "股份公司", "公司", "集团", "集團",
    "株式会社", "株式會社", "合同会社", "有限会社", "주식회사",
)  # fmt: skip
_PUNCTUATION: Final = re.compile(r"[^\w&]+")
_DOTS: Final = re.compile(r"(?<=\w)\.(?=\w|\s|$)")
_REGISTRY_SPACE: Final = re.compile(r"\s+")
_LONGEST_NAME: Final = 200
_LONGEST_SEARCH: Final = 500
_DOMAINS: Final = TLDExtract(cache_dir=None, suffix_list_urls=())
"""The list of public suffixes that comes with the package; no network."""


class SizeBand(StrEnum):
    """How many people work at a customer."""

    S1 = "1-9"
    S2 = "10-49"
    S3 = "50-249"
    S4 = "250-999"
    S5 = "1000-4999"
    S6 = "5000+"


class MatchKey(StrEnum):
    """A key of which equality alone says that a card may be an account."""

    REGISTRY_ID = "registry_id"
    DOMAIN = "domain"
    NAME = "name"


MATCH_LABELS: Final[dict[str, str]] = {
    MatchKey.REGISTRY_ID: N_("same registry id"),
    MatchKey.DOMAIN: N_("same website"),
    MatchKey.NAME: N_("same name, legal form aside"),
}


@dataclass(frozen=True, slots=True)
class Keys:
    """What is compared: empty ones say nothing."""

    domain: str
    registry_id: str
    match_name: str


@dataclass(frozen=True, slots=True)
class CustomerFacts:
    """What is written down about a customer, on a card or an account; address and postcode only on an account."""

    legal_name: str
    country: str
    local_name: str = ""
    domain: str = ""
    registry_id: str = ""
    region: str = ""
    city: str = ""
    industry: str = ""
    size: str = ""
    address: str = ""
    postcode: str = ""
    phone: str = ""
    notes: str = ""


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A person at a customer; `consent` says for what it was given and from where, empty for none."""

    name: str
    email: str = ""
    phone: str = ""
    job_title: str = ""
    consent: str = ""


@dataclass(frozen=True, slots=True)
class Suggestion:
    """An account that a card may be, with the keys that say so."""

    account_id: UUID
    legal_name: str
    city: str
    country: str
    keys: tuple[MatchKey, ...]


def without_legal_form(name: str) -> str:
    """The folded name without its legal form: `muller sohne` for Müller & Söhne GmbH & Co. KG.

    A name that is nothing but a legal form stays as it is, folded.
    """
    folded = _DOTS.sub("", fold(name)).replace(" sp z oo", " spzoo")
    words = _PUNCTUATION.sub(" ", folded).split()
    kept = _strip_words(words) or words
    plain = " ".join(word for word in kept if word not in _JOINING) or folded
    return _strip_chinese(plain)[:_LONGEST_NAME]


def _strip_words(words: list[str]) -> list[str]:
    """The words without legal forms at the end."""
    kept = list(words)
    while kept and (kept[-1] in _LEGAL_WORDS or kept[-1] in _JOINING):
        kept.pop()
    return kept


def _strip_chinese(name: str) -> str:
    """The name without the forms that East Asian names end or begin with; two characters of it stay."""
    if name in _CHINESE_FORMS:
        return name
    for form in _CHINESE_FORMS:
        for stripped in (name.removesuffix(form), name.removeprefix(form)):
            if stripped != name and len(stripped.strip()) >= 2:  # noqa: PLR2004 -- a name has two characters
                return _strip_chinese(stripped.strip())
    return name


def clean_domain(text: str) -> str:
    """The registrable domain of what was typed, an address or an e-mail: `acme.co.uk`; empty for none.

    Names without a public suffix, such as `intranet`, are no domain.
    """
    host = text.strip().lower().rsplit("@", 1)[-1]
    return _DOMAINS(host).top_domain_under_public_suffix[:120]


def clean_registry_id(text: str) -> str:
    """A registry id as it is compared: width and case folded, without spaces and dashes at the wrong places."""
    plain = unicodedata.normalize("NFKC", text).upper().strip()
    return _REGISTRY_SPACE.sub(" ", plain)[:60]


def keys_of(facts: CustomerFacts) -> Keys:
    """The keys of a customer."""
    return Keys(clean_domain(facts.domain), clean_registry_id(facts.registry_id), without_legal_form(facts.legal_name))


def same_keys(one: Keys, other: Keys) -> tuple[MatchKey, ...]:
    """The keys that two customers share, the strongest first. Two different registry ids are never one customer."""
    if one.registry_id and other.registry_id and one.registry_id != other.registry_id:
        return ()
    pairs = (
        (MatchKey.REGISTRY_ID, one.registry_id, other.registry_id),
        (MatchKey.DOMAIN, one.domain, other.domain),
        (MatchKey.NAME, one.match_name, other.match_name),
    )
    return tuple(key for key, mine, theirs in pairs if mine and mine == theirs)


def search_text(*parts: str) -> str:
    """What a list searches: the parts folded, each once."""
    folded = dict.fromkeys(fold(part) for part in parts if part)
    return " ".join(folded)[:_LONGEST_SEARCH]


def sort_name(name: str) -> str:
    """What a list sorts by: folded, Chinese by pinyin."""
    return sort_key(name)


def country_choices() -> list[tuple[str, str]]:
    """Code and name of every country, in the person's language and its order."""
    return list(_countries(current_locale()))


@cache
def _countries(locale: str) -> tuple[tuple[str, str], ...]:
    named = [(code, name) for code, name in Locale.parse(locale).territories.items() if is_country(code)]
    return tuple(sorted(named, key=lambda pair: sort_key(pair[1])))


def is_country(code: str) -> bool:
    """Whether `code` is an ISO 3166 country, in capitals."""
    known = Locale.parse("en").territories
    return len(code) == len("DE") and code.isascii() and code.isupper() and code in known and code not in _NO_COUNTRY


_NO_COUNTRY: Final = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
"""Codes of the list that are groups of countries, or none."""
