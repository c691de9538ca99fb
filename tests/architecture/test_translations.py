"""Every sentence is marked, translated, finished and used; and the check that says so finds what is planted."""

from pathlib import Path

import pytest

from portal.core import i18n_check
from portal.core.i18n_check import bare_words, check_all, used_sentences

HEAD = 'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'


def test_every_sentence_is_translated() -> None:
    findings = check_all()
    assert not findings, "\n" + "\n".join(str(finding) for finding in findings)


def test_the_extraction_finds_the_sentences_of_code_and_pages() -> None:
    used = used_sentences()
    assert ("Nothing here",) in used  # N_ in portal/core/web/errors.py
    assert ("Your role does not include this.",) in used  # _ in portal/core/actor.py
    assert ("Skip to the content",) in used  # portal/core/pages/base.html
    assert any(len(forms) == 2 for forms in used)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with nothing wrong."""
    (tmp_path / "portal/pages").mkdir(parents=True)
    (tmp_path / "locales/zh_CN").mkdir(parents=True)
    (tmp_path / "portal/code.py").write_text(
        '_("Save")\nngettext("%(num)s deal", "%(num)s deals", 3)\n', encoding="utf-8"
    )
    (tmp_path / "portal/pages/show.html").write_text(
        '<p title="{{ _("Title") }}">{{ _("Hello %(name)s", name=x) }} · Tributary</p>', encoding="utf-8"
    )
    po(tmp_path, ("Save", "保存"), ("Title", "标题"), ("Hello %(name)s", "您好，%(name)s"))
    plural = 'msgid "%(num)s deal"\nmsgid_plural "%(num)s deals"\nmsgstr[0] "%(num)s 个商机"\n'
    (tmp_path / "locales/zh_CN/b.po").write_text(HEAD + plural, encoding="utf-8")
    return tmp_path


def po(root: Path, *pairs: tuple[str, str], name: str = "a.po", mark: str = "") -> None:
    text = "".join(f'{mark}msgid "{source}"\nmsgstr "{target}"\n\n' for source, target in pairs)
    (root / "locales/zh_CN" / name).write_text(HEAD + text, encoding="utf-8")


def kinds(root: Path) -> list[tuple[str, str]]:
    return [(finding.kind, finding.text) for finding in check_all(root)]


def test_a_project_with_nothing_wrong(project: Path) -> None:
    assert kinds(project) == []


def test_planted_a_sentence_that_nobody_translated(project: Path) -> None:
    (project / "portal/new.py").write_text('N_("New")\n', encoding="utf-8")
    assert kinds(project) == [("missing", "New")]


def test_planted_a_translation_that_nothing_uses(project: Path) -> None:
    po(project, ("Old", "旧"), name="c.po")
    assert kinds(project) == [("unused", "Old")]


def test_planted_fuzzy_empty_and_other_values(project: Path) -> None:
    po(project, ("Save", "保存"), ("Title", ""), ("Hello %(name)s", "您好，%(nome)s"))
    po(project, ("Save", "保存"), name="c.po", mark="#, fuzzy\n")
    assert kinds(project) == [("empty", "Title"), ("fuzzy", "Save"), ("other values", "Hello %(name)s")]


def test_planted_one_sentence_told_in_two_ways(project: Path) -> None:
    po(project, ("Save", "存储"), name="c.po")
    assert kinds(project) == [("told in two ways", "Save")]


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("<p>Hello</p>", ["Hello"]),
        ('<input placeholder="Search">', ["Search"]),
        ('<input placeholder="{{ _("Search") }}" name="query" class="wide">', []),
        ("<p>{{ _('Hello') }} · Tributary</p>", []),
        ("{# a comment #}<script>const words = 1</script><style>p {color: red}</style>", []),
        ("<p>{% if x %}Yes{% endif %}</p>", ["Yes"]),
        ("<kbd>Ctrl</kbd> K €12", []),
        ("<p>您好</p>", ["您好"]),
        ('{% macro a() %} aria-label="{{ b }}"{% endmacro %}', []),
    ],
)
def test_planted_words_that_are_not_marked(source: str, words: list[str]) -> None:
    assert bare_words(source) == words


def test_the_check_looks_at_all_packages() -> None:
    names = {path.parent.name for path in i18n_check.ROOT.glob("*/piccolo_app.py")}
    assert names <= set(i18n_check.PACKAGES)
