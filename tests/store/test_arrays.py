"""The cache of arrays: bounded, whole or not at all, shared by processes."""

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from kt_gui.schema.errors import NoRoom
from kt_gui.store import arrays
from kt_gui.store.arrays import Arrays

BYTES = np.dtype(np.uint8)


def put(place: Arrays, key: str, size: int = 1000, fill: int = 7) -> None:
    draft = place.create(key, (size,), BYTES)
    assert draft is not None
    draft.write(np.full(size, fill, np.uint8))
    draft.finish()


def keys(folder: Path) -> set[str]:
    return {path.name.partition(".")[0] for path in folder.iterdir()}


def test_what_was_written_is_found_again_with_its_shape_and_type(tmp_path: Path) -> None:
    rows = np.arange(24, dtype=np.float32).reshape(4, 3, 2)
    draft = Arrays(tmp_path, 10_000).create("key", rows.shape, rows.dtype)
    assert draft is not None
    draft.write(rows[:1])
    draft.write(rows[1:])
    whole = draft.finish()
    (found,) = Arrays(tmp_path, 10_000).open("key")
    for array in (whole, found):
        assert array.dtype == np.float32
        assert not array.flags.writeable
        np.testing.assert_array_equal(array, rows)


def test_rows_of_named_fields_are_kept(tmp_path: Path) -> None:
    kind = np.dtype([("key", "V16"), ("values", np.float16, (2,))])
    rows = np.zeros(3, kind)
    rows["key"], rows["values"] = np.frombuffer(os.urandom(48), "V16"), [[1, 2], [3, 4], [5, 6]]
    draft = Arrays(tmp_path, 10_000).create("key", (3,), kind)
    assert draft is not None
    draft.write(rows)
    assert draft.finish().tobytes() == rows.tobytes()


def test_one_key_may_have_several_arrays_the_newest_comes_first(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 10_000)
    for fill in (1, 2):
        put(place, "key", fill=fill)
        for path in tmp_path.glob("*.npy"):
            os.utime(path, (0, path.stat().st_mtime - 100))
    assert [int(array[0]) for array in place.open("key")] == [2, 1]
    assert place.open("ke") == []


def test_nothing_is_found_before_it_is_whole(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 10_000)
    draft = place.create("key", (10,), BYTES)
    assert draft is not None
    draft.write(np.zeros(9, np.uint8))
    assert place.open("key") == []
    with pytest.raises(ValueError, match="not all"):
        draft.finish()
    draft.drop()
    assert list(tmp_path.iterdir()) == []


def test_what_was_used_longest_ago_goes_first(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 4000)
    for age, key in enumerate(("old", "older", "oldest")):
        put(place, key)
        (path,) = tmp_path.glob(f"{key}.*")
        os.utime(path, (0, time.time() - 1000 * (age + 1)))
    place.open("oldest")  # of use again
    put(place, "new")
    assert keys(tmp_path) == {"oldest", "old", "new"}
    assert place.size <= 4000


def test_who_has_an_array_open_keeps_it_when_it_goes(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 1500)
    put(place, "first", fill=5)
    (first,) = place.open("first")
    put(place, "second")
    assert keys(tmp_path) == {"second"}
    assert set(first.tolist()) == {5}


def test_what_is_larger_than_the_limit_has_no_place_and_drives_nothing_out(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 3000)
    put(place, "kept")
    assert place.create("large", (3001,), BYTES) is None
    assert keys(tmp_path) == {"kept"}


def test_an_array_that_lost_its_end_is_none_and_is_removed(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 10_000)
    for key in ("short", "scrambled"):
        put(place, key)
    (short,), (scrambled,) = tmp_path.glob("short.*"), tmp_path.glob("scrambled.*")
    os.truncate(short, short.stat().st_size - 1)
    scrambled.write_bytes(b"no array" + scrambled.read_bytes()[8:])
    assert place.open("short") == []
    assert place.open("scrambled") == []
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_writer_left_is_swept_away_by_the_next(tmp_path: Path) -> None:
    program = (
        "import os, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from kt_gui.store.arrays import Arrays\n"
        "draft = Arrays(Path(sys.argv[1]), 10_000).create('key', (1000,), np.dtype(np.uint8))\n"
        "draft.write(np.zeros(500, np.uint8))\n"
        "os.kill(os.getpid(), 9) if hasattr(os, 'kill') and os.name != 'nt' else os._exit(1)\n"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=False, timeout=60)
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
    place = Arrays(tmp_path, 1500)
    assert place.open("key") == []
    put(place, "key")
    assert [path.suffix for path in tmp_path.iterdir()] == [".npy"]


