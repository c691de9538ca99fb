"""The promised precision and recall, printed beside the floor: run with `-s` to see the figures."""

import csv
import io

from partners.matching.matcher import match
from portal.core.text import fold
from tests.partners.matching import make_chinese_pairs, measuring


def shown(name: str, ours: tuple[float, float], floor: tuple[float, float]) -> None:
    print(  # noqa: T201 -- the figures are part of the answer
        f"\n{name}: precision {ours[0]:.3f} recall {ours[1]:.3f}; equal names {floor[0]:.3f} {floor[1]:.3f}"
    )


def test_sites_of_chicago() -> None:
    rows, true = measuring.early_childhood()
    ours = measuring.quality(measuring.joined(rows), true)
    floor = measuring.quality(measuring.floor_of(rows), true)
    shown("early childhood", ours, floor)
    assert ours[0] >= 0.97
    assert ours[1] >= 0.82
    assert ours[1] > floor[1]


def test_what_a_person_would_look_at_holds_most_of_the_rest() -> None:
    rows, true = measuring.early_childhood()
    pairs = match(rows).pairs
    _precision, recall = measuring.quality({(pair.left, pair.right) for pair in pairs}, true)
    assert recall >= 0.94
    assert sum(not pair.joined for pair in pairs) < 1_000


def test_truth_sets_of_others() -> None:
    rows, true = measuring.truth_sets()
    found = measuring.joined(rows)
    shown("truth sets", measuring.quality(found, true), measuring.quality(measuring.floor_of(rows), true))
    assert found <= true
    assert len(found) >= 3


def test_chinese_pairs() -> None:
    pairs, true = measuring.chinese()
    at_true = {(at, at) for at, same in enumerate(true) if same}
    found = {(at, at) for at, (one, other) in enumerate(pairs) if match([one], [other]).joined}
    equal = {(at, at) for at, (one, other) in enumerate(pairs) if fold(one.name) == fold(other.name)}
    ours = measuring.quality(found, at_true)
    shown("500 Chinese pairs", ours, measuring.quality(equal, at_true))
    assert len(pairs) == 500
    assert ours[0] >= 0.99
    assert ours[1] >= 0.95


def test_the_chinese_pairs_are_what_their_lists_make() -> None:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("same", "kind", "one", "other"))
    writer.writerows(("yes", *pair) for pair in make_chinese_pairs.same_pairs())
    writer.writerows(("no", *pair) for pair in make_chinese_pairs.other_pairs())
    assert make_chinese_pairs.FILE.read_text(encoding="utf-8") == text.getvalue()
