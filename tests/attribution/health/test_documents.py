"""The page of health: its example gives what it says."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "attribution" / "health.md"


def test_the_example_is_true() -> None:
    # By the parser, not testfile: Markdown ends an example with a fence, which is no output.
    text = PAGE.read_text(encoding="utf-8")
    test = doctest.DocTestParser().get_doctest(text, {}, PAGE.name, str(PAGE), 0)
    assert len(test.examples) > 5
    assert doctest.DocTestRunner().run(test).failed == 0
