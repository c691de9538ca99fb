"""The drawing of a journey: in the frame, in order, and no label over another."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from attribution.reports.rules import LEFT, SHAPES, WIDTH, Met, Moment, Picture, draw, series_of, shape_of, wide

ZONE = "Europe/Berlin"
DAY = datetime(2026, 3, 29, 1, tzinfo=UTC)  # the hour in which summer time begins
LANES = ("Executive", "IT", "财务")

touches = st.lists(
    st.builds(
        Met,
        st.uuids().map(str),
        st.integers(0, 900 * 24).map(lambda hours: DAY + timedelta(hours=hours)),
        st.sampled_from(LANES),
        st.integers(0, 12),
        st.sampled_from(("Call", "Proof of concept", "产品演示", "Training")),
    ),
    min_size=1,
    max_size=40,
)


def drawn(met: list[Met], moments: list[Moment] | None = None) -> Picture:
    return draw(met, moments or [], LANES, ZONE)


def span(x: float, text: str, anchor: str) -> tuple[float, float]:
    size = wide(text)
    return {"middle": (x - size / 2, x + size / 2), "end": (x - size, x), "start": (x, x + size)}[anchor]


@given(met=touches)
def test_everything_is_in_the_frame_and_no_label_covers_another(met: list[Met]) -> None:
    picture = drawn(met)
    assert sorted(one.id for one in picture.marks) == sorted(one.id for one in met)
    assert all(LEFT <= one.x <= WIDTH and 0 < one.y < picture.bottom for one in picture.marks)
    for height in {one.y for one in picture.marks}:
        labels = sorted(span(m.x, m.label, m.anchor) for m in picture.marks if m.y == height and m.label)
        assert all(before[1] <= after[0] for before, after in pairwise(labels))


@given(met=touches)
def test_time_runs_to_the_right(met: list[Met]) -> None:
    places = {one.id: one.x for one in drawn(met).marks}
    ordered = sorted(met, key=lambda one: one.at)
    assert [places[one.id] for one in ordered] == sorted(places.values())


@given(met=touches)
def test_there_are_as_many_months_as_there_is_room_for(met: list[Met]) -> None:
    ticks = drawn(met).ticks
    assert 1 <= len(ticks) <= 10
    assert all(one.month.day == 1 for one in ticks)


def test_what_one_party_did_with_several_people_at_once_is_joined() -> None:
    met = [Met("a", DAY, "Executive", 0, "Call"), Met("b", DAY, "财务", 0, "Call"), Met("c", DAY, "IT", 1, "Call")]
    [link] = drawn(met).links
    marks = {one.id: one for one in drawn(met).marks}
    assert (link.top, link.bottom, link.series) == (marks["a"].y, marks["b"].y, 1)


def test_the_event_keeps_its_label_where_a_lesser_one_is_in_its_way() -> None:
    met = [Met("a", DAY, "IT", 0, "Call")]
    late = DAY + timedelta(days=100)
    picture = drawn(met, [Moment(late, "lead created"), Moment(late, "New customer", "good")])
    assert {one.tone: one.label for one in picture.lines} == {"good": "New customer", "": ""}


def test_a_touch_alone_is_drawn() -> None:
    [mark] = drawn([Met("a", DAY, "IT", 0, "Call")]).marks
    assert mark.label == "Call"


def test_parties_differ_in_shape_as_well_as_colour() -> None:
    assert [shape_of(place) for place in range(4)] == list(SHAPES)
    assert [series_of(place) for place in (0, 6, 7, 30)] == [1, 7, 8, 8]
