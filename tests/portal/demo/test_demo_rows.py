"""The rows that the importers are given: whole, consistent, deterministic, and exact to the cent."""

import itertools
from collections import Counter, defaultdict
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from pathlib import Path

import pytest

from attribution.revenue.rules import RevenueKind
from partners.companies.rules import CompanyStatus, PartnerKind, Tier
from partners.deals.states import DealRole, DealSource, DealState, LostReason, RejectCode, Stage
from portal.core.permissions import Role
from portal.demo.companies import MAIN
from portal.demo.generate import Demo, make_demo, write_files
from portal.demo.reading import read_source, read_table
from portal.demo.world import SEED

Rows = dict[str, list[dict[str, str]]]


def _index(rows: list[dict[str, str]], column: str = "source_id") -> dict[str, dict[str, str]]:
    found = {row[column]: row for row in rows}
    assert len(found) == len(rows), f"{column} is not unique"
    return found


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_the_same_day_gives_the_same_bytes(demo: Demo, tmp_path: Path) -> None:
    write_files(tmp_path / "one", demo)
    write_files(tmp_path / "two", make_demo(demo.world.today))
    assert _files(tmp_path / "one") == _files(tmp_path / "two")
    assert set(_files(tmp_path / "one")) == {f"{kind}.csv" for kind in demo.kinds}


def test_another_seed_gives_another_demo(demo: Demo, rows: Rows) -> None:
    other = make_demo(demo.world.today, seed=SEED + "!")
    assert list(other.deals()) != rows["deals"]


def test_all_values_are_texts_and_every_kind_has_its_columns(rows: Rows) -> None:
    for kind, listed in rows.items():
        columns = list(listed[0])
        for row in listed:
            assert list(row) == columns, kind
            assert all(type(value) is str for value in row.values()), kind


def test_references_lead_somewhere(rows: Rows) -> None:
    companies, accounts = _index(rows["companies"]), _index(rows["accounts"])
    products, deals = _index(rows["products"], "sku"), _index(rows["deals"])
    people, revenue = _index(rows["people"], "email"), _index(rows["revenue"])
    for company in rows["companies"] + rows["company_changes"]:
        assert company["source_id"] in companies
        assert people[company["manager_email"]]["roles"] == "partner_manager"
        assert (company["parent_source_id"] == "") == (company["parent_from"] == "")
        assert company["parent_source_id"] in {*companies, ""}
    for person in rows["people"]:
        assert (person["side"] == "staff") == (person["partner_source_id"] == "")
        assert person["partner_source_id"] in {*companies, ""}
    for deal in rows["deals"]:
        assert companies[deal["partner_source_id"]]["status"] == "active"
        assert companies[deal["partner_source_id"]]["currency"] == deal["currency"]
        assert deal["account_source_id"] in accounts or deal["state"] in {"draft", "submitted"}
        assert deal["product_sku"] in products
        assert deal["registered_by_email"] in {*people, ""}
    for line in rows["revenue"]:
        assert line["account_source_id"] in accounts
        assert companies[line["partner_source_id"]]["currency"] == line["currency"]
        assert line["product_sku"] in products
        assert line["deal_source_id"] in {*deals, ""}
        if line["parent_source_id"]:
            parent = revenue[line["parent_source_id"]]
            assert parent["kind"] == "invoice_line"
            assert parent["account_source_id"] == line["account_source_id"]
        assert (line["kind"] == "invoice_line") == (line["parent_source_id"] == "")


def test_what_is_referred_to_comes_first(rows: Rows) -> None:
    for kind, refers in (("companies", "parent_source_id"), ("revenue", "parent_source_id")):
        seen = {""}
        for row in rows[kind]:
            assert row[refers] in seen
            seen.add(row["source_id"])


@pytest.mark.parametrize(
    ("kind", "column", "words"),
    [
        ("companies", "kinds", PartnerKind),
        ("companies", "tier", Tier),
        ("companies", "status", CompanyStatus),
        ("deals", "role", DealRole),
        ("deals", "state", DealState),
        ("deals", "stage", Stage),
        ("deals", "source", DealSource),
        ("deals", "reject_code", RejectCode),
        ("deals", "lost_reason", LostReason),
        ("revenue", "kind", RevenueKind),
        ("people", "roles", Role),
    ],
)
def test_words_are_those_of_the_product(rows: Rows, kind: str, column: str, words: type[StrEnum]) -> None:
    used = {word for row in rows[kind] for word in row[column].split(";")}
    assert used <= {"", *words}


def test_no_two_customers_or_companies_are_alike(rows: Rows) -> None:
    for kind, columns in (("accounts", ("legal_name", "domain")), ("companies", ("domain", "registry_id"))):
        for column in columns:
            _index(rows[kind], column)
    registered = Counter(row["registry_id"] for row in rows["accounts"] if row["registry_id"])
    assert max(registered.values()) == 1
    assert not any("(" in row["legal_name"] for row in rows["accounts"])
    assert all(row["domain"].endswith(".example") for row in rows["accounts"] + rows["companies"])


def test_every_reseller_has_customers_in_its_own_country(demo: Demo) -> None:
    at_home = {
        c.reseller
        for c in demo.customers.values()
        if c.reseller and c.country == demo.partners[c.reseller].reseller.country
    }
    assert at_home == set(demo.partners)


def test_chinese_credit_codes_have_their_check_character(rows: Rows) -> None:
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    codes = [row["registry_id"] for row in rows["accounts"] if row["country"] == "CN"]
    assert len(codes) >= 8
    for code in codes:
        assert len(code) == 18
        assert (
            sum(signs.index(sign) * 3**place % 31 for place, sign in enumerate(code[:-1])) % 31
            == -signs.index(code[-1]) % 31
        )


