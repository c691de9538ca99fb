"""What must hold of every Python file; each check returns what breaks it, in words."""

import ast
import re
from collections.abc import Iterable, Iterator
from typing import Final

LONGEST_FILE: Final = 400
LONGEST_TEST_FILE: Final = 600
"""Tables of cases take room, and one slice's questions belong together."""
LONGEST_FUNCTION: Final = 50
INEXACT: Final = frozenset({"Real", "DoublePrecision", "Float"})
INEXACT_SQL: Final = re.compile(r"\b(double precision|real|float[48]?)\b", re.IGNORECASE)
EXACT_BUT_NOT_MONEY: Final = frozenset({"Numeric", "Decimal"})
MONEY: Final = re.compile(r"amount|price|cost|fee|total|value|money|balance|revenue|minor")
IMPURE: Final = (
    "portal.core.db",
    "portal.core.web",
    "portal.core.clock",
    "portal.core.settings",
    "asyncpg",
    "piccolo",
    "litestar",
    "time",
    "os",
    "random",
    "secrets",
    "httpx",
)
"""What rules must not know: the database, the web, the clock, chance and the machine."""
NOW: Final = re.compile(r"\b(datetime|date)\.(now|utcnow|today)\b")


def without_docstring(source: str) -> list[str]:
    """The first line says what the file is: one sentence."""
    first = source.split("\n", 1)[0]
    sentence = re.fullmatch(r'r?"""(?P<text>.+?)(""")?', first)
    if sentence is None:
        return ["the first line is no docstring"]
    return [] if sentence["text"].rstrip().endswith((".", "?", ":", "`")) else ["the first line is no whole sentence"]


def too_long(source: str, most: int = LONGEST_FILE) -> list[str]:
    """A longer file is two files."""
    lines = len(source.splitlines())
    return [f"{lines} lines"] if lines > most else []


def long_functions(source: str) -> list[str]:
    """A longer function is two functions."""
    return [
        f"{node.name} has {length} lines"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    ]


def imports(source: str) -> Iterator[str]:
    """Every imported name in full: `portal.core.db.sql` for `from portal.core.db import sql`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def _within(name: str, modules: Iterable[str]) -> bool:
    return any(name == module or name.startswith(f"{module}.") for module in modules)


def impure(source: str) -> list[str]:
    """Rules say what is true whenever and wherever they are asked."""
    found = [f"imports {name}" for name in imports(source) if _within(name, IMPURE)]
    return found + [f"asks for the time: {match[0]}" for match in NOW.finditer(source)]


def reaches_past_the_service(source: str) -> list[str]:
    """Routes neither touch tables nor open transactions."""
    return [
        f"imports {name}"
        for name in imports(source)
        if "tables" in name.removeprefix("portal.core.web.").split(".")
        or name.endswith("transaction")
        or _within(name, ("portal.core.db", "piccolo", "asyncpg"))
    ]


def inexact_columns(source: str) -> list[str]:
    """Money is whole minor units; no column is a binary float."""
    tree = ast.parse(source)
    found = [
        f"a float column: {node.id}" for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in INEXACT
    ]
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and isinstance(node.targets[0], ast.Name):
            kind, name = ast.unparse(node.value.func).rpartition(".")[2], node.targets[0].id
            if kind in EXACT_BUT_NOT_MONEY and MONEY.search(name):
                found.append(f"money that is not whole minor units: {name} = {kind}")
    return found


def inexact_statements(source: str) -> list[str]:
    """As `inexact_columns`, for the statements of migrations that create or alter tables."""
    return [
        f"a float column in a statement: {match[0]}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.search(r"\b(create|alter)\s+(unlogged\s+)?table\b", node.value, re.IGNORECASE)
        for match in INEXACT_SQL.finditer(node.value)
    ]
