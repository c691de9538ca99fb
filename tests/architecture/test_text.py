"""The rules for templates, documents and names hold, and each of them finds what was planted against it."""

import pytest

from tests.architecture import text_checks, tree
from tests.architecture.extra_files import ANY, EXTRA, extra_of

TEMPLATES = tree.templates()
TEXT = tree.ours(
    *(".py", ".html", ".md", ".toml", ".lock", ".po", ".js", ".css", ".txt", ".json", ".csv", ".svg"),
    *("Makefile", "MANIFEST", ".ci/run", ".gitignore"),
)
SLICE_FILES = [path for path in tree.tracked() if tree.slice_of(path)]
DOCUMENTS = [path for path in ("README.md",) if path in tree.tracked()]


def test_there_is_something_to_look_at() -> None:
    assert TEMPLATES
    assert len(SLICE_FILES) > 20
    assert {"pyproject.toml", "requirements.lock", "Makefile", ".ci/run"} <= set(TEXT)


@pytest.mark.parametrize("path", TEMPLATES)
def test_everything_shown_is_escaped(path: str) -> None:
    assert text_checks.unescaped(tree.text_of(path)) == []


@pytest.mark.parametrize("path", TEMPLATES)
def test_no_page_holds_code(path: str) -> None:
    assert text_checks.inline_code(tree.text_of(path)) == []


@pytest.mark.parametrize("path", TEMPLATES)
def test_templates_lie_in_pages(path: str) -> None:
    assert text_checks.misplaced_template(path) == []


@pytest.mark.parametrize("path", TEXT)
def test_nothing_names_a_machine_or_an_index(path: str) -> None:
    assert text_checks.machine_words(tree.text_of(path)) == []


@pytest.mark.parametrize("path", SLICE_FILES)
def test_slices_have_the_same_furniture(path: str) -> None:
    inside = tree.slice_of(path) or ""
    if inside not in ANY:
        assert text_checks.unknown_slice_file(path.removeprefix(f"{inside}/"), extra_of(inside)) == []


def test_no_exception_outlives_its_file() -> None:
    listed = {f"{inside}/{name}.py" for inside, names in EXTRA.items() for name in names}
    assert listed - set(SLICE_FILES) == set()


@pytest.mark.parametrize("path", DOCUMENTS)
def test_what_documents_name_is_there(path: str) -> None:
    targets = text_checks.targets_of(tree.text_of("Makefile"))
    assert text_checks.broken_promises(tree.text_of(path), exists, targets) == []


def exists(pattern: str) -> bool:
    """Whether the repository has this file, folder or pattern."""
    return any(tree.ROOT.glob(pattern.strip("/"))) if pattern.strip("/.") else True


# --- each check finds what is planted, and lets pass what is right ---


@pytest.mark.parametrize("template", ["{{ x|safe }}", "{{ x | upper | safe }}", "{% autoescape false %}"])
def test_an_unescaped_expression_is_found(template: str) -> None:
    assert text_checks.unescaped(template)


@pytest.mark.parametrize("template", ["{{ x }}", "{# x|safe is banned #}", "{{ x|safely }}", "<p>safe | sound</p>"])
def test_an_escaped_expression_passes(template: str) -> None:
    assert not text_checks.unescaped(template)


@pytest.mark.parametrize(
    "template",
    [
        "<script>go()</script>",
        '<script type="module">go()</script>',
        "<style>p {}</style>",
        '<p style="color: red">',
        "<p\n  style='x'>",
        '<a{{ attributes }} style="x">',
        '<p {% if a > b %}class="x"{% endif %} style="x">',
        '<button onclick="go()">',
        '<div hx-on:click="go()">',
        '<a href="javascript:go()">',
    ],
)
def test_code_in_a_page_is_found(template: str) -> None:
    assert text_checks.inline_code(template)


@pytest.mark.parametrize(
    "template",
    [
        '<script defer src="{{ url }}"></script>',
        '<script type="application/json">{{ data }}</script>',
        '<p class="style">style = "x"</p>',
        "{# <p style='x'> #}",
        '<input value="{{ a if b > c else d }}" data-online="1">',
        '<svg viewBox="0 0 1 1"><path d="M0"/></svg>',
    ],
)
def test_a_page_without_code_passes(template: str) -> None:
    assert not text_checks.inline_code(template)


@pytest.mark.parametrize(
    "parts",
    [
        ("/ro", "ot/.cache"),
        ("see /wo", "rk/main"),
        ("'/ho", "me/ann/src'"),
        ("/Use", "rs/ann"),
        ("https://pyp", "i.org/simple"),
        ("https://files.python", "hosted.org"),
        ("registry.npm", "js.org"),
        ("pip install --index", "-url x"),
        ("--extra-index", "-url"),
        ("--find", "-links"),
        ("file:", "///opt"),
    ],
)
def test_a_machine_or_index_is_found(parts: tuple[str, str]) -> None:
    assert text_checks.machine_words("first\n" + "".join(parts)) == [
        f"line 2: {text_checks.machine_words(''.join(parts))[0][8:]}"
    ]


@pytest.mark.parametrize(
    "text", ["portal/home/pages/x", "/partners/deals", "the root/leaf", "~/work/x", "/home", "work/"]
)
def test_other_paths_pass(text: str) -> None:
    assert not text_checks.machine_words(text)


@pytest.mark.parametrize("path", ["models.py", "utils.py", "pages/show.py", "sub/rules.py", "notes.md", "show.html"])
def test_an_unknown_slice_file_is_found(path: str) -> None:
    assert text_checks.unknown_slice_file(path)


@pytest.mark.parametrize("path", ["rules.py", "__init__.py", "pages/show.html", "data/countries.csv", "states.py"])
def test_a_known_slice_file_passes(path: str) -> None:
    assert not text_checks.unknown_slice_file(path, frozenset({"states.py"}))


def test_a_misplaced_template_is_found() -> None:
    assert text_checks.misplaced_template("partners/deals/templates/show.html")
    assert not text_checks.misplaced_template("partners/deals/pages/show.html")


@pytest.mark.parametrize(
    "document",
    [
        "[how](docs/missing.md)",
        "![a picture](docs/missing.png)",
        "Run `make missing`.",
        "```\nPORT=1 make missing\n```",
        "See `portal/missing`.",
        "See `gone/missing.py`.",
        "See `missing.toml`.",
    ],
)
def test_a_broken_promise_is_found(document: str) -> None:
    assert text_checks.broken_promises(document, exists, frozenset({"run"}))


@pytest.mark.parametrize(
    "document",
    [
        "[the licence](LICENSE) and [a site](https://example.com/x.md)",
        "`make run PORT=8001`, `make PORT=8001 run`, and we make missing things",
        "`portal/core`, `portal/core/`, `portal/*/rules.py`, `pyproject.toml`",
        "`GET /api/v1/partners/deals`, `application/json`, `http://127.0.0.1:8000/sign-in`, `~/.local/share/x`",
    ],
)
def test_a_kept_promise_passes(document: str) -> None:
    assert text_checks.broken_promises(document, exists, frozenset({"run"})) == []


def test_make_targets_are_read() -> None:
    assert text_checks.targets_of("X := 1\nVENV:=.venv\nrun: setup ## go\n\t@echo no: such\nlock:\n$(READY): x\n") == {
        "run",
        "lock",
    }
