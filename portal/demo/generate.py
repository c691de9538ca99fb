"""The demo as importer input: `make_demo` works it out, `write_files` writes it as CSV.

Run it by `python -m portal.demo.generate FOLDER`; `--help` lists the rest.
"""

import argparse
import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path

from portal.demo.catalogue import Catalogue, make_catalogue, product_rows
from portal.demo.claims import Clerk, opportunity_claims
from portal.demo.companies import Partner, company_change_rows, company_rows, make_partners
from portal.demo.contacts import contact_rows
from portal.demo.contracts import contract_rows
from portal.demo.costs import cost_rows
from portal.demo.courses import run_courses
from portal.demo.courting import Courting
from portal.demo.customers import Customer, customer_rows, make_customers
from portal.demo.deals import Deal, Protections, deal_rows
from portal.demo.orders import Bundle, make_bundles
from portal.demo.people import SignIn, make_sign_ins, people_rows
from portal.demo.rates import rate_rows
from portal.demo.registrations import is_covered, register_orders
from portal.demo.revenue import revenue_rows
from portal.demo.signals import Course, is_fed, make_courses, survey_rows, ticket_rows, usage_rows
from portal.demo.targets import target_rows
from portal.demo.touches import Journeys
from portal.demo.touches import counts as touch_counts
from portal.demo.world import SEED, Row, World, make_world


@dataclass(frozen=True)
class Demo:
    """One demo, worked out. The same arguments give the same rows, to the byte."""

    world: World
    partners: Mapping[str, Partner]
    """By the reseller's key in the source."""
    sign_ins: list[SignIn]
    catalogue: Catalogue
    customers: Mapping[str, Customer]
    opportunity_deals: list[Deal]
    order_deals: list[Deal]
    bundles: list[Bundle]
    protections: Protections

    def people(self) -> Iterator[Row]:
        """Who signs in, the vendor's people first."""
        return people_rows(self.sign_ins, self.partners)

    def companies(self) -> Iterator[Row]:
        """The 701 resellers, distributors before those below them."""
        return company_rows(self.world, self.partners)

    def company_changes(self) -> Iterator[Row]:
        """Companies that came below another distributor, to be imported after `companies`."""
        return company_change_rows(self.world, self.partners)

    def products(self) -> Iterator[Row]:
        """The catalogue with its groups."""
        return product_rows(self.world.source, self.catalogue)

    def accounts(self) -> Iterator[Row]:
        """The end customers."""
        return customer_rows(self.customers)

    def contacts(self) -> Iterator[Row]:
        """The people at customers that buy in this demo."""
        buying = {bundle.customer.id: bundle.customer for bundle in self.bundles}
        return contact_rows(self.world, buying.values())

    def deals(self) -> Iterator[Row]:
        """All registrations, oldest first."""
        return deal_rows([*self.opportunity_deals, *self.order_deals], self.catalogue)

    def rates(self) -> Iterator[Row]:
        """What one euro was worth, day by day."""
        return rate_rows(self.world.source.rates, self.world.orders_move, self.world.today)

    def terms(self) -> Iterator[Row]:
        """Contracts on what some customers bought."""
        return contract_rows(self.world, self.catalogue, self.bundles)

    def revenue(self) -> Iterator[Row]:
        """Invoice lines, payments, credit notes and refunds, by day."""
        return revenue_rows(self.world, self.catalogue, self.bundles, self.protections)

    @cached_property
    def journeys(self) -> Journeys:
        """Which touches led to what."""
        return Journeys(self.world, self.partners, self.bundles)

    @cached_property
    def _touches(self) -> list[Row]:
        return list(self.journeys.rows())

    def touchpoints(self) -> Iterator[Row]:
        """Touches of customers before they bought, and of visitors who did not."""
        return iter(self._touches)

    def costs(self) -> Iterator[Row]:
        """What sources cost, month by month."""
        return cost_rows(self.world)

    def targets(self) -> Iterator[Row]:
        """What is wanted of each kind of lifecycle event."""
        return target_rows(self.world)

    @cached_property
    def customer_courses(self) -> list[Course]:
        """How each customer that buys goes on from there."""
        return make_courses(self.world, self.bundles)

    def usage(self) -> Iterator[Row]:
        """What customers use, month by month."""
        return usage_rows(self.world, self.customer_courses)

    def tickets(self) -> Iterator[Row]:
        """What customers ask."""
        return ticket_rows(self.world, self.customer_courses)

    def surveys(self) -> Iterator[Row]:
        """What customers say."""
        return survey_rows(self.world, self.customer_courses)

    @property
    def kinds(self) -> dict[str, Callable[[], Iterator[Row]]]:
        """What there is to import, in the order in which it can be: each refers only to what is before it.

        Managers of companies are the vendor's people; people of partners refer to their companies. So people
        are imported twice, or the vendor's side first.
        """
        return {
            "people": self.people,
            "companies": self.companies,
            "company_changes": self.company_changes,
            "products": self.products,
            "accounts": self.accounts,
            "contacts": self.contacts,
            "deals": self.deals,
            "terms": self.terms,
            "rates": self.rates,
            "revenue": self.revenue,
            "touchpoints": self.touchpoints,
            "costs": self.costs,
            "targets": self.targets,
            "usage": self.usage,
            "tickets": self.tickets,
            "surveys": self.surveys,
        }

    def counts(self) -> dict[str, int]:
        """What the generator decided, for people to read."""
        deals = [*self.opportunity_deals, *self.order_deals]
        found = Counter(f"deals {deal.course.state}" for deal in deals)
        found.update(f"deals rejected as {deal.course.reject_code}" for deal in deals if deal.course.reject_code)
        lines = sum(len(bundle.lines) for bundle in self.bundles)
        covered = sum(len(bundle.lines) for bundle in self.bundles if is_covered(bundle, self.protections))
        return {
            "deals from opportunities": len(self.opportunity_deals),
            "deals from order lines": len(self.order_deals),
            **dict(sorted(found.items())),
            "order lines": lines,
            "order lines covered by a deal": covered,
            "order lines covered, percent": covered * 100 // max(lines, 1),
            "customers whose use is measured": sum(is_fed(self.world, one) for one in self.customer_courses),
            "customers who fade": sum(one.fades_from is not None for one in self.customer_courses),
            **touch_counts(self._touches, self.bundles, self.journeys),
        }


