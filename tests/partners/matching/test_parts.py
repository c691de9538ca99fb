"""Names, addresses, telephones, domains and registry ids in the form in which they are compared."""

import pytest

from partners.matching.addresses import clean_city, clean_phone, clean_postcode, parse_address, street_name
from partners.matching.domains import clean_domain
from partners.matching.folding import fold
from partners.matching.names import parse_name
from partners.matching.registry import NONE, SCHEMES, parse_registry_id


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("ＩＢＭ　Ltd", "ibm ltd"),
        ("Müller & Söhne", "muller & sohne"),
        ("臺灣積體電路", "台湾积体电路"),
        ("STRASSE Straße", "strasse strasse"),
        ("Łódź Ørsted", "lodz orsted"),
        ("Children?s Home", "children's home"),
        ("  a \n b ", "a b"),
        ("ガス", "ガス"),
        ("한국", "한국"),
        ("", ""),
    ],
)
def test_folding(text: str, folded: str) -> None:
    assert fold(text) == folded
    assert fold(folded) == folded


@pytest.mark.parametrize(
    ("name", "core", "form"),
    [
        ("Müller & Söhne GmbH & Co. KG", "muller sohne", "gmbh+kg"),
        ("Acme Inc.", "acme", "inc"),
        ("ACME, INCORPORATED", "acme", "inc"),
        ("Acme Co., Ltd.", "acme", "ltd"),
        ("Foo Sp. z o.o.", "foo", "spzoo"),
        ("Bar S.p.A.", "bar", "sa"),
        ("PT Maju Jaya Tbk", "maju jaya", "pt"),
        ("Groupe X S.à r.l.", "group x", "sarl"),
        ("The Boring Company", "boring", "co"),
        ("Intl. Tech Svcs LLC", "international technology service", "llc"),
        ("Limited", "limited", ""),
        ("R. E. Wood Ltd", "re wood", "ltd"),
        ("Foo d/b/a Bar Inc", "foo", ""),
    ],
)
def test_latin_names(name: str, core: str, form: str) -> None:
    found = parse_name(name)
    assert (found.core, found.form, found.han) == (core, form, False)


@pytest.mark.parametrize(
    ("name", "place", "brand", "trade", "branch", "alias"),
    [
        ("深圳市腾讯计算机系统有限公司", "深圳", "腾讯", "计算机系统", "", ""),
        ("腾讯计算机系统（深圳）有限公司", "深圳", "腾讯", "计算机系统", "", ""),
        ("ＩＢＭ（中国）有限公司", "中国", "ibm", "", "", ""),
        ("廣東省深圳市南山區大疆創新科技有限公司", "深圳", "大疆创新", "科技", "", ""),
        ("招商银行股份有限公司北京分行", "", "招商", "银行", "北京分行", ""),
        ("中国工商银行上海分行", "中国", "工商", "银行", "上海分行", ""),
        ("北京银行股份有限公司", "", "北京", "银行", "", ""),
        ("中国平安保险（集团）股份有限公司", "中国", "平安", "保险", "", ""),
        ("台积电（台湾积体电路制造股份有限公司）", "台湾", "积体电路", "制造", "", "台积电"),
        ("海尔集团", "", "海尔", "", "", ""),
        ("株式会社日立製作所", "", "日立制作所", "", "", ""),
    ],
)
def test_chinese_names(name: str, place: str, brand: str, trade: str, branch: str, alias: str) -> None:
    found = parse_name(name)
    assert (found.place, found.brand, found.trade, found.branch, found.alias) == (place, brand, trade, branch, alias)
    assert found.han


