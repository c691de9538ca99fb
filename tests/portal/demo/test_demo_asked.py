"""What the demo has partners ask about running deals: each kind in each of its states, in words of both languages."""

from collections import defaultdict

from portal.demo import asked, renewed


def test_each_request_waits_somewhere_and_is_decided_both_ways_elsewhere() -> None:
    ends = defaultdict(set)
    for course in asked._COURSES:
        ends[course.what].add(course.ends)
    assert ends == {
        "extend": {"", "grant", "refuse"},
        "amend": {"", "accept", "refuse"},
        "revoke": {"", "agree", "refuse"},
        "appeal": {""},
    }
    assert {course.ends for course in renewed._COURSES} == {"sent", "asked", "approved"}


def test_answers_come_before_the_demos_day() -> None:
    assert all(course.days > asked.ANSWERED_AFTER.days + 1 for course in asked._COURSES if course.ends)


def test_words_are_in_both_languages() -> None:
    for words in (*asked._SAID.values(), renewed._ANEW, renewed._CHEAPER):
        assert words.en.isascii()
        assert not words.zh.isascii()
