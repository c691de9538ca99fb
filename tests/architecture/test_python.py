"""The rules for Python files hold, and each of them finds what was planted against it."""

import pytest

from tests.architecture import python_checks, tree

PYTHON = tree.python_files()
RULES = [path for path in PYTHON if tree.slice_of(path) and path.endswith("/rules.py")]
ROUTES = [path for path in PYTHON if tree.slice_of(path) and path.endswith("routes.py")]
TABLES = [path for path in PYTHON if path.endswith("/tables.py")]
MIGRATIONS = [path for path in tree.ours(".py") if "/piccolo_migrations/" in path]


def test_there_is_something_to_look_at() -> None:
    assert len(PYTHON) > 50
    assert RULES
    assert ROUTES
    assert TABLES
    assert MIGRATIONS


@pytest.mark.parametrize("path", PYTHON)
def test_the_first_line_says_what_the_file_is(path: str) -> None:
    assert python_checks.without_docstring(tree.text_of(path)) == []


@pytest.mark.parametrize("path", PYTHON)
def test_no_file_is_too_long(path: str) -> None:
    is_test = path.startswith(("tests/", "e2e/"))
    most = python_checks.LONGEST_TEST_FILE if is_test else python_checks.LONGEST_FILE
    assert python_checks.too_long(tree.text_of(path), most) == []


@pytest.mark.parametrize("path", [path for path in PYTHON if not path.startswith(("tests/", "e2e/"))])
def test_no_function_is_too_long(path: str) -> None:
    assert python_checks.long_functions(tree.text_of(path)) == []


@pytest.mark.parametrize("path", RULES)
def test_rules_are_pure(path: str) -> None:
    assert python_checks.impure(tree.text_of(path)) == []


@pytest.mark.parametrize("path", ROUTES)
def test_routes_leave_tables_and_transactions_to_the_service(path: str) -> None:
    assert python_checks.reaches_past_the_service(tree.text_of(path)) == []


@pytest.mark.parametrize("path", TABLES + MIGRATIONS)
def test_no_column_is_a_float(path: str) -> None:
    assert python_checks.inexact_columns(tree.text_of(path)) == []
    assert python_checks.inexact_statements(tree.text_of(path)) == []


# --- each check finds what is planted, and lets pass what is right ---


@pytest.mark.parametrize("source", ["import os\n", '# """A comment."""\n', '"""no sentence\n\nmore\n"""\n', ""])
def test_a_missing_docstring_is_found(source: str) -> None:
    assert python_checks.without_docstring(source)


@pytest.mark.parametrize("source", ['"""What it is."""\n', '"""What it is.\n\nAnd more.\n"""\n', 'r"""A \\d."""\n'])
def test_a_docstring_passes(source: str) -> None:
    assert not python_checks.without_docstring(source)


def test_a_long_file_is_found() -> None:
    assert python_checks.too_long("x = 1\n" * 401)
    assert not python_checks.too_long("x = 1\n" * 400)


@pytest.mark.parametrize("kind", ["def", "async def", "class C:\n  def"])
def test_a_long_function_is_found(kind: str) -> None:
    indent = "    " if "class" in kind else "  "
    assert python_checks.long_functions(f"{kind} f():\n" + f"{indent}x = 1\n" * 50)
    assert not python_checks.long_functions(f"{kind} f():\n" + f"{indent}x = 1\n" * 49)


@pytest.mark.parametrize(
    "source",
    [
        "from portal.core import db",
        "from portal.core.db import sql",
        "from portal.core import clock",
        "from portal.core.web.pages import Page",
        "import asyncpg",
        "from piccolo.columns import UUID",
        "def f():\n    import litestar.di",
        "import time",
        "from datetime import datetime\nx = datetime.now(UTC)",
        "x = date.today()",
    ],
)
def test_an_impure_rule_is_found(source: str) -> None:
    assert python_checks.impure(source)


@pytest.mark.parametrize(
    "source",
    [
        "from portal.core.flow import Flow",
        "from datetime import UTC, datetime, timedelta",
        "from portal.core import dbx",
    ],
)
def test_a_pure_rule_passes(source: str) -> None:
    assert not python_checks.impure(source)


@pytest.mark.parametrize(
    "source",
    [
        "from partners.deals.tables import Deal",
        "from partners.deals import tables",
        "from .tables import Deal",
        "from portal.core.db import transaction",
        "from portal.core import db",
        "from piccolo.query import Select",
    ],
)
def test_a_route_past_the_service_is_found(source: str) -> None:
    assert python_checks.reaches_past_the_service(source)


@pytest.mark.parametrize("source", ["from partners.deals import queries, service", "from litestar import get"])
def test_a_route_by_the_service_passes(source: str) -> None:
    assert not python_checks.reaches_past_the_service(source)


@pytest.mark.parametrize(
    "source",
    [
        "from piccolo.columns import Real\nclass T:\n    score = Real()",
        "x = DoublePrecision()",
        "amount = Numeric(digits=(12, 2))",
        "unit_price = columns.Decimal()",
    ],
)
def test_a_float_column_is_found(source: str) -> None:
    assert python_checks.inexact_columns(source)


@pytest.mark.parametrize("source", ["amount_minor = BigInt()", "rate = Numeric(digits=(20, 10))"])
def test_an_exact_column_passes(source: str) -> None:
    assert not python_checks.inexact_columns(source)


@pytest.mark.parametrize("kind", ["double precision", "REAL", "float8", "float"])
def test_a_float_column_in_a_statement_is_found(kind: str) -> None:
    assert python_checks.inexact_statements(f'raw("CREATE TABLE t (amount {kind} NOT NULL)")')
    assert not python_checks.inexact_statements(f'raw("CREATE TABLE t (amount bigint NOT NULL)") or "no {kind} table"')
