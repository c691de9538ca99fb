"""Words of a file into places of the source tree: the finest governed node, what lies open below, or unknown words."""

from importlib import import_module

import pytest

from attribution.touchpoints.rules import UNMAPPED, Level, Node, Place, Told, TouchKind, Vocabulary, fallback_of
from portal.core.ids import new_id

SEED = import_module("attribution.piccolo_migrations.attribution_2026_11_22t04_30_00_000002").SEED


def vocabulary() -> tuple[Vocabulary, dict[str, Node]]:
    nodes: dict[str, Node] = {}
    for key, name, name_zh, words in SEED:
        above = key.rpartition("/")[0]
        said = [word.casefold() for word in (name, name_zh, *words.split(";")) if word]
        nodes[key] = Node(new_id(), nodes[above].id if above else None, key, said)
    return Vocabulary(nodes.values()), nodes


@pytest.mark.parametrize(
    ("told", "key"),
    [
        (Told(channel="LinkedIn"), "marketing/social/linkedin"),
        (Told(channel="ＬｉｎｋｅｄＩｎ "), "marketing/social/linkedin"),
        (Told(platform="微信公众号"), "marketing/social/wechat"),
        (Told(channel="社交媒体", platform="抖音"), "marketing/social/douyin"),
        (Told(origin="Marketing", channel="search", platform="Google"), "marketing/search/google"),
        (Told(channel="陌拜"), "sales/cold_call"),
        (Told(channel="e-mail"), "marketing/email"),
        (Told(channel="Email"), "marketing/email"),
        (Told(channel="trade show"), "marketing/event"),
        (Told(origin="Partner"), "partner"),
        (Told(fallback="marketing/website"), "marketing/website"),
        (Told(channel="LinkedIn", fallback="partner"), "marketing/social/linkedin"),
    ],
)
def test_the_finest_node_that_is_told(told: Told, key: str) -> None:
    known, nodes = vocabulary()
    assert known.find(told) == Place(nodes[key].id)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told(channel="Telepathy"), "Telepathy"),
        (Told(channel="Search", platform="AltaVista", campaign="Spring"), "Search / AltaVista / Spring"),
        (Told(channel="Search", platform="LinkedIn"), "Search / LinkedIn"),
        (Told(origin="Direct sales", channel="Search"), "Direct sales / Search"),
        (Told(), ""),
        (Told(campaign="Spring"), "Spring"),
    ],
)
def test_what_nobody_knows_or_contradicts_itself_waits_with_its_words(told: Told, words: str) -> None:
    known, _nodes = vocabulary()
    assert known.find(told) == Place(None, known.find(told).below, words)
    assert known.find(told).unknown == words


def test_campaign_content_and_keyword_hang_below() -> None:
    known, nodes = vocabulary()
    found = known.find(Told(platform="Google", campaign="Spring", keyword="city bike"))
    assert found == Place(
        nodes["marketing/search/google"].id, ((Level.CAMPAIGN, "Spring"), (Level.KEYWORD, "city bike"))
    )


def test_without_a_source_the_partner_or_the_kind_says_it() -> None:
    _known, nodes = vocabulary()
    assert fallback_of(TouchKind.DEMO, by_partner=True) == "partner"
    assert fallback_of(TouchKind.EMAIL, by_partner=False) == "marketing/email"
    assert fallback_of(TouchKind.DEMO, by_partner=False) == ""
    for kind in TouchKind:
        assert fallback_of(kind, by_partner=False) in {"", *nodes}
    assert UNMAPPED in nodes


def test_no_word_of_the_seed_means_two_nodes() -> None:
    _known, nodes = vocabulary()
    words = [word for node in nodes.values() for word in dict.fromkeys(node.words)]
    assert len(words) == len(set(words))
