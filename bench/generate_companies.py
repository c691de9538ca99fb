"""Made-up companies, Latin and Chinese, and how others would write the same ones: the same for the same seed."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from partners.matching.records import Description

_SYLLABLES: Final = """
    al an ar bel ben bor cam can cor dan del dor el en er fa fel fin gar gen gor hal han hol in is jan jor kal ken
    kor la lan
    len lor ma man mar mel mon na nel nor ol on or pa pen per qui ran ral ren ros sal san sel sor ta tan tel tor ul
    ur va
    val ven ver vin wal wen wor xan yor zan zel zor
"""
_PARTS: Final = _SYLLABLES.split()
_TRADES: Final = """
    Systems Technologies Logistics Foods Engineering Consulting Trading Software Medical Energy Pharma Industries
    Construction Textiles Media Finance Insurance Hotels Electronics Packaging Chemicals Motors Networks Research
"""
_TRADE_WORDS: Final = _TRADES.split()
_PLACES: Final = (
    ("Berlin", "DE", "GmbH", "10", "+49 30 ", ".de"), ("Hamburg", "DE", "AG", "20", "+49 40 ", ".de"),
    ("Chicago", "US", "Inc.", "60", "+1 312 ", ".com"), ("Boston", "US", "LLC", "02", "+1 617 ", ".com"),
    ("London", "GB", "Ltd", "EC", "+44 20 ", ".co.uk"), ("Paris", "FR", "SARL", "75", "+33 1 ", ".fr"),
    ("Milano", "IT", "S.p.A.", "20", "+39 02 ", ".it"), ("Madrid", "ES", "S.L.", "28", "+34 91 ", ".es"),
    ("Warszawa", "PL", "Sp. z o.o.", "00", "+48 22 ", ".pl"), ("Utrecht", "NL", "B.V.", "35", "+31 30 ", ".nl"),
)  # fmt: skip
_LONG_FORMS: Final = {
    "Inc.": "Incorporated",
    "Ltd": "Limited",
    "GmbH": "Gesellschaft mbH",
    "LLC": "L.L.C.",
    "AG": "A.G.",
}
_HAN: Final = (
    "华兴达瑞明德博远恒宇盛泰鑫源宏图锦程万佳天成海蓝云峰金石新希望"
    "安康顺丰利民众联合诚信和美嘉业龙腾飞跃启迪智慧光大东方"
)
_HAN_CITIES: Final = ("北京", "上海", "深圳", "广州", "杭州", "成都", "武汉", "南京", "苏州", "西安", "青岛", "厦门")
_HAN_TRADES: Final = (
    "科技",
    "贸易",
    "信息技术",
    "机械设备",
    "电子",
    "食品",
    "物流",
    "医药",
    "建筑工程",
    "文化传媒",
    "新能源",
)


def make_company(chance: random.Random, *, chinese: float = 0.25) -> Description:
    """One company with most of what is asked for."""
    if chance.random() < chinese:
        return _make_chinese(chance)
    city, country, form, post, phone, ending = chance.choice(_PLACES)
    brand = "".join(chance.choices(_PARTS, k=chance.choice((2, 3, 3)))).capitalize()
    if chance.random() < 0.4:
        brand += " " + "".join(chance.choices(_PARTS, k=2)).capitalize()
    name = f"{brand} {chance.choice(_TRADE_WORDS)} {form}" if chance.random() < 0.8 else f"{brand} {form}"
    street = "".join(chance.choices(_PARTS, k=2)).capitalize()
    return Description(
        name=name,
        domain=f"www.{brand.lower().replace(' ', '')}{ending}" if chance.random() < 0.6 else "",
        address=f"{chance.randint(1, 400)} {street} Street",
        postcode=f"{post}{chance.randint(100, 999)}",
        city=city,
        country=country,
        phone=f"{phone}{chance.randint(1_000_000, 9_999_999)}",
    )


def _make_chinese(chance: random.Random) -> Description:
    city = chance.choice(_HAN_CITIES)
    brand = "".join(chance.choices(_HAN, k=chance.choice((2, 3, 4))))
    return Description(
        name=f"{city}{chance.choice(('', '市'))}{brand}{chance.choice(_HAN_TRADES)}有限公司",
        address=f"{city}市{''.join(chance.choices(_HAN, k=2))}路{chance.randint(1, 900)}号",
        city=city,
        country="CN",
        phone=f"+86 {chance.randint(10_000_000_000, 19_999_999_999)}",
    )


def write_differently(chance: random.Random, one: Description) -> Description:
    """The same company as somebody else writes it down: less known, other forms, slips of the pen."""
    name = one.name
    for form, long_form in _LONG_FORMS.items():
        if name.endswith(f" {form}") and chance.random() < 0.4:
            name = name.removesuffix(form) + chance.choice((long_form, ""))
    if chance.random() < 0.25:
        at = chance.randrange(1, max(2, len(name) // 2))
        name = name[:at] + name[at + 1 :] if name.isascii() else name
    if chance.random() < 0.3:
        name = name.upper()
    name = name.replace("有限公司", chance.choice(("有限公司", "有限责任公司", "股份有限公司")))
    kept = {field: getattr(one, field) if chance.random() < 0.7 else "" for field in ("domain", "phone", "postcode")}
    address = one.address.replace(" Street", chance.choice((" St.", " Street", ""))) if chance.random() < 0.8 else ""
    return replace(one, name=name.strip(), address=address, **kept)


def make_lists(size: int, seed: int) -> tuple[list[Description], list[Description]]:
    """Two lists of `size`: half of the second are companies of the first, at the same place, written differently."""
    chance = random.Random(seed)  # noqa: S311 -- nothing secret
    first = [make_company(chance) for _ in range(size)]
    half = size // 2
    return first, [write_differently(chance, one) for one in first[:half]] + list(_others(chance, size - half))


def _others(chance: random.Random, count: int) -> Iterator[Description]:
    for _ in range(count):
        yield make_company(chance)