def test_a_writer_that_lives_is_left_alone_for_a_day(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 10_000)
    draft = place.create("slow", (10,), BYTES)
    assert draft is not None
    put(place, "quick")
    assert len(list(tmp_path.glob("*.part"))) == 1
    (part,) = tmp_path.glob("*.part")
    os.utime(part, (0, time.time() - arrays.ABANDONED_S - 1))
    put(place, "later")
    assert list(tmp_path.glob("*.part")) == []
    draft.write(np.ones(10, np.uint8))
    assert draft.finish().sum() == 10  # it serves its writer all the same


def test_two_processes_write_the_same_key_at_once(tmp_path: Path) -> None:
    program = (
        "import sys, numpy as np\n"
        "from pathlib import Path\n"
        "from kt_gui.store.arrays import Arrays\n"
        "place = Arrays(Path(sys.argv[1]), 40_000)\n"
        "for turn in range(40):\n"
        "    draft = place.create('key', (2000,), np.dtype(np.uint8))\n"
        "    for part in range(4):\n"
        "        draft.write(np.full(500, turn, np.uint8))\n"
        "    assert set(draft.finish().tolist()) == {turn}\n"
        "    for array in place.open('key'):\n"
        "        assert len(set(array.tolist())) == 1\n"
    )
    both = [subprocess.Popen([sys.executable, "-c", program, str(tmp_path)]) for _ in range(2)]
    assert [each.wait(100) for each in both] == [0, 0]
    assert all(len(set(array.tolist())) == 1 for array in Arrays(tmp_path, 40_000).open("key"))
    assert list(tmp_path.glob("*.part")) == []


def test_a_closed_folder_or_a_full_disk_means_no_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert Arrays(tmp_path / "file" / "below", 10_000).create("key", (10,), BYTES) is None
    monkeypatch.setattr(arrays, "KEPT_FREE", 10**18)
    assert Arrays(tmp_path, 10_000).create("key", (10,), BYTES) is None


def test_a_disk_that_fills_up_meanwhile_is_told(tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no /dev/full")
    draft = Arrays(tmp_path, 10_000_000).create("key", (5_000_000,), BYTES)
    assert draft is not None
    draft._file.close()
    draft._file = full.open("r+b", buffering=0)
    with pytest.raises(NoRoom, match="disk is full"):
        draft.write(np.zeros(5_000_000, np.uint8))
    draft.drop()


def test_clearing_leaves_what_is_being_written(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 10_000)
    put(place, "whole")
    draft = place.create("part", (10,), BYTES)
    assert draft is not None
    place.clear()
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
    draft.drop()
    assert place.size == 0


def test_a_lower_limit_is_kept_at_once(tmp_path: Path) -> None:
    for number in range(3):
        put(Arrays(tmp_path, 10_000), f"key{number}")
    Arrays(tmp_path, 2500).trim()
    assert len(list(tmp_path.iterdir())) == 2
    Arrays(tmp_path, 0).trim()
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_driven_out_for_what_has_no_place_on_the_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Arrays(tmp_path, 10_000)
    put(place, "kept")
    monkeypatch.setattr(arrays, "KEPT_FREE", 10**18)
    assert place.create("new", (9_000,), BYTES) is None
    assert keys(tmp_path) == {"kept"}


def test_what_is_being_written_counts(tmp_path: Path) -> None:
    place = Arrays(tmp_path, 3000)
    draft = place.create("first", (2000,), BYTES)
    assert draft is not None
    assert place.create("second", (2000,), BYTES) is None
    draft.drop()
