"""End customers: the Dynamics accounts, and generated ones so that every reseller has some in its country."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from portal.demo.companies import CHINESE, MAIN, Partner
from portal.demo.reading import read_table
from portal.demo.seeded import Seeded
from portal.demo.source import CrmAccount, Place, Reseller, Source
from portal.demo.texts import domain, phone, registry_id
from portal.demo.world import Row, World

_BRACKET: Final = re.compile(r"\s*\([^()]*\)\s*$")
_SIZES: Final = ((50, "1-49"), (250, "50-249"), (1000, "250-999"), (5000, "1000-4999"))
_SIZE_WEIGHTS: Final = (("1-49", 9), ("50-249", 7), ("250-999", 3), ("1000-4999", 1))
_LANGUAGES: Final = {"DE": "de", "FR": "fr"}
_OWN_OF_MAIN: Final = 8
_ORDERS_PER_CUSTOMER: Final = 4
_MOST_BY_ORDERS: Final = 3


class Customer(NamedTuple):
    """An end customer of the demo."""

    id: str
    legal_name: str
    local_name: str
    domain: str
    registry_id: str
    country: str
    region: str
    city: str
    address: str
    postcode: str
    industry: str
    size: str
    phone: str
    reseller: str
    """Key of the only reseller that sells to it; empty for a Dynamics account, which several court."""


class Words:
    """The lists that generated names and addresses are put together from."""

    def __init__(self) -> None:
        self._lists: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for row in read_table("tributary/customer_words.csv"):
            self._lists.setdefault((row["language"], row["part"]), []).append((row["text"], row["extra"]))

    def pairs(self, language: str, part: str) -> Sequence[tuple[str, str]]:
        """The words with what goes with each (a trade's industry); LookupError for an unknown list."""
        return self._lists[language, part]

    def texts(self, language: str, part: str) -> list[str]:
        """The words alone; LookupError for an unknown list."""
        return [text for text, _ in self.pairs(language, part)]


def language_of(country: str) -> str:
    """The language in which names are made up there."""
    return _LANGUAGES.get(country, "en")


def plain_name(name: str) -> str:
    """A Dynamics account's name without the place in brackets, which disagrees with its address."""
    return _BRACKET.sub("", name).strip()


def _crm_customers(world: World) -> Iterator[Customer]:
    """The Dynamics accounts. Those that share a name without the bracket get their town as part of it."""
    accounts: Sequence[CrmAccount] = world.source.accounts
    local = {
        row["key"]: row["local_name"] for row in read_table("tributary/chinese_names.csv") if row["kind"] == "account"
    }
    shared = Counter(plain_name(account.name) for account in accounts)
    for account in accounts:
        plain = plain_name(account.name)
        name = f"{plain} {account.city}" if shared[plain] > 1 else plain
        yield Customer(
            id=f"CRM-{account.seq}",
            legal_name=name,
            local_name=local.get(account.seq, ""),
            domain=domain(name),
            registry_id=registry_id(world.seeded, account.country, "crm", account.seq),
            country=account.country,
            region=account.state,
            city=account.city,
            address=account.street,
            postcode=account.postcode,
            industry=account.industry,
            size=next((size for limit, size in _SIZES if account.employees < limit), "5000+"),
            phone=account.phone,
            reseller="",
        )


def _chinese_customers(world: World) -> Iterator[Customer]:
    """Written by hand: customers in China and in Sydney, of the partner that works in Chinese."""
    for number, row in enumerate(read_table("tributary/chinese_customers.csv"), 1):
        name = row["legal_name"]
        yield Customer(
            id=f"ZH-{number}",
            domain=domain(re.sub(r",? (Co|Pty|Inc)\b.*", "", name)),
            registry_id=registry_id(world.seeded, row["country"], "zh", number),
            size=world.seeded.weighted(_SIZE_WEIGHTS, "size", "zh", number),
            reseller=CHINESE,
            **row,
        )


class _Names:
    """Hands out names that nobody has yet."""

    def __init__(self, seeded: Seeded, words: Words, taken: Iterable[str]) -> None:
        self._seeded = seeded
        self._words = words
        self._taken = set(taken)

    def make(self, country: str, *key: object) -> tuple[str, str, str]:
        """A free name, its domain, and its industry: word, trade and legal form in the country's language."""
        language = language_of(country)
        words, trades = self._words.texts(language, "word"), self._words.pairs(language, "trade")
        places = len(words) * len(trades)
        start = self._seeded.below(places, "name", *key)
        for step in range(places):
            index = (start + step * 7) % places
            trade, industry = trades[index // len(words)]
            word = words[index % len(words)]
            core = f"{trade} {word}" if language == "fr" else f"{word} {trade}"
            if domain(core) not in self._taken:
                self._taken.add(domain(core))
                form = self._seeded.pick(self._words.texts(country, "form"), "form", *key)
                return f"{core} {form}", domain(core), industry
        message = f"no free names left for {country}"
        raise LookupError(message)


def _towns(source: Source, reseller: Reseller) -> Sequence[Place]:
    """The towns of the reseller's state; of its country where the list has none of the state."""
    home = (reseller.country, reseller.state)
    near = [place for place in source.places if (place.country, place.state) == home]
    return near or [place for place in source.places if place.country == reseller.country]


def _address(seeded: Seeded, words: Words, country: str, *key: object) -> str:
    street = seeded.pick(words.texts(language_of(country), "street"), "street", *key)
    number = seeded.between(2, 240, "house", *key)
    return f"{street} {number}" if country == "DE" else f"{number} {street}"


def _own_customers(world: World, partners: Iterable[Partner], taken: Iterable[str]) -> Iterator[Customer]:
    """Two to five per reseller, more the more often it ordered, in towns of its own state."""
    seeded, words = world.seeded, Words()
    names = _Names(seeded, words, taken)
    orders = Counter(line.reseller for line in world.source.lines if line.number == 1)
    for partner in sorted(partners, key=lambda partner: int(partner.reseller.key)):
        reseller = partner.reseller
        by_orders = min(orders[reseller.key] // _ORDERS_PER_CUSTOMER, _MOST_BY_ORDERS)
        count = _OWN_OF_MAIN if reseller.key == MAIN else 2 + by_orders
        towns = _towns(world.source, reseller)
        for number in range(1, count + 1):
            key = (reseller.key, number)
            name, web, industry = names.make(reseller.country, *key)
            town = seeded.pick(towns, "town", *key)
            yield Customer(
                id=f"R{reseller.key}-{number}",
                legal_name=name,
                local_name="",
                domain=web,
                registry_id=registry_id(seeded, reseller.country, "customer", *key),
                country=town.country,
                region=town.state,
                city=town.city,
                address=_address(seeded, words, reseller.country, *key),
                postcode=town.postcode,
                industry=industry,
                size=seeded.weighted(_SIZE_WEIGHTS, "size", *key),
                phone=phone(seeded, reseller.country, *key),
                reseller=reseller.key,
            )


def make_customers(world: World, partners: Mapping[str, Partner]) -> dict[str, Customer]:
    """All end customers by id. No two have the same name or domain."""
    written = [*_crm_customers(world), *_chinese_customers(world)]
    taken = [customer.domain for customer in written]
    own = _own_customers(world, partners.values(), taken)
    return {customer.id: customer for customer in [*written, *own]}


def customer_rows(customers: Mapping[str, Customer]) -> Iterator[Row]:
    """All accounts as the importer reads them."""
    for customer in customers.values():
        row = customer._asdict()
        del row["reseller"]
        yield {"source_id": row.pop("id"), **row}
