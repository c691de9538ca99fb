"""What is joined, what is asked, what never: rules that hold for every pair."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opencc import OpenCC  # type: ignore[import-untyped]  # it ships no types

from partners.matching.matcher import Pair, match
from partners.matching.records import Codes, Description, columns_of, prepare
from partners.matching.scoring import JOIN, REASON_LABELS, REVIEW, Reason, reasons_of, score_pairs

NAMES = st.sampled_from(
    [
        "Acme Systems GmbH",
        "ACME Systems",
        "Acme",
        "Akme Systems Inc",
        "深圳市腾讯计算机系统有限公司",
        "腾讯计算机系统",
        "臺灣大車隊股份有限公司",
        "Bolt 24 Ltd",
        "Bolt 25 Ltd",
        "公司",
        "Ltd",
        "(x)",
        "№ 7",
        "北京",
    ]
) | st.text(min_size=1, max_size=30)
IDS = st.sampled_from(["", "DE136695976", "DE111111125", "91110000600037341L", "HRB 12", "HRB 13", "n/a"])
COMPANIES = st.builds(
    Description,
    name=NAMES,
    domain=st.sampled_from(["", "acme.com", "https://www.acme.com/x", "qq.com", "b.de"]),
    address=st.sampled_from(["", "1 Main St", "Main Street 1", "2 Main St", "深南大道10000号"]) | st.text(max_size=20),
    postcode=st.sampled_from(["", "10115", "518000"]),
    city=st.sampled_from(["", "Berlin", "深圳", "深圳市"]),
    country=st.sampled_from(["", "DE", "CN"]),
    phone=st.sampled_from(["", "+49 30 1234567", "030 1234567", "5341465"]),
    registry_id=IDS,
)


def only(one: Description, other: Description) -> Pair | None:
    pairs = match([one], [other]).pairs
    return pairs[0] if pairs else None


def score(one: Description, other: Description) -> float:
    codes = Codes()
    left, right = columns_of([prepare(one)], codes), columns_of([prepare(other)], codes)
    at = left.codes["core"] * 0
    return float(score_pairs(left, right, at, at).scores[0])


@given(COMPANIES, COMPANIES)
@settings(max_examples=200)
def test_the_score_does_not_depend_on_the_order(one: Description, other: Description) -> None:
    assert score(one, other) == pytest.approx(score(other, one))
    found, turned = only(one, other), only(other, one)
    assert (found and (found.score, found.reasons)) == (turned and (turned.score, turned.reasons))


@given(COMPANIES, COMPANIES)
@settings(max_examples=200)
def test_different_registry_ids_are_never_joined(one: Description, other: Description) -> None:
    mine, theirs = prepare(one).registry, prepare(other).registry
    found = only(one, other)
    if mine and theirs and mine != theirs:
        assert found is None or not found.joined


@given(st.lists(COMPANIES, min_size=2, max_size=8))
@settings(max_examples=100)
def test_no_chain_joins_different_registry_ids(rows: list[Description]) -> None:
    group = list(range(len(rows)))
    for pair in match(rows).joined:
        old, new = group[pair.right], group[pair.left]
        group = [new if one == old else one for one in group]
    for one in set(group):
        assert len({prepare(row).registry for row, of in zip(rows, group, strict=True) if of == one} - {""}) <= 1


@given(COMPANIES)
@settings(max_examples=100)
def test_width_case_and_script_do_not_matter(one: Description) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in one.name)
    if wide.isascii() or one.name.isascii():
        assert prepare(Description(wide)).name == prepare(Description(one.name)).name
        assert prepare(Description(one.name.upper())).name == prepare(Description(one.name.lower())).name


@pytest.mark.parametrize("name", ["台湾发展科技股份有限公司", "广东乐华陶瓷洁具有限公司", "华润（集团）有限公司"])
def test_traditional_and_simplified_are_one(name: str) -> None:
    traditional = OpenCC("s2t").convert(name)
    assert traditional != name
    found = only(Description(name), Description(traditional.replace("台", "臺")))
    assert found
    assert found.joined


def test_within_one_list_each_pair_comes_once_and_never_with_itself() -> None:
    rows = [Description("Acme Systems"), Description("ACME Systems Inc."), Description("Acme Systems, Inc")]
    assert sorted((pair.left, pair.right) for pair in match(rows).pairs) == [(0, 1), (0, 2), (1, 2)]


def test_a_chain_over_two_ids_goes_to_a_person() -> None:
    same = {"domain": "acme-systems.com", "country": "DE"}
    rows = [
        Description("Acme Systems", registry_id="DE136695976", **same),
        Description("Acme Systems", **same),
        Description("Acme Systems", registry_id="DE129273398", **same),
    ]
    found = match(rows)
    assert len(found.joined) == 1
    assert [pair.reasons[-1] for pair in found.uncertain] == [Reason.CHAIN]


@pytest.mark.parametrize(
    ("one", "other", "least", "below"),
    [
        (Description("Acme Systems GmbH"), Description("ACME Systems G.m.b.H."), JOIN, 1.01),
        (Description("Acme Systems", domain="acme.de"), Description("Akme System", domain="www.acme.de"), JOIN, 1.01),
        (Description("Acme Systems", registry_id="DE136695976"), Description("Renamed", registry_id="136695976", country="DE"), JOIN, 1.01),
        (Description("Acme Systems GmbH"), Description("Acme Systems Inc."), REVIEW, JOIN),
        (Description("Acme", country="DE"), Description("Acme", country="US"), 0, REVIEW),
        (Description("Acme Systems", "jo@gmail.com"), Description("Other Foods", "mo@gmail.com"), 0, REVIEW),
        (Description("Bank 24 West"), Description("Bank 25 West"), 0, REVIEW),
        (Description("Salvation Army", address="1 Main St", phone="5341465"), Description("Salvation Army", address="9 Oak Rd", phone="5341465"), REVIEW, JOIN),
        (Description("招商银行股份有限公司"), Description("招商银行股份有限公司北京分行"), REVIEW, JOIN),
        (Description("北京华兴科技有限公司"), Description("上海华兴科技有限公司"), 0, JOIN),
    ],
)  # fmt: skip
def test_what_is_joined_and_what_is_asked(one: Description, other: Description, least: float, below: float) -> None:
    assert least <= score(one, other) < below


def test_more_that_agrees_never_lowers_the_score() -> None:
    bare = (Description("Acme Systems"), Description("Akme Systems"))
    for field, value in {"domain": "acme.com", "phone": "030 1234567", "postcode": "10115", "city": "Berlin"}.items():
        more = [Description(**{"name": one.name, field: value}) for one in bare]
        assert score(*more) > score(*bare), field


def test_every_reason_has_words() -> None:
    assert set(REASON_LABELS) == set(Reason)


def test_hostile_names_do_no_harm() -> None:
    rows = [
        Description(text)
        for text in ("", " ", "\0", "(" * 5_000, "公司" * 2_000, "a" * 20_000, "🙂", "\u202eabc", "%_'\"\\")
    ]
    assert match(rows).compared >= 0


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ("Meadow Insurance Corp.", "Meadow Utilities Inc.", Reason.SAME_WORD),
        ("Meadow", "Meadow Insurance", Reason.PART_OF_NAME),
    ],
)
def test_a_name_is_within_the_other_only_if_it_says_nothing_else(one: str, other: str, reason: Reason) -> None:
    codes = Codes()
    left, right = (columns_of([prepare(Description(name))], codes) for name in (one, other))
    found = reasons_of(int(score_pairs(left, right, np.array([0]), np.array([0])).reasons[0]))
    assert [name for name in found if name in {Reason.SAME_WORD, Reason.PART_OF_NAME}] == [reason]
