"""The examples of the page on lifetime value give what the page says."""

import doctest
import re
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs" / "engine" / "lifetime.md"


def test_the_examples_of_the_page_give_what_it_says() -> None:
    blocks = re.findall(r"^```pycon\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert len(blocks) == 8
    example = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, PAGE.name, str(PAGE), 0)
    said: list[str] = []
    failed, tried = doctest.DocTestRunner(verbose=False).run(example, out=said.append)
    assert failed == 0, "".join(said)
    assert tried > 30