def test_dollars_are_those_of_the_source(rows: Rows) -> None:
    source = read_source()
    american = {key for key, reseller in source.resellers.items() if reseller.country == "US"}
    window = [line for line in source.lines if line.day >= date(2020, 4, 1) and line.reseller in american]
    invoiced = [row for row in rows["revenue"] if row["kind"] == "invoice_line" and row["currency"] == "USD"]
    assert sum(Decimal(row["net_amount"]) for row in invoiced) * 100 == sum(line.sales for line in window)
    assert sum(Decimal(row["cost_amount"]) for row in invoiced) * 100 == sum(line.cost for line in window)
    by_id = _index(invoiced)
    assert all(Decimal(by_id[line.id]["net_amount"]) * 100 == line.sales for line in window)


def test_other_currencies_are_exchanged_at_the_original_day(rows: Rows) -> None:
    quotes = {row["Date"]: row for row in read_table("ecb/rates.csv.gz")}
    line = next(
        line
        for line in read_source().lines
        if line.day == date(2020, 5, 11) and read_source().resellers[line.reseller].country == "AU"
    )
    row = _index(rows["revenue"])[line.id]
    exact = Decimal(line.sales) / 100 * Decimal(quotes["2020-05-11"]["AUD"]) / Decimal(quotes["2020-05-11"]["USD"])
    assert row["currency"] == "AUD"
    assert abs(Decimal(row["net_amount"]) - exact) <= Decimal("0.005")


def test_cash_never_exceeds_the_invoice(rows: Rows) -> None:
    lines = _index(rows["revenue"])
    cash: dict[str, Decimal] = defaultdict(Decimal)
    back: dict[str, Decimal] = defaultdict(Decimal)
    for row in rows["revenue"]:
        amount = Decimal(row["net_amount"])
        assert amount == round(amount, 2)
        assert amount < 0 if row["kind"] in {"refund", "credit_note"} else amount > 0
        if row["kind"] == "payment":
            cash[row["parent_source_id"]] += amount
        elif row["parent_source_id"]:
            back[row["parent_source_id"]] -= amount
    credited = {
        row["parent_source_id"]: -Decimal(row["net_amount"]) for row in rows["revenue"] if row["kind"] == "credit_note"
    }
    for invoice, paid in cash.items():
        assert paid + credited.get(invoice, Decimal(0)) <= Decimal(lines[invoice]["net_amount"])
    for invoice, returned in back.items():
        assert returned <= Decimal(lines[invoice]["net_amount"])
    share = len(back) / sum(row["kind"] == "invoice_line" for row in rows["revenue"])
    assert 0.01 < share < 0.03


def test_some_pay_in_two_parts(demo: Demo, rows: Rows) -> None:
    parts = Counter(row["parent_source_id"] for row in rows["revenue"] if row["kind"] == "payment")
    assert {1, 2} == set(parts.values())
    main = demo.partners[MAIN].code
    kinds = {row["kind"] for row in rows["revenue"] if row["partner_source_id"] == main}
    assert kinds == {"invoice_line", "payment", "refund", "credit_note"}


def test_protections_never_overlap(rows: Rows) -> None:
    groups = {row["sku"]: row["group"] for row in rows["products"]}
    held = defaultdict(list)
    for deal in rows["deals"]:
        if deal["role"] == "sell" and deal["protected_until"]:
            assert deal["state"] in {"approved", "expired"}
            held[deal["account_source_id"], groups[deal["product_sku"]]].append(
                (deal["decided_at"], deal["protected_until"])
            )
    assert len(held) > 500
    for windows in held.values():
        for (_, end), (start, _) in itertools.pairwise(sorted(windows)):
            assert end <= start


def test_every_step_comes_after_the_one_before(demo: Demo, rows: Rows) -> None:
    now = demo.world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    joined = {row["source_id"]: row["joined_on"] for row in rows["companies"]}
    for deal in rows["deals"]:
        assert deal["created_at"] > joined[deal["partner_source_id"]]
        steps = [
            deal[name] for name in ("created_at", "submitted_at", "taken_at", "decided_at", "closed_at") if deal[name]
        ]
        assert steps == sorted(steps), deal["source_id"]
        assert steps[-1] < now
        state = deal["state"]
        assert bool(deal["decided_at"]) == (state in {"approved", "rejected", "expired"})
        assert bool(deal["submitted_at"]) == (state != "draft")
        assert bool(deal["taken_at"]) == (state not in {"draft", "submitted"})
        assert bool(deal["closed_at"]) == (deal["stage"] in {"won", "lost"})
        assert bool(deal["reject_code"]) == (state == "rejected")
        assert bool(deal["lost_reason"]) == (deal["stage"] == "lost")
        assert deal["stage"] != "won" or state == "approved"
        assert state != "info_requested" or (deal["question"] and not deal["answer"])
        if deal["role"] == "sell" and state in {"approved", "expired"}:
            assert deal["decided_at"] < deal["protected_until"]
            assert (state == "expired") == (deal["protected_until"] <= now and deal["stage"] != "won")
            assert deal["stage"] != "won" or deal["closed_at"] < deal["protected_until"]


def test_days_are_plain(rows: Rows) -> None:
    for row in rows["revenue"]:
        assert date.fromisoformat(row["ordered_on"]) <= date.fromisoformat(row["occurred_on"])
    for deal in rows["deals"]:
        assert datetime.fromisoformat(deal["created_at"]).strftime("%Y-%m-%dT%H:%M:%SZ") == deal["created_at"]
        assert date.fromisoformat(deal["expected_close_on"]).isoformat() == deal["expected_close_on"]
        assert int(deal["quantity"]) > 0
        assert Decimal(deal["unit_price"]) > 0
