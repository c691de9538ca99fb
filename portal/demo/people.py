"""People: who signs in to the demo, and whom partners talk to at their customers."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from portal.demo.companies import Partner, staff_email
from portal.demo.customers import Customer, Words, language_of
from portal.demo.deals import Contact
from portal.demo.reading import read_table
from portal.demo.texts import slug
from portal.demo.world import Row, World


class SignIn(NamedTuple):
    """Somebody who signs in to the demo."""

    email: str
    name: str
    side: str
    partner: str
    """Source key of the company; empty for the vendor's people."""
    roles: tuple[str, ...]
    locale: str


def make_sign_ins(partners: Mapping[str, Partner]) -> list[SignIn]:
    """The vendor's people first: every salesperson who owns partners is a partner manager."""
    managers = [
        SignIn(staff_email(name), name, "staff", "", ("partner_manager",), "en")
        for name in sorted({partner.manager for partner in partners.values()})
    ]
    others = []
    for row in read_table("tributary/people.csv"):
        key = row["partner"]
        email = f"{row['email_name']}@{partners[key].domain}" if key else staff_email(row["email_name"])
        roles = tuple(row["roles"].split(";"))
        others.append(SignIn(email, row["name"], row["side"], key, roles, row["locale"]))
    return sorted([*managers, *others], key=lambda person: person.side != "staff")


def people_rows(sign_ins: list[SignIn], partners: Mapping[str, Partner]) -> Iterator[Row]:
    """Sign-ins as the importer reads them."""
    for person in sign_ins:
        yield {
            "email": person.email,
            "name": person.name,
            "side": person.side,
            "partner_source_id": partners[person.partner].code if person.partner else "",
            "roles": ";".join(person.roles),
            "locale": person.locale,
        }


class AddressBook:
    """Contacts at customers: the Dynamics ones where there are any, made-up ones elsewhere."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._words = Words()
        known = [person.name.split() for people in world.source.contacts.values() for person in people]
        self._first = sorted({name[0] for name in known})
        self._last = sorted({name[-1] for name in known})

    def contact(self, customer: Customer, partner: Partner) -> Contact:
        """The one person there whom this partner knows; another partner may know another."""
        seeded, key = self._world.seeded, (customer.id, partner.reseller.key)
        if partner.chinese and customer.local_name:
            name, latin = seeded.pick(self._words.pairs("zh", "full"), "contact", *key)
            title = seeded.pick(self._words.texts("zh", "title"), "title", *key)
            return Contact(name, self._email(latin, customer), customer.phone, title)
        known = self._world.source.contacts.get(customer.id.removeprefix("CRM-"), [])
        if known:
            person = seeded.pick(known, "contact", *key)
            return Contact(person.name, self._email(person.name, customer), person.phone, person.title)
        language = language_of(customer.country)
        first, last = self._first, self._last
        if language != "en":
            first, last = self._words.texts(language, "first"), self._words.texts(language, "last")
        name = f"{seeded.pick(first, 'first', *key)} {seeded.pick(last, 'last', *key)}"
        title = seeded.pick(self._words.texts(language, "title"), "title", *key)
        return Contact(name, self._email(name, customer), customer.phone, title)

    @staticmethod
    def _email(name: str, customer: Customer) -> str:
        return f"{slug(name).replace('-', '.')}@{customer.domain}"
