"""The demo's use, tickets and answers: what their importers take, and that those who fade use less from a day on."""

from datetime import date

from attribution.health.importing import SURVEYS, TICKETS, USAGE
from portal.demo.generate import Demo
from tests.partners.stand import parsed

Rows = dict[str, list[dict[str, str]]]


def test_rows_are_what_the_importers_take(rows: Rows) -> None:
    for kind in (USAGE, TICKETS, SURVEYS):
        some = rows[kind.name]
        assert len(some) > 500
        assert [row.errors for row in parsed(kind, some) if not row.ok] == []
        assert len({row["source_id"] for row in some}) == len(some)


def test_nothing_is_said_of_a_day_before_the_first_order_or_after_yesterday(demo: Demo, rows: Rows) -> None:
    first = {course.customer.id: course.first for course in demo.customer_courses}
    for name, days in (("usage", ("day",)), ("tickets", ("opened_on", "closed_on")), ("surveys", ("answered_on",))):
        for row in rows[name]:
            told = [date.fromisoformat(row[day]) for day in days if row[day]]
            assert all(first[row["account"]] <= day < demo.world.today for day in told)
            assert told == sorted(told)


def test_those_who_fade_use_less_from_that_day_on_and_others_do_not(demo: Demo, rows: Rows) -> None:
    fades = {course.customer.id: course.fades_from for course in demo.customer_courses}
    shares: dict[bool, list[float]] = {True: [], False: []}
    for row in rows["usage"]:
        since = fades[row["account"]]
        shares[since is not None and date.fromisoformat(row["day"]) >= since].append(
            int(row["amount"]) / int(row["licensed"])
        )
    assert min(len(some) for some in shares.values()) > 20
    assert max(shares[True]) < 0.82
    assert sum(shares[True]) / len(shares[True]) < 0.6
    assert sum(shares[False]) / len(shares[False]) > 0.65
