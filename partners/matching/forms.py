"""Legal forms of companies in many countries: found at the end or the beginning of a name, taken off, and named."""

from typing import Final

from partners.matching.folding import is_han

FAMILIES: Final[dict[str, str]] = {
    "inc": "inc incorporated corp corporation",
    "co": "co company cie compagnie",
    "ltd": "ltd limited ltda limitada",
    "llc": "llc",
    "lp": "lp llp lllp",
    "plc": "plc pllc",
    "pc": "pc pa",
    "gmbh": "gmbh mbh ggmbh gesmbh haftungsbeschrankt ug",
    "ag": "ag aktiengesellschaft",
    "kg": "kg ohg kgaa gbr ek",
    "ev": "ev eg",
    "se": "se",
    "sa": "sa saa sae spa",
    "sas": "sas sasu",
    "sarl": "sarl eurl srl sl slu",
    "bv": "bv bvba nv vof cv",
    "ab": "ab aktiebolag hb",
    "as": "as asa aps ivs ans",
    "oy": "oy oyj ky tmi",
    "kft": "kft zrt nyrt bt",
    "spzoo": "spzoo spolka",
    "sro": "sro spol doo dooel",
    "ad": "ad ead eood ood",
    "uab": "uab sia ou",
    "pty": "pty pte sdn bhd berhad",
    "pt": "pt tbk",
    "kk": "kk gk godo yk kabushiki kaisha",
    "pvt": "pvt private",
    "ooo": "ooo oao zao pao jsc pjsc ojsc ооо оао зао пао",
    "as_tr": "tas tic san sti",
}
"""Families of legal forms. Names that differ in the family may be two companies; within one it is spelling."""

_FAMILY_OF: Final = {word: family for family, words in FAMILIES.items() for word in words.split()}
_WEAK: Final = frozenset({"co", "pvt"})
"""Forms that stand beside others: `Co., Ltd.`, `GmbH & Co. KG`, `Pvt Ltd`."""
_JOINING: Final = frozenset({"and", "und", "et", "och", "og", "y", "e", "i", "&"})
_FIRST: Final = frozenset({"pt", "ooo", "oao", "zao", "pao", "ооо", "оао", "зао", "пао", "uab", "sia"})
_SPELT_OUT: Final = (
    (("sp", "z", "o", "o"), "spzoo"), (("sp", "zoo"), "spzoo"), (("sp", "z", "oo"), "spzoo"), (("sp", "zo", "o"),
    "spzoo"), (("spol", "s", "r", "o"), "sro"), (("s", "r", "o"), "sro"),
    (("d", "o", "o"), "doo"), (("s", "p", "a"), "spa"), (("s", "a", "r", "l"), "sarl"), (("s", "r", "l"), "srl"),
    (("s", "a", "s"), "sas"), (("s", "a"), "sa"), (("b", "v"), "bv"), (("n", "v"), "nv"), (("e", "v"), "ev"),
    (("e", "k"), "ek"), (("a", "s"), "as"), (("l", "l", "c"), "llc"), (("l", "l", "p"), "llp"), (("p", "l", "c"),
    "plc"),
    (("public", "limited", "company"), "plc"), (("limited", "liability", "company"), "llc"),
    (("s", "de", "r", "l", "de", "c", "v"), "sarl"), (("s", "a", "de", "c", "v"), "sa"), (("sa", "de", "cv"), "sa"),
    (("sa", "rl"), "sarl"), (("k", "k"), "kk"), (("oy", "ab"), "oy"), (("a", "g"), "ag"),
    (("societe", "anonyme"), "sa"), (("sociedad", "anonima"), "sa"), (("naamloze", "vennootschap"), "nv"),
    (("besloten", "vennootschap"), "bv"), (("gesellschaft", "mit", "beschrankter", "haftung"), "gmbh"),
    (("societa", "per", "azioni"), "spa"),
)  # fmt: skip

_HAN_FORMS: Final[tuple[tuple[str, str], ...]] = (
    ("股份有限公司", "cn_joint"), ("股份公司", "cn_joint"), ("有限责任公司", "cn_limited"), ("责任有限公司",
    "cn_limited"),
    ("有限公司", "cn_limited"), ("集团公司", "cn_group"), ("总公司", "cn_limited"), ("有限合伙企业", "cn_partners"),
    ("有限合伙", "cn_partners"), ("普通合伙", "cn_partners"), ("合伙企业", "cn_partners"), ("个人独资企业", "cn_sole"),
    ("株式会社", "kk"), ("合同会社", "kk"), ("有限会社", "kk"), ("公司", "cn_limited"),
)  # fmt: skip
"""In simplified characters, longer ones first."""
HAN_GROUP: Final = "集团"


def take_off(words: list[str]) -> tuple[list[str], str]:
    """The words without legal forms, and the family of the form: `(["muller"], "gmbh")`.

    A name of nothing but legal forms stays as it is.
    """
    kept = _joined(words)
    found: list[str] = []
    while kept and (kept[-1] in _FAMILY_OF or (found and kept[-1] in _JOINING)):
        family = _FAMILY_OF.get(kept.pop())
        found += [family] if family else []
    while len(kept) > 1 and kept[0] in _FIRST:
        found.append(_FAMILY_OF[kept.pop(0)])
    if not kept:
        return words, ""
    strong = sorted({one for one in found if one not in _WEAK})
    return kept, "+".join(strong) or (found[0] if found else "")


def take_off_han(name: str) -> tuple[str, str, str]:
    """A folded Chinese name without its legal form, the form, and what stands behind it (a branch).

    The last form that has a name before it counts; `(株)` and forms in front, as in Japan, too.
    """
    for form, family in _HAN_FORMS:
        at = name.rfind(form)
        if at > 1:
            before, after = name[:at], name[at + len(form) :]
            grouped = before.endswith(HAN_GROUP) and len(before) > len(HAN_GROUP) + 1
            return (before.removesuffix(HAN_GROUP) if grouped else before), family, after
        if at == 0 and len(name) > len(form) + 1:
            return name[len(form) :], family, ""
    if name.endswith(HAN_GROUP) and len(name) > len(HAN_GROUP) + 1:
        return name.removesuffix(HAN_GROUP), "cn_group", ""
    return name, "", ""


def _joined(words: list[str]) -> list[str]:
    """The words with a form spelt in several words made one at their end: `sp z oo` is `spzoo`."""
    for spelt, form in _SPELT_BY_END.get(words[-1] if words else "", ()):
        if len(words) > len(spelt) and tuple(words[-len(spelt) :]) == spelt:
            return [*words[: -len(spelt)], form]
    return list(words)


_SPELT_BY_END: Final[dict[str, list[tuple[tuple[str, ...], str]]]] = {}
for _spelt, _form in sorted(_SPELT_OUT, key=lambda pair: -len(pair[0])):
    _SPELT_BY_END.setdefault(_spelt[-1], []).append((_spelt, _form))


def has_han_form(name: str) -> bool:
    """Whether a folded name has a Chinese or Japanese legal form."""
    return is_han(name) and any(form in name for form, _family in _HAN_FORMS)
