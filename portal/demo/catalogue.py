"""The catalogue: AdventureWorks' products in the groups that Dynamics' ten products became."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Final

from portal.core.money import round_half_away
from portal.demo.rates import decimal_text
from portal.demo.reading import read_table
from portal.demo.source import GroupRow, Source
from portal.demo.world import Row

_MARKUP: Final = Fraction(5, 3)
"""What a product that was never sold costs on the list, over its standard cost."""
_CURRENT: Final = timedelta(days=365)
"""A product sold in the last year of the data is current; deals are registered for those."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Products by their source key, with what was worked out about them."""

    groups: dict[str, GroupRow]
    """By product key."""
    prices: dict[str, int]
    """List prices in US cents."""
    current: dict[str, Sequence[str]]
    """Keys of the current products by group."""
    dynamics: dict[str, str]
    """Group codes by the name of the Dynamics product."""

    def sku(self, product: str) -> str:
        """What the product is called in the portal."""
        return f"AW-{product}"


def make_catalogue(source: Source) -> Catalogue:
    """Groups, list prices and current products, from the mapping and all order lines."""
    by_subcategory = {row.subcategory: row for row in source.groups}
    groups = {product.key: by_subcategory[product.subcategory] for product in source.products}
    charged: dict[str, int] = {}
    current: dict[str, set[str]] = {}
    for line in source.lines:
        charged[line.product] = max(line.price, charged.get(line.product, 0))
        if line.day > source.newest_order - _CURRENT:
            current.setdefault(groups[line.product].group, set()).add(line.product)
    return Catalogue(
        groups=groups,
        prices={
            product.key: charged.get(product.key) or round_half_away(product.cost * _MARKUP)
            for product in source.products
        },
        current={group: sorted(keys, key=int) for group, keys in current.items()},
        dynamics={row.dynamics_product: row.group for row in source.groups},
    )


def chinese_name(name: str, words: dict[str, str]) -> str:
    """The product's name with every known part translated, the longest first; sizes and numbers stay."""
    pattern = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.sub(pattern, lambda match: words[match.group()], name).replace(", ", "，")


def product_rows(source: Source, catalogue: Catalogue) -> Iterator[Row]:
    """All products as the importer reads them."""
    words = {row["english"]: row["chinese"] for row in read_table("tributary/product_words.csv")}
    for product in source.products:
        group = catalogue.groups[product.key]
        yield {
            "sku": catalogue.sku(product.key),
            "name": product.name,
            "name_zh": chinese_name(product.name, words),
            "group": group.group,
            "group_name": group.group_name,
            "group_name_zh": group.group_name_zh,
            "unit": "",
            "list_price": decimal_text(catalogue.prices[product.key]),
            "currency": "USD",
        }