def make_demo(today: date, *, months: int = 3, opportunities: int = 500, zone: str = "UTC", seed: str = SEED) -> Demo:
    """The demo as seen on `today`.

    `months` is how many months of order lines are in it (the data has 36), `opportunities` how many of these
    become deals (it has 20,000), `zone` the vendor's time zone, in which days of protection are counted.
    """
    world = make_world(today, months=months, opportunities=opportunities, zone=zone, seed=seed)
    partners = make_partners(world)
    sign_ins = make_sign_ins(partners)
    catalogue = make_catalogue(world.source)
    customers = make_customers(world, partners)
    courting, clerk, protections = Courting(world, partners), Clerk(world, catalogue, sign_ins), Protections()
    opportunity_deals = run_courses(world, opportunity_claims(clerk, courting, customers), protections)
    bundles = list(make_bundles(world, catalogue, partners, customers, protections))
    return Demo(
        world=world,
        partners=partners,
        sign_ins=sign_ins,
        catalogue=catalogue,
        customers=customers,
        opportunity_deals=opportunity_deals,
        order_deals=list(register_orders(world, clerk, bundles, protections)),
        bundles=bundles,
        protections=protections,
    )


def write_files(folder: Path, demo: Demo) -> dict[str, int]:
    """Write one CSV file per kind that has rows, UTF-8, and return the number of rows of each."""
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for kind, rows in demo.kinds.items():
        listed = list(rows())
        written[kind] = len(listed)
        if not listed:
            continue
        with (folder / f"{kind}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, fieldnames=list(listed[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(listed)
    return written


def main() -> None:
    """Write the demo's files into a folder and say what is in them."""
    parser = argparse.ArgumentParser(description="Write the demo's data as CSV files.")
    parser.add_argument("folder", type=Path, help="where to write; made if it is not there")
    parser.add_argument("--today", type=date.fromisoformat, default=datetime.now(UTC).date())
    parser.add_argument("--months", type=int, default=3, help="months of order lines, up to 36")
    parser.add_argument("--opportunities", type=int, default=500, help="how many become deals, up to 20000")
    asked = parser.parse_args()
    demo = make_demo(asked.today, months=asked.months, opportunities=asked.opportunities)
    for name, count in {**write_files(asked.folder, demo), **demo.counts()}.items():
        sys.stdout.write(f"{count:>8,}  {name}\n")


if __name__ == "__main__":
    main()
