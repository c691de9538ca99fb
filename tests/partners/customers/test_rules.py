"""Names without legal form, clean keys, and how a customer is described."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partners.customers import rules
from partners.customers.rules import ContactFacts, CustomerFacts


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Müller & Söhne GmbH & Co. KG", "muller sohne"), ("Müller und Söhne", "muller sohne"), ("Acme S.A.", "acme"),
        ("Acme, Inc.", "acme"), ("ACME INCORPORATED", "acme"), ("Contoso Ltd", "contoso"), ("Contoso Ltd.", "contoso"),
        ("Société Générale S.A.", "societe generale"), ("Brenner Automation S.r.l.", "brenner automation"),
        ("Norrland Partner AB", "norrland partner"), ("Spółka Testowa sp. z o.o.", "społka testowa"),
        ("上海云帆科技有限公司", "上海云帆科技"), ("华为技术有限公司", "华为技术"), ("株式会社日立製作所", "日立製作所"),
        ("北京字节跳动科技集团股份有限公司", "北京字节跳动科技"), ("A Bike Store", "a bike store"), ("GmbH", "gmbh"),
        ("有限公司", "有限公司"), ("The Company Store", "the company store"), ("", ""), ("Co", "co"),
        ("Ｆｕｌｌ　Ｗｉｄｔｈ Inc.", "full width"), ("Molkerei Hinterland eG", "molkerei hinterland"),
    ],
)  # fmt: skip
def test_a_name_without_its_legal_form(name: str, plain: str) -> None:
    assert rules.without_legal_form(name) == plain


@given(st.text(max_size=300))
def test_any_name_can_be_stripped_and_fits(name: str) -> None:
    assert len(rules.without_legal_form(name)) <= 200


@given(st.lists(st.sampled_from(["north", "star", "müller", "云帆", "42"]), min_size=1, max_size=5))
def test_a_legal_form_makes_no_difference(words: list[str]) -> None:
    name = " ".join(words)
    for form in ("GmbH", "Inc.", "S.A.", "GmbH & Co. KG", "sp. z o.o."):
        assert rules.without_legal_form(f"{name} {form}") == rules.without_legal_form(name)


@pytest.mark.parametrize(
    ("typed", "domain"),
    [
        ("https://www.acme.co.uk/about?x=1", "acme.co.uk"), ("anke@mail.example.de", "example.de"),
        ("WWW.Acme.COM", "acme.com"), ("intranet", ""), ("", ""), ("http://10.0.0.1/", ""), ("例子.中国", "例子.中国"),
        ("not a domain", ""), ("www.acme.example", "acme.example"), ("a.b.acme.example", "acme.example"),
    ],
)  # fmt: skip
def test_a_domain_from_what_was_typed(typed: str, domain: str) -> None:
    assert rules.clean_domain(typed) == domain


def test_a_registry_id_is_compared_without_width_case_and_doubled_spaces() -> None:
    assert rules.clean_registry_id(" hrb  11824 ") == rules.clean_registry_id("ＨＲＢ 11824") == "HRB 11824"


@pytest.mark.parametrize(
    ("domain", "emails", "used"),
    [
        ("acme.de", ["a@other.de"], "acme.de"), ("", ["a@acme.de", "b@mail.acme.de", "c@gmail.com"], "acme.de"),
        ("", ["a@acme.de", "b@other.de"], ""), ("", ["a@gmail.com", "", "b@qq.com"], ""), ("", [], ""),
    ],
)  # fmt: skip
def test_mail_addresses_stand_in_for_a_website(domain: str, emails: list[str], used: str) -> None:
    [one] = rules.described(CustomerFacts("Acme", "DE", domain=domain), emails)
    assert one.domain == used


def test_a_customer_is_described_under_each_of_its_names() -> None:
    facts = CustomerFacts("Acme", "CN", local_name="阿克梅", city="Shanghai", registry_id="1")
    assert [one.name for one in rules.described(facts)] == ["Acme", "阿克梅"]
    assert {(one.city, one.country, one.registry_id) for one in rules.described(facts)} == {("Shanghai", "CN", "1")}


def test_facts_are_cleaned_and_nothing_typed_is_lost() -> None:
    facts = rules.cleaned(CustomerFacts(" Acme ", " de", domain="ask Bob", registry_id=" hrb 1"))
    assert facts == CustomerFacts("Acme", "DE", domain="ask Bob", registry_id="HRB 1")


@pytest.mark.parametrize(
    ("facts", "fields"),
    [
        (CustomerFacts("Acme", "DE"), []),
        (CustomerFacts("", "DE"), ["legal_name"]),
        (CustomerFacts("Acme", "EU"), ["country"]),
        (CustomerFacts("Acme", "de"), ["country"]),
        (CustomerFacts("A" * 201, "DE", city="c" * 81), ["legal_name", "city"]),
    ],
)
def test_problems_are_named_by_field(facts: CustomerFacts, fields: list[str]) -> None:
    assert list(rules.problems_of(facts)) == fields


def test_a_contact_needs_a_name_and_an_address_that_can_be() -> None:
    assert rules.contact_problems(ContactFacts("Anke", "anke@x.example")) == {}
    assert list(rules.contact_problems(ContactFacts("", "anke@x"))) == ["name", "email"]


def test_countries_are_countries() -> None:
    codes = [code for code, _name in rules.country_choices()]
    assert {"DE", "CN", "US", "TW"} <= set(codes)
    assert len(codes) == len(set(codes))
    assert not {"EU", "UN", "ZZ"} & set(codes)
    assert all(rules.is_country(code) for code in codes)
