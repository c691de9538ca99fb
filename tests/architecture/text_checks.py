"""What must hold of templates, documents and everything else that is text; each check returns what breaks it."""

import re
from collections.abc import Callable
from typing import Final

JINJA: Final = re.compile(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
JINJA_COMMENT: Final = re.compile(r"\{#.*?#\}", re.DOTALL)
TAG: Final = re.compile(r"<(?P<name>[a-zA-Z][\w-]*)(?P<attributes>[^<>]*)")
# Written in parts, so that this file does not hold what it looks for.
MACHINE: Final = re.compile(
    "|".join(
        [
            r"(?<![\w./~])/" + r"root/",
            r"(?<![\w./~])/" + r"work/\w",
            r"(?<![\w./~])/" + r"Users/\w",
            r"(?<![\w./~])/" + r"home/\w+/\w",
            r"\bfile:" + r"///",
            r"\bpypi\." + r"org\b",
            r"\bfiles\.python" + r"hosted\b",
            r"\bregistry\.npm" + r"js\b",
            r"--(extra-)?index" + r"-url\b",
            r"--find" + r"-links\b",
        ]
    )
)
CODE: Final = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)
LINK: Final = re.compile(r"\]\((?!https?:|mailto:|#)([^)#\s]+)")
MAKE: Final = re.compile(r"\bmake (?:[A-Z_]+=\S+ )*([a-z][\w-]*)")
PATH: Final = re.compile(r"(?<![\w./:$<{~-])[\w.-]+(?:/[\w.*-]+)*/?(?![\w/:<{])")
SUFFIX: Final = re.compile(r"\.(py|md|toml|html|css|js|lock|svg|png|po|sh)$")
KNOWN_FILES: Final = frozenset(
    f"{name}.py"
    for name in (
        *("__init__", "rules", "tables", "schemas", "queries", "service", "reactions", "routes"),
        *("api", "lists", "importing", "showing", "invariants"),
    )
)


def unescaped(template: str) -> list[str]:
    """Everything that a template shows is escaped."""
    bare = JINJA_COMMENT.sub("", template)
    found = re.findall(r"\|\s*safe\b|\{%-?\s*autoescape\s+false", bare)
    return [f"not escaped: {one}" for one in found]


def inline_code(template: str) -> list[str]:
    """The content security policy allows no script, style or handler within a page; data as JSON it does."""
    found = []
    # An expression becomes a word, so that `<a{{ x }} style=` and `value="{{ a > b }}"` still read as one tag.
    for tag in TAG.finditer(JINJA.sub(" x ", template)):
        name, attributes = tag["name"].lower(), tag["attributes"]
        is_data = re.search(r"""\btype\s*=\s*["']?application/json\b""", attributes)
        if name == "style" or (name == "script" and not is_data and not re.search(r"\bsrc\s*=", attributes)):
            found.append(f"<{name}> with content")
        found += [f"<{name} {one}…>" for one in re.findall(r"\s(style|on\w+|hx-on\S*)\s*=", attributes)]
        found += [f"<{name}> with {one}" for one in re.findall(r"javascript:", attributes)]
    return found


def machine_words(text: str) -> list[str]:
    """Nothing names the machine that it was written on, nor where packages come from."""
    return [f"line {text.count(chr(10), 0, match.start()) + 1}: {match[0]}" for match in MACHINE.finditer(text)]


def unknown_slice_file(path_in_slice: str, extra: frozenset[str] = frozenset()) -> list[str]:
    """A slice has the usual files, and others only where `extra` lists them; `pages` and `data` hold what they say."""
    folder, _, rest = path_in_slice.partition("/")
    if rest:
        allowed = folder == "data" or (folder == "pages" and rest.endswith((".html", ".txt")))
    else:
        allowed = folder in KNOWN_FILES or folder in extra
    return [] if allowed else [f"not one of a slice's files: {path_in_slice}"]


def misplaced_template(path: str) -> list[str]:
    """Templates lie in the `pages` of their slice."""
    return [] if path.split("/")[-2] == "pages" else [f"a template outside of pages/: {path}"]


def broken_promises(document: str, exists: Callable[[str], bool], targets: frozenset[str]) -> list[str]:
    """Paths and make targets that a document names and that are not there.

    Within code only what looks like a file of ours is asked for: a folder in front of it that exists, or an ending.
    """
    found = [f"no such file: {path}" for path in LINK.findall(document) if not exists(path)]
    for code in CODE.findall(document):
        found += [f"no such target: make {name}" for name in MAKE.findall(code) if name not in targets]
        for path in PATH.findall(code):
            looks_ours = SUFFIX.search(path) or ("/" in path and exists(path.split("/")[0]))
            if looks_ours and not exists(path):
                found.append(f"no such file: {path}")
    return found


def targets_of(makefile: str) -> frozenset[str]:
    """The names that `make` can be asked for."""
    return frozenset(re.findall(r"^([a-z][\w-]*):(?!=)", makefile, re.MULTILINE))
