"""Makes data/chinese_pairs.csv from hand-written lists: 250 pairs that are one company and 250 that are two.

Run as `python -m tests.partners.matching.make_chinese_pairs`. The names are made up of ordinary parts; likeness to a
real company is chance. What is one company and what is two is decided by the list a pair is in, never by the program.
"""

import csv
from collections.abc import Iterator
from itertools import cycle, islice
from pathlib import Path
from typing import Final

from opencc import OpenCC  # type: ignore[import-untyped]  # it ships no types

FILE: Final = Path(__file__).parent / "data" / "chinese_pairs.csv"
EACH: Final = 25
"""Pairs of each kind; there are ten kinds of either sort."""

BRANDS: Final = (
    "蓝湖", "云谷", "华晟", "明德", "瑞丰源", "天成", "鼎盛", "海纳", "星河", "金穗", "禾木", "安泰", "百川", "立信达", "宏远",
    "东篱", "九鼎", "长青", "同济堂", "万象", "凌云", "启明星", "中原", "福临门", "泰和", "青禾", "锐捷通", "龙腾", "汇通", "新大陆",
)  # fmt: skip
CITIES: Final = (
    "北京", "上海", "深圳", "广州", "杭州", "苏州", "南京", "成都", "武汉", "西安", "青岛", "厦门", "宁波", "昆山", "义乌", "诸暨",
    "溧阳", "哈尔滨", "呼和浩特",
)  # fmt: skip
PROVINCES: Final = {
    "深圳": "广东", "广州": "广东", "杭州": "浙江", "苏州": "江苏", "南京": "江苏", "成都": "四川", "武汉": "湖北", "西安": "陕西",
    "青岛": "山东", "厦门": "福建", "宁波": "浙江", "昆山": "江苏", "义乌": "浙江", "诸暨": "浙江", "溧阳": "江苏", "哈尔滨": "黑龙江",
}  # fmt: skip
TRADES: Final = (
    "科技", "电子商务", "国际贸易", "机械设备", "医疗器械", "水产养殖", "灯饰", "文化传媒", "供应链管理", "新能源", "软件", "生物医药",
    "建筑工程", "食品", "精密五金", "茶业", "智能装备", "环保技术", "物流", "教育咨询", "汽车零部件", "化工", "半导体",
)  # fmt: skip
NEAR_BRANDS: Final = (
    ("蓝湖", "兰湖"), ("云谷", "云古"), ("华晟", "华盛"), ("明德", "德明"), ("瑞丰源", "瑞丰园"), ("天成", "天城"), ("鼎盛", "鼎胜"),
    ("海纳", "海钠"), ("星河", "银河"), ("金穗", "金岁"), ("安泰", "安太"), ("百川", "百船"), ("立信达", "立信通"), ("宏远", "鸿远"),
    ("九鼎", "九顶"), ("长青", "常青"), ("同济堂", "同仁堂"), ("万象", "万向"), ("凌云", "凌志"), ("启明星", "启明"), ("泰和", "泰禾"),
    ("青禾", "青和"), ("锐捷通", "锐捷"), ("汇通", "汇同"), ("新大陆", "新大地"),
)  # fmt: skip
LATIN: Final = ("TCL", "BOE", "3M", "K2", "ABB", "A8", "IFLY", "GMC", "H3C", "UBT")
TAIWAN: Final = ("台湾", "台北", "台中", "高雄", "新竹")
TWO_TRADES: Final = (
    ("科技", "餐饮管理"), ("国际贸易", "房地产开发"), ("机械设备", "文化传媒"), ("食品", "化工"), ("软件", "物流"),
    ("医疗器械", "建筑工程"), ("水产养殖", "灯饰"), ("新能源", "旅行社"), ("物业管理", "生物医药"), ("投资", "印刷"),
)  # fmt: skip
_TO_TRADITIONAL: Final = OpenCC("s2t")


def _base(start: int) -> Iterator[tuple[str, str, str]]:
    """City, brand and trade, each list at its own pace."""
    cities = islice(cycle(CITIES), start, None)
    brands = islice(cycle(BRANDS), start * 7, None)
    trades = islice(cycle(TRADES), start * 3, None)
    return islice(zip(cities, brands, trades, strict=False), EACH)


def _wide(text: str) -> str:
    return "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in text)


def _traditional(text: str) -> str:
    return str(_TO_TRADITIONAL.convert(text)).replace("台", "臺")


