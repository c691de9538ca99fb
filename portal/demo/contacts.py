"""The people at customers as the vendor knows them: one for each persona, whom touches then meet."""

from collections.abc import Iterable, Iterator
from typing import Final

from portal.demo.customers import Customer, Words, language_of
from portal.demo.texts import slug
from portal.demo.world import Row, World

PERSONAS: Final = (
    ("executive", "decision_maker"),
    ("finance", "budget_holder"),
    ("IT", "evaluator"),
    ("procurement", "legal"),
    ("business", "champion"),
    ("operator", "user"),
    ("HR", "influencer"),
)
"""Each persona with its role in the purchase."""


def contact_id(customer: Customer, place: int) -> str:
    """The source id of the person in this place of `PERSONAS`."""
    return f"{customer.id}-{place + 1}"


def contact_rows(world: World, customers: Iterable[Customer]) -> Iterator[Row]:
    """All people as the importer reads them."""
    words = Words()
    known = [person.name.split() for people in world.source.contacts.values() for person in people]
    english = sorted({name[0] for name in known}), sorted({name[-1] for name in known})
    for customer in customers:
        language = language_of(customer.country)
        first, last = english
        if language != "en":
            first, last = words.texts(language, "first"), words.texts(language, "last")
        for place, (persona, role) in enumerate(PERSONAS):
            chosen = world.seeded.hash("person", customer.id, place)
            name = f"{first[chosen % len(first)]} {last[chosen // 1024 % len(last)]}"
            yield {
                "source_id": contact_id(customer, place),
                "account": customer.id,
                "name": name,
                "email": f"{slug(name).replace('-', '.')}.{place + 1}@{customer.domain}",
                "persona": persona,
                "buying_role": role,
                "country": customer.country,
            }
