"""What is true of customers: clean names and keys, what is wrong with them, how one is described. Pure."""

import re
import unicodedata
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from babel import Locale
from tldextract import TLDExtract

from partners.matching.domains import clean_domain as own_domain
from partners.matching.records import Description, named
from portal.core.i18n import current_locale
from portal.core.i18n import gettext as _
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


SIZE_BANDS: Final = ("1-9", "10-49", "50-249", "250-999", "1000-4999", "5000+")
"""How many people work at a customer, as forms offer it; imports keep their own words."""


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


LIMITS: Final[dict[str, int]] = {
    "legal_name": 200, "local_name": 200, "domain": 120, "registry_id": 60, "region": 80, "city": 80,
    "industry": 120, "size": 20, "address": 200, "postcode": 20, "phone": 40, "notes": 2000,
}  # fmt: skip
"""Most characters of each fact."""
CONTACT_LIMITS: Final[dict[str, int]] = {"name": 120, "email": 254, "phone": 40, "job_title": 120, "consent": 200}
_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}")


@dataclass(frozen=True, slots=True)
class ContactFacts:
    """A person at a customer; `consent` says for what it was given and from where, empty for none."""

    name: str
    email: str = ""
    phone: str = ""
    job_title: str = ""
    consent: str = ""


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

    Under a suffix that is not on the list it is the last two labels; a single label, such as `intranet`, is none.
    """
    found = _DOMAINS(text.strip().lower().rsplit("@", 1)[-1])
    domain = found.top_domain_under_public_suffix
    if not domain and not found.suffix and found.subdomain and not found.ipv4:
        domain = f"{found.subdomain.rsplit('.', 1)[-1]}.{found.domain}"
    return domain[:120]


def clean_registry_id(text: str) -> str:
    """A registry id as it is compared: width and case folded, without spaces and dashes at the wrong places."""
    plain = unicodedata.normalize("NFKC", text).upper().strip()
    return _REGISTRY_SPACE.sub(" ", plain)[:60]


def cleaned(facts: CustomerFacts) -> CustomerFacts:
    """The facts as they are stored: trimmed, domain and registry id in the form in which they are compared.

    A website that is no domain stays as it was typed, so that nothing is lost; it then matches nothing.
    """
    plain = replace(facts, **{name: getattr(facts, name).strip() for name in LIMITS})
    domain = clean_domain(plain.domain) or plain.domain
    return replace(
        plain, domain=domain, registry_id=clean_registry_id(plain.registry_id), country=plain.country.strip().upper()
    )


def problems_of(facts: CustomerFacts) -> dict[str, str]:
    """What is wrong with each cleaned fact, in the person's language; nothing when all is well."""
    found = too_long(facts, LIMITS)
    if not facts.legal_name:
        found["legal_name"] = _("Give the customer's name.")
    if not is_country(facts.country):
        found["country"] = _("Choose a country.")
    return found


def contact_problems(facts: ContactFacts) -> dict[str, str]:
    """What is wrong with each fact of a contact, in the person's language."""
    found = too_long(facts, CONTACT_LIMITS)
    if not facts.name:
        found["name"] = _("Say who it is.")
    if facts.email and not is_email(facts.email):
        found["email"] = _("This is not an e-mail address.")
    return found


def is_email(text: str) -> bool:
    """Whether it looks like an e-mail address; only a mail that arrives proves more."""
    return _EMAIL.fullmatch(text) is not None


def too_long(facts: object, limits: Mapping[str, int]) -> dict[str, str]:
    """A sentence for each value beyond its limit."""
    return {
        name: _("Write at most %(max_length)s characters.") % {"max_length": most}
        for name, most in limits.items()
        if len(getattr(facts, name)) > most
    }


def described(facts: CustomerFacts, emails: Collection[str] = ()) -> list[Description]:
    """A customer as it is compared, under each of its names.

    The mail addresses of its people stand in for a missing website, where they are at one domain of a company's own.
    """
    domains = {domain for one in emails if (domain := own_domain(one))}
    domain = facts.domain or (domains.pop() if len(domains) == 1 else "")
    fields = ("registry_id", "country", "city", "address", "postcode", "phone")
    one = Description(facts.legal_name, domain=domain, **{name: getattr(facts, name) for name in fields})
    return named(one, facts.local_name)


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


def country_name(code: str) -> str:
    """The country's name in the person's language; an unknown code as it stands."""
    return str(Locale.parse(current_locale()).territories.get(code, code))


def place_of(facts: CustomerFacts) -> str:
    """Town, region and country, as far as they are known, in the person's language."""
    return ", ".join(part for part in (facts.city, facts.region, country_name(facts.country)) if part)


def is_country(code: str) -> bool:
    """Whether `code` is an ISO 3166 country, in capitals."""
    known = Locale.parse("en").territories
    return len(code) == len("DE") and code.isascii() and code.isupper() and code in known and code not in _NO_COUNTRY


_NO_COUNTRY: Final = frozenset({"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ"})
"""Codes of the list that are groups of countries, or none."""