def same_pairs() -> Iterator[tuple[str, str, str]]:
    """(kind, one, other): written differently, one company."""
    for city, brand, trade in _base(0):
        name = f"{city}{brand}{trade}有限公司"
        yield "traditional characters", name, _traditional(name)
    for (_city, brand, trade), place in zip(_base(1), cycle(TAIWAN), strict=False):
        yield "台湾 and 臺灣", f"{place}{brand}{trade}股份有限公司", _traditional(f"{place}{brand}{trade}股份有限公司")
    for city, brand, trade in _base(2):
        yield "another legal form", f"{city}{brand}{trade}有限公司", f"{city}{brand}{trade}有限责任公司"
    for city, brand, trade in _base(3):
        yield "became a joint-stock company", f"{city}{brand}{trade}有限公司", f"{city}{brand}{trade}股份有限公司"
    for (city, _brand, trade), latin in zip(_base(4), cycle(LATIN), strict=False):
        yield "full width", f"{city}{latin}{trade}（集团）有限公司", f"{city}{_wide(latin)}{trade}(集团)有限公司"
    yield from _same_in_another_order()


def _same_in_another_order() -> Iterator[tuple[str, str, str]]:
    for city, brand, trade in _base(5):
        yield "city in brackets", f"{city}{brand}{trade}有限公司", f"{brand}{trade}（{city}）有限公司"
    for city, brand, trade in _base(6):
        before = f"{PROVINCES.get(city, '')}{'省' if city in PROVINCES else ''}{city}市"
        yield "province and city", f"{city}{brand}{trade}有限公司", f"{before}{brand}{trade}有限公司"
    for city, brand, trade in _base(7):
        yield "brand in brackets", f"{city}{brand}{trade}有限公司", f"{city}市{brand}{trade}有限公司（{brand}）"
    for city, brand, trade in _base(8):
        yield "no city", f"{city}{brand}{trade}有限公司", f"{brand}{trade}有限公司"
    for city, brand, trade in _base(9):
        yield "spaces, no legal form", f"{city}{brand}{trade}股份有限公司", f" {city} {brand}·{trade} "


def other_pairs() -> Iterator[tuple[str, str, str]]:
    """(kind, one, other): written alike, two companies, or a company and its branch."""
    for (city, brand, trade), (other, _b, _t) in zip(_base(10), _base(13), strict=True):
        yield "another city", f"{city}{brand}{trade}有限公司", f"{other}{brand}{trade}有限公司"
    for (city, brand, _t), (one, other) in zip(_base(11), cycle(TWO_TRADES), strict=False):
        yield "another trade", f"{city}{brand}{one}有限公司", f"{city}{brand}{other}有限公司"
    for (city, _b, trade), (one, other) in zip(_base(12), NEAR_BRANDS, strict=True):
        yield "a brand that is nearly the same", f"{city}{one}{trade}有限公司", f"{city}{other}{trade}有限公司"
    for (city, _b, trade), (one, other) in zip(_base(14), NEAR_BRANDS, strict=True):
        joint = f"{city}市{other}{trade}股份有限公司"
        yield "nearly the same, written differently", f"{city}{one}{trade}有限公司", _traditional(joint)
    for (city, brand, trade), (other, _b, _t) in zip(_base(15), _base(17), strict=True):
        name = f"{city}{brand}{trade}有限公司"
        yield "a branch and its company", name, f"{name}{other}分公司"
    yield from _other_parts_of_one()


def _other_parts_of_one() -> Iterator[tuple[str, str, str]]:
    for (city, brand, trade), (one, _b, _t), (other, _b2, _t2) in zip(_base(16), _base(18), _base(21), strict=True):
        name = f"{city}{brand}{trade}股份有限公司"
        yield "two branches", f"{name}{one}分公司", f"{name}{other}分公司"
    for (city, brand, trade), (one, other) in zip(
        _base(17), cycle((("第一", "第二"), ("三", "五"), ("1", "2"))), strict=False
    ):
        yield "another number", f"{city}{brand}{one}{trade}有限公司", f"{city}{brand}{other}{trade}有限公司"
    for (city, brand, trade), (_c, other, _t) in zip(_base(18), _base(23), strict=True):
        yield "city and trade alone", f"{city}{brand}{trade}有限公司", f"{city}{other}{trade}有限公司"
    for city, brand, trade in _base(19):
        yield "a group and its property manager", f"{city}{brand}{trade}集团有限公司", f"{city}{brand}物业管理有限公司"
    for (city, brand, trade), (other, _b, _t) in zip(_base(20), _base(26), strict=True):
        yield "city in brackets is another", f"{brand}{trade}（{city}）有限公司", f"{other}{brand}{trade}有限公司"


def main() -> None:
    """Write the file."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("same", "kind", "one", "other"))
        writer.writerows(("yes", *pair) for pair in same_pairs())
        writer.writerows(("no", *pair) for pair in other_pairs())


if __name__ == "__main__":
    main()
