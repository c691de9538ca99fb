"""Questions: statements that are asked beside others in one round trip, each with what its answer means."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class Question:
    """A statement that gives one value, the values of its `$1`, `$2` and so on, and what the value means.

    The value is a number, a text, an id, an instant or JSON. An array can be asked for only by itself or at the top of
    `ask_together`: within `all_of` the driver cannot read one.
    """

    text: str
    values: tuple[object, ...] = ()
    read: Callable[[Any], Any] = _as_it_is
    """From the value to what is asked for. Pure, so that it does not matter beside which others it is asked."""

    def then(self, further: Callable[[Any], Any]) -> "Question":
        """The same question, from whose answer something further is made."""
        return replace(self, read=lambda value: further(self.read(value)))


def rows_of(query: str, *values: object, **types: Callable[[Any], Any]) -> Question:
    """All rows of a query in its order, as a question whose answer is a list of dictionaries.

    They travel as JSON: `types` says by column how to read what JSON has no type for (`id=UUID`,
    `due_at=datetime.fromisoformat`), null aside. What is no whole number has to be cast to text.
    """
    return Question(
        f"SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]') FROM ({query}) x",
        values,
        lambda found: [_typed(row, types) for row in json.loads(found)],
    )


def row_of(query: str, *values: object, **types: Callable[[Any], Any]) -> Question:
    """The first row of a query, or None; see `rows_of`."""
    return Question(
        f"SELECT to_jsonb(x) FROM ({query}) x LIMIT 1",
        values,
        lambda found: None if found is None else _typed(json.loads(found), types),
    )


def _typed(row: dict[str, Any], types: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return row | {name: type_(row[name]) for name, type_ in types.items() if row[name] is not None}


def all_of(*questions: Question) -> Question:
    """Several questions as one, whose answer is theirs in a tuple."""
    texts, values = beside(questions)

    def read(found: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(question.read(one) for question, one in zip(questions, found, strict=True))

    return Question(f"SELECT row({texts})", values, read)


def beside(questions: Sequence[Question]) -> tuple[str, tuple[object, ...]]:
    """The columns that several statements are together, and the values of them all."""
    texts: list[str] = []
    values: list[object] = []
    for question in questions:
        texts.append(f"({_renumbered(question.text, len(values))})")
        values += question.values
    return ", ".join(texts), tuple(values)


def _renumbered(text: str, by: int) -> str:
    return re.sub(r"\$(\d+)", lambda match: f"${int(match[1]) + by}", text)
