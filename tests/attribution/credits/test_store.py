"""Files by their content: equal ones are one, damaged ones are said to be, what is left over goes."""

import os
from pathlib import Path

import pytest

from attribution.credits import store


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path) -> None:
    store.use_folder(tmp_path)


def kept(content: bytes) -> str:
    with store.workshop() as place:
        (place / "a").write_bytes(content)
        return store.keep(place / "a")


def test_equal_files_are_one_and_other_ones_are_others() -> None:
    assert kept(b"one") == kept(b"one") != kept(b"other")
    assert len(list(store.folder().glob("*.parquet"))) == 2
    assert store.find(kept(b"one")).read_bytes() == b"one"


def test_a_damaged_or_missing_file_is_never_taken() -> None:
    digest = kept(b"one")
    store.place(digest).write_bytes(b"two")
    for wanted in (digest, "0" * 64, ""):
        with pytest.raises(store.MissingFile):
            store.find(wanted)


def test_a_workshop_goes_with_its_work_and_what_was_left_a_day_ago_goes_too() -> None:
    store.folder().mkdir()
    old, fresh = store.folder() / "work-old", store.folder() / "work-fresh"
    for left in (old, fresh):
        left.mkdir()
        (left / "half").write_bytes(b"x")
    os.utime(old, (0, 0))
    with store.workshop() as place:
        assert place.parent == store.folder()
    assert not place.exists()
    assert (old.exists(), fresh.exists()) == (False, True)
