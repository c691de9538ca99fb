"""Languages: the choice of a locale, and what the catalogues answer."""

from pathlib import Path

import pytest

from portal.core import i18n
from portal.core.i18n import choose_locale, gettext, ngettext, using

PO = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

msgid "Deals"
msgstr "商机"

msgid "%(num)s deal"
msgid_plural "%(num)s deals"
msgstr[0] "%(num)s 个商机"

#, fuzzy
msgid "Lead"
msgstr "铅"

msgid "Later"
msgstr ""
"""


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "zh_CN"
    folder.mkdir()
    (folder / "one.po").write_text(PO, encoding="utf-8")
    (folder / "two.po").write_text('msgid "Partner"\nmsgstr "伙伴"\n', encoding="utf-8")
    merged = i18n.merge(i18n.read_catalogues("zh_CN", tmp_path).values())
    monkeypatch.setattr(i18n, "sentences", lambda locale: merged if locale == "zh_CN" else {})


@pytest.mark.usefixtures("catalogue")
def test_catalogues_of_all_slices_are_one() -> None:
    with using("zh_CN"):
        assert [gettext("Deals"), gettext("Partner")] == ["商机", "伙伴"]
        assert (
            ngettext("%(num)s deal", "%(num)s deals", 1)
            == ngettext("%(num)s deal", "%(num)s deals", 2)
            == "%(num)s 个商机"
        )


@pytest.mark.usefixtures("catalogue")
def test_fuzzy_empty_and_unknown_sentences_stay_english() -> None:
    with using("zh_CN"):
        assert [gettext("Lead"), gettext("Later"), gettext("Nobody wrote this"), gettext("")] == [
            "Lead",
            "Later",
            "Nobody wrote this",
            "",
        ]


def test_english_needs_no_catalogue() -> None:
    assert gettext("Deals") == "Deals"
    assert [ngettext("one", "many", n) for n in (0, 1, 2)] == ["many", "one", "many"]


def test_a_locale_ends_with_its_block() -> None:
    with using("zh_CN"), using("en"):
        assert i18n.current_locale() == "en"
    assert i18n.current_locale() == "en"


@pytest.mark.parametrize("name", ["xx", "", None, "../en", "zh-CN"])
def test_an_unknown_locale_is_english(name: str | None) -> None:
    with using("zh_CN"), using(name):
        assert i18n.current_locale() == "en"


@pytest.mark.parametrize(
    ("cookie", "saved", "asked", "chosen"),
    [
        ("zh_CN", "en", "en", "zh_CN"),
        ("en", "zh_CN", "zh", "en"),
        (None, "zh_CN", "en", "zh_CN"),
        ("xx", "zh_CN", "en", "zh_CN"),
        (None, None, "zh-CN,zh;q=0.9,en;q=0.8", "zh_CN"),
        (None, None, "en;q=0.5, zh-TW;q=0.9", "zh_CN"),
        (None, None, "zh;q=0, en", "en"),
        (None, None, "de, fr", "en"),
        (None, None, "de, zh-Hans;q=0.1", "zh_CN"),
        (None, None, "zh;q=banana", "en"),
        (None, None, "", "en"),
        (None, None, ";;,,;q=" * 5000, "en"),
    ],
)
def test_the_locale_of_a_request(cookie: str | None, saved: str | None, asked: str, chosen: str) -> None:
    assert choose_locale(cookie, saved, asked) == chosen


def test_all_catalogues_can_be_read() -> None:
    i18n.load_catalogues()
