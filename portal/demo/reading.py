"""Reads the shipped data files."""

import csv
import gzip
import io
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Final

from portal.demo.rates import Rates
from portal.demo.source import (
    CrmAccount,
    GroupRow,
    Opportunity,
    OrderLine,
    Person,
    Place,
    Product,
    Reseller,
    Source,
)

DATA: Final = Path(__file__).parent / "data"
Record = dict[str, str]
Territories = Mapping[tuple[str, str], str]


def cents(text: str) -> int:
    """Whole cents of a decimal amount; ValueError when there are more than two decimals."""
    value = Decimal(text).scaleb(2)
    if value != value.to_integral_value():
        raise ValueError(text)
    return int(value)


def unpack(name: str) -> bytes:
    """The bytes of a shipped file, unpacked when it is packed."""
    raw = (DATA / name).read_bytes()
    return gzip.decompress(raw) if name.endswith(".gz") else raw


def read_table(name: str) -> Iterator[Record]:
    """The rows of a shipped CSV file."""
    yield from csv.DictReader(io.StringIO(unpack(name).decode("utf-8")))


def _region_codes(countries: Mapping[str, str]) -> dict[str, str]:
    """Territory codes by the source's key: `US-Southwest`, `CA`."""
    codes = {}
    for row in read_table("adventureworks/regions.csv"):
        country = countries[row["Country"]]
        codes[row["SalesTerritoryKey"]] = f"US-{row['Region']}" if country == "US" else country
    return codes


def _states(codes: Mapping[str, str]) -> tuple[dict[tuple[str, str], str], Territories]:
    """State names by country and code, and territory codes by country and state name."""
    names: dict[tuple[str, str], str] = {}
    territories: dict[tuple[str, str], str] = {}
    for row in read_table("adventureworks/state_province.csv.gz"):
        country, name = row["CountryRegionCode"], row["Name"]
        names[country, row["StateProvinceCode"].strip()] = name
        if country == "US":
            territories[country, name] = codes[row["TerritoryID"]]
    return names, territories


def _resellers(countries: Mapping[str, str], territories: Territories) -> dict[str, Reseller]:
    details = {row["ResellerKey"]: row for row in read_table("adventureworks/dim_reseller.csv.gz")}
    found = {}
    for row in read_table("adventureworks/resellers.csv.gz"):
        key, country, state = row["ResellerKey"], countries[row["Country-Region"]], row["State-Province"]
        found[key] = Reseller(
            key=key,
            code=details[key]["ResellerAlternateKey"],
            name=row["Reseller"],
            business=row["Business Type"],
            city=row["City"],
            state=state,
            country=country,
            phone=details[key]["Phone"],
            territory=territories.get((country, state), country),
        )
    return dict(sorted(found.items(), key=lambda item: int(item[0])))


def _order_lines() -> list[OrderLine]:
    """By day; a line's number is its place among the lines of its order in the source."""
    numbers: dict[str, int] = {}
    lines = []
    for row in read_table("adventureworks/sales.csv.gz"):
        order = row["SalesOrderNumber"]
        numbers[order] = numbers.get(order, 0) + 1
        lines.append(
            OrderLine(
                day=date.fromisoformat(row["OrderDate"]),
                order=order,
                number=numbers[order],
                product=row["ProductKey"],
                reseller=row["ResellerKey"],
                salesperson=row["EmployeeKey"],
                quantity=int(row["Quantity"]),
                price=cents(row["Unit Price"]),
                sales=cents(row["Sales"]),
                cost=cents(row["Cost"]),
            )
        )
    return sorted(lines)


def _crm_accounts(countries: Mapping[str, str], states: Territories) -> list[CrmAccount]:
    found = []
    for row in read_table("dynamics/accounts.csv.gz"):
        country, state = countries[row["Country"]], row["State or Province"]
        industry = row["Industry Lookup"]
        found.append(
            CrmAccount(
                seq=row["AccountSeq"],
                name=row["Account Name"],
                street=row["Street"],
                city=row["City"],
                state=states.get((country, state), state),
                postcode=row["Postal Code"],
                country=country,
                phone=row["Phone"],
                employees=int(row["Number of Employees"]),
                industry="" if industry == "n/a" else industry,
            )
        )
    return sorted(found)


def _opportunities() -> list[Opportunity]:
    return sorted(
        Opportunity(
            seq=row["OpportunitySeq"],
            account=row["AccountSeq"],
            product=row["Product Name"],
            status=row["Status"],
            step=row["PipelineStep"],
            value=cents(row["Value"]),
            created=date.fromisoformat(row["Opportunity Created On"]),
            closes=date.fromisoformat(row["CloseDate"]),
            process=row["Purchase Process"],
            decider_known=row["Decision Maker Identified"] == "True",
            campaign=row["Campaign Name"],
        )
        for row in read_table("dynamics/opportunities.csv.gz")
    )


def _contacts() -> dict[str, list[Person]]:
    found: dict[str, list[Person]] = {}
    for row in read_table("dynamics/contacts.csv.gz"):
        person = Person(name=row["Contact"], phone=row["Phone"], title=row["Job Title"])
        found.setdefault(row["AccountSeq"], []).append(person)
    return found


def _rates() -> Rates:
    rows = list(read_table("ecb/rates.csv.gz"))
    return Rates(
        days=[date.fromisoformat(row["Date"]) for row in rows],
        quotes=[{code: Fraction(text) for code, text in row.items() if code != "Date"} for row in rows],
    )


def _territory_sellers(codes: Mapping[str, str]) -> dict[str, list[str]]:
    rows = read_table("adventureworks/salesperson_regions.csv")
    pairs = [(row["EmployeeKey"], codes[row["SalesTerritoryKey"]]) for row in rows]
    breadth = {seller: sum(other == seller for other, _ in pairs) for seller, _ in pairs}
    found: dict[str, list[str]] = {}
    for seller, territory in sorted(pairs, key=lambda pair: (breadth[pair[0]], pair)):
        found.setdefault(territory, []).append(seller)
    return found


@cache
def read_source() -> Source:
    """All of the shipped data; read once in a process (about a second)."""
    countries = {row["Name"]: row["ISO2"] for row in read_table("countries/countries.csv")}
    codes = _region_codes(countries)
    states, territories = _states(codes)
    return Source(
        resellers=_resellers(countries, territories),
        lines=_order_lines(),
        products=[
            Product(row["ProductKey"], row["Product"], cents(row["Standard Cost"]), row["Subcategory"])
            for row in read_table("adventureworks/products.csv.gz")
        ],
        salespeople={row["EmployeeKey"]: row["Salesperson"] for row in read_table("adventureworks/salespeople.csv")},
        territory_sellers=_territory_sellers(codes),
        state_territories=dict(territories),
        places=sorted(
            Place(row["CountryRegionCode"], row["StateProvinceName"], row["City"], row["PostalCode"])
            for row in read_table("adventureworks/dim_geography.csv.gz")
        ),
        accounts=_crm_accounts(countries, states),
        contacts=_contacts(),
        opportunities=_opportunities(),
        groups=[GroupRow(**row) for row in read_table("tributary/product_groups.csv")],
        rates=_rates(),
    )
