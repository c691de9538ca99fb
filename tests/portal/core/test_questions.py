"""Questions asked together are one statement, and each answer is what its question alone would give."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from portal.core import db
from portal.core.questions import Question, all_of, beside, row_of, rows_of
from tests.make import Cast
from tests.partners.stand import statements

HALF_PAST = datetime(2026, 11, 22, 20, 30, 0, 500_000, tzinfo=UTC)


async def test_several_questions_are_one_statement_and_keep_their_own_values(cast: Cast) -> None:
    asked = [
        Question("SELECT $1::int", (1,)),
        None,
        Question("SELECT $2 || $1", ("b", "a")).then(str.upper),
        Question("SELECT count(*) FROM partners_company WHERE id = $1", (cast.alpha,)),
    ]
    async with db.transaction(cast.vera):
        with statements() as seen:
            assert await db.ask_together(asked) == [1, None, "AB", 1]
    assert len(seen) == 1


async def test_nothing_to_ask_is_no_statement(cast: Cast) -> None:
    async with db.transaction(cast.vera):
        with statements() as seen:
            assert await db.ask_together([]) == []
            assert await db.ask_together([None, None]) == [None, None]
    assert seen == []


async def test_rows_come_in_order_with_their_types(cast: Cast) -> None:
    question = rows_of(
        "SELECT * FROM (VALUES ($1::uuid, $2::timestamptz, $3::date, 2, 'two'), (NULL, NULL, NULL, 1, NULL))"
        " AS v (id, at, day, number, word) ORDER BY number",
        cast.alpha, HALF_PAST, date(2026, 2, 28),
        id=UUID, at=datetime.fromisoformat, day=date.fromisoformat,
    )  # fmt: skip
    async with db.transaction(cast.vera):
        nothing, two = await db.ask(question)
    assert nothing == {"id": None, "at": None, "day": None, "number": 1, "word": None}
    assert two == {"id": cast.alpha, "at": HALF_PAST, "day": date(2026, 2, 28), "number": 2, "word": "two"}
    assert two["at"].utcoffset() == timedelta()


async def test_no_row_is_an_empty_list_or_none(cast: Cast) -> None:
    async with db.transaction(cast.vera):
        assert await db.ask(rows_of("SELECT 1 AS one WHERE false")) == []
        assert await db.ask(row_of("SELECT 1 AS one WHERE false")) is None
        assert await db.ask(row_of("SELECT n FROM generate_series(1, 9) n ORDER BY n DESC")) == {"n": 9}


async def test_questions_within_questions_answer_in_tuples(cast: Cast) -> None:
    inner = all_of(Question("SELECT $1::text", ("in",)), rows_of("SELECT $1::int AS n", 7))
    outer = all_of(Question("SELECT $1::bigint", (2,)), inner.then(lambda found: (*found, "read")))
    async with db.transaction(cast.vera):
        assert await db.ask_together([outer, Question("SELECT $1::int", (3,))]) == [(2, ("in", [{"n": 7}], "read")), 3]


async def test_a_partner_asks_with_its_own_rights_only(cast: Cast) -> None:
    question = rows_of("SELECT id FROM partners_company ORDER BY id", id=UUID)
    async with db.transaction(cast.otto):
        mine, [count] = (
            await db.ask(question),
            await db.ask_together([Question("SELECT count(*) FROM partners_company")]),
        )
    assert [row["id"] for row in mine] == [cast.omega]
    assert count == 1


@given(st.lists(st.integers(0, 14), max_size=6))
def test_every_place_of_a_value_moves_by_the_values_before_it(counts: list[int]) -> None:
    questions = [
        Question(" ".join(f"${place}" for place in range(1, count + 1)), tuple((number, i) for i in range(count)))
        for number, count in enumerate(counts)
    ]
    text, values = beside(questions)
    places = [
        int(word) for word in text.replace("(", " ").replace(")", " ").replace(",", " ").replace("$", " ").split()
    ]
    assert places == list(range(1, len(values) + 1))
    assert [values[place - 1] for place in places] == [
        (number, i) for number, count in enumerate(counts) for i in range(count)
    ]