@pytest.mark.parametrize(
    ("text", "house", "street"),
    [
        ("1631 E. 71st Street", "1631", "71"), ("1631 East 71st St., Chicago", "1631", "71"), ("2850 W 24 TH BLVD", "2850", "24"),
        ("Hauptstraße 12a, 10115 Berlin", "12a", "haupt"), ("Hauptstr. 12a", "12a", "haupt"), ("12 rue de la Paix", "12", "de la paix"),
        ("Chrysler Building, 405 Lexington Avenue", "405", "lexington"), ("Unit 5, 12 High Street", "12", "high"),
        ("#01-11, 4 Hillview Rise", "4", "hillview rise"), ("上海市浦东新区世纪大道100号", "100", "世纪大道"), ("Schlossplatz", "", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_addresses(text: str, house: str, street: str) -> None:
    found = parse_address(text)
    assert (found[0], street_name(found[1])) == (house, street)


def test_telephones_postcodes_and_cities() -> None:
    assert clean_phone("+49 (0)30 1234567") == clean_phone("030/1234567") == "301234567"
    assert clean_phone("773-534-1465 ext. 12") == clean_phone("７７３ ５３４ １４６５")
    assert clean_phone("0000000") == clean_phone("12345") == clean_phone("n/a") == ""
    assert clean_postcode("60614-1234") == clean_postcode("60614") == "60614"
    assert clean_postcode("EC1A 1BB") == clean_postcode("ec1a1bb")
    assert clean_city("臺北市") == clean_city("台北")


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.acme.co.uk/de", "acme.co.uk"),
        ("info@acme.com.cn", "acme.com.cn"),
        ("jo@gmail.com", ""),
        ("jo@QQ.com", ""),
        ("www.facebook.com/acme", ""),
        ("intranet", ""),
        ("192.168.0.1", ""),
        ("No", ""),
    ],
)
def test_domains(text: str, domain: str) -> None:
    assert clean_domain(text) == domain


VALID = [
    ("AT", "ATU13585627"), ("AU", "83 914 571 673"), ("BE", "BE 403019261"), ("BR", "16.727.230/0001-97"), ("CH", "CHE-100.155.212 MWST"),
    ("DE", "DE 136 695 976"), ("DK", "DK13585628"), ("FI", "FI- 2077474-0"), ("FR", "Fr 40 303 265 045"), ("FR", "303265045"), ("FR", "30326504500017"),
    ("GB", "GB 980 7806 84"), ("IT", "IT 00743110157"), ("JP", "5835678256246"), ("KR", "116-82-00276"), ("LU", "LU 150 274 42"),
    ("NL", "NL004495445B01"), ("NO", "NO 995 525 828 MVA"), ("PL", "PL 8567346215"), ("PT", "PT 501 964 843"), ("SE", "SE 123456789701"),
    ("TW", "00501503"), ("LEI", "213800KUD8LAJWSQ9D15"), ("USCC", "91110000600037341L"),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "text"), VALID)
def test_check_digits(scheme: str, text: str) -> None:
    country = {"LEI": "", "USCC": "CN"}.get(scheme, scheme)
    found = parse_registry_id(text, country)
    assert (found.scheme, found.checked) == (scheme, True)


@pytest.mark.parametrize(("scheme", "text"), VALID)
def test_a_slip_of_one_digit_is_found(scheme: str, text: str) -> None:
    number = parse_registry_id(text, {"LEI": "", "USCC": "CN"}.get(scheme, scheme)).number
    at = max(i for i, one in enumerate(number[:9]) if one.isdigit())
    slipped = number[:at] + str((int(number[at]) + 1) % 10) + number[at + 1 :]
    assert SCHEMES[scheme][1](slipped) is False


def test_every_scheme_has_an_example() -> None:
    assert {scheme for scheme, _text in VALID} == set(SCHEMES)


@pytest.mark.parametrize("text", ["", "n/a", "NONE", "0000000", "-", "暂无", "1234"[:3]])
def test_placeholders_are_no_ids(text: str) -> None:
    assert parse_registry_id(text, "DE") == NONE


def test_one_id_written_in_several_ways() -> None:
    assert (
        parse_registry_id("DE136695976") == parse_registry_id("136 695 976", "DE") == parse_registry_id("ＤＥ136695976")
    )
    assert parse_registry_id("HRB 1234", "DE").checked is None
