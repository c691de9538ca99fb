"""A company's name taken apart: what tells it from others, trade, place, legal form, branch and numbers."""

import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

from babel import Locale

from partners.matching.chinese import take_apart
from partners.matching.folding import fold, is_han, words_of
from partners.matching.forms import has_han_form, take_off

_BRACKETS: Final = re.compile(r"[(\[{<]([^()\[\]{}<>]*)[)\]}>]")
_NUMBER: Final = re.compile(r"\d+|(?<=\s)(?:i{1,3}|iv|v|vi{1,3})(?=\s|$)")
_AFFILIATE: Final = re.compile(r"\b(?:d/?b/?a|t/a|trading as|formerly|fka|aka)\b")
_LONG_FORM: Final[dict[str, str]] = {
    "intl": "international", "int'l": "international", "univ": "university", "mfg": "manufacturing",
    "tech": "technology",
    "technologies": "technology", "svc": "service", "svcs": "service", "services": "service", "assn": "association",
    "assoc": "association", "ctr": "center", "centre": "center", "cntr": "center", "centers": "center",
    "dept": "department",
    "natl": "national", "bros": "brothers", "hosp": "hospital", "mgmt": "management", "sys": "system",
    "systems": "system",
    "soln": "solution", "solns": "solution", "solutions": "solution", "industries": "industry", "inds": "industry",
    "labs": "laboratory", "lab": "laboratory", "laboratories": "laboratory", "grp": "group", "gp": "group",
    "groupe": "group", "gruppe": "group", "grupo": "group", "gruppo": "group", "holdings": "holding",
    "hldgs": "holding",
    "pharma": "pharmaceutical", "pharmaceuticals": "pharmaceutical", "enterprises": "enterprise", "sch": "school",
    "acad": "academy", "elem": "elementary", "comm": "community", "fndn": "foundation", "mt": "mount", "saint": "st",
    "communications": "communication", "comms": "communication", "electronics": "electronic", "elec": "electric",
    "engg": "engineering", "eng": "engineering", "govt": "government", "med": "medical", "ins": "insurance",
    "products": "product", "prods": "product", "partners": "partner", "associates": "associate",
    "childrens": "children",
    "kindergarden": "kindergarten",
}  # fmt: skip
_STOPS: Final = "and the of de la le les du des di del der die das und et y e for fur pour a an"
_STOP: Final = frozenset(_STOPS.split())
_COMMON_WORDS: Final = """
    group holding international global national american european technology technologie system service solution
    consulting consultant industry industrial product trading trade import export enterprise company association
    foundation institute university college school academy center hospital clinic community church department
    management marketing software hardware digital online media network communication electronic electric energy
    power engineering construction building real estate property investment capital finance financial insurance bank
    logistic transport food restaurant hotel store shop retail wholesale medical health healthcare pharmaceutical
    laboratory research development design partner associate brother son sohne city county state public private new
    old north south east west central northern southern eastern western day care child children family early
    learning education educational program kindergarten preschool nursery elementary high middle society club
    council board office agency bureau authority ministry main branch street road park house home united first
    general manufacturing equipment material supply data cloud web tours travel agro auto automotive
"""
_COMMON: Final = frozenset(_COMMON_WORDS.split())
"""Words that many names have: alone they tell nobody from anybody."""
_PLACES_EN: Final = (
    "usa us america uk britain england scotland europe asia emea apac deutschland espana italia brasil nederland"
    " schweiz osterreich suomi sverige norge danmark polska"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name taken apart. All parts are folded; an empty one says nothing."""

    core: str
    """Without the legal form and brackets, in the order in which it is written."""
    brand: str
    """What tells it from others: without common words, trade and place."""
    trade: str
    """Chinese: the words of its line of business."""
    place: str
    """A country, province or city in the name."""
    form: str
    branch: str
    numbers: str
    alias: str
    """What stands in brackets and is no place and no form."""
    han: bool


def parse_name(text: str) -> Name:
    """Take a name apart."""
    folded = fold(text)
    if is_han(folded):
        return _han(folded)
    plain, inside = _without_brackets(folded)
    plain, alias_of = _without_other_name(plain)
    words, form = take_off(words_of(plain.replace("&", " and ").replace("+", " and ")))
    words = [_LONG_FORM.get(word, word) for word in _letters_joined(words)]
    place = ""
    within = inside
    if inside in _places():
        place, within = inside, ""
    elif len(words) > 1 and words[-1] in _places():
        place = words[-1]
    said = [word for word in words if word not in _STOP] or words
    own = [word for word in said if word not in _COMMON and word != place]
    core = " ".join(said)
    numbers = " ".join(sorted(set(_NUMBER.findall(f" {core}"))))
    return Name(core, " ".join(own), "", place, form, "", numbers, within or alias_of, han=False)


def _han(folded: str) -> Name:
    """A Chinese name. What stands in brackets may be a place, a form, a trade or another name."""
    found = take_apart(folded)
    if not found.form and has_han_form(found.alias):
        # 台积电（台湾积体电路制造股份有限公司）: the legal name is the one in brackets.
        outside, found = found, take_apart(found.alias)
        found = replace(found, alias=outside.brand)
    core = found.place + found.brand + found.trade
    numbers = " ".join(sorted(set(re.findall(r"\d+", core))))
    return Name(
        core or folded, found.brand, found.trade, found.place, found.form, found.branch, numbers, found.alias, han=True
    )


def _letters_joined(words: list[str]) -> list[str]:
    """Single letters beside each other are one abbreviation: `r e wood` is `re wood`."""
    out: list[str] = []
    open_run = False
    for word in words:
        single = len(word) == 1 and word.isalpha()
        if single and open_run:
            out[-1] += word
        else:
            out.append(word)
        open_run = single
    return out


def _without_brackets(folded: str) -> tuple[str, str]:
    """The name without what stands in brackets, and that; a name that is all in brackets stays."""
    if not any(mark in folded for mark in "([{<"):
        return folded, ""
    inside = " ".join(_BRACKETS.findall(folded)).strip()
    outside = _BRACKETS.sub(" ", folded).strip()
    return (outside, inside) if words_of(outside) else (folded, "")


def _without_other_name(folded: str) -> tuple[str, str]:
    """The name before `d/b/a` or `formerly`, and the one after it."""
    parts = _AFFILIATE.split(folded, maxsplit=1)
    return (parts[0], parts[1].strip()) if len(parts) > 1 and parts[0].strip() else (folded, "")


@cache
def _places() -> frozenset[str]:
    """Countries, by their English and own short names, in one word."""
    territories = Locale.parse("en").territories
    named = {fold(str(name)) for code, name in territories.items() if len(code) == len("DE")}
    return frozenset(name for name in named | set(_PLACES_EN.split()) if name.isalpha())
