"""Countries by code or name, in many languages, as ISO 3166-1 codes of two letters."""

import csv
import difflib
import re
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from babel import Locale

from portal.core import text as core_text
from portal.imports.cells import BadCell
from portal.imports.codes import CellCode
from portal.imports.words import fold_word

_TABLE: Final = Path(__file__).parent / "data" / "countries.csv"
_LANGUAGES: Final = ("en", "zh", "zh_Hant", "de", "fr", "es", "it", "pt", "nl", "ja", "ko", "ru")
_ALIASES: Final = {
    "US": ("U.S.", "U.S.A.", "America", "the States"),
    "GB": ("Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland", "U.K."),
    "CN": ("PRC", "P.R. China", "PR China", "Mainland China", "中国大陆", "中华人民共和国"),
    "TW": ("Taiwan, Province of China", "中国台湾", "中国台湾省", "臺灣", "R.O.C.", "Chinese Taipei"),
    "HK": ("Hong Kong SAR", "中国香港", "香港"),
    "MO": ("Macau", "Macao SAR", "中国澳门", "澳门", "澳門"),
    "KR": ("Korea, Republic of", "Korea South", "S. Korea", "韩国"),
    "KP": ("Korea, Democratic People's Republic of", "Korea North", "朝鲜"),
    "AE": ("UAE", "U.A.E.", "Emirates"),
    "CZ": ("Czech Republic",),
    "NL": ("Holland",),
    "GR": ("EL",),
    "MK": ("Macedonia", "Macedonia, The Former Yugoslav Republic of"),
    "LY": ("Libyan Arab Jamahiriya",),
    "SZ": ("Swaziland",),
    "CV": ("Cape Verde",),
    "TL": ("East Timor",),
    "MM": ("Burma",),
    "VA": ("Vatican", "Holy See (Vatican City State)"),
    "SH": ("Saint Helena, Ascension and Tristan Da Cunha",),
    "TZ": ("Tanzania, United Republic of",),
    "VE": ("Venezuela, Bolivarian Republic of",),
    "XK": ("Kosovo", "科索沃"),
}
"""Names that neither the table nor the Unicode data have, as files write them. XK is not of ISO but in use."""
_CLOSE: Final = 0.8
_LENGTHS: Final = 3
_LONGEST: Final = 200


def find_country(text: str) -> str:
    """The code of a country from its code of two or three letters or a name. Raises BadCell `unknown_country`.

    A name close to a known one is refused as well, but the sentence says which was probably meant.
    """
    if len(text) > _LONGEST:
        raise BadCell(CellCode.UNKNOWN_COUNTRY, text)
    folded = _fold(text)
    code = _by_word().get(folded)
    if code:
        return code
    suggestion = _close_to(folded)
    if suggestion:
        raise BadCell(CellCode.COUNTRY_MISSPELT, text, suggestion=suggestion)
    raise BadCell(CellCode.UNKNOWN_COUNTRY, text)


@lru_cache(maxsize=4096)
def _close_to(folded: str) -> str:
    """The code of the country whose name is closest, among names of the same first letter and like length."""
    near = [word for word in _by_word() if word[:1] == folded[:1] and abs(len(word) - len(folded)) <= _LENGTHS]
    close = difflib.get_close_matches(folded, near, n=1, cutoff=_CLOSE) if len(folded) > _LENGTHS else []
    return _by_word()[close[0]] if close else ""


@lru_cache(maxsize=4096)
def _fold(text: str) -> str:
    """A name for comparison: letters only, without "the", "and" for "&", "Saint" for "St."."""
    plain = core_text.fold(text).replace("&", " and ")
    plain = re.sub(r"^the\b|\(the\)$|, the$", "", re.sub(r"\bst(?:\.\s*|\s+)(?=\w)", "saint", plain).strip())
    return fold_word(plain)


@cache
def _by_word() -> dict[str, str]:
    """Codes by folded word. Codes win over names, and a name of two countries is left out."""
    codes: dict[str, str] = {}
    names: dict[str, set[str]] = {}
    with _TABLE.open(encoding="utf-8", newline="") as handle:
        for row in csv.DictReader(handle):
            codes |= {row["alpha_2"].lower(): row["alpha_2"], row["alpha_3"].lower(): row["alpha_2"]}
            for name in row["names"].split("|"):
                names.setdefault(_fold(name), set()).add(row["alpha_2"])
    known = {*codes.values(), *_ALIASES}
    for language in _LANGUAGES:
        for code, name in Locale.parse(language).territories.items():
            if code in known:
                names.setdefault(_fold(name), set()).add(code)
    for code, aliases in _ALIASES.items():
        for alias in (code, *aliases):
            names[_fold(alias)] = {code}
    return {name: found.pop() for name, found in names.items() if len(found) == 1} | codes
